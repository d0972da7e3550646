"""Events reach the marketplace signed, in order, however often its server fails; never our own network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError

from api.service import Service
from api.webhooks import addresses, tasks
from api.webhooks.addresses import ForbiddenAddress, check_url, resolve
from tests.api.conftest import Api, selfie


class Receiver:
    """A marketplace's webhook server: answers as told, remembers what it took."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture
def api(make_api: Any, request: pytest.FixtureRequest) -> Api:
    caller: Api = make_api("admin", account=request.node.name[:90])
    return caller


def now(service: Service) -> None:
    """Retries wait for minutes; the test does not."""
    with service.database.transaction() as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))


def test_events_arrive_signed_and_in_order(api: Api, work: Any, receiver: Receiver) -> None:
    """A marketplace acts on these: it must know that they are ours and what came first."""
    endpoint = api.post("/v1/webhook-endpoints", {"url": receiver.url}, 201)
    seller = api.seller("hooked")
    api.submitted(seller, selfie(face=1))
    work()
    work()
    verify = Webhook(endpoint["secret"]).verify
    types = [verify(body, headers)["type"] for headers, body in receiver.taken]
    assert types == api.events(seller)
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == len(types)
    headers, body = receiver.taken[0]
    with pytest.raises(WebhookVerificationError):
        verify(body.replace(b"seller.created", b"seller.deleted"), headers)


def test_a_failing_receiver_gets_everything_later_in_order(
    api: Api, work: Any, receiver: Receiver, service: Service
) -> None:
    """A deploy on the other side must not lose or reorder events."""
    endpoint = api.post("/v1/webhook-endpoints", {"url": receiver.url}, 201)
    receiver.answers = [500, 503]
    seller = api.seller("patient")
    api.post(f"/v1/verifications/{api.verification(seller)}/cancel")
    for _ in range(4):
        work()
        now(service)
    received = [Webhook(endpoint["secret"]).verify(body, headers)["type"] for headers, body in receiver.taken]
    assert received == api.events(seller)
    first = api.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries")["data"][-1]
    assert (first["status"], first["attempts"], first["last_answer"]) == ("delivered", 3, "200")


def test_an_endpoint_that_is_gone_is_disabled_and_can_be_replayed(
    api: Api, work: Any, receiver: Receiver
) -> None:
    """410 means stop; nothing is lost by it."""
    endpoint = api.post("/v1/webhook-endpoints", {"url": receiver.url}, 201)
    receiver.answers = [410]
    seller = api.seller("gone")
    work()
    (found,) = api.get("/v1/webhook-endpoints")["data"]
    assert found["status"] == "disabled"
    api.post(f"/v1/webhook-endpoints/{endpoint['id']}/enable")
    (event,) = api.get("/v1/events", params={"seller_id": seller})["data"]
    api.post(f"/v1/webhook-endpoints/{endpoint['id']}/replay/{event['id']}", status=202)
    work()
    assert [headers["webhook-id"] for headers, _ in receiver.taken] == [event["id"]]


def test_after_a_rotation_both_secrets_verify(api: Api, work: Any, receiver: Receiver) -> None:
    """Secrets must be replaceable without a moment of refused events."""
    endpoint = api.post(
        "/v1/webhook-endpoints", {"url": receiver.url, "event_types": ["seller.created"]}, 201
    )
    fresh = api.post(f"/v1/webhook-endpoints/{endpoint['id']}/rotate-secret")
    api.seller("rotated")
    work()
    ((headers, body),) = receiver.taken
    for secret in (endpoint["secret"], fresh["secret"]):
        assert Webhook(secret).verify(body, headers)["type"] == "seller.created"


def test_a_redirect_leads_nowhere(api: Api, work: Any, receiver: Receiver) -> None:
    """Whoever may not name an inner address must not be able to send us there either."""
    endpoint = api.post("/v1/webhook-endpoints", {"url": receiver.url}, 201)
    receiver.answers = [302]
    api.seller("redirected")
    work()
    (delivery,) = api.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries")["data"]
    assert (delivery["status"], delivery["last_answer"]) == ("pending", "302")
    assert receiver.taken == []


def test_a_receiver_that_answers_by_drips_is_given_up(
    api: Api, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few such receivers of one marketplace would keep every worker, and all others' events with them."""
    monkeypatch.setattr(tasks, "TIMEOUT_SECONDS", 1)
    given_up = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(300):
                if given_up.wait(0.1):
                    return
                self.wfile.write(b"x: y\r\n")
            self.wfile.write(b"\r\n")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = api.post("/v1/webhook-endpoints", {"url": f"http://127.0.0.1:{server.server_port}/"}, 201)
    api.seller("dripping")
    work()
    given_up.set()
    server.shutdown()
    (delivery,) = api.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries")["data"]
    assert (delivery["status"], delivery["last_answer"]) == ("pending", "TimeoutError")


def test_a_name_is_looked_up_once_and_its_address_used(
    api: Api, work: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a check and a second lookup, a name's owner can point it inside."""
    port = receiver.server.server_port
    asked = []
    look_up = addresses.socket.getaddrinfo

    def rebinding(host: Any, *others: Any, **named: Any) -> Any:
        if host != "hooks.example.com":
            return look_up(host, *others, **named)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", rebinding)
    api.post("/v1/webhook-endpoints", {"url": f"http://hooks.example.com:{port}/"}, 201)
    api.seller("rebound")
    work()
    ((headers, _),) = receiver.taken
    assert (headers["host"], len(asked)) == (f"hooks.example.com:{port}", 1)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://10.0.0.8/x",
        "https://169.254.169.254/latest",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[64:ff9b::a9fe:a9fe]/x",
        "https://[64:ff9b:1::a9fe:a9fe]/x",
        "https://[::127.0.0.1]/x",
        "https://[::ffff:0:10.0.0.1]/x",
        "https://[2002:a00:1::]/x",
        "https://[fec0::1]/x",
        "https://[5f00::1]/x",
        "https://192.0.0.8/x",
        "https://[::1/x",
        "https://example.com:port/x",
        "http://example.com/x",
        "https://user@example.com/x",
        "ftp://example.com/x",
        "https:///x",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    """Otherwise a customer could have our server read the cloud's own metadata."""
    with pytest.raises(ForbiddenAddress):
        check_url(url, private_allowed=False)


@pytest.mark.parametrize("url", ["https://8.8.8.8/x", "https://[2606:4700::1111]/x"])
def test_public_addresses_are_not_refused(url: str) -> None:
    """A customer's receiver may have no name."""
    check_url(url, private_allowed=False)


def test_a_name_that_points_inside_is_refused_when_it_is_resolved() -> None:
    """The name's owner may change where it points after it was accepted."""
    with pytest.raises(ForbiddenAddress):
        resolve("https://localhost/x", private_allowed=False)
