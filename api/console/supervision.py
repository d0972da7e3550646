"""/console/figures and /console/policy: what supervisors see."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import vision
from api.audit import service as audit
from api.console import figures, scores, second_readings
from api.console.sign_in import Supervising
from api.dependencies import Core
from api.pages.rendering import PageRoute, render

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/figures")
def figures_page(request: Request, viewer: Supervising, service: Core) -> Response:
    """Plots of decisions, ages and what becomes due."""
    with service.database.transaction() as session:
        found = figures.figures(session, viewer)
        with_agents, with_machine = second_readings.agreement(session, viewer)
        distributions = scores.distributions(session, viewer)
    return render(
        request,
        "console/figures.html",
        viewer=viewer,
        csrf=viewer.csrf,
        figures=found,
        with_agents=with_agents,
        with_machine=with_machine,
        distributions=distributions,
    )


OneIn = Annotated[float, Query(gt=1, le=10_000_000)]


@router.get("/policy")
def policy_page(
    request: Request,
    viewer: Supervising,
    service: Core,
    match: OneIn | None = None,
    review: OneIn | None = None,
) -> Response:
    """The policies that hold, and what other thresholds would have done: a match from 1 in `match` strangers on."""
    now = vision.match_bands(service.settings.policy)
    asked = (1 / match if match else now[0], 1 / review if review else now[1])
    with service.database.transaction() as session:
        found = scores.what_if(service, session, viewer, min(asked), max(asked))
        rates = scores.rates(session, viewer)
    return render(
        request,
        "console/policy.html",
        viewer=viewer,
        csrf=viewer.csrf,
        found=found,
        now=now,
        rates=rates,
        policies=(vision.policy_sections(service.settings.policy), service.policy.model_dump(mode="json")),
    )


@router.get("/figures/decisions.csv")
def decisions_csv(viewer: Supervising, service: Core) -> Response:
    """The last thirty days' decisions, as a table; that it was taken is written down."""
    with service.database.transaction() as session:
        table = figures.as_csv(service, session, viewer)
        audit.record(session, viewer.side, viewer.agent_id, "decisions.exported", viewer.side.account_id)
    headers = {"Content-Disposition": 'attachment; filename="decisions.csv"'}
    return Response(table, media_type="text/csv", headers=headers)
