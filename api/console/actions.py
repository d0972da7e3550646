"""What agents do with a case. Decisions wait a few seconds before they are carried out, so they can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import jobs, vision
from api.audit import service as audit
from api.console import cases
from api.console.agents import Viewer
from api.console.evidence import readable
from api.console.tables import PendingDecision
from api.gallery import service as gallery
from api.ids import new_id
from api.keys.service import Caller
from api.problems import Problem
from api.sellers import service as sellers
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import corrections, decisions, transitions
from api.verifications import service as verifications
from api.verifications.tables import Verification

TASK = "console.carry_out"
Decision = Literal["verified", "declined", "retake"]


@dataclass(frozen=True)
class Wishes:
    """What comes with a decision: reasons as codes, a sentence to the seller, a note, a new challenge."""

    reasons: tuple[str, ...]
    message: str | None = None
    note: str | None = None
    challenge: str | None = None
    confirms: bool = field(default=False)
    """Whether it is the second pair of eyes on a colleague's staged decision."""

    def as_json(self) -> dict[str, Any]:
        """The form in which wishes are sealed until they are carried out."""
        return {**vars(self), "reasons": list(self.reasons)}


def decide(
    service: Service,
    session: Session,
    viewer: Viewer,
    verification_id: str,
    decision: Decision,
    wishes: Wishes,
) -> PendingDecision:
    """Decide the case, to be carried out in a few seconds. Raises Problem 404, 409 or 422."""
    verification, seller = workable(session, viewer, verification_id)
    decisions.check_call(verification, decision)
    if not wishes.reasons:
        raise Problem(422, "reasons_missing", "choose at least one reason")
    if wishes.challenge:
        wishes = Wishes(**{**vars(wishes), "challenge": _checked(wishes.challenge)})
    key = verifications.data_key(service, seller)
    seconds = service.settings.undo_seconds
    pending = PendingDecision(
        id=new_id("pnd"),
        verification_id=verification.id,
        agent_id=viewer.agent_id,
        decision=decision,
        sealed_wishes=verifications.sealed_json(key, wishes.as_json()),
        due_at=datetime.now(UTC) + timedelta(seconds=seconds),
    )
    session.add(pending)
    session.flush()
    audit.record(
        session, viewer.side, viewer.agent_id, "decision.made", verification.id, {"decision": decision}
    )
    arguments = {"pending_id": pending.id, "role": viewer.role}
    jobs.defer(session, TASK, queue=jobs.DELIVERY_QUEUE, wait_seconds=seconds, **arguments)
    return pending


def undo(session: Session, viewer: Viewer, verification_id: str) -> None:
    """Take back one's own decision before it is carried out. Raises Problem 409 too_late."""
    pending = session.get(PendingDecision, verification_id, with_for_update=True)
    if pending is None or pending.agent_id != viewer.agent_id:
        raise Problem(409, "too_late", "the decision was carried out already")
    verifications.find(session, viewer.side, verification_id)
    session.delete(pending)
    audit.record(session, viewer.side, viewer.agent_id, "decision.undone", verification_id)


def undoable(session: Session, viewer: Viewer) -> list[tuple[PendingDecision, str]]:
    """The viewer's decisions that can still be taken back, with the seller's reference."""
    rows = session.execute(
        select(PendingDecision, Seller.reference)
        .join(Verification, Verification.id == PendingDecision.verification_id)
        .join(Seller, Seller.id == Verification.seller_id)
        .where(PendingDecision.agent_id == viewer.agent_id, PendingDecision.due_at > datetime.now(UTC))
        .order_by(PendingDecision.due_at.desc())
    )
    return [(pending, reference) for pending, reference in rows]


def carry_out(service: Service, session: Session, caller: Caller, pending: PendingDecision) -> None:
    """Do what was decided. Raises Problem where the case has changed meanwhile."""
    verification, seller = verifications.find_locked(session, caller.side, pending.verification_id)
    wishes = verifications.opened_json(verifications.data_key(service, seller), pending.sealed_wishes)
    session.delete(pending)
    session.flush()
    if wishes["confirms"]:
        decisions.confirm(service, session, caller, verification.id)
        return
    said = {name: wishes[name] for name in ("reasons", "message", "note")}
    decided = decisions.decide(service, session, caller, verification.id, decision=pending.decision, **said)
    if wishes["challenge"] and decided.state == "requires_input":
        decided.challenge = wishes["challenge"]


def escalate(session: Session, viewer: Viewer, verification_id: str) -> None:
    """Put the case on top of the queue, for a supervisor, and let go of it."""
    verification, _ = workable(session, viewer, verification_id)
    told = {"by": viewer.agent_id, "at": viewer.side.now().isoformat()}
    verification.review = {**(verification.review or {}), "escalated": told}
    cases.release(session, viewer, verification_id)
    audit.record(session, viewer.side, viewer.agent_id, "case.escalated", verification_id)


def call_by_video(
    session: Session, viewer: Viewer, verification_id: str, link: str, at: datetime | None
) -> None:
    """Ask the seller for a video call. Raises Problem 422 for a link that is no https address."""
    workable(session, viewer, verification_id)
    if not link.startswith("https://") or len(link) > 500:
        raise Problem(422, "link_not_https", "the link must be an https address")
    decisions.call_by_video(session, viewer.caller, verification_id, link=link, at=at)


def correct(
    service: Service,
    session: Session,
    viewer: Viewer,
    verification_id: str,
    document: str,
    name: str,
    value: str,
) -> None:
    """Keep the field as the agent reads it, beside the machine's reading. Raises Problem 404, 422."""
    verification, seller = workable(session, viewer, verification_id)
    said = {"document": document, "field": name, "value": value}
    corrections.correct(service, session, viewer.caller, verification, seller, **said)


def ban(service: Service, session: Session, viewer: Viewer, verification_id: str, reason: str) -> None:
    """Decline the case and ban the person, at once. Raises Problem 403 to agents."""
    if not viewer.supervises:
        raise Problem(403, "supervisor_needed", "only a supervisor bans")
    verification, seller = workable(session, viewer, verification_id)
    side, actor = viewer.side, viewer.agent_id
    gallery.ban(session, seller.id, side.now())
    verification.decision = {"by": actor, "people": [actor], "reasons": [{"code": reason}]}
    transitions.move(service, session, side, seller, verification, "declined", actor)
    sellers.set_status(session, side, seller, "banned", actor, {"reason": reason})


def workable(session: Session, viewer: Viewer, verification_id: str) -> tuple[Verification, Seller]:
    """The case, locked and claimed. Raises Problem 409 where it is decided or a colleague has it."""
    readable(session, viewer, verification_id)
    verification, seller = verifications.find_locked(session, viewer.side, verification_id)
    if verification.state != "in_review":
        raise Problem(409, "not_in_review", f"the verification is {verification.state}")
    if session.get(PendingDecision, verification_id) is not None:
        raise Problem(409, "decided_already", "a decision on this case is being carried out")
    cases.claim(session, viewer, verification_id)
    return verification, seller


def _checked(challenge: str) -> str:
    try:
        return vision.check_challenge(challenge)
    except vision.UnknownChallenge as error:
        raise Problem(422, "unknown_challenge", str(error)) from error
