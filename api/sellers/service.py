"""Makes sellers, and keeps a seller's status what its verifications say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.ids import new_id
from api.keys.service import Caller, Side
from api.paging import of_side
from api.problems import Problem
from api.schedule import steps
from api.sellers.tables import Executive, Seller
from api.service import Service
from api.verifications.states import OPEN
from api.verifications.tables import Verification
from api.webhooks import service as webhooks

# A person or a rule put these; no outcome of a verification lifts them.
HELD = frozenset({"suspended", "banned"})


def create(service: Service, session: Session, caller: Caller, **fields: Any) -> Seller:
    """A new seller with a data key of its own. Raises Problem 409 reference_taken."""
    side = caller.side
    seller_id = new_id("sel")
    _, wrapped = service.vault.new_key(seller_id)
    seller: Seller | None = session.scalar(
        insert(Seller)
        .values(
            id=seller_id,
            account_id=side.account_id,
            livemode=side.livemode,
            status="unverified",
            wrapped_key=wrapped,
            created_at=side.now(),
            next_step=0,
            **fields,
        )
        .on_conflict_do_nothing(index_elements=["account_id", "livemode", "reference"])
        .returning(Seller)
    )
    if seller is None:
        raise Problem(409, "reference_taken", "a seller with this reference exists")
    audit.record(session, side, caller.actor, "seller.created", seller_id)
    webhooks.record(session, side, "seller.created", seller_id, {"status": seller.status})
    return seller


def find(session: Session, side: Side, seller_id: str, *, lock: bool = False) -> Seller:
    """The seller on this side; with `lock`, nobody else changes anything of it now. Raises Problem 404."""
    query = of_side(Seller, side, id=seller_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    seller: Seller | None = session.scalars(query).one_or_none()
    if seller is None:
        raise Problem(404, "seller_not_found", "there is no such seller")
    return seller


def find_unredacted(session: Session, side: Side, seller_id: str) -> Seller:
    """The seller, locked, whose data is still there. Raises Problem 404 or 409 redacted."""
    seller = find(session, side, seller_id, lock=True)
    if seller.redacted_at is not None:
        raise Problem(409, "redacted", "the seller's data was redacted")
    return seller


def find_executive(session: Session, seller: Seller, executive_id: str) -> Executive:
    """An executive of this seller. Raises Problem 404."""
    executive = session.get(Executive, executive_id)
    if executive is None or executive.seller_id != seller.id:
        raise Problem(404, "executive_not_found", "the seller has no such executive")
    return executive


def set_status(
    session: Session,
    side: Side,
    seller: Seller,
    status: str,
    actor: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """`set_status_all` of one seller."""
    set_status_all(session, side, [seller], status, actor, detail)


def set_status_all(
    session: Session,
    side: Side,
    locked: Sequence[Seller],
    status: str,
    actor: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """Change the status of sellers, tell it, and write it down; nothing where it is that already."""
    told: list[tuple[str, dict[str, Any]]] = []
    for seller in locked:
        if seller.status != status:
            told.append((seller.id, {"status": status, "previous_status": seller.status, **(detail or {})}))
            seller.status = status
    webhooks.record_all(session, side, f"seller.{status}", told)
    audit.record_all(session, side, actor, f"seller.{status}", told)


def credit(
    service: Service, session: Session, side: Side, seller: Seller, verification: Verification
) -> None:
    """A verification of the seller succeeded: note until when it holds, and schedule the next."""
    days = service.policy.schedule.interval(seller.kind, seller.risk)
    until = (verification.decided_at or side.now()) + timedelta(days=days)
    if verification.executive_id is None:
        seller.own_until = until
    else:
        session.get_one(Executive, verification.executive_id).verified_until = until
    seller.verified_until = _verified_until(service, session, seller)
    steps.plan(service.policy.schedule, seller)


def assess(
    service: Service, session: Session, caller: Caller, seller: Seller, risk: str, reason: str
) -> None:
    """The seller is of this risk from now on. Where policy lets verifications of such a seller hold fewer days, those
    that hold now end so much earlier; where it lets them hold more, the next one does."""
    if risk == seller.risk:
        return
    interval = service.policy.schedule.interval
    fewer = interval(seller.kind, seller.risk) - interval(seller.kind, risk)
    told = {"risk": risk, "previous_risk": seller.risk, "reason": reason}
    seller.risk = risk
    if fewer > 0:
        _bring_forward(service, session, caller.side, seller, fewer)
    audit.record(session, caller.side, caller.actor, "seller.risk_changed", seller.id, told)
    webhooks.record(session, caller.side, "seller.risk_changed", seller.id, told)


def _bring_forward(service: Service, session: Session, side: Side, seller: Seller, days: int) -> None:
    """End what is verified so many days earlier, but leave the seller the usual notice."""
    soonest = side.now() + timedelta(days=service.policy.schedule.open_before_days)
    if seller.verified_until is None or seller.verified_until <= soonest:
        return

    def earlier(until: datetime | None) -> datetime | None:
        return until and min(until, max(until - timedelta(days=days), soonest))

    seller.own_until = earlier(seller.own_until)
    for executive in session.scalars(select(Executive).where(Executive.seller_id == seller.id)):
        executive.verified_until = earlier(executive.verified_until)
    seller.verified_until = _verified_until(service, session, seller)
    steps.plan(service.policy.schedule, seller)


def discredit(session: Session, side: Side, seller: Seller, verification: Verification, actor: str) -> None:
    """A verification of the seller failed or was reversed. A seller already verified is suspended by that."""
    was_verified = seller.verified_until is not None
    if verification.reversed_at is not None:
        if verification.executive_id is None:
            seller.own_until = None
        else:
            session.get_one(Executive, verification.executive_id).verified_until = None
        seller.verified_until = seller.next_step_at = None
    if was_verified and seller.status not in HELD:
        set_status(session, side, seller, "suspended", actor, {"verification_id": verification.id})


def refresh(session: Session, side: Side, seller: Seller, actor: str) -> None:
    """`refresh_all` of one seller."""
    refresh_all(session, side, [seller], actor)


def refresh_all(session: Session, side: Side, locked: Sequence[Seller], actor: str) -> None:
    """Set the statuses that follow from verifications and time."""
    now, open_ones = side.now(), _with_open_verification(session, locked)
    following: dict[str, list[Seller]] = defaultdict(list)
    for seller in {seller.id: seller for seller in locked if seller.status not in HELD}.values():
        if seller.verified_until is None:
            following["pending" if seller.id in open_ones else "unverified"].append(seller)
        elif now < seller.verified_until:
            following["verified"].append(seller)  # reverification_due and lapsed come from the schedule
    for status, theirs in following.items():
        set_status_all(session, side, theirs, status, actor)


def _with_open_verification(session: Session, locked: Sequence[Seller]) -> set[str]:
    """Those of the sellers who have an open verification, among those for whom it matters."""
    unverified = [seller.id for seller in locked if seller.verified_until is None]
    if not unverified:
        return set()
    query = select(Verification.seller_id).where(
        Verification.seller_id.in_(unverified), Verification.state.in_(OPEN)
    )
    return set(session.scalars(query))


def _verified_until(service: Service, session: Session, seller: Seller) -> datetime | None:
    """An individual: as long as its own verification; an enterprise: as long as all that policy asks for."""
    if seller.kind == "individual":
        return seller.own_until
    ends = [seller.own_until]
    executives = session.scalars(select(Executive).where(Executive.seller_id == seller.id)).all()
    for role in service.policy.enterprise.required_roles:
        known = [e.verified_until for e in executives if e.role == role and e.verified_until is not None]
        ends.append(max(known, default=None))
    certain = [end for end in ends if end is not None]
    return min(certain) if len(certain) == len(ends) else None
