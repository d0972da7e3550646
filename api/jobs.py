"""Jobs by procrastinate, in the same database: deferred inside the transaction that writes their row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import procrastinate
from procrastinate import App, SyncPsycopgConnector
from sqlalchemy.orm import Session

VISION_QUEUE = "vision"
DELIVERY_QUEUE = "delivery"

# Only writes jobs, always on a connection that is handed to it, so it is never opened.
_writer = App(connector=SyncPsycopgConnector())


def defer(
    session: Session,
    task: str,
    *,
    queue: str,
    lock: str | None = None,
    queueing_lock: str | None = None,
    wait_seconds: int = 0,
    **arguments: Any,
) -> None:
    """Add a job in the session's transaction: no commit, no job. It runs after `wait_seconds` at the earliest.

    Jobs with the same `lock` run one after another in the order they were added, retries included.
    """
    connection = session.connection().connection.driver_connection
    _writer.configure_task(
        task,
        queue=queue,
        lock=lock,
        queueing_lock=queueing_lock,
        connection=connection,
        schedule_in={"seconds": wait_seconds} if wait_seconds else None,
    ).defer(**arguments)


def defer_all(session: Session, task: str, queue: str, locked: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """`defer` of many jobs of one task at once: each with its lock and its arguments."""
    job = _writer.configure_task(task, queue=queue).job
    connection = session.connection().connection.driver_connection
    several = [job.evolve(lock=lock, task_kwargs=arguments) for lock, arguments in locked]
    _writer.job_manager.batch_defer_jobs(several, connection=connection)


class Backoff(procrastinate.BaseRetryStrategy):
    """Tries again after so many seconds each, then gives up: the job stays failed, for `verifier jobs`."""

    def __init__(self, *seconds: int) -> None:
        self.seconds = seconds

    def get_retry_decision(
        self,
        *,
        exception: BaseException,  # noqa: ARG002
        job: procrastinate.jobs.Job,
    ) -> procrastinate.RetryDecision | None:
        if job.attempts >= len(self.seconds):
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": self.seconds[job.attempts]})
