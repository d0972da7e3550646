"""How well a seller's identity stands: a number for the marketplace's own rating, with its reasons."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.gallery.tables import Duplicate
from api.keys.service import Side
from api.sellers.schemas import Standing
from api.sellers.tables import Seller
from api.signals.tables import Signal
from api.verifications.tables import Verification

# Points of a seller whose identity is as well known as it can be add up to 100.
VERIFIED, STRONG, BY_PERSON_TOO, FRESH = 60, 10, 10, 20
STRONG_RATE = 1e-4
"""False match rate of selfie and card up to which a machine's verification is a strong one, and"""
FAIR_RATE = 1e-3
"""up to which it is half as strong."""
IN_STANDING = ("verified", "reverification_due")
"""Others get no points: of an enterprise, for one, whose own verification holds but whose executives' do not."""
SIGNAL_COSTS, DUPLICATE_COSTS = 5, 15


def standing(session: Session, side: Side, seller: Seller) -> Standing:
    """The score with one sentence for each part of it."""
    now = side.now()
    last = session.scalars(
        select(Verification)
        .where(
            Verification.seller_id == seller.id,
            Verification.state == "verified",
            Verification.executive_id.is_(None),
        )
        .order_by(Verification.decided_at.desc())
        .limit(1)
    ).one_or_none()
    signals = session.scalar(
        select(func.count()).where(
            Signal.seller_id == seller.id, Signal.created_at > now - timedelta(days=365)
        )
    )
    duplicates = session.scalar(
        select(func.count(func.distinct(Duplicate.other_seller_id))).where(
            Duplicate.seller_id == seller.id, Duplicate.effect != "allow"
        )
    )
    days = (now - last.decided_at).days if last is not None and last.decided_at is not None else None
    by = (last.decision or {}).get("by") if last is not None else None
    method = None if last is None else "machine" if by == "machine" else "person"
    rate = ((last.summary or {}).get("scores") or {}).get("false_match_rate") if last is not None else None
    parts = _parts(seller, days, _strength(last, rate), method, signals or 0, duplicates or 0)
    return Standing(
        seller_id=seller.id,
        score=max(0, min(100, sum(points for points, _ in parts))),
        status=seller.status,  # type: ignore[arg-type]
        method=method,
        face_false_match_rate=rate,
        verified_at=last.decided_at if last is not None else None,
        days_since_verified=days,
        signals_last_year=signals or 0,
        duplicates=duplicates or 0,
        explanation=[f"{points:+d}: {sentence}" for points, sentence in parts],
    )


def _strength(last: Verification | None, rate: float | None) -> list[tuple[int, str]]:
    if last is not None and last.method == "agent":
        return [(STRONG, "the person was seen in a video call")]
    if rate is None or rate > FAIR_RATE:
        return []
    points = STRONG if rate <= STRONG_RATE else STRONG // 2
    return [(points, f"the face is the card's at a false match rate of {rate:.0e}")]


def _parts(
    seller: Seller,
    days: int | None,
    strength: list[tuple[int, str]],
    method: str | None,
    signals: int,
    duplicates: int,
) -> list[tuple[int, str]]:
    if seller.status not in IN_STANDING or days is None:
        return [(0, f"the seller is {seller.status}")]
    parts = [(VERIFIED, "the identity was verified"), *strength]
    if method == "person":
        parts.append((BY_PERSON_TOO, "a person looked at it"))
    if fresh := max(0, round(FRESH * (1 - days / 365))):
        parts.append((fresh, f"the verification is {days} days old"))
    if signals:
        parts.append((-SIGNAL_COSTS * signals, f"{signals} signals in the last year"))
    if duplicates:
        parts.append((-DUPLICATE_COSTS * duplicates, f"{duplicates} other stores share the identity"))
    return parts
