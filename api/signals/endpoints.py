"""/v1/sellers/{id}/signals."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api import problems
from api.dependencies import Core, Reader, Submitter
from api.idempotency import IdempotentRoute
from api.paging import Cursor, Limit, Page, fetch
from api.policy import Severity
from api.sellers import service as sellers
from api.sellers.endpoints import SellerId
from api.sellers.schemas import Code, Label, Text
from api.signals import service as signals
from api.signals.tables import Signal

router = APIRouter(
    prefix="/v1/sellers", tags=["signals"], responses=problems.COMMON_RESPONSES, route_class=IdempotentRoute
)


class NewSignal(BaseModel):
    """Something suspicious about a seller. `detail` is kept sealed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "payout_account_changed", "severity": "medium"}]}
    )

    type: Code
    severity: Severity
    detail: dict[Label, Text] = Field(default_factory=dict, max_length=20)


class SignalView(BaseModel):
    """A signal, and what it led to: a verification's id, "suspension", or nothing."""

    id: str
    object: Literal["signal"] = "signal"
    seller_id: str
    type: str
    severity: Severity
    source: str
    led_to: str | None
    created_at: datetime


@router.post("/{seller_id}/signals", status_code=201, operation_id="add_signal")
def add_signal(seller_id: SellerId, body: NewSignal, caller: Submitter, service: Core) -> SignalView:
    """Report suspicious behaviour. Policy says when it leads to a verification or a suspension."""
    with service.database.transaction() as session:
        seller = sellers.find_unredacted(session, caller.side, seller_id)
        detail: dict[str, Any] = dict(body.detail)
        return _view(
            signals.add(
                service,
                session,
                caller.side,
                seller,
                signal_type=body.type,
                severity=body.severity,
                source=caller.actor,
                detail=detail,
            )
        )


@router.get("/{seller_id}/signals", operation_id="list_signals")
def list_signals(
    seller_id: SellerId, caller: Reader, service: Core, starting_after: Cursor = None, limit: Limit = 20
) -> Page[SignalView]:
    """The seller's signals, newest first."""
    with service.database.transaction() as session:
        seller = sellers.find(session, caller.side, seller_id)
        query = select(Signal).where(Signal.seller_id == seller.id)
        rows, more = fetch(session, query, Signal.id, starting_after, limit)
        return Page(data=[_view(row) for row in rows], has_more=more)


def _view(signal: Signal) -> SignalView:
    columns = {column.key: getattr(signal, column.key) for column in signal.__table__.columns}
    return SignalView.model_validate(columns)
