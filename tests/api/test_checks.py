"""POST /v1/checks around the vision core: what comes in is bounded, what goes wrong has a code."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.keys.service import create_key
from api.service import Service
from api.settings import Settings
from api.vision import Finding, Submission, UnreadableCapture


class Gate:
    """A vision core that holds every check until it is opened, and says whether the photo is any good."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def __call__(self, submission: Submission) -> Finding:
        assert self.opened.wait(20)
        if submission.captures["selfie"] == b"text":
            raise UnreadableCapture("selfie", "not_an_image", "this is no image")
        report = {"outcome": "verified", "reasons": [], "day": submission.today.isoformat()}
        report["more"] = {kind: len(photos) for kind, photos in submission.more.items()}
        return Finding("verified", (), report)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def client(gate: Gate, settings: Settings, service: Service) -> Iterator[TestClient]:
    limits = {"request_bytes": 100_000, "upload_bytes": 1_000, "checks_at_once": 1, "checks_waiting": 1}
    small = settings.model_copy(update=limits)
    with service.database.transaction() as session:
        key = create_key(session, "verify", test=False)
    app = create_app(small, gate, service)
    with TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def photos(**images: bytes) -> dict[str, tuple[str, bytes]]:
    return {kind: (f"{kind}.jpg", image) for kind, image in images.items()}


@pytest.mark.parametrize(
    ("images", "form", "status", "code"),
    [
        ({"selfie": b"s"}, {}, 422, "captures_missing"),
        ({"licence": b"l"}, {}, 422, "captures_missing"),
        ({"selfie": b"", "licence": b"l"}, {}, 422, "empty_file"),
        ({"selfie": b"s" * 1001, "licence": b"l"}, {}, 413, "too_large"),
        ({"selfie": b"s" * 100_001, "licence": b"l"}, {}, 413, "request_too_large"),
        ({"selfie": b"text", "licence": b"l"}, {}, 422, "not_an_image"),
        ({"selfie": b"s", "licence": b"l"}, {"date": "tomorrow"}, 422, "invalid_date"),
        ({"selfie": b"s", "licence": b"l"}, {"date": "2026-W01-1"}, 422, "invalid_date"),
        ({"selfie": b"s", "licence": b"l"}, {"date": "2999-01-01"}, 422, "date_in_future"),
        ({"selfie": b"s", "licence": b"l"}, {"challenge": "stand; on head"}, 422, "unknown_challenge"),
    ],
)
def test_a_bad_request_names_its_cause(
    client: TestClient, gate: Gate, images: dict[str, bytes], form: dict[str, str], status: int, code: str
) -> None:
    """An integrator who can't tell why a check failed sends the seller away."""
    gate.opened.set()
    answer = client.post("/v1/checks", files=photos(**images), data=form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_health_answers_while_every_worker_is_busy(client: TestClient, gate: Gate) -> None:
    """Checks take seconds of computing; a service that stops answering meanwhile gets restarted for it."""
    good = photos(selfie=b"s", card_portrait=b"c")
    with ThreadPoolExecutor(3) as people:
        asked = {people.submit(client.post, "/v1/checks", files=good) for _ in range(3)}
        answered, waiting = wait(asked, timeout=20, return_when=FIRST_COMPLETED)
        refused = answered.pop().result()
        assert (refused.status_code, refused.json()["code"]) == (429, "busy")
        assert int(refused.headers["retry-after"]) > 0
        assert client.get("/healthz").json() == {"status": "ok"}
        gate.opened.set()
        assert [check.result().json()["outcome"] for check in waiting] == ["verified", "verified"]


def test_several_photos_of_one_name_are_a_burst(client: TestClient, gate: Gate) -> None:
    """A page that takes three selfies in a row must not lose two of them; one photo is still one photo."""
    gate.opened.set()
    parts = [("licence", ("l.jpg", b"l")), *(("selfie", (f"{i}.jpg", b"s")) for i in range(3))]
    answer = client.post("/v1/checks", files=[*parts, ("pose", ("p.jpg", b"p"))])
    assert answer.json()["more"] == {"selfie": 2, "pose": 0}
    refused = client.post("/v1/checks", files=[*parts, ("selfie", ("4.jpg", b""))])
    assert refused.json()["code"] == "empty_file"
