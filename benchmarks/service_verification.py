"""`python -m benchmarks service-verification`: what the service adds to a verification's vision, how soon it is ready.

The real processes on an embedded PostgreSQL; one seller after another sends the demo's four photos. A verification is
timed from its submission until its outcome can be asked for, and set against the sum of the stages of its vision.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx
import typer
from rich.progress import track

from api.client import Client
from benchmarks.demo import compose, samples_folder
from benchmarks.service_kills import Machine

PATIENCE_SECONDS = 60
SEVERAL_SELLERS = 2
"""The first verifications load the networks."""


class Service(Machine):
    """The processes of `verifier serve`, with the real worker."""

    worker_command = ("-m", "api", "worker")


def service_verification(
    rounds: Annotated[int, typer.Option(help="verifications, after two to warm up")] = 9,
) -> None:
    """Time whole verifications in the service against their vision stages."""
    with TemporaryDirectory(prefix="verification-") as folder:
        Path(folder).chmod(0o755)
        samples = samples_folder()
        photos = compose(samples, Path(folder), date.today()) | {"selfie": samples / "obama3.jpg"}
        photos = {kind: photos[kind] for kind in ("card_portrait", "card_emblem", "selfie", "pose")}
        began = time.perf_counter()
        machine = Service(Path(folder) / "home")
        try:
            _wait_until_ready(machine.url)
            ready = time.perf_counter() - began
            walls, stages = _measured(machine, photos, rounds + SEVERAL_SELLERS)
        finally:
            machine.close()
    figures = {
        "ready_on_an_empty_home_seconds": round(ready, 1),
        "verification_seconds_median": round(statistics.median(walls), 3),
        "vision_stages_seconds_median": round(statistics.median(stages), 3),
        "wall_to_stages_median": round(
            statistics.median(w / s for w, s in zip(walls, stages, strict=True)), 3
        ),
        "load_average": round(os.getloadavg()[0], 1),
    }
    typer.echo(json.dumps(figures, indent=1))


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"not ready in {PATIENCE_SECONDS} seconds")


def _measured(machine: Machine, photos: dict[str, Path], count: int) -> tuple[list[float], list[float]]:
    """Seconds of each verification, and of its vision stages, once warm."""
    walls, stages = [], []
    with Client(machine.url, machine.key) as client, machine.database() as database:
        for number in track(range(count), description="verifications", transient=True):
            verification = client.create_verification(client.create_seller(f"timed-{number}").id)
            client.upload(verification.id, **photos)
            began = time.perf_counter()
            client.submit(verification.id)
            while client.verification(verification.id).state == "processing":
                time.sleep(0.01)
            walls.append(time.perf_counter() - began)
            query = "SELECT summary->'timings_ms' FROM verifications WHERE id = %s"
            row = database.execute(query, [verification.id]).fetchone()
            assert row is not None
            stages.append(sum(row[0].values()) / 1000)
    return walls[SEVERAL_SELLERS:], stages[SEVERAL_SELLERS:]
