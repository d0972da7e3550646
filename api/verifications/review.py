"""/v1/verifications: what people look at and decide."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from api import problems
from api.audit import service as audit
from api.dependencies import Admin, Core, Reviewer
from api.gallery import service as gallery
from api.gallery.tables import Duplicate
from api.idempotency import IdempotentRoute
from api.keys.service import Caller
from api.problems import Problem
from api.sellers.schemas import Code
from api.sellers.tables import Seller
from api.verifications import captures, corrections, decisions
from api.verifications import service as verifications
from api.verifications.endpoints import Kind, VerificationId
from api.verifications.schemas import CallEnd, NewDecision, Reversal, VerificationView, VideoCall
from api.verifications.tables import Verification
from api.verifications.views import verification_view

router = APIRouter(
    prefix="/v1/verifications",
    tags=["review"],
    responses=problems.COMMON_RESPONSES,
    route_class=IdempotentRoute,
)

Purpose = Annotated[Code, Query(description="why it is looked at, such as review; goes into the audit trail")]


@router.get("/{verification_id}/report", operation_id="get_report")
def get_report(
    verification_id: VerificationId, caller: Reviewer, service: Core, purpose: Purpose = "review"
) -> dict[str, Any]:
    """The whole report with what the documents say. Every view is recorded."""
    with service.database.transaction() as session:
        verification, seller = _seen(session, caller, verification_id, "report.viewed", {"purpose": purpose})
        key = verifications.data_key(service, seller)
        report = verifications.opened_json(key, verification.sealed_report)
        duplicates = gallery.of_verification(session, verification_id)
        texts = verifications.opened_json(key, verification.sealed_texts)
        return {
            **report,
            "note": texts.get("note"),
            "corrections": corrections.corrections(session, key, verification_id),
            "duplicates_found": gallery.described(duplicates),
        }


@router.get(
    "/{verification_id}/captures/{kind}",
    operation_id="get_capture",
    response_class=Response,
    responses={200: {"description": "The image as uploaded", "content": {"application/octet-stream": {}}}},
)
def get_capture(
    verification_id: VerificationId,
    kind: Kind,
    caller: Reviewer,
    service: Core,
    purpose: Purpose = "review",
) -> Response:
    """One image. Every view is recorded."""
    with service.database.transaction() as session:
        told = {"purpose": purpose, "kind": kind}
        verification, seller = _seen(session, caller, verification_id, "capture.viewed", told)
        found = [c for c in captures.evidence(session, verification) if c.kind == kind]
        if not found:
            raise Problem(404, "capture_not_found", "there is no such capture")
        image = verifications.data_key(service, seller).open(service.blobs.get(found[0].blob))
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(image, media_type="application/octet-stream", headers=headers)


def _seen(
    session: Session, caller: Caller, verification_id: str, action: str, told: dict[str, Any]
) -> tuple[Verification, Seller]:
    verification = verifications.find(session, caller.side, verification_id)
    seller = session.get_one(Seller, verification.seller_id)
    if seller.wrapped_key is None or verification.redacted_at is not None:
        raise Problem(409, "redacted", "the data was redacted")
    audit.record(session, caller.side, caller.actor, action, verification_id, told)
    return verification, seller


@router.post("/{verification_id}/decisions", operation_id="decide_verification")
def decide(
    verification_id: VerificationId, body: NewDecision, caller: Reviewer, service: Core
) -> VerificationView:
    """Decide a case. Where policy asks for four eyes, it is staged until someone else confirms.

    A corrected number by which others are found is kept, and the decision to verify refused: look at them first.
    """
    found: list[Duplicate] = []
    with service.database.transaction() as session:
        for correction in body.corrections:
            corrected, seller = verifications.find_locked(session, caller.side, verification_id)
            said = correction.model_dump()
            found += corrections.correct(service, session, caller, corrected, seller, **said)
    if body.decision == "verified" and gallery.worst(found) != "allow":
        kinds = ", ".join(sorted({duplicate.kind for duplicate in found}))
        raise Problem(409, "duplicates_found", f"by the corrected number were found: {kinds}")
    with service.database.transaction() as session:
        wishes = body.model_dump(exclude={"corrections"})
        verification = decisions.decide(service, session, caller, verification_id, **wishes)
        return verification_view(service, session, verification)


@router.post("/{verification_id}/decisions/confirm", operation_id="confirm_decision")
def confirm(verification_id: VerificationId, caller: Reviewer, service: Core) -> VerificationView:
    """Confirm what a colleague staged; the one who staged it gets a 403."""
    with service.database.transaction() as session:
        voided = decisions.void_if_changed(session, caller, verification_id)
    if voided:
        raise Problem(409, "evidence_changed", "the evidence changed since; the decision is void")
    with service.database.transaction() as session:
        confirmed = decisions.confirm(service, session, caller, verification_id)
        return verification_view(service, session, confirmed)


@router.post("/{verification_id}/reverse", operation_id="reverse_verification")
def reverse(
    verification_id: VerificationId, body: Reversal, caller: Admin, service: Core
) -> VerificationView:
    """Take back a verification that succeeded; its seller is suspended."""
    with service.database.transaction() as session:
        verification = decisions.reverse(
            service, session, caller, verification_id, list(body.reasons), body.note
        )
        return verification_view(service, session, verification)


@router.post("/{verification_id}/video-call", operation_id="request_video_call")
def video_call(
    verification_id: VerificationId, body: VideoCall, caller: Reviewer, service: Core
) -> VerificationView:
    """Ask the seller for a video call: the way that needs no face recognition."""
    with service.database.transaction() as session:
        verification = decisions.call_by_video(
            session, caller, verification_id, link=str(body.link), at=body.at
        )
        return verification_view(service, session, verification)


@router.post("/{verification_id}/video-call/outcome", operation_id="end_video_call")
def end_video_call(
    verification_id: VerificationId, body: CallEnd, caller: Reviewer, service: Core
) -> VerificationView:
    """Record how the video call went; it decides nothing by itself."""
    with service.database.transaction() as session:
        ended = decisions.end_call(session, caller, verification_id, body.outcome)
        return verification_view(service, session, ended)
