"""/healthz: the process answers. /readyz: it could do its work right now, part by part."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api import migrate, vision
from api.schemas import Schema
from api.service import Service

router = APIRouter(tags=["health"])


class Health(Schema):
    """The process answers."""

    status: Literal["ok"]
    """Always ok."""


class Readiness(Schema):
    """`parts` says of each thing the service needs whether it works, and if not, why."""

    status: Literal["ready", "not_ready"]
    """Whether all parts are ok."""
    parts: dict[str, str]
    """ok, or what is wrong, by part."""


@router.get("/healthz", operation_id="health")
async def healthz() -> Health:
    """Whether the process answers at all."""
    return Health(status="ok")


@router.get(
    "/readyz", operation_id="readiness", responses={503: {"model": Readiness, "description": "Not ready"}}
)
async def readyz(request: Request, response: Response) -> Readiness:
    """Whether requests would succeed: 200 if so, 503 with the failing part if not."""
    parts = await run_in_threadpool(examine, request.app.state.service)
    ready = all(state == "ok" for state in parts.values())
    response.status_code = 200 if ready else 503
    return Readiness(status="ready" if ready else "not_ready", parts=parts)


def examine(service: Service) -> dict[str, str]:
    """The state of each part: "ok", or what is wrong with it."""
    alive = service.database.answers()
    return {
        "database": "ok" if alive else "does not answer",
        "migrations": ("ok" if migrate.is_current(service.database) else "missing") if alive else "unknown",
        "blobs": service.blobs.state(),
        "vision": vision.state(),
    }
