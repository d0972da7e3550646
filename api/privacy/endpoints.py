"""Redaction, export and consent over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from api import problems
from api.audit import service as audit
from api.dependencies import Admin, Core, Submitter
from api.idempotency import IdempotentRoute
from api.ids import new_id
from api.privacy import service as privacy
from api.problems import Problem
from api.schemas import Schema
from api.sellers import service as sellers
from api.sellers.endpoints import SellerId
from api.sellers.schemas import SellerView
from api.sellers.tables import Consent
from api.sellers.views import seller_view
from api.verifications import service as verifications
from api.verifications.endpoints import VerificationId
from api.verifications.schemas import VerificationView
from api.verifications.states import OPEN
from api.verifications.views import verification_view

router = APIRouter(
    prefix="/v1", tags=["privacy"], responses=problems.COMMON_RESPONSES, route_class=IdempotentRoute
)


class NewConsent(Schema):
    """A seller agreed to the text of this version."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text_version": "2026-11"}]})

    text_version: str = Field(min_length=1, max_length=60, pattern=r"^[\w.-]+$")
    """Of the text that the seller saw: letters, figures and _ . -"""


class ConsentView(Schema):
    """A consent as it was recorded."""

    id: str
    """Of the consent: con_..."""
    text_version: str
    """Of the text that the seller saw."""
    given_at: datetime
    """When it was recorded."""


@router.post("/sellers/{seller_id}/consents", status_code=201, operation_id="record_consent")
def record_consent(seller_id: SellerId, body: NewConsent, caller: Submitter, service: Core) -> ConsentView:
    """Record the seller's separate consent to face recognition, by the version of the text shown."""
    with service.database.transaction() as session:
        seller = sellers.find_unredacted(session, caller.side, seller_id)
        consent = Consent(
            id=new_id("con"),
            seller_id=seller.id,
            text_version=body.text_version,
            given_at=caller.side.now(),
        )
        session.add(consent)
        told = {"text_version": body.text_version}
        audit.record(session, caller.side, caller.actor, "consent.recorded", seller.id, told)
        return ConsentView(id=consent.id, text_version=consent.text_version, given_at=consent.given_at)


@router.post("/sellers/{seller_id}/redact", operation_id="redact_seller")
def redact_seller(seller_id: SellerId, caller: Admin, service: Core) -> SellerView:
    """Destroy what is held on the seller, for good. States, times and reason codes stay."""
    with service.database.transaction() as session:
        seller = sellers.find(session, caller.side, seller_id, lock=True)
        privacy.redact_seller(service, session, caller.side, seller, caller.actor)
        return seller_view(seller)


@router.post("/verifications/{verification_id}/redact", operation_id="redact_verification")
def redact_verification(verification_id: VerificationId, caller: Admin, service: Core) -> VerificationView:
    """Destroy images, report and templates of one ended verification, for good."""
    with service.database.transaction() as session:
        verification, _ = verifications.find_locked(session, caller.side, verification_id)
        if verification.state in OPEN:
            raise Problem(409, "verification_open", "cancel or finish the verification first")
        privacy.redact_verification(service, session, caller.side, verification, caller.actor)
        return verification_view(service, session, verification)


@router.get("/sellers/{seller_id}/export", operation_id="export_seller")
def export_seller(seller_id: SellerId, caller: Admin, service: Core) -> dict[str, Any]:
    """Everything held on the seller, images included: for a person who asks what is kept of them."""
    with service.database.transaction() as session:
        seller = sellers.find_unredacted(session, caller.side, seller_id)
        audit.record(session, caller.side, caller.actor, "seller.exported", seller.id)
        return privacy.export(service, session, seller)
