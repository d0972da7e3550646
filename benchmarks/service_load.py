"""`python -m benchmarks service-load`: do uploads stay quick while workers are busy, and do workers add up?

Real processes on an embedded PostgreSQL: the HTTP service, and workers around a vision core that keeps one
processor busy for half a second. Clients upload four photos of 1 MB each while a worker has more than it can do:
first each as fast as it can, which saturates any server (what an upload takes is then the clients' number times the
work of one), then at the pace of people. Beside both stands what the same bytes take to an endpoint that only
receives them, on the same HTTP server software, and the processor time of it all. At last one worker, and then two,
empty a queue of the same length.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx
import psycopg
import typer

from api.client import Client
from benchmarks.service_kills import Machine, free_port

PHOTO = os.urandom(1_000_000)
BUSY_SECONDS = 0.5
PHOTOS = {"card_portrait": PHOTO, "card_emblem": PHOTO[::-1], "selfie": PHOTO[1:], "pose": PHOTO[2:]}


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


def bare_server(port: int) -> None:
    """An endpoint that receives and does nothing, on the HTTP server software of the service."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def receive(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    app = Starlette(routes=[Route("/", receive, methods=["POST"])])
    uvicorn.run(app, port=port, log_level="error", access_log=False)


def submitted(client: Client, name: str) -> float:
    """One seller's way up to the submission; returns the seconds that the upload took."""
    seller = client.create_seller(name)
    verification = client.create_verification(seller.id)
    began = time.perf_counter()
    client.upload(verification.id, **PHOTOS)
    took = time.perf_counter() - began
    client.submit(verification.id)
    return took


def of_service(machine: Machine, clients: int, each: int, pause: float) -> list[float]:
    """Seconds of each upload to the service, by that many clients at once."""

    def stream(number: int) -> list[float]:
        with Client(machine.url, machine.key) as client:
            name = f"load-{pause:g}-{number}"
            return _paced(lambda turn: submitted(client, f"{name}-{turn}"), each, pause, number)

    return _at_once(stream, clients)


def of_bare_server(url: str, clients: int, each: int, pause: float) -> list[float]:
    """Seconds that the same bytes take where they are only received."""

    def sent(client: httpx.Client) -> float:
        began = time.perf_counter()
        client.post(url, files=PHOTOS).raise_for_status()
        return time.perf_counter() - began

    def stream(number: int) -> list[float]:
        with httpx.Client(timeout=60) as client:
            return _paced(lambda _: sent(client), each, pause, number)

    return _at_once(stream, clients)


def _paced(act: Callable[[int], float], each: int, pause: float, seed: int) -> list[float]:
    """Acts one after another, with pauses as people make them: random, of that many seconds on average."""
    chance, seconds = random.Random(seed), []
    for turn in range(each):
        time.sleep(chance.expovariate(1 / pause) if pause else 0)
        seconds.append(act(turn))
    return seconds


def _at_once(stream: Callable[[int], list[float]], clients: int) -> list[float]:
    with ThreadPoolExecutor(clients) as people:
        return sorted(second for streamed in people.map(stream, range(clients)) for second in streamed)


def uploads(machine: Machine, clients: int, each: int, pause: float) -> dict[str, float]:
    """The service beside the bare server, one after the other under the same load."""
    service = machine.processes["api"].pid
    before, own = _processor_seconds(service), time.process_time()
    spent = of_service(machine, clients, each, pause)
    of_one = {
        "service_processor_ms_a_seller": (_processor_seconds(service) - before) / len(spent) * 1000,
        "client_processor_ms_a_seller": (time.process_time() - own) / len(spent) * 1000,
    }
    port = free_port()
    starting = ("-c", f"from benchmarks.service_load import bare_server; bare_server({port})")
    bare = subprocess.Popen([sys.executable, *starting])
    try:
        _wait_for(port)
        floor = of_bare_server(f"http://127.0.0.1:{port}/", clients, each, pause)
    finally:
        bare.terminate()
        bare.wait()
    figures = {**_quantiles("upload", spent), **_quantiles("bare", floor), **of_one}
    return {name: round(value, 3) for name, value in figures.items()}


def _fill(machine: Machine, seconds: float) -> None:
    """Put small verifications into the queue that keep a worker busy for so long."""

    batch = time.monotonic_ns()
    small = dict.fromkeys(PHOTOS, PHOTO[:1000])
    with Client(machine.url, machine.key) as client:
        for number in range(int(seconds / BUSY_SECONDS)):
            verification = client.create_verification(client.create_seller(f"fill-{batch}-{number}").id)
            client.upload(verification.id, **small)
            client.submit(verification.id)


def _quantiles(name: str, spent: list[float]) -> dict[str, float]:
    middle, late = spent[len(spent) // 2], spent[int(0.95 * (len(spent) - 1))]
    return {f"{name}_seconds_median": middle, f"{name}_seconds_p95": late}


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_for(port: int) -> None:
    while True:
        try:
            httpx.post(f"http://127.0.0.1:{port}/")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return


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
    pause: Annotated[float, typer.Option(help="seconds between a person's uploads, on average")] = 10,
) -> None:
    """Time uploads while the worker is saturated, and one worker against two."""
    with TemporaryDirectory(prefix="load-") as folder:
        Path(folder).chmod(0o755)
        machine = Busy(Path(folder) / "home")
        machine.wait_until_it_answers()
        try:
            _fill(machine, 4 * clients * each * BUSY_SECONDS)
            flat_out = uploads(machine, clients, each, 0)
            _fill(machine, 4 * each * pause)
            paced = uploads(machine, clients, each, pause)
            share = clients * each // 5
            _fill(machine, 3 * share * BUSY_SECONDS)
            drained(machine, 1)
            alone = drained(machine, share)
            machine.processes["second"] = machine.another_worker()
            drained(machine, 4)
            together = drained(machine, share)
        finally:
            machine.close()
    figures = {
        "clients": clients,
        "uploads": clients * each,
        "as_fast_as_they_can": flat_out,
        f"every_{pause:g}_seconds": paced,
        "verifications_per_second_one_worker": round(share / alone, 2),
        "verifications_per_second_two_workers": round(share / together, 2),
        "two_to_one": round(alone / together, 2),
        "load_average": round(os.getloadavg()[0], 1),
        "processors": os.cpu_count(),
    }
    typer.echo(json.dumps(figures, indent=1))
