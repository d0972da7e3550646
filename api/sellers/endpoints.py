"""/v1/sellers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import select

from api import problems
from api.audit import service as audit
from api.dependencies import Admin, Core, Reader, Reviewer, Submitter
from api.gallery import service as gallery
from api.idempotency import IdempotentRoute
from api.ids import PATTERN, new_id
from api.keys.service import Caller
from api.paging import Cursor, Limit, Page, fetch, of_side
from api.sellers import service as sellers
from api.sellers.schemas import (
    ExecutiveView,
    Judgement,
    NewExecutive,
    NewRisk,
    NewSeller,
    SellerView,
    Standing,
    Status,
)
from api.sellers.standing import standing
from api.sellers.tables import Executive, Seller
from api.sellers.views import executive_view, seller_view
from api.service import Service

router = APIRouter(
    prefix="/v1/sellers", tags=["sellers"], responses=problems.COMMON_RESPONSES, route_class=IdempotentRoute
)

SellerId = Annotated[str, Path(pattern=PATTERN, description="sel_..., as the seller was answered with")]


@router.post("", status_code=201, operation_id="create_seller")
def create_seller(body: NewSeller, caller: Submitter, service: Core) -> SellerView:
    """Register a seller under the marketplace's own reference."""
    with service.database.transaction() as session:
        fields = body.model_dump(exclude={"metadata"})
        return seller_view(sellers.create(service, session, caller, **fields, details=body.metadata))


@router.get("", operation_id="list_sellers")
def list_sellers(
    caller: Reader,
    service: Core,
    reference: Annotated[
        str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="the marketplace's own name")
    ] = None,
    status: Annotated[Status | None, Query(description="only sellers of this status")] = None,
    starting_after: Cursor = None,
    limit: Limit = 20,
) -> Page[SellerView]:
    """Sellers, newest first."""
    query = of_side(Seller, caller.side, reference=reference, status=status)
    with service.database.transaction() as session:
        rows, more = fetch(session, query, Seller.id, starting_after, limit)
        return Page(data=[seller_view(row) for row in rows], has_more=more)


@router.get("/{seller_id}", operation_id="get_seller")
def get_seller(seller_id: SellerId, caller: Reader, service: Core) -> SellerView:
    """One seller."""
    with service.database.transaction() as session:
        return seller_view(sellers.find(session, caller.side, seller_id))


@router.post("/{seller_id}/executives", status_code=201, operation_id="add_executive")
def add_executive(seller_id: SellerId, body: NewExecutive, caller: Submitter, service: Core) -> ExecutiveView:
    """Name a person behind an enterprise; verifications with its id verify that person."""
    with service.database.transaction() as session:
        seller = sellers.find_unredacted(session, caller.side, seller_id)
        if seller.kind != "enterprise":
            raise problems.Problem(422, "not_an_enterprise", "only an enterprise has executives")
        executive = Executive(
            id=new_id("exe"), seller_id=seller.id, role=body.role, created_at=caller.side.now()
        )
        session.add(executive)
        session.flush()
        told = {"executive_id": executive.id, "role": executive.role}
        audit.record(session, caller.side, caller.actor, "executive.added", seller.id, told)
        return executive_view(executive)


@router.get("/{seller_id}/executives", operation_id="list_executives")
def list_executives(seller_id: SellerId, caller: Reader, service: Core) -> list[ExecutiveView]:
    """The persons behind an enterprise."""
    with service.database.transaction() as session:
        seller = sellers.find(session, caller.side, seller_id)
        rows = session.scalars(
            select(Executive).where(Executive.seller_id == seller.id).order_by(Executive.id)
        )
        return [executive_view(row) for row in rows]


@router.get("/{seller_id}/standing", operation_id="get_standing")
def get_standing(seller_id: SellerId, caller: Reader, service: Core) -> Standing:
    """The identity component of the seller's rating, with its explanation."""
    with service.database.transaction() as session:
        return standing(session, caller.side, sellers.find(session, caller.side, seller_id))


@router.post("/{seller_id}/risk", operation_id="assess_seller")
def assess(seller_id: SellerId, body: NewRisk, caller: Reviewer, service: Core) -> SellerView:
    """Say how risky the seller is from now on: a higher risk may bring the next re-check forward."""
    with service.database.transaction() as session:
        seller = sellers.find_unredacted(session, caller.side, seller_id)
        sellers.assess(service, session, caller, seller, body.risk, body.reason)
        return seller_view(seller)


@router.post("/{seller_id}/suspend", operation_id="suspend_seller")
def suspend(seller_id: SellerId, body: Judgement, caller: Reviewer, service: Core) -> SellerView:
    """Suspend the seller until someone reinstates it."""
    return _judge(service, caller, seller_id, "suspended", body.reason)


@router.post("/{seller_id}/ban", operation_id="ban_seller")
def ban(seller_id: SellerId, body: Judgement, caller: Admin, service: Core) -> SellerView:
    """Ban the person: face and document numbers stay findable, and a return is recognised."""
    return _judge(service, caller, seller_id, "banned", body.reason)


@router.post("/{seller_id}/reinstate", operation_id="reinstate_seller")
def reinstate(seller_id: SellerId, body: Judgement, caller: Admin, service: Core) -> SellerView:
    """Lift a suspension or a ban; the status follows from the verifications again."""
    return _judge(service, caller, seller_id, None, body.reason)


def _judge(
    service: Service, caller: Caller, seller_id: str, status: Status | None, reason: str
) -> SellerView:
    with service.database.transaction() as session:
        seller = sellers.find(session, caller.side, seller_id, lock=True)
        if status == "banned":
            gallery.ban(session, seller.id, caller.side.now())
        elif status is None:
            gallery.unban(session, seller.id)
        detail = {"reason": reason}
        sellers.set_status(session, caller.side, seller, status or "unverified", caller.actor, detail)
        if status is None:
            sellers.refresh(session, caller.side, seller, caller.actor)
        return seller_view(seller)
