"""`python -m benchmarks service-kills`: is anything lost, doubled, stuck or out of order when processes are killed?

A stream of verifications goes through the HTTP service on an embedded PostgreSQL while kill -9 hits the
worker, the HTTP process or the database at random moments; webhooks go to a receiver in this process. The
vision core is scripted (a short sleep, then a decision), because the question is about queues.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import httpx
import psycopg
import typer

PATIENCE_SECONDS = 180
TARGETS = ("worker", "api", "database")
PROGRESS_EVERY = 10
DURING_RECOVERY = 0.2
"""Part of the kills that hit while the service still gets over the last one; the others hit work."""


def scripted_worker() -> None:
    """The worker process of the benchmark: the real worker around a vision core that only waits."""
    from api.service import open_service
    from api.settings import current_settings
    from api.vision import Finding, Submission
    from api.worker import run

    def verify(submission: Submission) -> Finding:
        time.sleep(0.05)
        outcome = submission.captures["selfie"].decode()
        return Finding(outcome, (), {"outcome": outcome, "reasons": []})

    run(open_service(current_settings()), verify)


@dataclass
class Receiver:
    """Takes webhooks: remembers, for each seller, the ids of events in the order of their first arrival."""

    events: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes) -> None:
        event = json.loads(body)
        with self.lock:
            self.seen[event["id"]] += 1
            if self.seen[event["id"]] == 1:
                self.events[event["data"]["seller_id"]].append((event["id"], event["type"]))

    def listen(self) -> ThreadingHTTPServer:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(length := int(self.headers["content-length"]))
                if len(body) < length:  # the worker was killed while it was sending
                    return
                receiver.take(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


class Machine:
    """The service's processes on one home, each of which may be killed and is started again."""

    worker_command: tuple[str, ...] = (
        "-c",
        "from benchmarks.service_kills import scripted_worker; scripted_worker()",
    )

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.environment = {
            **os.environ,
            "VERIFIER_HOME": str(home),
            "VERIFIER_WEBHOOK_PRIVATE_ADDRESSES": "true",
            "VERIFIER_REQUESTS_PER_MINUTE": "1000000",
            "VERIFIER_LOG_LEVEL": "error",
            "PYTHONWARNINGS": "ignore",
        }
        self.log = (home.parent / "log").open("ab")
        self.key = self._output("-m", "api", "admin", "create-key", "--scope", "admin")
        self.processes = {"api": self._start_api(), "worker": self._start_worker()}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self, target: str) -> None:
        """kill -9, then start again what does not come back by itself."""
        if target == "database":
            os.kill(int((self.home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            return
        with self.lock:
            self.processes[target].kill()
            self.processes[target].wait()
            self.processes[target] = self._start_api() if target == "api" else self._start_worker()

    def wait_until_it_answers(self) -> None:
        """Return when a request reaches the database, or after the patience."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(
                    f"{self.url}/v1/events", headers={"Authorization": f"Bearer {self.key}"}
                ).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)

    def close(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(45)
            except subprocess.TimeoutExpired:
                process.kill()
        self.log.close()

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            f"postgresql://postgres:@/seller_verifier?host={self.home / 'postgres'}", autocommit=True
        )

    def _start_api(self) -> subprocess.Popen[bytes]:
        return self._spawn("-m", "api", "serve", "--port", str(self.port), "--no-worker")

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self._spawn(*self.worker_command)

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *command], env=self.environment, stdout=self.log, stderr=self.log
        )

    def _output(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


class Client:
    """A marketplace's backend: repeats each request with the same Idempotency-Key until it is answered."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def post(self, path: str, key: str, **arguments: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.machine.key}", "Idempotency-Key": key}
        last = None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = httpx.post(self.machine.url + path, headers=headers, timeout=20, **arguments)
            except httpx.HTTPError as error:
                last = type(error).__name__
            else:
                if answer.status_code < 300:
                    return dict(answer.json()) if isinstance(answer.json(), dict) else {}
                last = answer.text
            time.sleep(0.2)
        raise TimeoutError(f"{path}: {last}")

    def onboard(self, number: int) -> None:
        """Seller, verification, captures, submit: each as if nothing had happened."""
        name = f"seller-{number}"
        seller = self.post("/v1/sellers", f"{name}-a", json={"reference": name})
        made = self.post("/v1/verifications", f"{name}-b", json={"seller_id": seller["id"]})
        outcome = b"verified" if number % 3 else b"declined"
        files = {"selfie": ("s", outcome), "card_portrait": ("c", os.urandom(2000))}
        path = f"/v1/verifications/{made['id']}"
        self.post(f"{path}/captures", f"{name}-c", files=files)
        self.post(f"{path}/submit", f"{name}-d")


@dataclass
class Result:
    """What went wrong, each to be 0, and what it took."""

    verifications: int
    kills: Counter[str]
    lost: int = 0
    wrong: int = 0
    decided_twice: int = 0
    stuck: int = 0
    undelivered: int = 0
    out_of_order: int = 0
    repeated_deliveries: int = 0
    seconds: float = 0.0

    @property
    def faults(self) -> int:
        return self.lost + self.wrong + self.decided_twice + self.stuck + self.undelivered + self.out_of_order


def run(
    verifications: int,
    kills: int,
    folder: Path,
    seed: int = 1,
    clients: int = 4,
    seconds: float = float("inf"),
) -> Result:
    """Stream that many verifications through the service while that many kills, or as many as fit in, hit it."""
    began = time.monotonic()
    receiver = Receiver()
    server = receiver.listen()
    machine = Machine(folder / "home")
    client = Client(machine)
    url = f"http://127.0.0.1:{server.server_port}/"
    client.post("/v1/webhook-endpoints", "endpoint", json={"url": url})
    result = Result(verifications, Counter())
    killing = (machine, kills, random.Random(seed), result.kills, began + seconds)
    killer = threading.Thread(target=_kill, args=killing)

    def turn_of(number: int) -> bool:
        """Spread the work evenly over the kills, so that each kill hits work."""
        return not killer.is_alive() or number * kills <= (result.kills.total() + 1) * verifications

    streams = [
        threading.Thread(target=_stream, args=(client, range(n, verifications, clients), turn_of))
        for n in range(clients)
    ]
    killer.start()
    for stream in streams:
        stream.start()
    for thread in (killer, *streams):
        thread.join()
    try:
        _settle(machine)
        _judge(machine, receiver, result)
    finally:
        machine.close()
        server.shutdown()
    result.seconds = time.monotonic() - began
    return result


def _stream(client: Client, numbers: range, turn_of: Callable[[int], bool]) -> None:
    for number in numbers:
        while not turn_of(number):
            time.sleep(0.1)
        client.onboard(number)


def _kill(machine: Machine, kills: int, chance: random.Random, done: Counter[str], until: float) -> None:
    began = time.monotonic()
    while done.total() < kills and time.monotonic() < until:
        time.sleep(chance.uniform(0.2, 3.0))
        target = chance.choice(TARGETS)
        try:
            machine.kill(target)
        except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
            continue  # the database lies dead from the last kill
        done[target] += 1
        if done.total() % PROGRESS_EVERY == 0:
            typer.echo(f"{done.total()} kills in {time.monotonic() - began:.0f} s", err=True)
        if chance.random() > DURING_RECOVERY:
            machine.wait_until_it_answers()


def _settle(machine: Machine) -> None:
    """Wait until nothing is on its way, without waiting for the retries' own pauses."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(1)
        try:
            with machine.database() as connection:
                connection.execute(
                    "UPDATE procrastinate_jobs SET scheduled_at = NULL"
                    " WHERE status = 'todo' AND scheduled_at IS NOT NULL"
                )
                left = connection.execute(
                    "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
                ).fetchone()
        except psycopg.Error:
            continue
        if left == (0,):
            return


def _judge(machine: Machine, receiver: Receiver, result: Result) -> None:
    with machine.database() as connection:
        rows = connection.execute(
            "SELECT s.reference, s.id, v.state, v.id FROM sellers s LEFT JOIN verifications v ON v.seller_id = s.id"
        ).fetchall()
        events = connection.execute("SELECT id, seller_id, type FROM events ORDER BY id").fetchall()
    expected = {f"seller-{n}": "verified" if n % 3 else "declined" for n in range(result.verifications)}
    found = Counter(reference for reference, *_ in rows)
    result.lost = sum(reference not in found for reference in expected)
    result.wrong = sum(count - 1 for count in found.values())
    for reference, _, state, _ in rows:
        result.stuck += state in (None, "requires_input", "processing")
        result.wrong += state in ("verified", "declined") and state != expected[reference]
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for event_id, seller_id, kind in events:
        told[seller_id].append((event_id, kind))
    for seller_id, sequence in told.items():
        decisions = [k for _, k in sequence if k in ("verification.verified", "verification.declined")]
        result.decided_twice += max(0, len(decisions) - 1)
        arrived = receiver.events.get(seller_id, [])
        result.undelivered += len(set(sequence) - set(arrived))
        result.out_of_order += arrived != [event for event in sequence if event in set(arrived)]
    result.repeated_deliveries = sum(count - 1 for count in receiver.seen.values())


def service_kills(
    verifications: Annotated[int, typer.Option(help="how many verifications are streamed")] = 500,
    kills: Annotated[int, typer.Option(help="how many times kill -9 hits")] = 200,
    seed: Annotated[int, typer.Option(help="of the moments and targets")] = 1,
    minutes: Annotated[float, typer.Option(help="after how many minutes the last kill is")] = 60,
) -> None:
    """Kill worker, API and database at random moments; report what was lost, doubled, stuck or out of order."""
    with TemporaryDirectory(prefix="kills-") as folder:
        Path(folder).chmod(0o755)
        result = run(verifications, kills, Path(folder), seed, seconds=minutes * 60)
    typer.echo(json.dumps({**result.__dict__, "kills": dict(result.kills)}, indent=1))
    raise typer.Exit(int(result.faults > 0))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
