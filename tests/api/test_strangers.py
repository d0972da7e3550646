"""What competitors on one service must never learn of each other, and what each kind of key and link may do.

Asked of every operation that the OpenAPI document and the pages' routers name, so that a new one can't be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.app import ROUTERS
from api.capture.tables import CaptureLink
from api.keys.service import GRANTS, SCOPES
from api.service import Service
from tests.api.conftest import Api, selfie

NOBODY = "0" * 28
IDS = {
    "seller_id": "sel",
    "verification_id": "ver",
    "endpoint_id": "we",
    "event_id": "evt",
    "executive_id": "exe",
}
"""Parameters that name an object, and the prefix of the object's id."""
WORDS = {"kind": "selfie", "view": "photo", "document": "card_portrait", "name": "name"}
"""Parameters that name a part of an object."""
OPEN = {"/healthz", "/readyz"}


@dataclass(frozen=True)
class Operation:
    """A method of a path, the scope that it says it needs, and what a valid request brings along."""

    method: str
    path: str
    scope: str
    content: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """The ids in its path."""
        return [name for name in re.findall(r"{(\w+)}", self.path) if name not in WORDS]

    def ask(self, api: Api, ids: dict[str, str]) -> Any:
        """The answer to `api`, with these ids in the path."""
        return api.call(self.method, self.path.format(**ids, **WORDS), **self.content)


def operations(client: TestClient) -> Iterator[Operation]:
    """All that take a key."""
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if path not in OPEN:
                (scope,) = described["security"][0]["HTTPBearer"]
                yield Operation(method.upper(), path, scope, _content(document, described))


def _content(document: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    body = described.get("requestBody", {}).get("content", {})
    if "application/json" in body:
        name = body["application/json"]["schema"]["$ref"].split("/")[-1]
        (example,) = document["components"]["schemas"][name]["examples"]
        return {"json": example}
    photos = ("file", "selfie", "card_portrait")
    return {"files": {name: (name, selfie()) for name in photos}} if body else {}


@dataclass(frozen=True)
class Shop:
    """A marketplace with one of everything."""

    api: Api
    ids: dict[str, str]
    """By parameter."""
    reference: str

    @property
    def names(self) -> list[str]:
        """All that others must not see."""
        return [*self.ids.values(), self.reference]

    def told_in(self, answer: Any) -> list[str]:
        """Its names that stand in the answer."""
        return [name for name in self.names if name in answer.text]

    def state(self) -> Any:
        """All that a stranger might have changed."""
        held = self.api.get(f"/v1/sellers/{self.ids['seller_id']}/export")
        endpoints = self.api.get("/v1/webhook-endpoints")
        own = [entry for entry in held.pop("audit") if entry["action"] != "seller.exported"]
        return held, own, endpoints


@pytest.fixture
def shop(make_api: Any, work: Any) -> Any:
    """Opens a marketplace: an enterprise before an agent, its representative, events and where they go."""

    def opened(account: str, *, test: bool = False) -> Shop:
        api = make_api("admin", account=account, test=test)
        endpoint = api.post("/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/"}, 201)["id"]
        reference = f"store-of-{account.replace(' ', '-')}"
        seller = api.seller(reference, kind="enterprise")
        executive = api.post(f"/v1/sellers/{seller}/executives", {"role": "legal_representative"}, 201)["id"]
        verification = api.submitted(seller, selfie("in_review"), document="licence")
        work("vision")
        event = api.get("/v1/events", params={"seller_id": seller})["data"][0]["id"]
        named = (seller, verification, endpoint, event, executive)
        return Shop(api, dict(zip(IDS, named, strict=True)), reference)

    return opened


@pytest.mark.parametrize("stranger", ["of another account", "of the test side"])
def test_a_strangers_key_can_not_tell_whether_an_object_exists(
    app_client: TestClient, shop: Any, make_api: Any, stranger: str
) -> None:
    """Marketplaces are competitors, and test keys lie around in laptops: neither may learn whom the other verifies."""
    theirs: Shop = shop(f"victim {stranger}")
    before = theirs.state()
    own: Shop = shop("thief") if "account" in stranger else shop(f"victim {stranger}", test=True)
    asked = 0
    for operation in operations(app_client):
        for foreign in product((True, False), repeat=len(operation.names)):
            if not any(foreign):
                continue
            tried = dict(zip(operation.names, foreign, strict=True))
            to_them = {name: theirs.ids[name] if there else own.ids[name] for name, there in tried.items()}
            absent = {
                name: f"{IDS[name]}_{NOBODY}" if there else own.ids[name] for name, there in tried.items()
            }
            answers = [operation.ask(own.api, ids) for ids in (to_them, absent)]
            live = operation.path.startswith("/v1/test/") and "account" in stranger
            assert {answer.status_code for answer in answers} == {403 if live else 404}, operation
            said, nothing = ({**answer.json(), "request_id": ""} for answer in answers)
            assert said == nothing, operation
            asked += 1
    assert asked > 30
    assert theirs.state() == before


def test_a_list_shows_nothing_of_a_stranger(app_client: TestClient, shop: Any) -> None:
    """A filter by a foreign id is a question like any other."""
    theirs, own = shop("listed"), shop("lister")
    document = app_client.get("/openapi.json").json()
    asked = 0
    for path, methods in document["paths"].items():
        filters = [p["name"] for p in methods.get("get", {}).get("parameters", []) if p["in"] == "query"]
        if "{" in path or not filters:
            continue
        assert theirs.told_in(own.api.call("GET", path)) == [], path
        for name in {"seller_id", "subject", "starting_after", "reference"} & set(filters):
            for found in theirs.names:
                answer = own.api.call("GET", path, params={name: found})
                assert answer.status_code in (200, 422), answer.text
                assert theirs.told_in(answer) == [], (path, name)
                asked += 1
    assert asked > 20


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_may_do_what_its_scope_grants_and_nothing_else(
    app_client: TestClient, make_api: Any, scope: str
) -> None:
    """A key in a shop's frontend server must not read people's cards; and integrators plan by what the document says."""
    caller = make_api(scope, account=f"scope {scope}", test=True)
    nobody = {name: f"{prefix}_{NOBODY}" for name, prefix in IDS.items()}
    allowed = [
        operation.path
        for operation in operations(app_client)
        if operation.path != "/metrics"
        if _granted(operation, operation.ask(caller, nobody)) != (operation.scope in GRANTS[scope])
    ]
    assert allowed == []


def _granted(operation: Operation, answer: Any) -> bool:
    assert answer.status_code in (200, 201, 403, 404, 422), (operation, answer.text)
    return answer.status_code != 403


def test_nothing_answers_without_a_key(app_client: TestClient) -> None:
    """One forgotten check on one endpoint gives away every seller."""
    nobody = {name: f"{prefix}_{NOBODY}" for name, prefix in IDS.items()}
    asked = list(operations(app_client))
    for operation in asked:
        for key in ("", "sv_live_" + "A" * 43):
            assert operation.ask(Api(app_client, key), nobody).status_code == 401, operation
    assert len(asked) > 45


def test_figures_of_all_accounts_are_the_operators_own(make_api: Any) -> None:
    """How many sellers a competitor verifies and declines is its secret too."""
    assert make_api("admin", account="a customer").get("/metrics", 403)["code"] == "operator_only"
    assert make_api("admin").call("GET", "/metrics").status_code == 200


def pages(prefix: str) -> list[tuple[str, str]]:
    """Method and path of every page below the prefix whose address names something."""
    routes = [route for router in ROUTERS for route in router.routes]
    return [
        (method, route.path)
        for route in routes
        if route.path.startswith(prefix) and "{" in route.path
        for method in sorted(route.methods)
    ]


def test_an_agent_of_another_account_finds_no_case(console: Any, shop: Any) -> None:
    """An agent sees cards and faces: those of the own marketplace only, by whatever address."""
    theirs = shop("cases")
    before = theirs.state()
    ask = console("elsewhere")
    case = theirs.ids["verification_id"]
    found = pages("/console/")
    for method, path in found:
        named = dict.fromkeys(re.findall(r"{(\w+)}", path), f"x_{NOBODY}") | WORDS
        cases = (case, f"ver_{NOBODY}")
        answers = [ask(method, path.format(**{**named, "case_id": each})) for each in cases]
        assert {answer.status_code for answer in answers} <= {404, 409}, (method, path)
        said, nothing = (re.sub(r"ver_[0-9a-f]{28}", "", answer.text) for answer in answers)
        assert said == nothing, (method, path)
    assert len(found) > 15
    assert theirs.state() == before


def test_a_link_that_has_run_out_is_as_good_as_none(
    app_client: TestClient, service: Service, shop: Any
) -> None:
    """Links lie in mailboxes for years; whoever finds one must not see how the verification went."""
    theirs = shop("links")
    verification = theirs.api.verification(theirs.api.seller("with-link"))
    url = theirs.api.post(f"/v1/verifications/{verification}/capture-links", {"hours": 1}, 201)["url"]
    token = url.rsplit("/", 1)[1]
    started = app_client.post(f"/capture/{token}/start", follow_redirects=False)
    assert started.status_code == 303
    device = {"cookie": started.headers["set-cookie"].split(";")[0]}
    app_client.cookies.clear()
    with service.database.transaction() as session:
        session.execute(update(CaptureLink).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    found = pages("/capture/")
    for method, path in found:
        named = {**WORDS, "executive_id": theirs.ids["executive_id"]}
        answers = [
            app_client.request(method, path.format(token=each, **named), headers=device, content=b"photo")
            for each in (token, "A" * 32)
        ]
        said, nothing = (
            (answer.status_code, re.sub(f"{token}|{'A' * 32}", "", answer.text)) for answer in answers
        )
        assert said == nothing, (method, path)
        assert said[0] in (404, 413, 422), (method, path)
    assert len(found) > 7
