"""Idempotency-Key: a POST repeated with the same key within a day is answered as it was the first time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from starlette.concurrency import run_in_threadpool

from api.dependencies import service_of
from api.keys.service import Side, find_caller
from api.keys.tables import IdempotentAnswer
from api.problems import Problem
from api.service import Service

HEADER = "Idempotency-Key"
# A request that died with its process leaves its key taken; after this long it may be tried again.
ABANDONED_AFTER = timedelta(minutes=2)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(APIRoute):
    """A route whose POSTs obey Idempotency-Key. Answers below 500 are kept, sealed; errors are not."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handle(request)
            if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
                raise Problem(400, "idempotency_key_invalid", "1 to 255 printable ASCII characters")
            digest = _digest(request, await request.body())
            service = service_of(request)
            side = await run_in_threadpool(_side, service, request)
            if side is None:
                return await handle(request)
            earlier = await run_in_threadpool(_claim, service, side, key, digest)
            if earlier is not None:
                return earlier
            try:
                response = await handle(request)
            except BaseException:
                await run_in_threadpool(_release, service, side, key)
                raise
            await run_in_threadpool(_keep, service, side, key, response)
            return response

        return once


def _digest(request: Request, body: bytes) -> bytes:
    # A multipart body's boundary changes from one sending to the next, so it is taken out.
    kind, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    if boundary and kind.startswith("multipart/"):
        body = body.replace(boundary.strip('"').encode(), b"")
    return hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).digest()


def _side(service: Service, request: Request) -> Side | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    with service.database.transaction() as session:
        caller = find_caller(session, secret)
    return caller.side if caller else None


def _row(side: Side, key: str) -> tuple[Any, ...]:
    return (
        IdempotentAnswer.account_id == side.account_id,
        IdempotentAnswer.livemode == side.livemode,
        IdempotentAnswer.key == key,
    )


def _claim(service: Service, side: Side, key: str, digest: bytes) -> Response | None:
    """Take the key, or give the answer that it had. Raises Problem 409, 422."""
    now = datetime.now(UTC)
    with service.database.transaction() as session:
        session.execute(
            delete(IdempotentAnswer).where(
                *_row(side, key),
                IdempotentAnswer.status.is_(None),
                IdempotentAnswer.created_at < now - ABANDONED_AFTER,
            )
        )
        taken = session.scalar(
            insert(IdempotentAnswer)
            .values(
                account_id=side.account_id,
                livemode=side.livemode,
                key=key,
                request_digest=digest,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(IdempotentAnswer.key)
        )
        if taken is not None:
            return None
        kept = session.scalars(select(IdempotentAnswer).where(*_row(side, key))).one_or_none()
    if kept is None or kept.status is None:
        raise Problem(409, "idempotency_in_progress", "the first request with this key still runs")
    if kept.request_digest != digest:
        raise Problem(422, "idempotency_key_reused", "the key was used for a different request")
    body = service.secrets_key.open(kept.body or b"")
    headers = {"Idempotent-Replayed": "true"}
    return Response(body, kept.status, headers, media_type="application/json")


def _release(service: Service, side: Side, key: str) -> None:
    with service.database.transaction() as session:
        session.execute(delete(IdempotentAnswer).where(*_row(side, key), IdempotentAnswer.status.is_(None)))


def _keep(service: Service, side: Side, key: str, response: Response) -> None:
    body = service.secrets_key.seal(bytes(response.body))
    with service.database.transaction() as session:
        session.execute(
            update(IdempotentAnswer).where(*_row(side, key)).values(status=response.status_code, body=body)
        )
