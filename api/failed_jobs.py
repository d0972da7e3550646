"""The dead letters: jobs that failed for good, to look at and to put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from api.service import Service


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
            told = {"id": found.args["verification_id"], "attempt": found.args["attempt"]}
            session.execute(_BACK_TO_THE_MACHINE, told)
        session.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, worker_id = NULL WHERE id = :id"
            ),
            {"id": number},
        )
    return True


_BACK_TO_THE_MACHINE = text(
    """
    UPDATE verifications SET state = 'processing', review_kind = NULL
    WHERE id = :id AND attempt = :attempt AND state = 'in_review'
      AND summary @> '{"reasons": [{"code": "processing_failed"}]}'
    """
)
