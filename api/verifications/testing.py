"""/v1/test: what only test keys may do: set outcomes, move the clock."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from api import problems
from api.audit import service as audit
from api.dependencies import Core, Tester
from api.keys.service import side_of
from api.keys.tables import Account
from api.problems import Problem
from api.schedule import service as schedule
from api.schemas import Schema
from api.verifications import service as verifications
from api.verifications.endpoints import VerificationId
from api.verifications.scenarios import fixtures, scenarios
from api.verifications.schemas import Simulation, VerificationView
from api.verifications.tasks import run_scenario
from api.verifications.views import verification_view

router = APIRouter(prefix="/v1/test", tags=["test mode"], responses=problems.COMMON_RESPONSES)


class ClockMove(Schema):
    """How far to move the test side's clock ahead."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 335}]})

    days: int = Field(ge=0, le=1100)
    """Up to three years at once."""
    hours: int = Field(default=0, ge=0, le=24)
    """On top of the days."""


class ClockView(Schema):
    """The test side's clock after a move."""

    now: datetime
    """What time it is on the test side."""
    steps_done: int
    """Reminders, re-checks and lapses that became due."""


class Fixtures(Schema):
    """Fields by name, as reports have them: an ID card's two sides, and its holder's company."""

    portrait: dict[str, str]
    """Of the ID card's portrait side."""
    emblem: dict[str, str]
    """Of its emblem side."""
    licence: dict[str, str]
    """Of the business licence."""


@router.post("/verifications/{verification_id}/simulate", operation_id="simulate_outcome")
def simulate(
    verification_id: VerificationId, body: Simulation, caller: Tester, service: Core
) -> VerificationView:
    """Give an open verification the outcome of a scenario at once, captures or not."""
    if body.scenario not in scenarios():
        raise Problem(422, "scenario_unknown", f"scenarios are: {', '.join(scenarios())}")
    with service.database.transaction() as session:
        verification, _ = verifications.find_locked(session, caller.side, verification_id)
        if verification.state == "requires_input":
            verification.scenario = body.scenario
            verifications.submit(service, session, caller, verification_id)
        elif verification.state != "processing":
            raise Problem(409, "illegal_transition", f"the verification is {verification.state}")
        attempt = verification.attempt
    run_scenario(service, verification_id, attempt, body.scenario)
    with service.database.transaction() as session:
        verification = verifications.find(session, caller.side, verification_id)
        return verification_view(service, session, verification)


@router.get("/fixtures", operation_id="get_fixtures")
def get_fixtures(caller: Tester) -> Fixtures:  # noqa: ARG001
    """Documents of nobody whose check digits are right: those in the reports of scenarios, to try one's forms with."""
    return Fixtures.model_validate(fixtures())


@router.post("/clock/advance", operation_id="advance_clock")
def advance_clock(body: ClockMove, caller: Tester, service: Core) -> ClockView:
    """Move the test side's clock ahead and do what becomes due: reminders, re-checks, lapses."""
    with service.database.transaction() as session:
        account = session.get_one(Account, caller.side.account_id, with_for_update=True)
        moved = account.test_clock_seconds + body.days * 86400 + body.hours * 3600
        if moved > 40 * 366 * 86400:
            raise Problem(422, "clock_too_far", "the clock can be moved 40 years ahead at most")
        account.test_clock_seconds = moved
        side = side_of(account, livemode=False)
        told = {"days": body.days, "hours": body.hours}
        audit.record(session, side, caller.actor, "clock.advanced", account.id, told)
    return ClockView(now=side.now(), steps_done=schedule.sweep_side(service, side))
