"""`python -m benchmarks service-load`: do uploads stay quick while workers are busy, and do workers add up?

Real processes on an embedded PostgreSQL: the HTTP service, and workers around a vision core that keeps one
processor busy for half a second. First, clients upload four photos of 1 MB each while a worker has more than it can
do; then one worker, and then two, empty a queue of the same length.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import psycopg
import typer

from api.client import Client
from benchmarks.service_kills import Machine

PHOTO = os.urandom(1_000_000)
BUSY_SECONDS = 0.5


def busy_worker() -> None:
    """The worker process of the benchmark: the real worker around a core that computes, and decides nothing."""
    from api.service import open_service
    from api.settings import current_settings
    from api.vision import Finding, Submission
    from api.worker import run

    def verify(_: Submission) -> Finding:
        until = time.thread_time() + BUSY_SECONDS
        while time.thread_time() < until:
            pass
        return Finding("verified", (), {"outcome": "verified", "reasons": []})

    run(open_service(current_settings()), verify)


class Busy(Machine):
    """The same processes, with workers that compute."""

    worker_command = ("-c", "from benchmarks.service_load import busy_worker; busy_worker()")

    def another_worker(self) -> subprocess.Popen[bytes]:
        return self._start_worker()


def submitted(client: Client, name: str) -> float:
    """One seller's way up to the submission; returns the seconds that the upload took."""
    seller = client.create_seller(name)
    verification = client.create_verification(seller.id)
    began = time.perf_counter()
    client.upload(
        verification.id, card_portrait=PHOTO, card_emblem=PHOTO[::-1], selfie=PHOTO[1:], pose=PHOTO[2:]
    )
    took = time.perf_counter() - began
    client.submit(verification.id)
    return took


def uploads(machine: Machine, clients: int, each: int) -> list[float]:
    """Seconds of each upload, of that many clients at once."""

    def stream(number: int) -> list[float]:
        with Client(machine.url, machine.key) as client:
            return [submitted(client, f"load-{number}-{turn}") for turn in range(each)]

    with ThreadPoolExecutor(clients) as people:
        return sorted(second for streamed in people.map(stream, range(clients)) for second in streamed)


def drained(machine: Machine, count: int) -> float:
    """Seconds that the workers take for the next so many decisions."""
    with machine.database() as connection:
        left = _decided(connection) + count
        began = time.perf_counter()
        while _decided(connection) < left:
            time.sleep(0.05)
    return time.perf_counter() - began


def _decided(connection: psycopg.Connection[tuple[int]]) -> int:
    row = connection.execute("SELECT count(*) FROM verifications WHERE state = 'verified'").fetchone()
    return row[0] if row else 0


def service_load(
    clients: Annotated[int, typer.Option(help="how many upload at once")] = 20,
    each: Annotated[int, typer.Option(help="uploads of each client")] = 6,
) -> None:
    """Time uploads while the worker is saturated, and one worker against two."""
    with TemporaryDirectory(prefix="load-") as folder:
        Path(folder).chmod(0o755)
        machine = Busy(Path(folder) / "home")
        machine.wait_until_it_answers()
        spent = uploads(machine, clients, each)
        share = clients * each // 5
        drained(machine, 1)
        alone = drained(machine, share)
        second = machine.another_worker()
        drained(machine, 4)
        together = drained(machine, share)
        second.terminate()
        machine.close()
        second.wait()
    figures = {
        "uploads": len(spent),
        "upload_seconds_median": round(spent[len(spent) // 2], 3),
        "upload_seconds_p95": round(spent[int(0.95 * (len(spent) - 1))], 3),
        "verifications_per_second_one_worker": round(share / alone, 2),
        "verifications_per_second_two_workers": round(share / together, 2),
        "two_to_one": round(alone / together, 2),
        "load_average": round(os.getloadavg()[0], 1),
        "processors": os.cpu_count(),
    }
    typer.echo(json.dumps(figures, indent=1))
