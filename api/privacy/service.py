"""Redaction, export, and the daily keeping of retention times."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.audit.tables import AuditEntry
from api.console import calls, views
from api.console.tables import PendingDecision
from api.database import columns
from api.gallery import service as gallery
from api.keys.service import Side, all_sides
from api.keys.tables import IdempotentAnswer
from api.sellers.tables import Consent, Executive, Seller
from api.service import Service
from api.signals.tables import Signal
from api.verifications import service as verifications
from api.verifications import transitions
from api.verifications.corrections import corrections
from api.verifications.states import OPEN
from api.verifications.tables import Capture, Correction, Verification
from api.webhooks import service as webhooks
from api.webhooks.tables import Event

BATCH = 200


def redact_seller(service: Service, session: Session, side: Side, seller: Seller, actor: str) -> None:
    """Destroy the seller's key, images, reports, templates and digests; states, times and codes stay.

    The caller holds the seller's lock. Doing it again changes nothing.
    """
    if seller.redacted_at is not None:
        return
    for verification in session.scalars(select(Verification).where(Verification.seller_id == seller.id)):
        if verification.state in OPEN:
            transitions.move(service, session, side, seller, verification, "canceled", actor)
        _empty(service, session, side, verification)
    gallery.forget(session, "seller_id", seller.id)
    session.execute(update(Signal).where(Signal.seller_id == seller.id).values(sealed_detail=None))
    seller.wrapped_key = None
    seller.details = {}
    seller.redacted_at = side.now()
    seller.verified_until = seller.own_until = seller.next_step_at = None
    if seller.status != "banned":
        seller.status = "unverified"
    webhooks.record(session, side, "seller.redacted", seller.id, {"status": seller.status})
    audit.record(session, side, actor, "seller.redacted", seller.id)


def redact_verification(
    service: Service, session: Session, side: Side, verification: Verification, actor: str
) -> None:
    """Delete images, report, texts, templates and digests of one ended verification."""
    if verification.redacted_at is not None:
        return
    _empty(service, session, side, verification)
    gallery.forget(session, "verification_id", verification.id)
    told: dict[str, Any] = {"verification_id": verification.id, "state": verification.state}
    webhooks.record(session, side, "verification.redacted", verification.seller_id, told)
    audit.record(session, side, actor, "verification.redacted", verification.id)


def _empty(service: Service, session: Session, side: Side, verification: Verification) -> None:
    for capture in session.scalars(select(Capture).where(Capture.verification_id == verification.id)):
        service.blobs.delete(capture.blob)
        session.delete(capture)
    for table in (Correction, PendingDecision):
        session.execute(delete(table).where(table.verification_id == verification.id))
    views.forget(service, session, verification.id)
    calls.forget(service, session, verification.id)
    verification.sealed_report = verification.sealed_texts = verification.sealed_declared = None
    verification.card_runs_out_at = None
    verification.redacted_at = verification.redacted_at or side.now()


def export(service: Service, session: Session, seller: Seller) -> dict[str, Any]:
    """Everything that is held on a seller, images included (base64), as the law on access asks for."""
    key = verifications.data_key(service, seller)
    held = session.scalars(select(Verification).where(Verification.seller_id == seller.id)).all()
    return {
        "seller": {**_plain(seller, "wrapped_key", "details"), "metadata": seller.details},
        "executives": [_plain(e) for e in _of_seller(session, Executive, seller)],
        "consents": [_plain(consent) for consent in _of_seller(session, Consent, seller)],
        "verifications": [
            {
                **_plain(verification, "sealed_report", "sealed_texts", "sealed_declared"),
                "report": verifications.opened_json(key, verification.sealed_report),
                "texts": verifications.opened_json(key, verification.sealed_texts),
                "corrections": corrections(session, key, verification.id),
                "declared": verifications.opened_json(key, verification.sealed_declared),
                **calls.held(service, session, key, verification.id),
                "captures": [
                    {
                        **_plain(capture, "blob"),
                        "image": base64.b64encode(key.open(service.blobs.get(capture.blob))).decode(),
                    }
                    for capture in session.scalars(
                        select(Capture).where(Capture.verification_id == verification.id)
                    )
                ],
            }
            for verification in held
        ],
        "signals": [
            {**_plain(s, "sealed_detail"), "detail": verifications.opened_json(key, s.sealed_detail)}
            for s in _of_seller(session, Signal, seller)
        ],
        "events": [_plain(event) for event in _of_seller(session, Event, seller)],
        "audit": [
            _plain(entry, "hash")
            for entry in session.scalars(
                select(AuditEntry).where(AuditEntry.subject.in_([seller.id, *(v.id for v in held)]))
            )
        ],
    }


def _of_seller(session: Session, table: Any, seller: Seller) -> list[Any]:
    return list(session.scalars(select(table).where(table.seller_id == seller.id)))


def _plain(row: Any, *without: str) -> dict[str, Any]:
    return {name: value for name, value in columns(row).items() if name not in without}


def keep_retention(service: Service) -> int:
    """Redact and delete what is past its time, on all sides. Returns how many verifications were redacted."""
    with service.database.transaction() as session:
        sides = all_sides(session)
    return sum(_keep_side(service, side) for side in sides)


def _keep_side(service: Service, side: Side) -> int:
    rules, now = service.policy.retention, side.now()
    count = 0
    for state, days in (
        ("declined", rules.declined_days),
        ("canceled", rules.canceled_days),
        ("expired", rules.expired_days),
    ):
        while done := _redact_batch(service, side, state, timedelta(days=days)):
            count += done
    while done := _redact_lapsed(service, side, timedelta(days=rules.lapsed_days)):
        count += done
    with service.database.transaction() as session:
        session.execute(
            delete(Event).where(
                Event.account_id == side.account_id,
                Event.livemode == side.livemode,
                Event.created_at < now - timedelta(days=rules.events_days),
            )
        )
        session.execute(
            delete(IdempotentAnswer).where(
                IdempotentAnswer.account_id == side.account_id,
                IdempotentAnswer.livemode == side.livemode,
                IdempotentAnswer.created_at < now - timedelta(hours=rules.idempotency_hours),
            )
        )
    return count


def _redact_batch(service: Service, side: Side, state: str, age: timedelta) -> int:
    ended = Verification.decided_at if state == "declined" else Verification.expires_at
    return _redact(service, side, Verification.state == state, ended < side.now() - age)


def _redact_lapsed(service: Service, side: Side, age: timedelta) -> int:
    """What a seller was verified by, so long after its last verification ran out and it did not come back."""
    grace = timedelta(days=service.policy.schedule.grace_days)
    gone = select(Seller.id).where(
        Seller.account_id == side.account_id,
        Seller.livemode == side.livemode,
        Seller.status == "lapsed",
        Seller.verified_until < side.now() - grace - age,
    )
    return _redact(service, side, Verification.state == "verified", Verification.seller_id.in_(gone))


def _redact(service: Service, side: Side, *which: ColumnElement[bool]) -> int:
    with service.database.transaction() as session:
        old = session.scalars(
            select(Verification.id)
            .where(
                Verification.account_id == side.account_id,
                Verification.livemode == side.livemode,
                Verification.redacted_at.is_(None),
                *which,
            )
            .limit(BATCH)
        ).all()
        for verification_id in old:
            verification, _ = verifications.find_locked(session, side, verification_id)
            redact_verification(service, session, side, verification, "retention")
        return len(old)
