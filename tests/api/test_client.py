"""The Python client: a marketplace's whole road through it, and what it does when a line or a service fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api import client as client_module
from api.client import ApiError, Client
from api.keys.service import create_key
from api.service import Service
from tests.api.conftest import selfie


@pytest.fixture
def client(app_client: TestClient, service: Service) -> Client:
    with service.database.transaction() as session:
        key = create_key(session, "admin", test=True, account="client")
    return Client("http://testserver", key, http=app_client)  # type: ignore[arg-type]


def test_the_road_of_a_marketplace(client: Client, work: Any) -> None:
    """What the page of the documentation says first must work as it stands there."""
    seller = client.create_seller("store-4711", metadata={"shop": "shoes"})
    verification = client.create_verification(seller.id, challenge="newspaper")
    client.upload(verification.id, card_portrait=b"a card", selfie=selfie(face=3))
    assert client.submit(verification.id).queue_position == 0
    work()
    assert client.verification(verification.id).state == "verified"
    assert client.seller(seller.id).status == "verified"
    assert client.report(verification.id)["outcome"] == "verified"
    assert client.standing(seller.id).score == 80
    assert next(client.events(seller_id=seller.id)).type == "seller.verified"
    assert client.add_signal(seller.id, "device_changed", "low").led_to is None
    assert client.suspend(seller.id, "complaints").status == "suspended"
    assert client.ban(seller.id, "counterfeits").status == "banned"
    assert client.reinstate(seller.id, "mistaken").status == "verified"
    assert client.redact_seller(seller.id).redacted_at is not None


def test_an_enterprise_and_its_executive(client: Client, work: Any) -> None:
    """Two verifications, one seller: the client must tell them apart."""
    seller = client.create_seller("company-1", kind="enterprise")
    executive = client.add_executive(seller.id, "legal_representative")
    made = client.create_verification(seller.id, executive_id=executive.id)
    own = client.create_verification(seller.id)
    client.record_consent(seller.id, "2026-11")
    assert "/capture/" in client.capture_link(own.id, hours=1)
    listed = [v.id for v in client.verifications(seller_id=seller.id)]
    assert listed == [own.id, made.id]
    assert client.cancel(own.id).state == "canceled"


def test_a_refusal_is_an_error_with_its_code(client: Client) -> None:
    """Whoever integrates branches on codes, never on sentences."""
    client.create_seller("taken")
    with pytest.raises(ApiError) as refused:
        client.create_seller("taken")
    assert (refused.value.status, refused.value.code) == (409, "reference_taken")
    with pytest.raises(ApiError) as invalid:
        client.create_seller("not a reference")
    assert invalid.value.errors[0]["pointer"] == "/reference"


def test_lists_go_on_over_all_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that stops at the first page loses sellers silently."""
    made = [client.create_seller(f"listed-{number}").id for number in range(3)]
    call = client._call

    def small(method: str, path: str, **content: Any) -> httpx.Response:
        if "params" in content:
            content["params"]["limit"] = 1
        return call(method, path, **content)

    monkeypatch.setattr(client, "_call", small)
    listed = [seller.id for seller in client.sellers()]
    assert listed[:3] == made[::-1]
    assert len(listed) == len(set(listed))


def test_what_may_pass_is_tried_again_under_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost answer must not make two sellers, and a busy minute not refuse one."""
    monkeypatch.setattr(client_module, "WAIT_SECONDS", 0.0)
    busy = httpx.Response(429, json={"code": "rate_limited"}, headers={"retry-after": "0"})
    done = httpx.Response(200, json={"seller_id": "sel_1", "score": 1, "status": "verified", "method": None,
                                     "verified_at": None, "days_since_verified": None, "signals_last_year": 0,
                                     "duplicates": 0, "explanation": []})  # fmt: skip
    answers: Iterator[httpx.Response | Exception] = iter([httpx.ConnectError("gone"), busy, done])
    keys = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        given = next(answers)
        if isinstance(given, Exception):
            raise given
        return given

    with Client("http://x", "key", http=httpx.Client(transport=httpx.MockTransport(answer))) as client:
        assert client._one(client_module.Standing, "POST", "/v1/anything").score == 1
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_what_stays_wrong_is_raised_after_the_last_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that tries for ever hangs the marketplace's own page."""
    monkeypatch.setattr(client_module, "WAIT_SECONDS", 0.0)
    tries = []

    def answer(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        return httpx.Response(502, text="<html>proxy</html>")

    with (
        Client("http://x", "key", http=httpx.Client(transport=httpx.MockTransport(answer))) as client,
        pytest.raises(ApiError, match="http_502"),
    ):
        client.seller("sel_1")
    assert len(tries) == client_module.TRIES
