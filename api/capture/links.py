"""/v1/verifications/{id}/capture-links."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field

from api import problems
from api.capture import service as capture
from api.dependencies import Core, Submitter
from api.idempotency import IdempotentRoute
from api.schemas import Schema
from api.verifications.endpoints import VerificationId

router = APIRouter(
    prefix="/v1/verifications",
    tags=["verifications"],
    responses=problems.COMMON_RESPONSES,
    route_class=IdempotentRoute,
)


class NewLink(Schema):
    """How long the link may be used."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": 48}]})

    hours: int = Field(default=48, ge=1, le=24 * 14)
    """Until it runs out."""


class LinkView(Schema):
    """A page on which the seller takes the photos. `url` is shown this once."""

    id: str
    """Of the link: cpl_..."""
    object: Literal["capture_link"] = "capture_link"
    url: str
    """For the seller alone."""
    expires_at: datetime
    """When it runs out."""


@router.post("/{verification_id}/capture-links", status_code=201, operation_id="create_capture_link")
def create_link(
    verification_id: VerificationId, body: NewLink, caller: Submitter, service: Core, request: Request
) -> LinkView:
    """A link for the seller's own device; it belongs to the first device that gives the consent."""
    with service.database.transaction() as session:
        link, token = capture.create(session, caller, verification_id, body.hours)
        address = f"{request.url.scheme}://{request.url.netloc}/capture/{token}"
        return LinkView(id=link.id, url=address, expires_at=link.expires_at)
