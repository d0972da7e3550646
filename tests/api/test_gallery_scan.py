"""`verifier gallery scan`: people with several stores come before an agent, once, whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import typer
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from api.cli import register
from api.gallery.clusters import Pair, clusters
from api.gallery.scan import ScanRunning, scan
from api.gallery.tables import EnrolledFace, GalleryScan, ScannedPair
from api.keys.service import all_sides
from api.service import Service
from tests.api.conftest import Api, scripted_face, selfie

MODEL = "scripted"


@pytest.fixture
def api(make_api: Any, request: pytest.FixtureRequest) -> Api:
    caller: Api = make_api("admin", account=request.node.name[:90])
    return caller


def opened(api: Api, work: Any, *references: str) -> list[str]:
    """Verified sellers, each with a face that no other has."""
    found = []
    for number, reference in enumerate(references):
        seller = api.seller(reference)
        api.submitted(seller, selfie(face=100 + number))
        work()
        assert api.get(f"/v1/sellers/{seller}")["status"] == "verified"
        found.append(seller)
    return found


def give_face(service: Service, number: int, *sellers: str) -> None:
    """The sellers' faces turn out to be one person's, as a better recogniser would see it."""
    with service.database.transaction() as session:
        vector = scripted_face(number).vector
        session.execute(
            update(EnrolledFace).where(EnrolledFace.seller_id.in_(sellers)).values(template=vector)
        )


def run(service: Service, api: Api, seller: str, **options: Any) -> Any:
    with service.database.transaction() as session:
        account = session.scalar(select(EnrolledFace.account_id).where(EnrolledFace.seller_id == seller))
        side = next(s for s in all_sides(session) if s.account_id == account and s.livemode)
    return scan(service, side, MODEL, options.pop("progress", lambda *_: None), **options)


def cases(api: Api, seller: str) -> list[dict[str, Any]]:
    page = api.get("/v1/verifications", params={"seller_id": seller, "state": "in_review"})
    return list(page["data"])


def test_a_persons_stores_become_cases_once(api: Api, service: Service, work: Any) -> None:
    """An agent must see the ring, with the evidence of each store, and not the same ring every night."""
    first, second, third, honest = opened(api, work, "first", "second", "third", "honest")
    give_face(service, 7, first, second, third)
    found = run(service, api, first)
    assert (found.faces, found.people, found.cases) == (4, 1, 2)
    assert found.false_match_rate == pytest.approx(0.15 / 4)
    assert not cases(api, first), "the first store is listed in the others' cases"
    assert not cases(api, honest)
    for seller in (second, third):
        (case,) = cases(api, seller)
        assert case["review"]["kind"] == "agent"
        assert [r["code"] for r in case["reasons"]] == ["same_person_other_store"]
        report = api.get(f"/v1/verifications/{case['id']}/report")
        assert {d["seller_id"] for d in report["duplicates_found"]} == {first, second, third} - {seller}
        assert api.get(f"/v1/sellers/{seller}")["status"] == "verified", "found is not yet judged"
        image = api.call("GET", f"/v1/verifications/{case['id']}/captures/selfie")
        assert image.content.startswith(b"{"), "the agent sees the selfie that was enrolled"
    assert run(service, api, first).cases == 0
    with service.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ScannedPair)) == 0, "nothing of it is left"


def test_a_case_found_harmless_proves_nothing_new(api: Api, service: Service, work: Any) -> None:
    """Looking at last year's photos again must not make a verification hold for another year."""
    first, second = opened(api, work, "first", "second")
    give_face(service, 8, first, second)
    assert run(service, api, first).cases == 1
    until = api.get(f"/v1/sellers/{second}")["verified_until"]
    (case,) = cases(api, second)
    body = {"decision": "verified", "reasons": ["twins"]}
    assert api.post(f"/v1/verifications/{case['id']}/decisions", body)["state"] == "verified"
    assert api.get(f"/v1/sellers/{second}")["verified_until"] == until
    assert run(service, api, first).cases == 0, "an agent has judged this pair"


KILLED = """
import os, signal
from pydantic import SecretStr
from api.gallery.scan import scan
from api.keys.service import all_sides
from api.service import open_service
from api.settings import Settings

service = open_service(Settings(home=os.environ["HOME_FOLDER"], database_url=SecretStr(os.environ["DATABASE"])))
with service.database.transaction() as session:
    side = next(s for s in all_sides(session) if s.account_id == os.environ["ACCOUNT"] and s.livemode)

def die_half_way(done, total):
    if done >= 4:
        os.kill(os.getpid(), signal.SIGKILL)

scan(service, side, "scripted", die_half_way, block=2)
"""


def test_a_killed_scan_goes_on(api: Api, service: Service, work: Any, settings: Any) -> None:
    """A night's work on a large gallery must not begin anew because a machine was restarted."""
    sellers = opened(api, work, *(f"s{number}" for number in range(6)))
    give_face(service, 9, sellers[0], sellers[2], sellers[5])
    with service.database.transaction() as session:
        account = session.scalar(select(EnrolledFace.account_id).where(EnrolledFace.seller_id == sellers[0]))
    environment = {
        **os.environ,
        "HOME_FOLDER": str(settings.home),
        "DATABASE": settings.database_url.get_secret_value(),
        "ACCOUNT": str(account),
    }
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False, env=environment, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with service.database.transaction() as session:
        running = session.scalars(select(GalleryScan).where(GalleryScan.account_id == account)).one()
        assert running.finished_at is None
        assert session.scalar(select(func.count()).select_from(ScannedPair)) == 1
    compared: list[int] = []
    found = run(service, api, sellers[0], progress=lambda done, _: compared.append(done), block=2)
    assert compared == [4, 6], "the first four were compared before"
    assert (found.people, found.cases) == (1, 2)
    assert len(cases(api, sellers[2])) == len(cases(api, sellers[5])) == 1


def test_one_scan_at_a_time(api: Api, service: Service, work: Any) -> None:
    (seller,) = opened(api, work, "only")

    def another(done: int, total: int) -> None:
        with pytest.raises(ScanRunning):
            run(service, api, seller)

    run(service, api, seller, progress=another)


def test_the_command(
    service: Service, api: Api, work: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an operator types it: every side is scanned, one line for each."""
    first, second = opened(api, work, "first", "second")
    give_face(service, 10, first, second)
    monkeypatch.setattr("api.settings.current_settings", lambda: settings)
    program = typer.Typer()
    register(program)
    done = CliRunner().invoke(program, ["gallery", "scan", "--json"])
    assert done.exit_code == 0, done.output
    assert sum(json.loads(line)["cases"] for line in done.stdout.splitlines()) == 1
    assert len(cases(api, second)) == 1
    wrong = CliRunner().invoke(program, ["gallery", "scan", "--false-match-rate", "2"])
    assert wrong.exit_code == 2


def test_one_unlucky_pair_does_not_join_two_people() -> None:
    """A ring of twenty accused because one photo of a stranger looks like one of theirs would be a scandal."""
    rng = np.random.default_rng(3)
    people = rng.standard_normal((2, 64))
    faces = np.concatenate([person + 0.5 * rng.standard_normal((4, 64)) for person in people])
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    alike = [
        Pair(a, b, float(faces[a] @ faces[b])) for a in range(8) for b in range(a + 1, 8) if a // 4 == b // 4
    ]
    unlucky = Pair(3, 4, 0.9)
    found = clusters([*alike, unlucky], faces.astype(np.float16), 0.5)
    assert sorted(map(sorted, found)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
