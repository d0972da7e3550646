"""Idempotency-Key: a POST repeated with the same key within a day is answered as it was the first time.

What the request does and its answer are committed in one transaction: of a request whose process dies half
way nothing stays, and its repetition is the first one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.database import joined
from api.dependencies import service_of
from api.keys.service import Side, find_caller
from api.keys.tables import IdempotentAnswer
from api.problems import Problem
from api.service import Service
from api.uploads import FormRequest, Handler

HEADER = "Idempotency-Key"
AT_ONCE = 32
"""Such requests of one process hold a database connection each; the pool has more, so that none waits for ever."""


_DESCRIBED = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Repeated with the same key and content within a day, the request is answered as it was the first time, with "
        "`Idempotent-Replayed: true`, and does nothing again. Refusals are not kept."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "example": "5f1c1a52-order-4711",
}


class IdempotentRoute(APIRoute):
    """A route whose POSTs obey Idempotency-Key. Answers below 400 are kept, sealed; errors are not."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            options["openapi_extra"] = {"parameters": [_DESCRIBED]}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            request = FormRequest(request.scope, request.receive)
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handle(request)
            if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
                raise Problem(400, "idempotency_key_invalid", "1 to 255 printable ASCII characters")
            sent, service = await request.parts(), service_of(request)
            async with request.app.state.idempotent_requests:
                return await _once(service, request, key, sent, handle)

        return once


@dataclass(frozen=True)
class Claim:
    """A key on its side, what it is used for, and the answer that it had, if it was used before."""

    side: Side
    key: str
    digest: bytes
    earlier: Response | None


async def _once(service: Service, request: Request, key: str, sent: list[bytes], handle: Handler) -> Response:
    session = service.database.begin()
    try:
        claim = await run_in_threadpool(_claim, service, session, request, key, sent)
        if claim is None:
            session.close()
            return await handle(request)
        if claim.earlier is not None:
            return claim.earlier
        try:
            with joined(session):
                response = await handle(request)
        except (HTTPException, RequestValidationError):
            await run_in_threadpool(session.commit)
            raise
        await run_in_threadpool(_keep, service, session, claim, response)
        return response
    finally:
        session.close()


def _claim(service: Service, session: Session, request: Request, key: str, sent: list[bytes]) -> Claim | None:
    """What the request claims the key for; None where no valid API key came with it. Raises Problem 409, 422."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    caller = find_caller(session, secret) if scheme.lower() == "bearer" else None
    if caller is None:
        return None
    request.state.known_caller = caller
    # What the key stands for: a key of less scope does not get the answer that another got.
    asked = f"{caller.scope} {request.method} {request.url.path}".encode()
    digest = service.secrets_key.fingerprint([asked, *sent])
    return Claim(caller.side, key, digest, _earlier(service, session, caller.side, key, digest))


def _earlier(service: Service, session: Session, side: Side, key: str, digest: bytes) -> Response | None:
    """The answer that the key had, or None to the first who comes with it. Raises Problem 409, 422."""
    lock = {"name": f"idempotency:{side.account_id}:{side.livemode}:{key}"}
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), lock):
        raise Problem(409, "idempotency_in_progress", "the first request with this key still runs")
    kept = session.scalars(
        select(IdempotentAnswer).where(
            IdempotentAnswer.account_id == side.account_id,
            IdempotentAnswer.livemode == side.livemode,
            IdempotentAnswer.key == key,
        )
    ).one_or_none()
    if kept is None:
        return None
    if kept.request_digest != digest:
        raise Problem(422, "idempotency_key_reused", "the key was used for a different request")
    body = service.secrets_key.open(kept.body)
    headers = {"Idempotent-Replayed": "true"}
    return Response(body, kept.status, headers, media_type="application/json")


def _keep(service: Service, session: Session, claim: Claim, response: Response) -> None:
    """Commit what the request did together with its answer."""
    session.add(
        IdempotentAnswer(
            account_id=claim.side.account_id,
            livemode=claim.side.livemode,
            key=claim.key,
            request_digest=claim.digest,
            status=response.status_code,
            body=service.secrets_key.seal(bytes(response.body)),
            created_at=claim.side.now(),
        )
    )
    session.commit()
