"""Takes signals about sellers and does what the rules in policy.toml say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import vision
from api.audit import service as audit
from api.gallery.tables import Duplicate
from api.ids import new_id
from api.keys.service import Side
from api.policy import SignalRule
from api.sellers import service as sellers
from api.sellers.tables import Executive, Seller
from api.service import Service
from api.signals.tables import Signal
from api.verifications import service as verifications
from api.verifications.states import OPEN
from api.verifications.tables import Verification
from api.webhooks import service as webhooks


def add(
    service: Service,
    session: Session,
    side: Side,
    seller: Seller,
    *,
    signal_type: str,
    severity: str,
    source: str,
    detail: dict[str, Any] | None = None,
) -> Signal:
    """Keep a signal, its detail sealed, and apply the rule that it completes. Holds the seller's lock."""
    sealed = None
    if detail:
        sealed = verifications.sealed_json(verifications.data_key(service, seller), detail)
    signal = Signal(
        id=new_id("sig"),
        seller_id=seller.id,
        type=signal_type,
        severity=severity,
        source=source,
        sealed_detail=sealed,
        created_at=side.now(),
    )
    session.add(signal)
    session.flush()
    told = {"signal_id": signal.id, "type": signal_type, "severity": severity}
    webhooks.record(session, side, "signal.received", seller.id, told)
    audit.record(session, side, source, "signal.received", seller.id, told)
    for rule in sorted(service.policy.signals, key=lambda rule: rule.then != "suspend"):
        if rule.covers(signal_type, severity) and _completed(session, side, seller, rule):
            _carry_out(service, session, side, seller, rule, signal)
            break
    return signal


def _completed(session: Session, side: Side, seller: Seller, rule: SignalRule) -> bool:
    """Whether enough signals that led to nothing yet lie in the rule's window."""
    since = side.now() - timedelta(days=rule.within_days)
    recent = session.scalars(
        select(Signal).where(
            Signal.seller_id == seller.id, Signal.created_at >= since, Signal.led_to.is_(None)
        )
    )
    return sum(rule.covers(signal.type, signal.severity) for signal in recent) >= rule.count


def _carry_out(
    service: Service, session: Session, side: Side, seller: Seller, rule: SignalRule, signal: Signal
) -> None:
    if rule.then == "suspend":
        if seller.status != "banned":
            sellers.set_status(session, side, seller, "suspended", "signals", {"signal_id": signal.id})
        led_to = "suspension"
    else:
        led_to = _trigger(service, session, side, seller, rule)
    for earlier in session.scalars(
        select(Signal).where(Signal.seller_id == seller.id, Signal.led_to.is_(None))
    ):
        if rule.covers(earlier.type, earlier.severity):
            earlier.led_to = led_to


def _trigger(service: Service, session: Session, side: Side, seller: Seller, rule: SignalRule) -> str:
    """Additional verifications of the kind that the rule asks for, but for what is open already.

    Of the seller, and of each person behind an enterprise who was verified. Returns the id of the seller's own.
    """
    open_ones = session.execute(
        select(Verification.executive_id, Verification.id).where(
            Verification.seller_id == seller.id, Verification.state.in_(OPEN)
        )
    )
    led_to: dict[str | None, str] = {row.executive_id: row.id for row in open_ones}
    before = verifications.methods_before(session, [seller.id])
    people = session.scalars(
        select(Executive.id).where(Executive.seller_id == seller.id, Executive.verified_until.is_not(None))
    )
    for executive_id in (None, *people):
        if executive_id not in led_to:
            made = verifications.create(
                service,
                session,
                side,
                "signals",
                seller,
                kind="triggered",
                executive_id=executive_id,
                method=rule.method or before.get((seller.id, executive_id), "face"),
                challenge=vision.draw_challenge([rule.challenge]) if rule.challenge else None,
            )
            led_to[executive_id] = made.id
    return led_to[None]


def raise_from_finding(
    service: Service,
    session: Session,
    side: Side,
    seller: Seller,
    reasons: Sequence[dict[str, Any]],
    duplicates: Sequence[Duplicate],
) -> None:
    """Signals of our own making: who was found again, and what has run out."""
    kinds = {duplicate.kind for duplicate in duplicates}
    for kind in sorted(kinds):
        known = "banned_person_matched" if kind == "banned_person" else "duplicate_found"
        severity = "high" if kind == "banned_person" else "medium"
        add(service, session, side, seller, signal_type=known, severity=severity, source="verification")
    if seller.verified_until is not None and any(r["code"] == "document_expired" for r in reasons):
        add(service, session, side, seller, signal_type="card_expired", severity="low", source="verification")
