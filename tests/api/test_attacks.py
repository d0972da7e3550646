"""What someone sends who wants in, or wants it down: each ends in a problem document, and nothing changes."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pyotp
import pytest
from fastapi.testclient import TestClient

from api.console import agents
from api.ids import new_id
from api.service import Service
from tests.api.conftest import Api, selfie

NOWHERE = "0" * 28
DEEP = "[" * 100_000
JSON = {"content-type": "application/json"}


def seller(**fields: Any) -> str:
    return json.dumps({"reference": "attack", **fields})


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        '{"reference": ' + "9" * 5000 + "}",
        '{"reference": NaN}',
        '{"reference": "a", "reference": {"$ne": null}}',
        "\x00",
        b"\xff\xfe\x00",
        seller(reference="a\x00b"),
        seller(reference="'; DROP TABLE sellers; --"),
        seller(reference="\ud800"),
        seller(reference="x" * 1_000_000),
        seller(metadata={"\x00": "a"}),
        seller(metadata={"\ud800": 1}),
        seller(metadata={"k" * 100_000: "a"}),
        seller(metadata={"a": "\ud800"}),
        seller(metadata={str(n): "a" for n in range(100_000)}),
        seller(kind={"individual": True}),
        '["reference"]',
        "",
    ],
    ids=range(18),
)
def test_no_json_breaks_the_service(api: Api, body: str | bytes) -> None:
    """Whoever can make a server fail can keep it down."""
    content = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    problem(api.call("POST", "/v1/sellers", content=content, headers=JSON), 400, 422)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "application/json; charset=x",
        "\x7f",
    ],
)
def test_a_wrong_content_type_is_refused(api: Api, content_type: str) -> None:
    """Parsers that guess are parsers that can be led astray."""
    headers = {"content-type": content_type, "Idempotency-Key": f"type-{len(content_type)}"}
    verification = api.verification(api.seller(f"types-{len(content_type)}"))
    path = f"/v1/verifications/{verification}/captures"
    problem(api.call("POST", path, content=b"--x\r\n\r\nselfie", headers=headers), 400, 422)


def test_json_that_is_not_called_json_is_asked_for_by_name(api: Api) -> None:
    """curl's -d says that it sends a form: whoever tries the API first must read what to change."""
    answer = api.call("POST", "/v1/sellers", content=b'{"reference": "a"}', headers={"content-type": "x/y"})
    problem(answer, 415)
    assert "Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "kind",
    ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "selfie%00", "自拍", "%ff"],
)
def test_a_capture_kind_is_no_path(api: Api, kind: str) -> None:
    """Names of kinds must never reach a file system."""
    verification = api.verification(api.seller(f"kind-{kind.encode().hex()}"))
    path = f"/v1/verifications/{verification}/captures/{kind}"
    problem(api.call("POST", path, files={"file": ("../../x", b"image")}), 404, 405, 422)
    problem(api.call("GET", path), 404, 405, 422)


@pytest.mark.parametrize(
    "identifier", ["1", "sel_" + "z" * 28, "sel_%00", "ver_" + NOWHERE, "sel_" + "0" * 10_000]
)
def test_guessed_ids_find_nothing(api: Api, identifier: str) -> None:
    """Neither by shape nor by accident may an id lead to someone else."""
    for path in (f"/v1/sellers/{identifier}", f"/v1/verifications/{identifier}", f"/v1/events/{identifier}"):
        problem(api.call("GET", path), 404, 422)


def test_ids_of_another_account_work_nowhere_in_a_body(api: Api, make_api: Any, work: Any) -> None:
    """Paths are guarded at a glance; a foreign id inside a request is how walls are climbed."""
    thief = make_api("admin", account="thief")
    own = thief.seller("own", kind="enterprise")
    foreign = api.seller("foreign", kind="enterprise")
    executive = api.post(f"/v1/sellers/{foreign}/executives", {"role": "legal_representative"}, 201)["id"]
    (event,) = api.get("/v1/events", params={"seller_id": foreign})["data"]
    endpoint = thief.post("/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/"}, 201)["id"]
    thief.post("/v1/verifications", {"seller_id": foreign}, 404)
    thief.post("/v1/verifications", {"seller_id": own, "executive_id": executive}, 404)
    thief.post(f"/v1/webhook-endpoints/{endpoint}/replay/{event['id']}", status=404)
    thief.post(f"/v1/sellers/{foreign}/signals", {"type": "spite", "severity": "critical"}, 404)
    for step in ("suspend", "ban", "reinstate"):
        thief.post(f"/v1/sellers/{foreign}/{step}", {"reason": "spite"}, 404)
    assert thief.get("/v1/verifications", params={"seller_id": foreign})["data"] == []
    cursor = {"starting_after": foreign}
    assert all(seller["id"] != foreign for seller in thief.get("/v1/sellers", params=cursor)["data"])
    assert api.get(f"/v1/sellers/{foreign}")["status"] == "unverified"


def test_an_answer_is_replayed_to_its_own_account_and_scope_only(make_api: Any) -> None:
    """An Idempotency-Key that leaks must not hand out what it answered: a webhook's secret, say."""
    headers = {"Idempotency-Key": "leaked"}
    body = {"url": "http://127.0.0.1:9/"}
    owner = make_api("admin", account="replays")
    secret = owner.post("/v1/webhook-endpoints", body, 201, headers=headers)["secret"]
    for other in (make_api("read", account="replays"), make_api("admin", account="replays-elsewhere")):
        answer = other.call("POST", "/v1/webhook-endpoints", json=body, headers=headers)
        assert secret not in answer.text
    assert owner.post("/v1/webhook-endpoints", body, 201, headers=headers)["secret"] == secret


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Basic YTpi", "Bearer sv_live_", "Bearer \xff", "Bearer " + "a" * 60_000]
)
def test_what_is_no_key_opens_nothing(api: Api, key: str) -> None:
    """The front door."""
    answer = api.client.get("/v1/sellers", headers={"Authorization": key.encode("latin-1")})
    problem(answer, 401)


def test_a_submission_is_not_replayed(api: Api, work: Any) -> None:
    """A second submit of what is decided must not decide again."""
    verification = api.submitted(api.seller("replayed"), selfie())
    work()
    submit = f"/v1/verifications/{verification}/submit"
    assert api.post(submit, status=409)["code"] == "not_open_for_input"
    assert api.state(verification) == "verified"


@pytest.mark.parametrize(
    "form",
    [
        {"login": "a\x00b", "password": "x", "code": "123456"},
        {"login": "nobody", "password": "x\ud800", "code": "\x00"},
        {"login": "nobody", "password": "x" * 100_000, "code": "1"},
        {},
    ],
    ids=range(4),
)
def test_no_sign_in_breaks_the_console(api: Api, form: dict[str, str]) -> None:
    """The one form of the console that everybody can send."""
    content = urlencode(form, errors="surrogatepass")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = api.client.post("/console/sign-in", content=content, headers=headers)
    assert answer.status_code in (401, 422)
    assert answer.headers["content-type"].startswith("text/html")


def test_a_flood_of_sign_ins_hashes_few_at_a_time(
    app_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes 64 MiB: forty strangers at once would take the memory that verifications need."""
    at_once, most, guard = 0, 0, threading.Lock()

    class Slow:
        def verify(self, *_: str) -> bool:
            nonlocal at_once, most
            with guard:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.05)
            with guard:
                at_once -= 1
            return False

    monkeypatch.setattr(agents, "_hasher", Slow())
    form = {"login": "nobody", "password": "x", "code": "123456"}
    with ThreadPoolExecutor(16) as strangers:
        tried = [strangers.submit(app_client.post, "/console/sign-in", data=form) for _ in range(16)]
    assert {answer.result().status_code for answer in tried} == {401}
    assert 1 <= most <= 4


def test_a_code_may_be_typed_at_full_width(app_client: TestClient, service: Service) -> None:
    """A Chinese keyboard writes １２３: an agent with the right code must get in, not an error."""
    with service.database.transaction() as session:
        made = agents.create(service, session, "full.width", "agent", test=True)
    code = pyotp.TOTP(made.totp_secret).now().translate({ord(n): chr(ord(n) + 0xFEE0) for n in "0123456789"})
    form = {"login": "full.width", "password": made.password, "code": code}
    answer = app_client.post("/console/sign-in", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("duplicate", {"reference": "a\x00"}),
        ("video-call", {"link": "https://a\x00b"}),
        ("video-call", {"at": "0001-01-01T00:00", "offset": "-900"}),
        ("video-call", {"at": "9999-12-31T23:59", "offset": "900"}),
        ("video-call", {"link": "javascript:alert(1)"}),
        ("pose", {"challenge": "\x00"}),
        ("notes", {"text": "\x00"}),
        ("reject", {"message": "\x00"}),
        ("fields/card_portrait/name", {"value": "\x00"}),
        ("frames", {}),
        ("claim", {"csrf": "\xe9"}),
    ],
)
def test_no_form_of_a_case_breaks_the_console(
    api: Api, work: Any, console: Any, action: str, form: dict[str, str]
) -> None:
    """An agent who pastes something odd must be told, and find the case as it was."""
    name = new_id("agent")
    case = api.submitted(api.seller(name), selfie("in_review"))
    work("vision")
    ask = console("default", login=name)
    answer = ask("POST", f"/console/cases/{case}/{action}", **form)
    assert answer.status_code in (403, 404, 409, 422), answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert f'href="/console/cases/{case}"' in answer.text, "the way back"
    assert api.state(case) == "in_review"


def problem(answer: Any, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 20_000
    assert answer.json()["code"]
