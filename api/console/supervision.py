"""/console/figures: what supervisors see."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.audit import service as audit
from api.console import figures
from api.console.sign_in import Supervising
from api.dependencies import Core
from api.pages.rendering import PageRoute, render

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/figures")
def figures_page(request: Request, viewer: Supervising, service: Core) -> Response:
    """Plots of decisions, ages and what becomes due."""
    with service.database.transaction() as session:
        found = figures.figures(session, viewer)
    return render(request, "console/figures.html", viewer=viewer, csrf=viewer.csrf, figures=found)


@router.get("/figures/decisions.csv")
def decisions_csv(viewer: Supervising, service: Core) -> Response:
    """The last thirty days' decisions, as a table; that it was taken is written down."""
    with service.database.transaction() as session:
        table = figures.as_csv(service, session, viewer)
        audit.record(session, viewer.side, viewer.agent_id, "decisions.exported", viewer.side.account_id)
    headers = {"Content-Disposition": 'attachment; filename="decisions.csv"'}
    return Response(table, media_type="text/csv", headers=headers)
