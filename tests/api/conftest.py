"""A real PostgreSQL for the service's tests, a fresh database for each module, and a scripted vision core.

The scripted core takes its finding from the selfie's bytes, so that tests of queues, money and law need no
networks; the tests in test_real_vision.py use the real one.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api import jobs, migrate
from api.app import create_app
from api.console import agents, sign_in
from api.console.agents import Viewer
from api.database import Database, EmbeddedServer
from api.keys.service import create_key
from api.pages import choices
from api.privacy.vault import Vault
from api.service import Service, open_service
from api.settings import Settings
from api.vision import FaceTemplate, Finding, Submission, Verify
from api.worker import worker_app
from verifier.same_photo import Fingerprint

TEMPLATE = "migrated"


def scripted_face(number: int) -> FaceTemplate:
    vector = np.random.default_rng(number).standard_normal(64).astype(np.float32)
    return FaceTemplate("scripted", vector / np.linalg.norm(vector))


def scripted_photo(number: int) -> Fingerprint:
    first, second = np.random.default_rng(number).integers(0, 256, (2, 32), np.uint8)
    return Fingerprint(first.tobytes(), second.tobytes())


def scripted(submission: Submission) -> Finding:
    """What the selfie's JSON says: outcome, reasons, face (a number for each person), photo (likewise), documents, and
    the false match rate of selfie and card."""
    script = json.loads(submission.captures["selfie"])
    if script.get("crash"):
        raise RuntimeError(script["crash"])
    reasons = tuple(script.get("reasons", ()))
    report = {"outcome": script["outcome"], "reasons": list(reasons), "document": script.get("document")}
    report["match"] = {"false_match_rate": script["rate"]} if "rate" in script else None
    face = scripted_face(script["face"]) if "face" in script else None
    photos = {"selfie": scripted_photo(script["photo"])} if "photo" in script else {}
    room = bytes.fromhex(script["room"]) if "room" in script else None
    return Finding(script["outcome"], reasons, report, face, photos, room, script.get("documents", {}))


def selfie(outcome: str = "verified", **script: Any) -> bytes:
    return json.dumps({"outcome": outcome, **script}, ensure_ascii=False).encode()


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    # Not in pytest's own folder: each run of pytest closes that to the user that the database runs as.
    with TemporaryDirectory(prefix="service-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder) / "postgres")
        run_statement(
            server, "ALTER SYSTEM SET fsync = off"
        )  # no power cut in tests; disks make their time random
        run_statement(server, "SELECT pg_reload_conf()")
        run_statement(server, f"CREATE DATABASE {TEMPLATE}")
        template = Database(server._server.get_uri(TEMPLATE))
        migrate.upgrade(template, Vault(os.urandom(32)))
        template.engine.dispose()
        yield server
        server.close()


@pytest.fixture(scope="module")
def settings(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    name = f"test_{home.name.replace('-', '_')}"
    run_statement(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return Settings(
        home=home,
        database_url=SecretStr(server._server.get_uri(name)),
        webhook_private_addresses=True,
        requests_per_minute=1_000_000,
    )


@pytest.fixture(scope="module")
def service(settings: Settings) -> Iterator[Service]:
    service = open_service(settings)
    yield service
    service.close()


@pytest.fixture(scope="module")
def app_client(settings: Settings, service: Service) -> Iterator[TestClient]:
    app = create_app(settings, scripted, service)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


class Api:
    """A caller with a key: the answers' JSON, and a helper for each common step."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client, self.key = client, key

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **arguments.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **arguments)

    def get(self, path: str, status: int = 200, **arguments: Any) -> Any:
        return self._checked("GET", path, status, **arguments)

    def post(self, path: str, json: Any = None, status: int = 200, **arguments: Any) -> Any:
        return self._checked("POST", path, status, json=json, **arguments)

    def _checked(self, method: str, path: str, status: int, **arguments: Any) -> Any:
        answer = self.call(method, path, **arguments)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def seller(self, reference: str, **fields: Any) -> str:
        return str(self.post("/v1/sellers", {"reference": reference, **fields}, 201)["id"])

    def verification(self, seller: str, **fields: Any) -> str:
        return str(self.post("/v1/verifications", {"seller_id": seller, **fields}, 201)["id"])

    def submitted(
        self,
        seller: str,
        selfie: bytes,
        card: bytes = b"card",
        document: str = "card_portrait",
        **fields: Any,
    ) -> str:
        """Open a verification, upload and submit; the worker has not run yet."""
        verification = self.verification(seller, **fields)
        files = {"selfie": ("s.jpg", selfie), document: ("c.jpg", card)}
        self.post(f"/v1/verifications/{verification}/captures", status=201, files=files)
        self.post(f"/v1/verifications/{verification}/submit", status=202)
        return verification

    def state(self, verification: str) -> str:
        return str(self.get(f"/v1/verifications/{verification}")["state"])

    def events(self, seller: str) -> list[str]:
        """The seller's event types, oldest first."""
        page = self.get("/v1/events", params={"seller_id": seller, "limit": 100})
        return [event["type"] for event in reversed(page["data"])]


@pytest.fixture
def make_api(app_client: TestClient, service: Service) -> Any:
    """Makes callers: `make_api("verify")`, with account and test side to choose."""

    def make(scope: Any = "admin", *, account: str = "default", test: bool = False) -> Api:
        with service.database.transaction() as session:
            key = create_key(session, scope, test=test, account=account)
        return Api(app_client, key)

    return make


@pytest.fixture
def api(make_api: Any) -> Api:
    caller: Api = make_api("admin")
    return caller


@pytest.fixture
def work(service: Service) -> Any:
    """Runs the worker until the queues are empty."""

    def run(*queues: str) -> None:
        drain(service, scripted, *queues)

    return run


def drain(service: Service, verify: Verify, *queues: str) -> None:
    """A worker until these queues, or all, are empty. In a thread: a browser's loop may be running in this one."""

    async def work() -> None:
        app = worker_app(service, verify)
        async with app.open_async():
            await app.run_worker_async(
                queues=list(queues or (jobs.VISION_QUEUE, jobs.DELIVERY_QUEUE)),
                wait=False,
                install_signal_handlers=False,
                listen_notify=False,
                delete_jobs="successful",
            )

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


@pytest.fixture
def console(app_client: TestClient, service: Service) -> Any:
    """Signs an agent of an account in: makes requests to the console whose forms are complete, but for what is given."""

    def signed_in(account: str, *, login: str = "") -> Any:
        with service.database.transaction() as session:
            agents.create(service, session, login or account, "admin", test=False, account=account)
            token = agents.sign_in_vouched(session, login or account)
            viewer = agents.find_viewer(session, token or "")
        assert isinstance(viewer, Viewer)
        cookie = {"cookie": f"{sign_in.COOKIE}={token}"}
        forms = {
            "reason": choices.reasons_of_people()["ban_reasons"][0], "capture": "selfie",
            "challenge": "newspaper", "link": "https://meet.example/1",
            "value": "x", "outcome": "held", "text": "x", "reference": "x", "decision": "verified", "csrf": viewer.csrf,
        }  # fmt: skip

        def ask(method: str, path: str, **form: str) -> Any:
            sent: dict[str, Any] = {"data": {**forms, **form}} if method == "POST" else {}
            if path.endswith("/frames") and method == "POST":
                sent["files"] = {"image": ("f.jpg", b"photo")}
            return app_client.request(method, path, headers=cookie, follow_redirects=False, **sent)

        return ask

    return signed_in


def run_statement(server: EmbeddedServer, statement: str) -> None:
    address = make_url(server._server.get_uri()).set(drivername="postgresql+psycopg")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
