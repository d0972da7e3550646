"""/healthz: the process answers. /readyz: it could do its work right now, part by part."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api import vision

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


class Readiness(BaseModel):
    """`parts` says of each thing the service needs whether it works, and if not, why."""

    status: Literal["ready", "not_ready"]
    parts: dict[str, str]


@router.get("/healthz", operation_id="health")
async def healthz() -> Health:
    """Whether the process answers at all."""
    return Health(status="ok")


@router.get(
    "/readyz", operation_id="readiness", responses={503: {"model": Readiness, "description": "Not ready"}}
)
async def readyz(response: Response) -> Readiness:
    """Whether requests would succeed: 200 if so, 503 with the failing part if not."""
    parts = await run_in_threadpool(examine)
    ready = all(state == "ok" for state in parts.values())
    response.status_code = 200 if ready else 503
    return Readiness(status="ready" if ready else "not_ready", parts=parts)


def examine() -> dict[str, str]:
    return {"vision": vision.state()}
