"""How keys come and go, and that every request gets an answer that the OpenAPI document describes."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.keys import commands
from api.keys.service import create_key
from api.service import Service
from api.settings import Settings
from tests.api.conftest import Api, scripted


def test_every_body_has_an_example_that_is_taken(app_client: TestClient, make_api: Any) -> None:
    """People copy the example first; one that is refused costs them an afternoon, and us their trust."""
    api, tried = make_api("admin", account="examples", test=True), 0
    document = app_client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        body = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        (example,) = document["components"]["schemas"][body["schema"]["$ref"].split("/")[-1]]["examples"]
        answer = api.call("POST", re.sub(r"{\w+}", "sel_" + "0" * 28, path), json=example)
        assert answer.status_code in (200, 201, 404), (path, answer.text)
        tried += 1
    assert tried > 12


def test_every_shape_and_field_is_explained(app_client: TestClient) -> None:
    """What a field's name does not tell, an integrator finds out in production."""
    document = app_client.get("/openapi.json").json()
    silent = []
    for name, shape in document["components"]["schemas"].items():
        if not shape.get("description") and not name.startswith(("Body_", "Page_")):
            silent.append(name)
        fields = shape.get("properties", {})
        silent += [
            (name, field) for field, said in fields.items() if not {"description", "const"} & set(said)
        ]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            asked = operation.get("parameters", [])
            silent += [(method, path, each["name"]) for each in asked if not each.get("description")]
    assert silent == []


def test_the_description_of_the_api_comes_from_nowhere_else(app_client: TestClient) -> None:
    """A script of another site on this origin could act as the agent who is signed in there."""
    page = app_client.get("/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"(src|href)=.(https?:)?//", page.text)
    document = app_client.get("/openapi.json").json()
    assert all(path in page.text for path in document["paths"])
    assert all(f'id="{name}"' in page.text for name in document["components"]["schemas"])
    assert app_client.get("/redoc").status_code == 404


@pytest.mark.parametrize("by", ["id", "secret"])
def test_a_leaked_key_can_be_revoked(
    app_client: TestClient, service: Service, make_api: Any, by: str
) -> None:
    """A key in a public repository is used within minutes; it must end at once, and the trail must say so."""
    account = f"leak by {by}"
    admin = make_api("admin", account=account)
    leaked = Api(app_client, commands.create(service, "verify", test=False, account=account))
    leaked.seller("before")
    line = next(line for line in commands.listed(service) if account in line and "verify" in line)
    key_id = line.split("\t")[0]
    assert leaked.key not in line
    assert commands.revoke(service, key_id if by == "id" else leaked.key)
    assert leaked.call("GET", "/v1/sellers").status_code == 401
    assert not commands.revoke(service, key_id), "it is revoked already"
    told = [entry["action"] for entry in admin.get("/v1/audit-entries", params={"subject": key_id})]
    assert told == ["api_key.revoked", "api_key.created"]


def test_a_key_that_asks_too_often_waits(settings: Settings, service: Service) -> None:
    """One marketplace's loop must not stop all others'."""
    with service.database.transaction() as session:
        keys = [create_key(session, "read", test=True) for _ in range(2)]
    few = settings.model_copy(update={"requests_per_minute": 60})
    with TestClient(create_app(few, scripted, service)) as client:
        greedy, other = (Api(client, key) for key in keys)
        answers = [greedy.call("GET", "/v1/sellers") for _ in range(40)]
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.json()["code"] == "rate_limited"
        assert int(refused.headers["retry-after"]) >= 1
        other.get("/v1/sellers")


def test_scenarios_are_for_test_keys(make_api: Any) -> None:
    """Otherwise anyone could pass by naming the outcome."""
    live = make_api("admin", account="live-only")
    body = {"seller_id": live.seller("x"), "scenario": "verified"}
    assert live.post("/v1/verifications", body, 422)["code"] == "scenario_in_live_mode"


@pytest.mark.parametrize("with_key", [True, False])
def test_any_request_gets_a_documented_answer(app_client: TestClient, make_api: Any, with_key: bool) -> None:
    """Whatever a client sends, the service must not fail, and must answer as its OpenAPI says."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app_client.app)
    key = make_api("admin", account="fuzz", test=True).key if with_key else "wrong"
    failures = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == "/readyz":
            continue  # its 503 is the truth where the vision core's weights are not installed
        try:
            _try(operation, key, 6 if with_key else 2)
        except (AssertionError, ExceptionGroup) as error:
            failures.append(f"{operation.method} {operation.path}: {error}")
    assert failures == []


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _try(operation: Any, key: str, examples: int) -> None:
    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {key}"})
        case.validate_response(response, checks=CHECKS)

    answers()
