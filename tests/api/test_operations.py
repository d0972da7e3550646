"""What an operator does: migrate, back up and restore, replay dead jobs, stop processes, read logs and counters."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import typer
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from typer.testing import CliRunner

from api import cli, jobs, migrate, policy, worker
from api import settings as api_settings
from api.app import create_app
from api.audit import anchors
from api.database import Database, EmbeddedServer
from api.gallery.protection import protect, protect_bits
from api.gallery.search import as_bits
from api.gallery.tables import EnrolledFace, EnrolledPhoto
from api.keys.service import Side, create_key
from api.keys.tables import ServiceKey
from api.policy import Faces
from api.privacy.vault import Vault
from api.service import Service, open_service
from api.settings import Settings
from api.vision import FaceTemplate, Finding, Submission
from tests.api.conftest import Api, drain, run_statement, scripted, selfie

VERIFIED = Finding("verified", (), {"outcome": "verified", "reasons": []})

OLD_DATA = (
    "INSERT INTO accounts VALUES ('acc_1', 'market', now(), 0)",
    "INSERT INTO sellers (id, account_id, livemode, reference, kind, risk, status, next_step, details, created_at)"
    " VALUES ('sel_1', 'acc_1', true, 'store-1', 'individual', 'normal', 'verified', 0, '{}', now())",
    "INSERT INTO verifications (id, account_id, livemode, seller_id, kind, method, state, challenge,"
    " challenge_expires_at, attempt, created_at)"
    " VALUES ('ver_1', 'acc_1', true, 'sel_1', 'onboarding', 'face', 'verified', 'newspaper', now(), 1, now())",
    "INSERT INTO idempotent_answers VALUES ('acc_1', true, 'answered', '\\x00', 201, '\\x00', now())",
    "INSERT INTO enrolled_faces (id, account_id, livemode, seller_id, verification_id, person, model, template,"
    " created_at) VALUES ('fac_1', 'acc_1', true, 'sel_1', 'ver_1', 'sel_1', 'first', '[0.6,0.8,0]', now())",
    "INSERT INTO idempotent_answers VALUES ('acc_1', true, 'half way', '\\x00', NULL, NULL, now())",
)


OLD_PHOTO = (
    "INSERT INTO enrolled_photos (id, account_id, livemode, seller_id, verification_id, person, kind, fingerprint,"
    " created_at) VALUES ('pho_1', 'acc_1', true, 'sel_1', 'ver_1', 'sel_1', 'selfie', CAST(:bits AS bit(256)), now())"
)


def test_tables_of_the_first_version_come_to_this_one_with_what_is_in_them(server: EmbeddedServer) -> None:
    """An upgrade that loses a row, or stops half way, is an outage with people's data in it."""
    run_statement(server, "CREATE DATABASE old")
    old, vault = Database(server._server.get_uri("old")), Vault(os.urandom(32))
    migrate.upgrade(old, vault, "0001")
    with old.transaction() as session:
        for statement in OLD_DATA:
            session.execute(text(statement))
    migrate.upgrade(old, vault, "0003")
    with old.transaction() as session:
        session.execute(text(OLD_PHOTO), {"bits": "01" * 128})
    assert not migrate.is_current(old)
    migrate.upgrade(old, vault)
    migrate.upgrade(old, vault)
    assert migrate.is_current(old)
    query = "SELECT s.reference, v.state FROM sellers s JOIN verifications v ON v.seller_id = s.id"
    with old.transaction() as session:
        kept = session.execute(text(query)).one()
        answers = session.scalars(text("SELECT key FROM idempotent_answers")).all()
        face = session.scalars(select(EnrolledFace)).one()
        photo = session.scalars(select(EnrolledPhoto)).one()
        wrapped = session.scalars(select(ServiceKey.wrapped)).one()
    old.engine.dispose()
    assert tuple(kept) == ("store-1", "verified")
    assert answers == ["answered"], "a request that died half way has no answer to keep"
    key, true = vault.unwrap("templates", wrapped), FaceTemplate("first", np.array([0.6, 0.8, 0], np.float32))
    expected = protect(key, Side("acc_1", True), true).vector
    assert np.array(face.template) == pytest.approx(expected, abs=1e-3), "a face in clear is protected"
    assert np.abs(expected - true.vector).max() > 0.1
    assert photo.fingerprint == as_bits(protect_bits(key, Side("acc_1", True), b"\x55" * 32))
    assert photo.fingerprint != "01" * 128


def test_a_copy_of_the_home_folder_brings_everything_back() -> None:
    """The day the disk dies is too late to learn that backups can't be read."""

    def fill(api: Api) -> str:
        verification = api.verification(api.seller("backed-up"))
        files = {"selfie": ("s", selfie()), "card_portrait": ("c", b"a card")}
        api.post(f"/v1/verifications/{verification}/captures", status=201, files=files)
        return verification

    with TemporaryDirectory(prefix="backup-") as folder:
        Path(folder).chmod(0o755)
        home, copy = Path(folder) / "home", Path(folder) / "copy"
        verification = _with_service(home, fill)
        subprocess.run(["cp", "-a", home, copy], check=True)
        shutil.rmtree(home)
        subprocess.run(["cp", "-a", copy, home], check=True)
        path = f"/v1/verifications/{verification}/captures/card_portrait"
        assert _with_service(home, lambda api: api.call("GET", path).content) == b"a card"


def _with_service(home: Path, act: Callable[[Api], Any]) -> Any:
    """Start the service on that home, do something with a key of it, and stop it."""
    settings = Settings(home=home)
    service = open_service(settings)
    with service.database.transaction() as session:
        key = create_key(session, "admin", test=False)
    with TestClient(create_app(settings, scripted, service)) as client:
        done = act(Api(client, key))
    service.close()
    return done


def test_a_job_that_failed_for_good_is_listed_and_can_be_replayed(
    api: Api, service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the vision core must cost time, not sellers: people get the case, and a fixed core the job."""
    monkeypatch.setattr(api_settings, "current_settings", lambda: settings)

    def crash(_: Submission) -> Finding:
        raise RuntimeError

    seller = api.seller("crashed")
    verification = api.submitted(seller, selfie())
    for _ in range(5):
        drain(service, crash, jobs.VISION_QUEUE)
        _at_once(service)
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["reasons"][0]["code"]) == ("in_review", "processing_failed")
    command = CliRunner()
    number = command.invoke(cli.jobs, ["list"]).stdout.split("\t")[0]
    assert command.invoke(cli.jobs, ["replay", "999999"]).exit_code == 2
    assert command.invoke(cli.jobs, ["replay", number]).exit_code == 0
    assert command.invoke(cli.jobs, ["list"]).stdout == ""
    drain(service, lambda _: VERIFIED, jobs.VISION_QUEUE)
    assert api.state(verification) == "verified"
    assert api.events(seller).count("verification.verified") == 1
    assert api.events(seller)[-3:] == ["verification.processing", "verification.verified", "seller.verified"]
    trail = api.get("/v1/audit-entries", params={"subject": verification})
    assert next(e["actor"] for e in trail if e["action"] == "verification.processing") == "operator"


def test_a_port_that_is_taken_is_named() -> None:
    """The first thing that goes wrong on a machine where something else runs on 8000."""
    program = typer.Typer()
    cli.register(program)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = CliRunner().invoke(program, ["serve", "--port", str(port)])
    assert told.exit_code == 2
    assert f"can't listen on 127.0.0.1, port {port}: Address already in use" in told.output


def _at_once(service: Service) -> None:
    with service.database.transaction() as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))


def test_a_worker_that_is_told_to_stop_finishes_what_it_does_and_leaves_the_rest(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deploy in the middle of the day must not cost anyone a verification, nor wait for the whole queue."""
    began, finish, stop = threading.Event(), threading.Event(), threading.Event()

    def slow(_: Submission) -> Finding:
        began.set()
        assert finish.wait(60)
        return VERIFIED

    until = worker._until

    async def noticed(told: threading.Event) -> None:
        await until(told)
        asyncio.get_running_loop().call_later(0.5, finish.set)

    monkeypatch.setattr(worker, "_until", noticed)
    running, waiting = (api.submitted(api.seller(name), selfie()) for name in ("running", "waiting"))
    thread = threading.Thread(target=lambda: asyncio.run(worker._work(service, slow, stop)))
    thread.start()
    assert began.wait(60)
    stop.set()
    thread.join(60)
    assert (api.state(running), api.state(waiting)) == ("verified", "processing")
    drain(service, lambda _: VERIFIED, jobs.VISION_QUEUE)
    assert api.state(waiting) == "verified"


def test_an_audit_trail_that_was_cut_off_is_found_out(api: Api, service: Service) -> None:
    """A chain of hashes stays whole when its end is cut off; a head kept elsewhere does not."""
    api.seller("audited")
    anchors.anchor(service)
    anchors.anchor(service)
    (head,) = anchors.heads(service)
    anchors.anchor(service, every=timedelta(0))
    assert len(list(anchors.heads(service))) == 2
    with service.database.transaction() as session:
        assert anchors.first_lost(service, session) is None
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_is_append_only"))
        session.execute(text("DELETE FROM audit_entries WHERE number = :n"), {"n": head.number})
        session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER audit_is_append_only"))
        assert anchors.first_lost(service, session) == head.number
        session.rollback()


def test_logs_are_json_and_keep_what_libraries_say_to_themselves() -> None:
    """A library's error message quotes what it choked on: a name, a number."""
    program = (
        "import logging, structlog\nfrom api import logs\nlogs.configure('info')\n"
        "structlog.get_logger().info('ours', verification='ver_1')\nstructlog.get_logger().debug('quiet')\n"
        "try:\n    int('张三 11010519491231002X')\nexcept ValueError:\n    logging.getLogger('lib').exception('张三')\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    ours, library = (json.loads(line) for line in ran.stderr.splitlines())
    assert (ours["event"], ours["verification"], ours["level"]) == ("ours", "ver_1", "info")
    assert library == {"level": "error", "event": "library", "logger": "lib", "kind": "ValueError"}


def test_the_counter_of_faces_warns_before_the_law_asks_for_filing(
    api: Api, work: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 100,000 stored faces on, filing with the authority is due within 30 working days."""
    assert policy.load(None).faces.alert_at < 100_000
    api.submitted(api.seller("counted"), selfie(face=5))
    work()
    assert "\nseller_verifier_stored_faces_alert 0.0\n" in api.call("GET", "/metrics").text
    few = service.policy.model_copy(update={"faces": Faces(alert_at=1)})
    monkeypatch.setattr(service, "policy", few)
    assert "\nseller_verifier_stored_faces_alert 1.0\n" in api.call("GET", "/metrics").text


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('required_roles = ["legal_representative"]', 'required_roles = ["legal_representatives"]'),
        ("individual_high = 180", "individuals_high = 180"),
        ("default = 365", "individual_low = 365"),
        ('four_eyes_risks = ["high"]', 'four_eyes_risks = ["higher"]'),
        ("grace_days = 14", "grace_days = -14"),
    ],
)
def test_a_misspelt_policy_is_refused_at_the_start(good: str, bad: str, tmp_path: Path) -> None:
    """Else no enterprise would ever be verified, or risky sellers checked as rarely as all, and nobody told why."""
    text = Path(policy.__file__).with_name("policy.toml").read_text(encoding="utf-8")
    assert good in text
    (tmp_path / "policy.toml").write_text(text.replace(good, bad), encoding="utf-8")
    with pytest.raises(ValueError, match=r"required_roles|interval_days|four_eyes_risks|grace_days"):
        policy.load(tmp_path / "policy.toml")


def test_every_setting_is_in_the_one_table() -> None:
    """A setting that is not documented is found by reading our code in the middle of an outage."""
    page = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
    names = {"DATABASE_URL", *(f"VERIFIER_{name.upper()}" for name in Settings.model_fields)}
    assert {name for name in names if f"| `{name}` |" not in page} == {"VERIFIER_DATABASE_URL"}
