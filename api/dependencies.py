"""What endpoints ask for: the service, and a caller with the right to be there."""

from __future__ import annotations

import threading
import time
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool

from api.keys.service import Caller, Scope, find_caller
from api.problems import Problem
from api.service import Service

_bearer = HTTPBearer(
    auto_error=False,
    description=(
        "An API key: sv_live_... or sv_test_... Operations name the scope that they need. A key of scope `admin` may do "
        "all, one of `verify` or `review` may `read` too."
    ),
)


class RateLimit:
    """A bucket of requests for each key, refilled steadily; counts within this process."""

    def __init__(self, per_minute: int) -> None:
        self._rate, self._size = per_minute / 60, float(max(per_minute // 6, 10))
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, key: str) -> float:
        """Take one; 0 where there was one, otherwise the seconds until there is."""
        now = time.monotonic()
        with self._lock:
            left, since = self._buckets.get(key, (self._size, now))
            left = min(self._size, left + (now - since) * self._rate)
            taken = left >= 1
            self._buckets[key] = (left - 1 if taken else left, now)
        return 0.0 if taken else (1 - left) / self._rate


def service_of(request: Request) -> Service:
    """The service that the application was made with."""
    service: Service = request.app.state.service
    return service


# What follows is awaited, because FastAPI hands what is not to a thread, and each hand-over costs time.


async def _core(request: Request) -> Service:
    return service_of(request)


async def identify(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Who calls. Raises Problem 401 without a valid key, 429 past the key's rate."""
    caller: Caller | None = getattr(request.state, "known_caller", None)  # by api.idempotency
    if caller is None and credentials:
        caller = await run_in_threadpool(_look_up, service_of(request), credentials.credentials)
    if caller is None:
        raise Problem(
            401, "not_authenticated", "send a valid API key", headers={"WWW-Authenticate": "Bearer"}
        )
    limit: RateLimit = request.app.state.rate_limit
    seconds = limit.wait(caller.key_id)
    if seconds:
        raise Problem(
            429, "rate_limited", "too many requests", headers={"Retry-After": str(int(seconds) + 1)}
        )
    request.state.caller = caller
    return caller


def _look_up(service: Service, secret: str) -> Caller | None:
    with service.database.transaction() as session:
        return find_caller(session, secret)


async def permitted(scopes: SecurityScopes, caller: Annotated[Caller, Depends(identify)]) -> Caller:
    """The caller, if the key grants the scope that the OpenAPI document names too; otherwise Problem 403."""
    for scope in cast(list[Scope], scopes.scopes):
        if not caller.may(scope):
            raise Problem(403, "scope_missing", f"this needs a key with the scope {scope}")
    return caller


Core = Annotated[Service, Depends(_core)]
Reader = Annotated[Caller, Security(permitted, scopes=["read"])]
Submitter = Annotated[Caller, Security(permitted, scopes=["verify"])]
Reviewer = Annotated[Caller, Security(permitted, scopes=["review"])]
Admin = Annotated[Caller, Security(permitted, scopes=["admin"])]


async def test_side(caller: Submitter) -> Caller:
    """The caller, if the key is a test key; otherwise Problem 403."""
    if caller.side.livemode:
        raise Problem(403, "test_mode_only", "this works with test keys only: sv_test_...")
    return caller


Tester = Annotated[Caller, Depends(test_side)]
