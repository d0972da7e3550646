"""The worker process: verifications on as many threads as settings say, deliveries and upkeep beside them."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable

import procrastinate
import psycopg
import structlog

from api import jobs
from api.audit import anchors
from api.console import tasks as console_tasks
from api.privacy import service as privacy
from api.schedule import service as schedule
from api.service import Service
from api.verifications import tasks as verification_tasks
from api.vision import Verify
from api.webhooks import tasks as webhook_tasks

log = structlog.get_logger()

# On a machine of both, the HTTP process goes first: people wait for its answers.
NICENESS = 10
HEARTBEAT_SECONDS = 2.0
STALLED_AFTER_SECONDS = 10.0
POLLING_SECONDS = 1.0
SWEEP_SECONDS = 60.0
DELIVERIES_AT_ONCE = 8
# A job that runs when the worker is told to stop may finish for this long; then it goes back to the queue.
GRACE_SECONDS = 25.0


def worker_app(service: Service, verify: Verify) -> procrastinate.App:
    """The procrastinate app with every task of the service."""
    connector = procrastinate.PsycopgConnector(conninfo=service.database.url, min_size=2, max_size=8)
    app = procrastinate.App(connector=connector)
    verification_tasks.register(app, service, verify)
    webhook_tasks.register(app, service)
    console_tasks.register(app, service)
    return app


def run(service: Service, verify: Verify, *, supervised: bool = False) -> None:
    """Work until SIGTERM or SIGINT, or, if supervised, until standard input closes (its parent is gone).

    After a database failure it starts over: jobs are safe in the database.
    """
    os.nice(NICENESS)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    if supervised:
        threading.Thread(target=_until_parent_is_gone, args=(stop,), daemon=True).start()
    while not stop.is_set():
        try:
            asyncio.run(_work(service, verify, stop))
        except (psycopg.Error, procrastinate.exceptions.ConnectorException, OSError) as error:
            log.warning("worker_lost_database", kind=type(error).__name__)
            stop.wait(1.0)


async def _work(service: Service, verify: Verify, stop: threading.Event) -> None:
    app = worker_app(service, verify)
    async with app.open_async():
        queues = {
            jobs.VISION_QUEUE: service.settings.checks_at_once,
            jobs.DELIVERY_QUEUE: DELIVERIES_AT_ONCE,
        }
        tasks = [asyncio.create_task(_drain(app, queue, count)) for queue, count in queues.items()]
        tasks.append(asyncio.create_task(_rescue(app)))
        tasks.append(asyncio.create_task(_every(SWEEP_SECONDS, lambda: _upkeep(service))))
        log.info("worker_ready")
        waiting = asyncio.create_task(_until(stop))
        done, _ = await asyncio.wait({*tasks, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        if waiting not in done:
            waiting.cancel()
            failures = [r for r in results if isinstance(r, Exception)]
            raise failures[0] if failures else OSError("a part of the worker ended")
    log.info("worker_stopped")


async def _until(stop: threading.Event) -> None:
    """Not in a thread of the loop's own: the loop would wait for it before it starts over after a failure."""
    while not stop.is_set():
        await asyncio.sleep(0.2)


async def _drain(app: procrastinate.App, queue: str, count: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=count,
        install_signal_handlers=False,
        fetch_job_polling_interval=POLLING_SECONDS,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_AFTER_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        delete_jobs="successful",
    )


async def _rescue(app: procrastinate.App) -> None:
    """Give jobs of dead workers back to the queue."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
            log.warning("job_rescued", job=job.id, task=job.task_name)
            await app.job_manager.retry_job(job)
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def _every(seconds: float, act: Callable[[], None]) -> None:
    while True:
        await asyncio.to_thread(act)
        await asyncio.sleep(seconds)


def _upkeep(service: Service) -> None:
    try:
        steps = schedule.sweep(service)
        redacted = privacy.keep_retention(service)
        anchors.anchor(service)
    except Exception as error:
        log.error("upkeep_failed", kind=type(error).__name__)
    else:
        if steps or redacted:
            log.info("upkeep", steps=steps, redacted=redacted)


def _until_parent_is_gone(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()
