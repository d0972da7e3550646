"""Opens a case about stores that a scan found to be one person's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.gallery import service as gallery
from api.gallery.search import Sighting, duplicate
from api.gallery.tables import DocumentDigest, Duplicate, EnrolledFace
from api.keys.service import Side
from api.sellers import service as sellers
from api.sellers.tables import Seller
from api.service import Service
from api.signals import service as signals
from api.verifications import service as verifications
from api.verifications import transitions
from api.verifications.states import OPEN
from api.verifications.tables import Verification

ACTOR = "gallery_scan"


@dataclass(frozen=True)
class Alike:
    """Another seller with a face like this one's."""

    seller_id: str
    similarity: float


def open_case(
    service: Service,
    side: Side,
    seller_id: str,
    others: Sequence[Alike],
    *,
    since: datetime,
    gallery_size: int,
) -> bool:
    """Put the seller before an agent for those others whom nobody knew of before `since`; says whether it did.

    Where a verification of the seller is before an agent already, it is told there.
    """
    with service.database.transaction() as session:
        seller = sellers.find(session, side, seller_id, lock=True)
        fresh = _unknown(session, seller, others, since)
        about = _latest(session, seller)
        if not fresh or about is None or seller.redacted_at is not None:
            return False
        case = _open_one(session, seller)
        if case is not None and case.state != "in_review":
            return False  # its own search, when it is submitted, sees the others
        case = case or _new_case(service, session, side, seller, about)
        found = [
            duplicate(service, case, side, o.seller_id, kind, o.similarity, gallery_size=gallery_size)
            for o in fresh
            for kind in _kinds(session, seller, o.seller_id)
        ]
        session.add_all(found)
        _tell(service, session, seller, case, found)
        reasons = (case.summary or {})["reasons"]
        signals.raise_from_finding(service, session, side, seller, reasons, found)
        return True


def _unknown(session: Session, seller: Seller, others: Sequence[Alike], since: datetime) -> list[Alike]:
    """Those others that still exist, of whom neither this seller's cases nor, before `since`, their own told."""
    ids = [other.seller_id for other in others]
    mine = and_(Duplicate.seller_id == seller.id, Duplicate.other_seller_id.in_(ids))
    theirs = and_(
        Duplicate.other_seller_id == seller.id, Duplicate.seller_id.in_(ids), Duplicate.created_at < since
    )
    rows = session.execute(select(Duplicate.seller_id, Duplicate.other_seller_id).where(or_(mine, theirs)))
    known = {party for row in rows for party in row}
    there = set(session.scalars(select(EnrolledFace.seller_id).where(EnrolledFace.seller_id.in_(ids))))
    return [other for other in others if other.seller_id in there - known]


def _latest(session: Session, seller: Seller) -> Verification | None:
    """The seller's last verification whose face is enrolled."""
    return session.scalar(
        select(Verification)
        .join(EnrolledFace, EnrolledFace.verification_id == Verification.id)
        .where(Verification.seller_id == seller.id, Verification.redacted_at.is_(None))
        .order_by(Verification.id.desc())
        .limit(1)
    )


def _open_one(session: Session, seller: Seller) -> Verification | None:
    """The one that is before an agent, or else any that is open."""
    return session.scalar(
        select(Verification)
        .where(Verification.seller_id == seller.id, Verification.state.in_(OPEN))
        .order_by((Verification.state == "in_review").desc(), Verification.id)
        .limit(1)
    )


def _new_case(
    service: Service, session: Session, side: Side, seller: Seller, about: Verification
) -> Verification:
    """A triggered verification over the captures of an earlier one: the seller has nothing to do."""
    case = verifications.create(
        service,
        session,
        side,
        ACTOR,
        seller,
        kind="triggered",
        method="agent",
        executive_id=about.executive_id,
    )
    transitions.move(service, session, side, seller, case, "processing", ACTOR)
    key = verifications.data_key(service, seller)
    seen = verifications.opened_json(key, about.sealed_report)
    case.sealed_report = verifications.sealed_json(key, {**seen, "reasons": [], "duplicates": []})
    case.summary = {"outcome": "in_review", "reasons": []}
    transitions.open_review(service, session, side, seller, case, "agent", ACTOR)
    case.review = {**(case.review or {}), "evidence_of": about.id}
    return case


def _kinds(session: Session, seller: Seller, other: str) -> list[str]:
    """What the two have in common beside the face."""
    cards: dict[str, set[bytes]] = {seller.id: set(), other: set()}
    for owner, digest in session.execute(
        select(DocumentDigest.seller_id, DocumentDigest.digest).where(
            DocumentDigest.seller_id.in_(cards), DocumentDigest.kind == "id_number"
        )
    ):
        cards[owner].add(digest)
    banned = session.scalar(
        select(EnrolledFace.id)
        .where(EnrolledFace.seller_id == other, EnrolledFace.banned_at.is_not(None))
        .limit(1)
    )
    seen = Sighting(
        card=bool(cards[seller.id] & cards[other]),
        face=True,
        banned=banned is not None,
        left_face=True,
        left_card=bool(cards[other]),
    )
    return list(seen.kinds(has_face=True, has_card=bool(cards[seller.id])))


def _tell(
    service: Service, session: Session, seller: Seller, case: Verification, found: list[Duplicate]
) -> None:
    """Write what was found into the case's report and summary; an agent decides, whatever policy says of a kind."""
    key = verifications.data_key(service, seller)
    report = verifications.opened_json(key, case.sealed_report)
    summary: dict[str, Any] = {"reasons": [], **(case.summary or {})}
    known = {reason["code"] for reason in summary["reasons"]}
    told = [{**r, "effect": "review"} for r in gallery.reasons(found) if r["code"] not in known]
    case.sealed_report = verifications.sealed_json(
        key,
        {
            **report,
            "outcome": "in_review",
            "reasons": [*report.get("reasons", []), *told],
            "duplicates": [*(report.get("duplicates") or []), *gallery.described(found)],
        },
    )
    brief = [{name: reason[name] for name in ("code", "check", "effect")} for reason in told]
    case.summary = {**summary, "reasons": [*summary["reasons"], *brief]}
    session.flush()
