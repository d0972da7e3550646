"""Carries out agents' decisions once they can't be undone any more."""

from __future__ import annotations

import procrastinate
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import jobs
from api.audit import service as audit
from api.console import actions, views
from api.console.tables import Agent, PendingDecision
from api.keys.service import Caller, side_of
from api.keys.tables import Account
from api.privacy.vault import KeyMissing
from api.problems import Problem
from api.service import Service

log = structlog.get_logger()


def run(service: Service, pending_id: str, role: str) -> None:
    """Carry the decision out, unless it was undone. One that no longer applies is dropped and written down."""
    try:
        with service.database.transaction() as session:
            found = _find(session, pending_id, role)
            if found is not None:
                actions.carry_out(service, session, *found)
    except (Problem, KeyMissing) as error:
        with service.database.transaction() as session:
            found = _find(session, pending_id, role)
            if found is not None:
                _drop(session, *found, error)


def _find(session: Session, pending_id: str, role: str) -> tuple[Caller, PendingDecision] | None:
    pending = session.scalar(
        select(PendingDecision).where(PendingDecision.id == pending_id).with_for_update()
    )
    if pending is None:
        return None
    agent = session.get_one(Agent, pending.agent_id)
    side = side_of(session.get_one(Account, agent.account_id), agent.livemode)
    return Caller(side, agent.id, "admin" if role == "admin" else "review"), pending


def _drop(session: Session, caller: Caller, pending: PendingDecision, error: Exception) -> None:
    cause = error.code if isinstance(error, Problem) else "redacted"
    log.warning("decision_dropped", verification=pending.verification_id, cause=cause)
    told = {"cause": cause, "decision": pending.decision}
    audit.record(session, caller.side, caller.actor, "decision.dropped", pending.verification_id, told)
    session.delete(pending)


def register(app: procrastinate.App, service: Service) -> None:
    """Add this domain's tasks to the worker."""

    @app.task(name=actions.TASK, queue=jobs.DELIVERY_QUEUE, retry=jobs.Backoff(1, 5, 30))
    def carry_out(pending_id: str, role: str) -> None:
        run(service, pending_id, role)

    views.register(app, service)
