"""/console: the queue, a case, its pictures, and what agents do with it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from api.audit import service as audit
from api.console import actions, calls, cases, evidence, others, views
from api.console.actions import Wishes
from api.console.agents import Viewer
from api.console.cases import Assigned, Filters
from api.console.evidence import CaseView
from api.console.sign_in import Acting, Seeing
from api.console.views import Views
from api.dependencies import Core
from api.ids import PATTERN
from api.pages import choices, pictures, reasons
from api.pages.rendering import PageRoute, language_of, render, said_to
from api.problems import Problem
from api.verifications.schemas import CaptureKind

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
STRENGTH = ("decline", "retake", "review", "note")
"""Effects of reasons, strongest first."""

CaseId = Annotated[str, Path(pattern=PATTERN)]
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Form(max_length=1000, pattern=r"^[^\x00]*$")]
Codes = Annotated[Sequence[str], Form(max_length=20)]


def filters(
    risk: Annotated[str, Query(pattern="^(low|normal|high)?$")] = "",
    reason: Annotated[str, Query(pattern="^([a-z][a-z0-9_]{0,59})?$")] = "",
    kind: Annotated[str, Query(pattern="^(agent|video_call)?$")] = "",
    assigned: Assigned = "all",
    seller: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Filters:
    """The queue's filters, as the address names them."""
    return Filters(risk, reason, kind, assigned, seller, page)


@router.get("")
def queue_page(
    request: Request, viewer: Seeing, service: Core, shown: Annotated[Filters, Depends(filters)]
) -> Response:
    """The queue."""
    with service.database.transaction() as session:
        rows, more = cases.queue(service, session, viewer, shown)
        counted = cases.counters(service, session, viewer)
        codes = cases.open_reasons(session, viewer)
        undoable = actions.undoable(session, viewer)
    return render(
        request,
        "console/queue.html",
        viewer=viewer,
        csrf=viewer.csrf,
        rows=rows,
        more=more,
        counted=counted,
        codes=codes,
        shown=shown,
        undoable=undoable,
        now=viewer.side.now(),
        real_now=datetime.now(UTC),
    )


@router.get("/counters")
def counters(viewer: Seeing, service: Core) -> Response:
    """The numbers at the head of the queue, for the page to renew."""
    with service.database.transaction() as session:
        return JSONResponse(cases.counters(service, session, viewer))


@router.post("/next")
def next_case(viewer: Acting, service: Core) -> Response:
    """Claim the most urgent free case and go there."""
    with service.database.transaction() as session:
        found = cases.claim_next(session, viewer)
    return RedirectResponse(f"/console/cases/{found}" if found else "/console", 303)


@router.get("/cases/{case_id}")
def case_page(request: Request, case_id: CaseId, viewer: Seeing, service: Core) -> Response:
    """One case; that it was seen is written down."""
    with service.database.transaction() as session:
        case = evidence.case_view(service, session, viewer, case_id)
        cut = views.of_case(service, session, case.verification, case.seller)
        stores = others.stores(session, case.verification)
        frames = calls.frames(session, case.key, case_id)
        notes = calls.notes(session, case.key, case_id)
        audit.record(session, viewer.side, viewer.agent_id, "case.viewed", case_id)
    language = language_of(request)
    said = said_to(request)
    told = [{"effect": "note", **r, "sentence": reasons.sentence(r, language, said)} for r in case.reasons]
    told.sort(key=lambda reason: STRENGTH.index(reason["effect"]))  # what made it a case stands first
    return render(
        request,
        "console/case.html",
        viewer=viewer,
        csrf=viewer.csrf,
        case=case,
        told=told,
        views=cut.keys(),
        stores=stores,
        frames=frames,
        notes=notes,
        call=(case.verification.review or {}).get("video_call"),
        templates=choices.templates(),
        crops=inlined(cut, case, viewer),
        asked=choices.pose_asked(case.verification.challenge, language).text,
        poses=choices.poses(language),
        now=viewer.side.now(),
        reject_reasons=choices.reasons_of_people()["reject_reasons"],
        ban_reasons=choices.reasons_of_people()["ban_reasons"],
    )


def inlined(cut: Views, case: CaseView, viewer: Viewer) -> dict[str, str]:
    """The small pictures as part of the page, by name: a request for each would take longer than all else."""
    stamped = {name: pictures.watermarked(cut[name], stamp(viewer)) for name in cut if name in case.crops}
    return {name: f"data:image/jpeg;base64,{base64.b64encode(p).decode()}" for name, p in stamped.items()}


@router.post("/cases/{case_id}/claim")
def claim(case_id: CaseId, viewer: Acting, service: Core) -> Response:
    """Take the case, or keep it for longer."""
    with service.database.transaction() as session:
        evidence.readable(session, viewer, case_id)
        cases.claim(session, viewer, case_id)
    return _back(case_id)


@router.get("/cases/{case_id}/pictures/{kind}/{view}")
def picture(case_id: CaseId, kind: CaptureKind, view: Name, viewer: Seeing, service: Core) -> Response:
    """A picture with the viewer's name across it: a photo, small or large, its face, or a part of the pose."""
    with service.database.transaction() as session:
        verification, seller = evidence.readable(session, viewer, case_id)
        if view == "large":
            shown = views.large_view(service, session, verification, seller, kind)
        else:
            found = views.of_case(service, session, verification, seller).get(f"{kind}/{view}")
            if found is None:
                raise Problem(404, "nothing_to_show", "there is no such part of the photo")
            shown = found
        told = {"kind": kind, "view": view}
        audit.record(session, viewer.side, viewer.agent_id, "capture.viewed", case_id, told)
    return Response(pictures.watermarked(shown, stamp(viewer)), media_type="image/jpeg")


def stamp(viewer: Viewer) -> str:
    """What pictures are watermarked with: who looks, and when (UTC)."""
    return f"{viewer.login} {datetime.now(UTC):%Y-%m-%d %H:%M}"


@router.post("/cases/{case_id}/approve")
def approve(case_id: CaseId, viewer: Acting, service: Core, note: Text = "") -> Response:
    """Verified."""
    wishes = Wishes(("approved_by_agent",), note=note or None)
    with service.database.transaction() as session:
        actions.decide(service, session, viewer, case_id, "verified", wishes)
    return _queue()


@router.post("/cases/{case_id}/confirm")
def confirm(case_id: CaseId, viewer: Acting, service: Core) -> Response:
    """Confirm what a colleague has staged."""
    with service.database.transaction() as session:
        verification, _ = evidence.readable(session, viewer, case_id)
        staged = (verification.review or {}).get("staged")
        if not staged:
            raise Problem(409, "nothing_staged", "no decision waits for confirmation")
        if staged["by"] == viewer.agent_id:
            raise Problem(403, "second_person_needed", "someone else must confirm what you decided")
        wishes = Wishes(tuple(staged["reasons"]), confirms=True)
        actions.decide(service, session, viewer, case_id, staged["decision"], wishes)
    return _queue()


@router.post("/cases/{case_id}/reject")
def reject(
    case_id: CaseId,
    viewer: Acting,
    service: Core,
    reason: Codes = (),
    message: Text = "",
    note: Text = "",
) -> Response:
    """Declined, for reasons from the list."""
    known = [code for code in reason if code in choices.reasons_of_people()["reject_reasons"]]
    wishes = Wishes(tuple(known), message or None, note or None)
    with service.database.transaction() as session:
        actions.decide(service, session, viewer, case_id, "declined", wishes)
    return _queue()


@router.post("/cases/{case_id}/retake")
def retake(
    case_id: CaseId,
    viewer: Acting,
    service: Core,
    capture: Codes = (),
    message: Text = "",
) -> Response:
    """Ask the seller for new photos."""
    asked = tuple(f"retake_{kind}" for kind in capture if kind in evidence.CAPTURES)
    with service.database.transaction() as session:
        actions.decide(service, session, viewer, case_id, "retake", Wishes(asked, message or None))
    return _queue()


@router.post("/cases/{case_id}/pose")
def another_pose(
    case_id: CaseId, viewer: Acting, service: Core, challenge: Text, message: Text = ""
) -> Response:
    """Ask the seller for another pose."""
    asked = choices.fresh(challenge)
    wishes = Wishes(("retake_pose",), message or None, challenge=asked)
    with service.database.transaction() as session:
        actions.decide(service, session, viewer, case_id, "retake", wishes)
    return _queue()


@router.post("/cases/{case_id}/undo")
def undo(case_id: CaseId, viewer: Acting, service: Core) -> Response:
    """Take the last decision back."""
    with service.database.transaction() as session:
        actions.undo(session, viewer, case_id)
    return _back(case_id)


@router.post("/cases/{case_id}/video-call")
def video_call(
    case_id: CaseId,
    viewer: Acting,
    service: Core,
    link: Text,
    at: Text = "",
    offset: Annotated[int, Form(ge=-900, le=900)] = 0,
) -> Response:
    """Ask the seller for a video call; `at` is the agent's own time, `offset` minutes behind UTC."""
    try:
        zone = timezone(timedelta(minutes=-offset))
        when = datetime.fromisoformat(at).replace(tzinfo=zone).astimezone(UTC) if at else None
    except (ValueError, OverflowError) as error:
        raise Problem(422, "time_unreadable", "the time is not readable") from error
    with service.database.transaction() as session:
        actions.call_by_video(session, viewer, case_id, link, when)
    return _back(case_id)


@router.post("/cases/{case_id}/fields/{document}/{name}")
def correct(
    case_id: CaseId, document: CaptureKind, name: Name, viewer: Acting, service: Core, value: Text
) -> Response:
    """Correct a field."""
    with service.database.transaction() as session:
        actions.correct(service, session, viewer, case_id, document, name, value)
    return RedirectResponse(f"/console/cases/{case_id}#documents", 303)


@router.post("/cases/{case_id}/escalate")
def escalate(case_id: CaseId, viewer: Acting, service: Core) -> Response:
    """Hand the case to a supervisor."""
    with service.database.transaction() as session:
        actions.escalate(session, viewer, case_id)
    return _queue()


@router.post("/cases/{case_id}/ban")
def ban(case_id: CaseId, viewer: Acting, service: Core, reason: Text) -> Response:
    """Decline, and ban the person."""
    if reason not in choices.reasons_of_people()["ban_reasons"]:
        raise Problem(422, "reasons_missing", "choose at least one reason")
    with service.database.transaction() as session:
        actions.ban(service, session, viewer, case_id, reason)
    return _queue()


def _queue() -> Response:
    return RedirectResponse("/console", 303)


def _back(case_id: str) -> Response:
    return RedirectResponse(f"/console/cases/{case_id}", 303)
