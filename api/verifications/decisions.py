"""What people decide: verify, decline, ask again, call by video, reverse; with four eyes by policy."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.keys.service import Caller
from api.problems import Problem
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import service as verifications
from api.verifications import transitions
from api.verifications.tables import Capture, Correction, Verification
from api.webhooks import service as webhooks


def decide(
    service: Service,
    session: Session,
    caller: Caller,
    verification_id: str,
    *,
    decision: str,
    reasons: list[str],
    message: str | None,
    note: str | None,
) -> Verification:
    """Decide a case that is in review; where policy asks for four eyes, only stage it.

    Raises Problem 404, 409 not_in_review, video_call_missing.
    """
    verification, seller = verifications.find_locked(session, caller.side, verification_id)
    if verification.state != "in_review":
        raise Problem(409, "not_in_review", f"the verification is {verification.state}")
    check_call(verification, decision)
    key = verifications.data_key(service, seller)
    verification.sealed_texts = verifications.sealed_json(key, {"message": message, "note": note})
    staged = {
        "decision": decision,
        "reasons": reasons,
        "by": caller.actor,
        "evidence": _evidence_digest(session, verification),
    }
    if _needs_second(service, seller, decision):
        verification.review = {**(verification.review or {}), "staged": staged}
        audit.record(session, caller.side, caller.actor, "decision.staged", verification_id, staged)
    else:
        _carry_out(service, session, caller, verification, seller, staged, [caller.actor])
    return verification


def check_call(verification: Verification, decision: str) -> None:
    """Without face recognition, the call is what verifies a person. Raises Problem 409 video_call_missing."""
    by_call = verification.method == "agent" and verification.evidence_of is None
    call = (verification.review or {}).get("video_call") or {}
    if by_call and decision == "verified" and call.get("outcome") != "held":
        raise Problem(409, "video_call_missing", "hold the video call, and record that it was held, first")


def confirm(service: Service, session: Session, caller: Caller, verification_id: str) -> Verification:
    """The second pair of eyes. Raises Problem 403 to the one who staged it, 409 nothing_staged."""
    verification, seller = verifications.find_locked(session, caller.side, verification_id)
    staged = (verification.review or {}).get("staged")
    if verification.state != "in_review" or not staged:
        raise Problem(409, "nothing_staged", "no decision waits for confirmation")
    if staged["by"] == caller.actor:
        raise Problem(403, "second_person_needed", "someone else must confirm what you decided")
    _carry_out(service, session, caller, verification, seller, staged, [staged["by"], caller.actor])
    return verification


def void_if_changed(session: Session, caller: Caller, verification_id: str) -> bool:
    """Drop a staged decision whose evidence is no longer what its maker saw; says whether it did."""
    verification, _ = verifications.find_locked(session, caller.side, verification_id)
    review = verification.review or {}
    staged = review.get("staged")
    if not staged or staged["evidence"] == _evidence_digest(session, verification):
        return False
    verification.review = {k: v for k, v in review.items() if k != "staged"}
    audit.record(session, caller.side, caller.actor, "decision.voided", verification_id)
    return True


def reverse(
    service: Service, session: Session, caller: Caller, verification_id: str, reasons: list[str], note: str
) -> Verification:
    """Take back a verification that succeeded. Raises Problem 404, 409."""
    verification, seller = verifications.find_locked(session, caller.side, verification_id)
    if verification.state != "verified":
        raise Problem(
            409, "illegal_transition", f"a verification that is {verification.state} can't be reversed"
        )
    verification.reversed_at = caller.side.now()
    verification.decision = {"by": caller.actor, "reasons": [{"code": code} for code in reasons]}
    if seller.wrapped_key is not None:
        key = verifications.data_key(service, seller)
        verification.sealed_texts = verifications.sealed_json(key, {"message": None, "note": note})
    transitions.move(service, session, caller.side, seller, verification, "declined", caller.actor)
    return verification


def call_by_video(
    session: Session, caller: Caller, verification_id: str, *, link: str, at: datetime | None
) -> Verification:
    """Make the case a video call: where and when. Raises Problem 404, 409 not_in_review."""
    verification, _ = verifications.find_locked(session, caller.side, verification_id)
    if verification.state != "in_review":
        raise Problem(409, "not_in_review", f"the verification is {verification.state}")
    verification.review_kind = "video_call"
    call = {"link": link, "at": at.isoformat() if at else None, "by": caller.actor}
    verification.review = {**(verification.review or {}), "video_call": call}
    told: dict[str, Any] = {
        "verification_id": verification.id,
        "review_kind": "video_call",
        "state": "in_review",
    }
    webhooks.record(session, caller.side, "verification.video_call_requested", verification.seller_id, told)
    audit.record(session, caller.side, caller.actor, "verification.video_call_requested", verification.id)
    return verification


def end_call(session: Session, caller: Caller, verification_id: str, outcome: str) -> Verification:
    """Keep how the video call went; the last word holds, each is audited. Raises Problem 404, 409 no_video_call."""
    verification, _ = verifications.find_locked(session, caller.side, verification_id)
    if verification.state != "in_review" or verification.review_kind != "video_call":
        raise Problem(409, "no_video_call", "ask for a video call first")
    review = verification.review or {}
    ended = {"outcome": outcome, "ended_at": caller.side.now().isoformat(), "ended_by": caller.actor}
    verification.review = {**review, "video_call": {**review.get("video_call", {}), **ended}}
    told = {"verification_id": verification.id, "state": verification.state, "outcome": outcome}
    webhooks.record(session, caller.side, "verification.video_call_ended", verification.seller_id, told)
    audit.record(
        session,
        caller.side,
        caller.actor,
        "verification.video_call_ended",
        verification.id,
        {"outcome": outcome},
    )
    return verification


def _needs_second(service: Service, seller: Seller, decision: str) -> bool:
    rules = service.policy.verifications
    return decision in rules.four_eyes and seller.risk in rules.four_eyes_risks


def _carry_out(
    service: Service,
    session: Session,
    caller: Caller,
    verification: Verification,
    seller: Seller,
    staged: dict[str, Any],
    people: list[str],
) -> None:
    side, actor = caller.side, caller.actor
    reasons: list[dict[str, Any]] = [{"code": code} for code in staged["reasons"]]
    if staged["decision"] == "retake":
        transitions.ask_again(service, session, side, seller, verification, reasons, actor)
        return
    verification.decision = {"by": people[0], "people": people, "reasons": reasons}
    transitions.move(service, session, side, seller, verification, staged["decision"], actor)


def _evidence_digest(session: Session, verification: Verification) -> str:
    """Of what a decision rests on: the captures, what was read of them, and what people corrected in that."""
    parts = [hashlib.sha256(verification.sealed_report or b"").hexdigest()]
    for part in (Capture, Correction):
        of_verification = select(part.id).where(part.verification_id == verification.id)
        parts += session.scalars(of_verification.order_by(part.id))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
