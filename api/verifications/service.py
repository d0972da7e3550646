"""What is asked of a verification, under the lock of its seller's row: opened, given captures, submitted, cancelled.

Its way from state to state is in `transitions`, the worker's part in `tasks`, people's in `decisions`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api import jobs, vision
from api.audit import service as audit
from api.ids import new_id
from api.keys.service import Caller, Side
from api.paging import of_side
from api.privacy.vault import DataKey
from api.problems import Problem
from api.sellers import service as sellers
from api.sellers.tables import Consent, Seller
from api.service import Service
from api.verifications import captures, transitions
from api.verifications.scenarios import scenarios
from api.verifications.states import OPEN, Method
from api.verifications.tables import Capture, Verification


def create(
    service: Service,
    session: Session,
    side: Side,
    actor: str,
    seller: Seller,
    *,
    kind: str,
    method: str = "face",
    challenge: str | None = None,
    executive_id: str | None = None,
    declared: dict[str, str] | None = None,
    scenario: str | None = None,
) -> Verification:
    """Open a verification. The caller holds the seller's lock. Raises Problem 409 verification_open, 422."""
    if scenario is not None:
        _check_scenario(side, scenario)
    if executive_id is not None:
        sellers.find_executive(session, seller, executive_id)
    if _open_one(session, seller, executive_id):
        raise Problem(409, "verification_open", "the seller has an open verification already")
    limits, now = service.policy.verifications, side.now()
    verification = Verification(
        id=new_id("ver"),
        account_id=side.account_id,
        livemode=side.livemode,
        seller_id=seller.id,
        executive_id=executive_id,
        kind=kind,
        method=method,
        state="requires_input",
        challenge=_challenge(challenge) if challenge else vision.draw_challenge(limits.challenges),
        challenge_expires_at=now + timedelta(days=limits.challenge_days),
        attempt=0,
        sealed_declared=sealed_json(data_key(service, seller), declared) if declared else None,
        scenario=scenario,
        expires_at=now + timedelta(days=limits.abandoned_after_days),
        created_at=now,
    )
    session.add(verification)
    session.flush()
    transitions.tell(session, side, [verification], "created", actor)
    sellers.refresh(session, side, seller, actor)
    return verification


def _check_scenario(side: Side, scenario: str) -> None:
    if side.livemode:
        raise Problem(422, "scenario_in_live_mode", "scenarios are for test keys")
    if scenario not in scenarios():
        raise Problem(422, "scenario_unknown", f"scenarios are: {', '.join(scenarios())}")


def _challenge(text: str) -> str:
    try:
        return vision.check_challenge(text)
    except vision.UnknownChallenge as error:
        raise Problem(422, "unknown_challenge", str(error)) from error


def _open_one(session: Session, seller: Seller, executive_id: str | None) -> bool:
    found = session.scalar(
        select(Verification.id)
        .where(
            Verification.seller_id == seller.id,
            Verification.executive_id.is_not_distinct_from(executive_id),
            Verification.state.in_(OPEN),
        )
        .limit(1)
    )
    return found is not None


def methods_before(session: Session, seller_ids: Collection[str]) -> dict[tuple[str, str | None], Method]:
    """How each seller (with None) or executive was verified last: who was without face recognition stays so."""
    verified = session.execute(
        select(Verification.seller_id, Verification.executive_id, Verification.method)
        .where(
            Verification.seller_id.in_(seller_ids),
            Verification.state == "verified",
            # a case about earlier captures: nobody chose its method
            Verification.review["evidence_of"].astext.is_(None),
        )
        .order_by(Verification.decided_at)
    )
    return {(seller_id, executive_id): cast(Method, method) for seller_id, executive_id, method in verified}


def find(session: Session, side: Side, verification_id: str) -> Verification:
    """The verification on this side. Raises Problem 404."""
    query = of_side(Verification, side, id=verification_id)
    verification: Verification | None = session.scalars(query).one_or_none()
    if verification is None:
        raise _not_found()
    return verification


def _not_found() -> Problem:
    return Problem(404, "verification_not_found", "there is no such verification")


def find_locked(session: Session, side: Side, verification_id: str) -> tuple[Verification, Seller]:
    """The verification and its seller, both locked against every other change. Raises Problem 404."""
    found = session.execute(
        select(Verification, Seller)
        .join(Seller, Seller.id == Verification.seller_id)
        .where(
            Verification.id == verification_id,
            Verification.account_id == side.account_id,
            Verification.livemode == side.livemode,
        )
        .with_for_update(of=[Seller, Verification])  # in the order in which all others lock them
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise _not_found()
    return found._tuple()


def add_captures(
    service: Service, session: Session, caller: Caller, verification_id: str, images: Mapping[str, bytes]
) -> list[Capture]:
    """Seal and keep images, by kind; those of the same kinds from before are deleted. Raises Problem 404, 409, 422."""
    if not images:
        raise Problem(422, "captures_missing", "send at least one image")
    verification, seller = find_locked(session, caller.side, verification_id)
    _check_open_for_input(verification, seller)
    kept = captures.replace(service, session, caller.side, verification, data_key(service, seller), images)
    told = [(verification_id, {"kind": kind}) for kind in images]
    audit.record_all(session, caller.side, caller.actor, "capture.added", told)
    return kept


def _check_open_for_input(verification: Verification, seller: Seller) -> None:
    if seller.redacted_at is not None or verification.redacted_at is not None:
        raise Problem(409, "redacted", "the data was redacted")
    if verification.state != "requires_input":
        raise Problem(409, "not_open_for_input", f"the verification is {verification.state}")
    if seller.status == "banned":  # or whoever is shown now would be taken for the banned person
        raise Problem(409, "not_open_for_input", "the seller is banned")


def submit(service: Service, session: Session, caller: Caller, verification_id: str) -> Verification:
    """Hand the captures to a worker: state, event and job in one transaction.

    Raises Problem 409 for a wrong state, 422 for missing captures or consent, 429 where the queue is full.
    """
    verification, seller = find_locked(session, caller.side, verification_id)
    _check_open_for_input(verification, seller)
    if waiting(session) >= service.settings.queue_limit:
        raise Problem(429, "queue_full", "too many verifications wait", headers={"Retry-After": "60"})
    if service.policy.verifications.consent_required and not _has_consent(session, seller):
        raise Problem(422, "consent_missing", "record the seller's consent first")
    if verification.scenario is None:
        _check_complete(service, session, verification, seller)
        _check_challenge(session, caller.side, verification)
    side = caller.side
    verification.attempt += 1
    verification.submitted_at = side.now()
    verification.last_error = None
    transitions.move(service, session, side, seller, verification, "processing", caller.actor)
    if verification.method == "agent" and verification.scenario is None:
        transitions.open_review(service, session, side, seller, verification, "video_call", "system")
    else:
        jobs.defer(
            session,
            "verifications.run",
            queue=jobs.VISION_QUEUE,
            lock=f"verification:{verification.id}",
            verification_id=verification.id,
            attempt=verification.attempt,
        )
    return verification


def _check_complete(service: Service, session: Session, verification: Verification, seller: Seller) -> None:
    kinds = {capture.kind for capture in captures.evidence(session, verification)}
    asked = captures.asked(service, verification, seller)
    if asked is not None:
        missing = [kind for kind in asked if kind not in kinds]
    else:
        missing = [] if kinds & {"card_portrait", "licence"} else ["card_portrait or licence"]
        missing += ["selfie"] if verification.method == "face" and "selfie" not in kinds else []
    if missing:
        raise Problem(422, "captures_missing", f"upload first: {', '.join(missing)}")


def _check_challenge(session: Session, side: Side, verification: Verification) -> None:
    """A pose that was taken for a challenge of days ago might have been prepared by then."""
    posed = select(Capture.id).where(Capture.verification_id == verification.id, Capture.kind == "pose")
    if verification.challenge_expires_at <= side.now() and session.scalar(posed) is not None:
        raise Problem(409, "challenge_expired", "have a new challenge drawn, and the pose taken again")


def renew_challenge(service: Service, session: Session, caller: Caller, verification_id: str) -> Verification:
    """Draw another challenge of the same kind; a pose taken for the one before is deleted. Raises Problem 404, 409."""
    verification, seller = find_locked(session, caller.side, verification_id)
    _check_open_for_input(verification, seller)
    limits = service.policy.verifications
    verification.challenge = vision.draw_challenge([verification.challenge.partition(":")[0]])
    verification.challenge_expires_at = caller.side.now() + timedelta(days=limits.challenge_days)
    captures.drop(service, session, verification, ["pose"])
    audit.record(session, caller.side, caller.actor, "challenge.renewed", verification_id)
    return verification


def _has_consent(session: Session, seller: Seller) -> bool:
    return session.scalar(select(Consent.id).where(Consent.seller_id == seller.id).limit(1)) is not None


def cancel(service: Service, session: Session, caller: Caller, verification_id: str) -> Verification:
    """End a verification that is not decided. Raises Problem 404, 409."""
    verification, seller = find_locked(session, caller.side, verification_id)
    transitions.move(service, session, caller.side, seller, verification, "canceled", caller.actor)
    return verification


def data_key(service: Service, seller: Seller) -> DataKey:
    """The seller's key in clear. Raises KeyMissing once redacted."""
    return service.vault.unwrap(seller.id, seller.wrapped_key)


def sealed_json(key: DataKey, content: dict[str, Any]) -> bytes:
    """Content as JSON, sealed with a seller's key."""
    return key.seal(json.dumps(content, ensure_ascii=False).encode())


def opened_json(key: DataKey, sealed: bytes | None) -> dict[str, Any]:
    """What `sealed_json` sealed; empty where nothing is kept."""
    return json.loads(key.open(sealed)) if sealed else {}


def waiting(session: Session) -> int:
    """Verifications that wait for a worker."""
    query = text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'todo'")
    return session.scalar(query, {"queue": jobs.VISION_QUEUE}) or 0
