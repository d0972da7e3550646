"""Agents sign in with their company's account, and nobody else does."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from tests.pages.conftest import Site, served

CLIENT, SECRET = "console", "a secret of both"


class Provider:
    """A small identity provider, who lets everyone in as `login`, as the standard says or, where told, wrongly."""

    def __init__(self) -> None:
        self.login, self.wrong = "mei", {}  # type: str, dict[str, Any]
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.signing = self.key
        self.asked: dict[str, str] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path)
                if path.path == "/authorize":
                    provider.asked = {k: v[0] for k, v in parse_qs(path.query).items()}
                    back = urlencode({"code": "a-code", "state": provider.asked["state"]})
                    self.send_response(302)
                    self.send_header("location", f"{provider.asked['redirect_uri']}?{back}")
                    self.end_headers()
                else:
                    self._answer(provider.documents()[path.path])

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                self._answer(*provider.token(form, self.headers.get("authorization", "")))

            def _answer(self, content: Any, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def documents(self) -> dict[str, Any]:
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
        }

    def token(self, form: dict[str, list[str]], authorization: str) -> tuple[Any, int]:
        """An ID token for who proves to be the client, and the browser that began (PKCE)."""
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        hashed = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
        if authorization != f"Basic {client}" or challenge != self.asked["code_challenge"]:
            return {"error": "invalid_grant"}, 400
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "1",
            "exp": int(time.time()) + 60,
            "iat": int(time.time()),
            "nonce": self.asked["nonce"],
            "preferred_username": self.login,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, **self.wrong}, self.signing)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}, 200


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()


@pytest.fixture(scope="module")
def base(site: Site, provider: Provider) -> Iterator[str]:
    """The console of a service that trusts this provider."""
    trusted = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
    }
    settings = site.service.settings.model_copy(update=trusted)
    with served(dataclasses.replace(site.service, settings=settings)) as base:
        yield base


def test_an_agent_signs_in_with_the_company_account(site: Site, page: Page, base: str) -> None:
    """Agents who leave the company would keep their access if it could not be tied to its accounts."""
    site.agent("mei")
    page.goto(f"{base}/console")
    page.get_by_role("link", name="Sign in with your company account").click()
    page.wait_for_url(f"{base}/console")
    expect(page.get_by_text("mei", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _arrive(base: str, provider: Provider, *, forged: bool = False) -> httpx.Response:
    with httpx.Client(follow_redirects=False, timeout=60) as visitor:
        away = visitor.get(f"{base}/console/oidc").headers["location"]
        back = httpx.get(away).headers["location"]
        return visitor.get(back.replace("state=", "state=x") if forged else back)


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"nonce": "another"},
        {"iss": "https://other.example"},
        {"exp": 1},
        {"preferred_username": "nobody.here"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_token_opens_nothing(base: str, provider: Provider, wrong: dict[str, Any]) -> None:
    """A token made for another service, or kept from yesterday, would open every seller's ID card."""
    provider.wrong = wrong
    try:
        assert _arrive(base, provider).status_code == 403
    finally:
        provider.wrong = {}


def test_a_foreign_signature_or_a_forged_answer_opens_nothing(base: str, provider: Provider) -> None:
    """Anyone could write a token, or lead an agent's browser into an attacker's session."""
    assert _arrive(base, provider, forged=True).status_code == 403
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    try:
        assert _arrive(base, provider).status_code == 403
    finally:
        provider.signing = provider.key
    assert _arrive(base, provider).status_code == 200
