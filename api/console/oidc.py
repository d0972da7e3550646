"""Signing in by the marketplace's own identity provider: OpenID Connect, authorization code with PKCE (RFC 7636).

The provider says who it is; who may do what stays here: an agent of that login must exist.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx
from authlib.common.errors import AuthlibBaseError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.privacy.vault import KeyMissing
from api.problems import Problem
from api.service import Service
from api.settings import Settings

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
SECONDS = 600
"""How long a visitor may take at the provider."""
LEEWAY = 60
"""Seconds by which the clocks may differ."""


@dataclass(frozen=True)
class Departure:
    """Where to send the visitor, and what its browser keeps until it is back: sealed, for its cookie."""

    address: str
    sealed: str


def begin(service: Service, back: str) -> Departure:
    """The way to the provider, who leads back to the address `back`. Raises Problem 404, 502."""
    settings = _enabled(service)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(settings, back) as client:
        address, _ = client.create_authorization_url(
            _discovered(client, settings)["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_verifier=verifier,
        )
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "until": time.time() + SECONDS}
    sealed = service.secrets_key.seal(json.dumps(kept).encode())
    return Departure(address, base64.urlsafe_b64encode(sealed).decode())


def finish(service: Service, back: str, sealed: str, arrived: str) -> str:
    """The login that the provider vouches for. `arrived` is the address with its answer. Raises Problem 403, 502."""
    settings, kept = _enabled(service), _opened(service, sealed)
    try:
        with _client(settings, back) as client:
            found = _discovered(client, settings)
            token = client.fetch_token(
                found["token_endpoint"],
                authorization_response=arrived,
                state=kept["state"],
                code_verifier=kept["verifier"],
            )
            keys = KeySet.import_key_set(client.request("GET", found["jwks_uri"], withhold_token=True).json())
        claims = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS).claims
        _rules(settings, found["issuer"], kept["nonce"]).validate(claims)
    except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
        raise _refused() from error
    except httpx.HTTPError as error:
        raise Problem(502, "oidc_unreachable", "the identity provider does not answer") from error
    return _login(settings, claims)


def _rules(settings: Settings, issuer: str, nonce: str) -> jwt.JWTClaimsRegistry:
    """What an ID token must say (OpenID Connect Core 3.1.3.7)."""
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": settings.oidc_client_id},
        exp={"essential": True},
        nonce={"essential": True, "value": nonce},
    )


def _login(settings: Settings, claims: dict[str, Any]) -> str:
    if settings.oidc_login_claim == "email" and claims.get("email_verified") is not True:
        raise _refused()
    login = claims.get(settings.oidc_login_claim)
    if not isinstance(login, str) or not login:
        raise _refused()
    return login.strip().lower()


def _enabled(service: Service) -> Settings:
    if not service.settings.oidc_issuer:
        raise Problem(404, "oidc_off", "signing in by an identity provider is not set up")
    return service.settings


def _client(settings: Settings, back: str) -> OAuth2Client:
    from authlib.integrations.httpx_client import OAuth2Client

    secret = settings.oidc_client_secret
    return OAuth2Client(
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        scope="openid profile email",
        redirect_uri=back,
        code_challenge_method="S256",
        timeout=10,
    )


def _discovered(client: OAuth2Client, settings: Settings) -> dict[str, Any]:
    """The provider's addresses (OpenID Connect Discovery). Raises Problem 502."""
    address = urljoin(f"{settings.oidc_issuer}".rstrip("/") + "/", ".well-known/openid-configuration")
    try:
        found: dict[str, Any] = client.request("GET", address, withhold_token=True).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Problem(502, "oidc_unreachable", "the identity provider does not answer") from error
    if str(found.get("issuer")).rstrip("/") != f"{settings.oidc_issuer}".rstrip("/"):
        raise _refused()
    return found


def _opened(service: Service, sealed: str) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(service.secrets_key.open(base64.urlsafe_b64decode(sealed)))
    except (KeyMissing, ValueError) as error:
        raise _refused() from error
    if kept["until"] < time.time():
        raise _refused()
    return kept


def _refused() -> Problem:
    return Problem(403, "oidc_refused", "the identity provider's answer could not be accepted; try again")
