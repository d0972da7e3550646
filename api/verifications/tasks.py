"""The worker's side of a verification: captures to the vision core, its finding to a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import procrastinate
import structlog
from sqlalchemy.orm import Session

from api import jobs
from api.gallery import backgrounds
from api.gallery import service as gallery
from api.keys.service import Side, side_of
from api.keys.tables import Account
from api.sellers.tables import Seller
from api.service import Service
from api.signals import service as signals
from api.verifications import captures, transitions
from api.verifications import service as verifications
from api.verifications.card_term import runs_out_at
from api.verifications.corrections import readings
from api.verifications.scenarios import scenarios
from api.verifications.scores import scores_of
from api.verifications.tables import Verification
from api.vision import Finding, Submission, UnreadableCapture, Verify

log = structlog.get_logger()

RETRIES = jobs.Backoff(2, 10, 60, 300)
ACTOR = "machine"


def run(service: Service, verify: Verify, verification_id: str, attempt: int) -> None:
    """Verify one submission. Running it again, after whatever crash, changes nothing twice."""
    loaded = _load(service, verification_id, attempt)
    if loaded is None:
        return
    submission, scenario = loaded
    try:
        finding = scenarios()[scenario] if scenario else verify(submission)
    except UnreadableCapture as error:
        reason = {"code": error.code, "message": error.message, "check": error.kind, "effect": "retake"}
        finding = Finding("retake", (reason,), {"outcome": "retake", "reasons": [reason]})
    _conclude(service, verification_id, attempt, finding)


def run_scenario(service: Service, verification_id: str, attempt: int, scenario: str) -> None:
    """Decide a test-mode verification as the scenario says, without waiting for a worker."""
    _conclude(service, verification_id, attempt, scenarios()[scenario])


def _conclude(service: Service, verification_id: str, attempt: int, finding: Finding) -> None:
    rooms = backgrounds.same_room(service, verification_id, finding.background)
    with service.database.transaction() as session:
        held = _still_processing(session, verification_id, attempt)
        if held is not None:
            _apply(service, session, *held, finding, rooms)


def give_up(service: Service, verification_id: str, attempt: int, cause: str) -> None:
    """After the last retry: a person gets the case, and the failed job stays for `verifier jobs`."""
    log.error("verification_failed", verification=verification_id, kind=cause)
    with service.database.transaction() as session:
        held = _still_processing(session, verification_id, attempt)
        if held is not None:
            side, verification, seller = held
            reason = {"code": "processing_failed", "check": "service", "effect": "review"}
            verification.summary = {"outcome": "in_review", "reasons": [reason]}
            transitions.open_review(service, session, side, seller, verification, "agent", ACTOR)


def _load(service: Service, verification_id: str, attempt: int) -> tuple[Submission, str | None] | None:
    """What is to be verified; None where this was decided already."""
    with service.database.transaction() as session:
        verification = session.get(Verification, verification_id)
        if verification is None or (verification.state, verification.attempt) != ("processing", attempt):
            return None
        seller = session.get_one(Seller, verification.seller_id)
        if verification.scenario:
            return Submission({}, verification.challenge, date.min), verification.scenario
        side = _side(session, verification)
        key = verifications.data_key(service, seller)
        images = {
            capture.kind: key.open(service.blobs.get(capture.blob))
            for capture in captures.evidence(session, verification)
        }
        required = captures.asked(service, verification, seller)
        today = side.now().astimezone().date()
        return Submission(images, verification.challenge, today, required), None


def _still_processing(
    session: Session, verification_id: str, attempt: int
) -> tuple[Side, Verification, Seller] | None:
    """The verification and its seller, locked, unless someone was faster."""
    side = _side(session, session.get_one(Verification, verification_id))
    verification, seller = verifications.find_locked(session, side, verification_id)
    if (verification.state, verification.attempt) != ("processing", attempt):
        return None
    return side, verification, seller


def _apply(
    service: Service,
    session: Session,
    side: Side,
    verification: Verification,
    seller: Seller,
    finding: Finding,
    rooms: list[str],
) -> None:
    """Keep the report, look for duplicates, and let the outcome follow."""
    finding = _asking_for_the_new_card(session, verification, finding)
    duplicates = gallery.enrol(service, session, side, verification, finding, rooms)
    reasons = [*finding.reasons, *gallery.reasons(duplicates)]
    outcome = _outcome(finding.outcome, gallery.worst(duplicates))
    found = gallery.described(duplicates)
    report = {**finding.report, "outcome": outcome, "reasons": reasons, "duplicates": found}
    key = verifications.data_key(service, seller)
    verification.sealed_report = verifications.sealed_json(key, report)
    verification.card_runs_out_at = runs_out_at(readings(report))
    verification.summary = {
        "outcome": outcome,
        "reasons": [{k: r.get(k) for k in ("code", "check", "effect")} for r in reasons],
        "policy_version": report.get("policy_version"),
        "service_policy_version": service.policy.version,
        "model_versions": report.get("model_versions") or {},
        "timings_ms": report.get("timings_ms") or {},
        "scores": scores_of(report),
    }
    if outcome == "retake":
        asked = [reason for reason in reasons if reason.get("effect") == "retake"] or reasons
        transitions.ask_again(service, session, side, seller, verification, asked, ACTOR)
    elif outcome == "in_review":
        transitions.open_review(service, session, side, seller, verification, "agent", ACTOR)
    else:
        verification.decision = {"by": ACTOR, "reasons": verification.summary["reasons"]}
        transitions.move(service, session, side, seller, verification, outcome, ACTOR)  # type: ignore[arg-type]
    signals.raise_from_finding(service, session, side, seller, reasons, duplicates)


def _asking_for_the_new_card(session: Session, verification: Verification, finding: Finding) -> Finding:
    """A card on file that has run out since is asked for anew; only one that was sent now is held against the seller."""
    on_file = {
        c.kind for c in captures.evidence(session, verification) if c.verification_id != verification.id
    }
    if not on_file & {"card_portrait", "card_emblem"}:
        return finding
    reasons = tuple(
        {**reason, "effect": "retake"} if reason["code"] == "document_expired" else reason
        for reason in finding.reasons
    )
    effects = {reason.get("effect") for reason in reasons}
    if reasons == finding.reasons or "decline" in effects:
        return finding
    return replace(finding, outcome="retake", reasons=reasons)


def _outcome(found: str, duplicates: str) -> str:
    """The stricter of the vision core's outcome and that of the duplicates."""
    if duplicates == "decline":
        return "declined"
    if duplicates == "review" and found == "verified":
        return "in_review"
    return found


def _side(session: Session, verification: Verification) -> Side:
    return side_of(session.get_one(Account, verification.account_id), verification.livemode)


def register(app: procrastinate.App, service: Service, verify: Verify) -> None:
    """Add this domain's tasks to the worker."""

    @app.task(name="verifications.run", queue=jobs.VISION_QUEUE, retry=RETRIES, pass_context=True)
    def task(context: procrastinate.JobContext, /, **arguments: Any) -> None:
        try:
            run(service, verify, arguments["verification_id"], arguments["attempt"])
        except Exception as error:
            if context.job.attempts >= len(RETRIES.seconds):
                give_up(service, arguments["verification_id"], arguments["attempt"], type(error).__name__)
            raise
