"""Other stores of the same person: what was found by itself, what an agent marked, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.console.actions import workable
from api.console.agents import Viewer
from api.gallery.tables import Duplicate
from api.ids import new_id
from api.problems import Problem
from api.sellers.tables import Seller
from api.verifications.tables import Verification

MARKED = "marked_by_agent"
HISTORY_LENGTH = 3


@dataclass(frozen=True)
class Past:
    """An earlier verification of another store."""

    id: str
    kind: str
    state: str
    at: datetime


@dataclass(frozen=True)
class OtherStore:
    """A seller who showed the same face, card or licence, with its last verifications."""

    kind: str
    effect: str
    similarity: float | None
    reference: str
    status: str
    since: datetime
    history: tuple[Past, ...]


def mark(session: Session, viewer: Viewer, verification_id: str, reference: str) -> None:
    """Note that this store is of the person behind another one. Raises Problem 404, 409, 422 same_store."""
    verification, seller = workable(session, viewer, verification_id)
    other = session.scalar(
        select(Seller).where(
            Seller.account_id == viewer.side.account_id,
            Seller.livemode == viewer.side.livemode,
            Seller.reference == reference.strip(),
        )
    )
    if other is None:
        raise Problem(404, "seller_not_found", "there is no such seller")
    if other.id == seller.id:
        raise Problem(422, "same_store", "that is this store itself")
    session.add(
        Duplicate(
            id=new_id("dup"),
            verification_id=verification.id,
            seller_id=seller.id,
            other_seller_id=other.id,
            kind=MARKED,
            effect="review",
            created_at=viewer.side.now(),
        )
    )
    told = {"other_seller_id": other.id}
    audit.record(session, viewer.side, viewer.agent_id, "duplicate.marked", verification_id, told)


def stores(session: Session, verification: Verification) -> list[OtherStore]:
    """The other stores of this case, surest first."""
    rows = session.execute(
        select(Duplicate, Seller)
        .join(Seller, Seller.id == Duplicate.other_seller_id)
        .where(Duplicate.verification_id == verification.id)
        .order_by(Duplicate.similarity.desc().nulls_last())
    )
    return [
        OtherStore(
            kind=duplicate.kind,
            effect=duplicate.effect,
            similarity=duplicate.similarity,
            reference=other.reference,
            status=other.status,
            since=other.created_at,
            history=_history(session, other),
        )
        for duplicate, other in rows
    ]


def _history(session: Session, seller: Seller) -> tuple[Past, ...]:
    rows = session.execute(
        select(Verification.id, Verification.kind, Verification.state, Verification.created_at)
        .where(Verification.seller_id == seller.id)
        .order_by(Verification.created_at.desc())
        .limit(HISTORY_LENGTH)
    )
    return tuple(Past(*row) for row in rows.tuples())
