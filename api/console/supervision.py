"""/console/figures and /console/policy: what supervisors see."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import vision_policy
from api.audit import service as audit
from api.console import figures, scores, second_readings, what_if
from api.console.sign_in import Supervising
from api.dependencies import Core
from api.pages import policy_words, reasons
from api.pages.rendering import PageRoute, language_of, render, said_to

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


OneIn = Annotated[float | None, Query(gt=1, le=10_000_000)]


def asked_thresholds(
    match: OneIn = None,
    review: OneIn = None,
    pose: OneIn = None,
    attack: Annotated[float | None, Query(ge=0, le=1)] = None,
    quality: Annotated[float | None, Query(ge=0, le=100)] = None,
    age: Annotated[int | None, Query(ge=0, le=365)] = None,
) -> dict[str, float]:
    """Other thresholds, as the address names them: false match rates as 1 in so many strangers."""
    rates = {"match": match, "review": review, "pose_match": pose}
    asked = {name: 1 / one_in for name, one_in in rates.items() if one_in is not None}
    plain = {"attack": attack, "quality": quality, "age_days": age}
    return asked | {name: value for name, value in plain.items() if value is not None}


@router.get("/policy")
def policy_page(
    request: Request,
    viewer: Supervising,
    service: Core,
    asked: Annotated[dict[str, float], Depends(asked_thresholds)],
) -> Response:
    """The policies that hold, and what other thresholds would have done."""
    with service.database.transaction() as session:
        found = what_if.what_if(service, session, viewer, asked)
        rates = scores.rates(session, viewer)
    language, said = language_of(request), said_to(request)
    brief = partial(reasons.brief, language=language, said=said)
    policies = (
        vision_policy.policy_sections(service.settings.policy),
        service.policy.model_dump(mode="json"),
    )
    return render(
        request,
        "console/policy.html",
        viewer=viewer,
        csrf=viewer.csrf,
        found=found,
        rates=rates,
        versions=[policy["version"] for policy in policies],
        policies=[policy_words.sections(policy, said, brief) for policy in policies],
    )


@router.get("/figures/decisions.csv")
def decisions_csv(viewer: Supervising, service: Core) -> Response:
    """The last thirty days' decisions, as a table; that it was taken is written down."""
    with service.database.transaction() as session:
        table = figures.as_csv(service, session, viewer)
        audit.record(session, viewer.side, viewer.agent_id, "decisions.exported", viewer.side.account_id)
    headers = {"Content-Disposition": 'attachment; filename="decisions.csv"'}
    return Response(table, media_type="text/csv", headers=headers)
