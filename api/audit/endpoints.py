"""/v1/audit-entries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy import select

from api import problems
from api.audit.tables import AuditEntry
from api.dependencies import Admin, Core
from api.ids import PATTERN
from api.schemas import Schema

router = APIRouter(prefix="/v1", tags=["audit"], responses=problems.COMMON_RESPONSES)


class EntryView(Schema):
    """One act: who did what to which object, and why."""

    number: int
    """Its place in the trail of all accounts."""
    object: Literal["audit_entry"] = "audit_entry"
    at: datetime
    """When."""
    actor: str
    """The API key, agent, capture link or part of the service that did it."""
    action: str
    """What was done."""
    subject: str
    """To which object."""
    detail: dict[str, Any]
    """Codes and ids."""
    hash: str
    """Covers this entry and the one before it."""


@router.get("/audit-entries", operation_id="list_audit_entries")
def list_entries(
    caller: Admin,
    service: Core,
    subject: Annotated[str | None, Query(pattern=PATTERN, description="only acts on this object")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="number of the last entry seen")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="entries at most")] = 100,
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
