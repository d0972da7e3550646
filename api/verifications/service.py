"""The life of a verification. Every change goes through `move`, under the lock of the seller's row."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from api import jobs, vision
from api.audit import service as audit
from api.database import after_commit
from api.ids import new_id
from api.keys.service import Caller, Side
from api.privacy.vault import DataKey
from api.problems import Problem
from api.sellers import service as sellers
from api.sellers.tables import Consent, Seller
from api.service import Service
from api.verifications.scenarios import scenarios
from api.verifications.states import OPEN, State, check_transition
from api.verifications.tables import Capture, Verification
from api.webhooks import service as webhooks

DOCUMENT_KINDS = ("card_portrait", "card_emblem", "licence")

_writers = ThreadPoolExecutor(16, "blobs")


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
        if side.livemode:
            raise Problem(422, "scenario_in_live_mode", "scenarios are for test keys")
        if scenario not in scenarios():
            raise Problem(422, "scenario_unknown", f"scenarios are: {', '.join(scenarios())}")
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
    _tell(session, side, [verification], "created", actor)
    sellers.refresh(session, side, seller, actor)
    return verification


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


def find(session: Session, side: Side, verification_id: str) -> Verification:
    """The verification on this side. Raises Problem 404."""
    verification = session.get(Verification, verification_id)
    if verification is None or (verification.account_id, verification.livemode) != (
        side.account_id,
        side.livemode,
    ):
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
    """The one place where states change. The caller holds the sellers' locks. Raises Problem 409 illegal_transition."""
    for _, verification in cases:
        _set_state(side, verification, state)
    moved = [verification for _, verification in cases]
    back = [verification for verification in moved if verification.reversed_at]
    _tell(session, side, back, "reversed", actor)
    _tell(session, side, [verification for verification in moved if verification not in back], state, actor)
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


def _tell(session: Session, side: Side, moved: Sequence[Verification], what: str, actor: str) -> None:
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


def add_captures(
    service: Service, session: Session, caller: Caller, verification_id: str, images: Mapping[str, bytes]
) -> list[Capture]:
    """Seal and keep images, by kind; those of the same kinds from before are deleted. Raises Problem 404, 409, 422."""
    if not images:
        raise Problem(422, "captures_missing", "send at least one image")
    verification, seller = find_locked(session, caller.side, verification_id)
    _check_open_for_input(verification, seller)
    blobs = _sealed_and_stored(service, data_key(service, seller), images.values())
    _drop_captures(service, session, verification_id, images)
    now = caller.side.now()
    captures = [
        Capture(
            id=new_id("cap"),
            verification_id=verification_id,
            kind=kind,
            blob=blob,
            bytes=len(image),
            created_at=now,
        )
        for (kind, image), blob in zip(images.items(), blobs, strict=True)
    ]
    session.add_all(captures)
    session.flush()
    told = [(verification_id, {"kind": kind}) for kind in images]
    audit.record_all(session, caller.side, caller.actor, "capture.added", told)
    return captures


def _sealed_and_stored(service: Service, key: DataKey, images: Collection[bytes]) -> list[str]:
    """Names of the images' blobs. They are written side by side: each waits for the disk."""
    return list(_writers.map(lambda image: service.blobs.put(key.seal(image)), images))


def _drop_captures(service: Service, session: Session, verification_id: str, kinds: Collection[str]) -> None:
    """Delete the captures of these kinds. Their images go once that is lasting, so that none is missed if it is not."""
    dropped = session.scalars(
        delete(Capture)
        .where(Capture.verification_id == verification_id, Capture.kind.in_(kinds))
        .returning(Capture.blob)
    )
    for blob in dropped.all():
        after_commit(session, partial(service.blobs.delete, blob))


def _check_open_for_input(verification: Verification, seller: Seller) -> None:
    if seller.redacted_at is not None or verification.redacted_at is not None:
        raise Problem(409, "redacted", "the data was redacted")
    if verification.state != "requires_input":
        raise Problem(409, "not_open_for_input", f"the verification is {verification.state}")


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
    move(service, session, side, seller, verification, "processing", caller.actor)
    if verification.method == "agent":
        open_review(service, session, side, seller, verification, "video_call", "system")
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
    kinds = {capture.kind for capture in evidence(session, verification)}
    asked = captures_asked(service, verification, seller)
    if asked is not None:
        missing = [kind for kind in asked if kind not in kinds]
    else:
        missing = [] if kinds & {"card_portrait", "licence"} else ["card_portrait or licence"]
        missing += ["selfie"] if verification.method == "face" and "selfie" not in kinds else []
    if missing:
        raise Problem(422, "captures_missing", f"upload first: {', '.join(missing)}")


def captures_asked(service: Service, verification: Verification, seller: Seller) -> tuple[str, ...] | None:
    """What an enterprise's own verification must show; None for a person's, which the vision core's policy says."""
    own = seller.kind == "enterprise" and verification.executive_id is None
    return service.policy.enterprise.captures if own else None


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
    _drop_captures(service, session, verification_id, ["pose"])
    audit.record(session, caller.side, caller.actor, "challenge.renewed", verification_id)
    return verification


def _has_consent(session: Session, seller: Seller) -> bool:
    return session.scalar(select(Consent.id).where(Consent.seller_id == seller.id).limit(1)) is not None


def evidence(session: Session, verification: Verification) -> Sequence[Capture]:
    """Its captures; a re-check takes each document that it lacks from the last that succeeded with one."""
    shown = verification.evidence_of or verification.id
    own = list(session.scalars(select(Capture).where(Capture.verification_id == shown)))
    if verification.kind == "onboarding":
        return own
    earlier = session.scalars(
        select(Capture)
        .join(Verification, Verification.id == Capture.verification_id)
        .where(
            Verification.seller_id == verification.seller_id,
            Verification.executive_id.is_not_distinct_from(verification.executive_id),
            Verification.state == "verified",
            Verification.id != verification.id,
            Capture.kind.in_(DOCUMENT_KINDS),
        )
        .order_by(Verification.decided_at)
    )
    latest = {capture.kind: capture for capture in earlier} | {capture.kind: capture for capture in own}
    return list(latest.values())


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


def cancel(service: Service, session: Session, caller: Caller, verification_id: str) -> Verification:
    """End a verification that is not decided. Raises Problem 404, 409."""
    verification, seller = find_locked(session, caller.side, verification_id)
    move(service, session, caller.side, seller, verification, "canceled", caller.actor)
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
