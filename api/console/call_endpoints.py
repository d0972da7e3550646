"""/console/cases/{id}: pictures and notes of video calls, and other stores that an agent marks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import RedirectResponse

from api.audit import service as audit
from api.console import calls, others
from api.console.endpoints import CaseId, Name, Text, stamp
from api.console.sign_in import Acting, Seeing
from api.dependencies import Core
from api.pages import pictures
from api.pages.rendering import PageRoute
from api.uploads import check_image
from api.verifications.schemas import CallOutcome

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.post("/cases/{case_id}/frames")
def add_frame(
    case_id: CaseId, viewer: Acting, service: Core, image: Annotated[UploadFile, File()]
) -> Response:
    """Keep and compare a picture from the call."""
    encoded = check_image("frame", image.file.read(), service.settings.upload_bytes)
    calls.add_frame(service, viewer, case_id, encoded)
    return _back(case_id, "call")


@router.get("/cases/{case_id}/frames/{frame_id}")
def frame(case_id: CaseId, frame_id: Name, viewer: Seeing, service: Core) -> Response:
    """A picture from the call, with the viewer's name across it."""
    with service.database.transaction() as session:
        shown = calls.frame_picture(service, session, viewer, case_id, frame_id)
        told = {"frame": frame_id}
        audit.record(session, viewer.side, viewer.agent_id, "call_frame.viewed", case_id, told)
    return Response(pictures.watermarked(shown, stamp(viewer)), media_type="image/jpeg")


@router.post("/cases/{case_id}/video-call/outcome")
def end_call(
    case_id: CaseId, viewer: Acting, service: Core, outcome: Annotated[CallOutcome, Form()]
) -> Response:
    """Keep how the call went."""
    with service.database.transaction() as session:
        calls.end(session, viewer, case_id, outcome)
    return _back(case_id, "call")


@router.post("/cases/{case_id}/notes")
def add_note(case_id: CaseId, viewer: Acting, service: Core, text: Text) -> Response:
    """Keep a note for colleagues."""
    with service.database.transaction() as session:
        calls.add_note(service, session, viewer, case_id, text)
    return _back(case_id, "notes")


@router.post("/cases/{case_id}/duplicate")
def mark_duplicate(case_id: CaseId, viewer: Acting, service: Core, reference: Text) -> Response:
    """Mark this store as one of a person who has another."""
    with service.database.transaction() as session:
        others.mark(session, viewer, case_id, reference)
    return _back(case_id, "duplicates")


def _back(case_id: str, part: str) -> Response:
    return RedirectResponse(f"/console/cases/{case_id}#{part}", 303)
