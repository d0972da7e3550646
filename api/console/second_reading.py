"""/console/second-reading: a decided case is judged again, blind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.audit import service as audit
from api.console import evidence, second_readings, views
from api.console.endpoints import CaseId, inlined
from api.console.second_readings import Judgement
from api.console.sign_in import Acting, Seeing
from api.dependencies import Core
from api.pages import choices
from api.pages.rendering import PageRoute, language_of, render

router = APIRouter(prefix="/console/second-reading", route_class=PageRoute, include_in_schema=False)


@router.get("")
def next_one(request: Request, viewer: Seeing, service: Core) -> Response:
    """The evidence of the next case of the sample: neither its decision nor the machine's scores."""
    with service.database.transaction() as session:
        found = second_readings.next_case(service, session, viewer)
        if found is None:
            return render(request, "console/second_reading.html", viewer=viewer, csrf=viewer.csrf, case=None)
        case = evidence.case_view(service, session, viewer, found)
        cut = views.of_case(service, session, case.verification, case.seller)
        told = {"blind": True}
        audit.record(session, viewer.side, viewer.agent_id, "case.viewed", found, told)
    return render(
        request,
        "console/second_reading.html",
        viewer=viewer,
        csrf=viewer.csrf,
        case=case,
        views=cut.keys(),
        crops=inlined(cut, case, viewer),
        asked=choices.pose_asked(case.verification.challenge, language_of(request)).text,
        open=False,
    )


@router.post("/{case_id}")
def judge(case_id: CaseId, viewer: Acting, service: Core, decision: Annotated[Judgement, Form()]) -> Response:
    """Keep the judgement; it changes nothing of the case."""
    with service.database.transaction() as session:
        second_readings.keep(service, session, viewer, case_id, decision)
    return RedirectResponse("/console/second-reading", 303)
