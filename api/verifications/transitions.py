"""How a verification goes from one state to the next, and what follows from that.

`states` lists the ways; `move_all` is the only place where they are taken: event, audit entry and the seller's status
follow from it in the same transaction. Everybody who calls it holds the locks of the sellers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from api import jobs
from api.audit import service as audit
from api.keys.service import Side
from api.sellers import service as sellers
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.states import State, check_transition
from api.verifications.tables import Verification
from api.webhooks import service as webhooks


def move(
    service: Service,
    session: Session,
    side: Side,
    seller: Seller,
    verification: Verification,
    state: State,
    actor: str,
) -> None:
    """`move_all` of one verification."""
    move_all(service, session, side, [(seller, verification)], state, actor)


def move_all(
    service: Service,
    session: Session,
    side: Side,
    cases: Sequence[tuple[Seller, Verification]],
    state: State,
    actor: str,
) -> None:
    """Change the state of verifications. Raises Problem 409 illegal_transition."""
    for _, verification in cases:
        _set_state(side, verification, state)
    moved = [verification for _, verification in cases]
    back = [verification for verification in moved if verification.reversed_at]
    tell(session, side, back, "reversed", actor)
    tell(session, side, [verification for verification in moved if verification not in back], state, actor)
    for seller, verification in cases:
        if state == "verified" and verification.evidence_of is None:
            sellers.credit(service, session, side, seller, verification)
        elif state == "declined":
            sellers.discredit(session, side, seller, verification, actor)
    sellers.refresh_all(session, side, [seller for seller, _ in cases], actor)


def _set_state(side: Side, verification: Verification, state: State) -> None:
    check_transition(verification.state, state)
    verification.state = state
    if state in ("verified", "declined"):
        verification.decided_at = side.now()
    elif state == "canceled":
        verification.expires_at = side.now()
    if state != "in_review":
        verification.review_kind = None


def tell(session: Session, side: Side, moved: Sequence[Verification], what: str, actor: str) -> None:
    """The event of it, and its entry in the audit trail."""
    told = [(verification, _told(verification, what)) for verification in moved]
    events = [(verification.seller_id, content) for verification, content in told]
    webhooks.record_all(session, side, f"verification.{what}", events)
    entries = [(verification.id, content) for verification, content in told]
    audit.record_all(session, side, actor, f"verification.{what}", entries)


def _told(verification: Verification, what: str) -> dict[str, Any]:
    """What an event and the audit trail say of it."""
    told: dict[str, Any] = {
        "verification_id": verification.id,
        "kind": verification.kind,
        "state": verification.state,
        "attempt": verification.attempt,
    }
    if verification.executive_id:
        told["executive_id"] = verification.executive_id
    if what in ("requires_input", "in_review", "verified", "declined", "reversed"):
        source = verification.decision or verification.summary or {}
        told["reasons"] = [reason["code"] for reason in source.get("reasons", [])]
    if what == "in_review":
        told["review_kind"] = verification.review_kind
    return told


def open_review(
    service: Service,
    session: Session,
    side: Side,
    seller: Seller,
    verification: Verification,
    kind: str,
    actor: str,
) -> None:
    """Put the verification before a person."""
    verification.review_kind = kind
    verification.review = {"opened_at": side.now().isoformat()}
    move(service, session, side, seller, verification, "in_review", actor)
    jobs.defer(
        session,
        "console.cut_views",
        queue=jobs.DELIVERY_QUEUE,
        lock="console.cut_views",
        verification_id=verification.id,
    )


def ask_again(
    service: Service,
    session: Session,
    side: Side,
    seller: Seller,
    verification: Verification,
    reasons: list[dict[str, Any]],
    actor: str,
) -> None:
    """Ask for a retake; when the attempts are used up, decline instead."""
    if verification.attempt >= service.policy.verifications.attempts:
        verification.decision = {"by": actor, "reasons": [{"code": "attempts_exhausted"}]}
        move(service, session, side, seller, verification, "declined", actor)
        return
    limits, now = service.policy.verifications, side.now()
    verification.last_error = {"code": "retake", "reasons": [reason["code"] for reason in reasons]}
    verification.challenge_expires_at = now + timedelta(days=limits.challenge_days)
    verification.expires_at = now + timedelta(days=limits.abandoned_after_days)
    move(service, session, side, seller, verification, "requires_input", actor)
