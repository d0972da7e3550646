"""The queue of cases: which wait, in what order, who works on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, and_, case, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, defer

from api.audit import service as audit
from api.console.agents import Viewer
from api.console.tables import Agent, Claim, PendingDecision
from api.problems import Problem
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Verification

LEASE = timedelta(minutes=10)
PAGE_SIZE = 50

Assigned = Literal["all", "free", "mine"]


@dataclass(frozen=True)
class Filters:
    """What the queue shows; empty means all."""

    risk: str = ""
    reason: str = ""
    kind: str = ""
    assigned: Assigned = "all"
    seller: str = ""
    page: int = 1


@dataclass(frozen=True)
class Row:
    """One line of the queue."""

    verification: Verification
    seller: Seller
    opened_at: datetime
    due_at: datetime
    late: bool
    reasons: tuple[str, ...]
    holder: str | None
    """Login of the agent who has claimed it."""
    staged: bool
    escalated: bool


def queue(service: Service, session: Session, viewer: Viewer, filters: Filters) -> tuple[list[Row], bool]:
    """A page of the queue, escalated first, then high risk, then oldest; and whether there are more."""
    # Sorted by ids first: rows with their reports are wide, and thousands of them wait.
    page = (
        _filtered(_waiting(viewer), viewer, filters)
        .with_only_columns(Verification.id)
        .order_by(*_urgency())
        .offset((filters.page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    query = (
        _waiting(viewer)
        .add_columns(Seller, Agent.login)
        .outerjoin(Agent, Agent.id == Claim.agent_id)
        .options(defer(Verification.sealed_report), defer(Verification.sealed_texts))
        .where(Verification.id.in_(page.scalar_subquery()))
        .order_by(*_urgency())
    )
    rows = [_row(service, viewer, *found) for found in session.execute(query)]
    return rows[:PAGE_SIZE], len(rows) > PAGE_SIZE


def counters(service: Service, session: Session, viewer: Viewer) -> dict[str, int]:
    """How many cases wait: all, unclaimed, mine, past their time, for a video call."""
    late = _opened_at() < (viewer.side.now() - _allowed(service)).isoformat()
    counted = session.execute(
        _waiting(viewer).with_only_columns(
            func.count().label("all"),
            func.count().filter(Claim.agent_id.is_(None)).label("free"),
            func.count().filter(Claim.agent_id == viewer.agent_id).label("mine"),
            func.count().filter(late).label("late"),
            func.count().filter(Verification.review_kind == "video_call").label("video_call"),
        )
    ).one()
    return dict(counted._mapping)


def open_reasons(session: Session, viewer: Viewer) -> list[tuple[str, int]]:
    """The reason codes of all waiting cases with their numbers, most frequent first."""
    codes = func.jsonb_path_query_array(Verification.summary, text("'$.reasons[*].code'"))
    query = _waiting(viewer).with_only_columns(codes, func.count(), maintain_column_froms=True)
    counted: Counter[str] = Counter()
    for found, cases in session.execute(query.group_by(text("1"))).tuples():
        counted.update(dict.fromkeys(found or [], cases))
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def claim_next(session: Session, viewer: Viewer) -> str | None:
    """Claim the most urgent case that nobody works on; the case already claimed by the viewer goes last."""
    free = (
        _waiting(viewer)
        .with_only_columns(Verification.id)
        .where(Claim.agent_id.is_(None))
        .order_by(*_urgency())
        .limit(1)
        .with_for_update(of=Verification, skip_locked=True)
    )
    found = session.scalar(free)
    if found is not None:
        claim(session, viewer, found)
    return found


def claim(session: Session, viewer: Viewer, verification_id: str) -> None:
    """Take the case for ten minutes, or longer if it is the viewer's. Raises Problem 409 claimed."""
    now = viewer.side.now()
    mine = {"agent_id": viewer.agent_id, "expires_at": now + LEASE}
    taken = session.scalar(
        insert(Claim)
        .values(verification_id=verification_id, **mine)
        .on_conflict_do_update(
            index_elements=[Claim.verification_id],
            set_=mine,
            where=or_(Claim.agent_id == viewer.agent_id, Claim.expires_at <= now),
        )
        .returning(Claim.verification_id)
    )
    if taken is None:
        raise Problem(409, "claimed", "a colleague works on this case")
    audit.record(session, viewer.side, viewer.agent_id, "case.claimed", verification_id)


def holder(session: Session, viewer: Viewer, verification_id: str) -> tuple[str, str] | None:
    """Id and login of the agent who works on the case."""
    row = session.execute(
        select(Agent.id, Agent.login)
        .join(Claim, Claim.agent_id == Agent.id)
        .where(Claim.verification_id == verification_id, Claim.expires_at > viewer.side.now())
    ).one_or_none()
    return (row.id, row.login) if row else None


def release(session: Session, viewer: Viewer, verification_id: str) -> None:
    """Give a claimed case back to the queue; nothing where a colleague holds it."""
    held = session.get(Claim, verification_id)
    if held is not None and held.agent_id == viewer.agent_id:
        session.delete(held)


def opened_at(verification: Verification) -> datetime:
    """When the case came to the queue."""
    opened = (verification.review or {}).get("opened_at")
    return datetime.fromisoformat(opened) if opened else verification.created_at


def due_at(service: Service, verification: Verification) -> datetime:
    """By when the case should be decided."""
    return opened_at(verification) + _allowed(service)


def _waiting(viewer: Viewer) -> Select[Any]:
    """Cases in review on the viewer's side that no decision waits for, with their claims that still hold."""
    holds = and_(Claim.verification_id == Verification.id, Claim.expires_at > viewer.side.now())
    return (
        select(Verification)
        .join(Seller, Seller.id == Verification.seller_id)
        .outerjoin(Claim, holds)
        .outerjoin(PendingDecision, PendingDecision.verification_id == Verification.id)
        .where(
            Verification.account_id == viewer.side.account_id,
            Verification.livemode == viewer.side.livemode,
            Verification.state == "in_review",
            PendingDecision.id.is_(None),
        )
    )


def _filtered(query: Select[Any], viewer: Viewer, filters: Filters) -> Select[Any]:
    if filters.risk:
        query = query.where(Seller.risk == filters.risk)
    if filters.kind:
        query = query.where(Verification.review_kind == filters.kind)
    if filters.reason:
        query = query.where(Verification.summary["reasons"].contains([{"code": filters.reason}]))
    if filters.seller:
        query = query.where(Seller.reference.icontains(filters.seller, autoescape=True))
    if filters.assigned == "mine":
        query = query.where(Claim.agent_id == viewer.agent_id)
    elif filters.assigned == "free":
        query = query.where(Claim.agent_id.is_(None))
    return query


def _urgency() -> tuple[Any, ...]:
    return (
        case((Verification.review.has_key("escalated"), 0), else_=1),
        case((Seller.risk == "high", 0), else_=1),
        _opened_at(),
        Verification.id,
    )


def _opened_at() -> Any:
    """ISO times of one zone sort as text."""
    return Verification.review["opened_at"].astext


def _allowed(service: Service) -> timedelta:
    return timedelta(hours=service.settings.review_hours)


def _row(
    service: Service, viewer: Viewer, verification: Verification, seller: Seller, login: str | None
) -> Row:
    review = verification.review or {}
    due = due_at(service, verification)
    reasons = (verification.summary or {}).get("reasons", [])
    return Row(
        verification=verification,
        seller=seller,
        opened_at=opened_at(verification),
        due_at=due,
        late=due < viewer.side.now(),
        reasons=tuple(dict.fromkeys(r["code"] for r in reasons if r.get("effect") != "note")),
        holder=login,
        staged="staged" in review,
        escalated="escalated" in review,
    )
