"""/v1/audit-entries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select

from api import problems
from api.audit.tables import AuditEntry
from api.dependencies import Admin, Core
from api.ids import PATTERN

router = APIRouter(prefix="/v1", tags=["audit"], responses=problems.COMMON_RESPONSES)


class EntryView(BaseModel):
    """One act: who did what to which object, and why."""

    number: int
    object: Literal["audit_entry"] = "audit_entry"
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


@router.get("/audit-entries", operation_id="list_audit_entries")
def list_entries(
    caller: Admin,
    service: Core,
    subject: Annotated[str | None, Query(pattern=PATTERN)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[EntryView]:
    """The audit trail, newest first; `before` is the last number seen."""
    query = select(AuditEntry).where(
        AuditEntry.account_id == caller.side.account_id, AuditEntry.livemode == caller.side.livemode
    )
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    with service.database.transaction() as session:
        return [
            EntryView(
                number=row.number,
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                detail=row.detail,
                hash=row.hash.hex(),
            )
            for row in session.scalars(query.order_by(AuditEntry.number.desc()).limit(limit))
        ]
