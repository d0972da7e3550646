"""The dead letters: jobs that failed for good, to look at and to put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from api.keys.service import side_of
from api.keys.tables import Account
from api.service import Service
from api.verifications import service as verifications
from api.verifications import transitions
from api.verifications.tables import Verification

ACTOR = "operator"


@dataclass(frozen=True)
class FailedJob:
    """A job after its last try. Arguments are ids only."""

    number: int
    task: str
    arguments: dict[str, Any]
    attempts: int


def failed(service: Service) -> list[FailedJob]:
    """All of them, oldest first."""
    query = "SELECT id, task_name, args, attempts FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id"
    with service.database.transaction() as session:
        return [FailedJob(*row) for row in session.execute(text(query))]


def put_back(service: Service, number: int) -> bool:
    """Queue a failed job once more with all its tries; says whether there was such a job.

    A verification that went to a person meanwhile goes back to the machine only if nobody decided it.
    """
    with service.database.transaction() as session:
        found = session.execute(
            text(
                "SELECT task_name, args FROM procrastinate_jobs"
                " WHERE id = :id AND status = 'failed' FOR UPDATE"
            ),
            {"id": number},
        ).one_or_none()
        if found is None:
            return False
        if found.task_name == "verifications.run":
            _back_to_the_machine(service, session, **found.args)
        session.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, worker_id = NULL WHERE id = :id"
            ),
            {"id": number},
        )
    return True


def _back_to_the_machine(service: Service, session: Session, verification_id: str, attempt: int) -> None:
    about = session.get_one(Verification, verification_id)
    side = side_of(session.get_one(Account, about.account_id), about.livemode)
    verification, seller = verifications.find_locked(session, side, verification_id)
    failed_here = any(
        r["code"] == "processing_failed" for r in (verification.summary or {}).get("reasons", [])
    )
    if (verification.state, verification.attempt) == ("in_review", attempt) and failed_here:
        transitions.move(service, session, side, seller, verification, "processing", ACTOR)
