"""/v1/sellers/{id}/signals."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import select

from api import problems
from api.database import columns
from api.dependencies import Core, Reader, Submitter
from api.idempotency import IdempotentRoute
from api.paging import Cursor, Limit, Page, fetch
from api.sellers import service as sellers
from api.sellers.endpoints import SellerId
from api.signals import service as signals
from api.signals.schemas import NewSignal, SignalView
from api.signals.tables import Signal

router = APIRouter(
    prefix="/v1/sellers", tags=["signals"], responses=problems.COMMON_RESPONSES, route_class=IdempotentRoute
)


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
    return SignalView.model_validate(columns(signal))
