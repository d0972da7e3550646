"""Errors as problem details (RFC 9457), each with a stable code that clients may branch on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api.schemas import Schema

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"


class ProblemItem(Schema):
    """One wrong part of a request."""

    pointer: str
    """JSON pointer to the part, such as /selfie; empty for the body itself."""
    code: str
    """What is wrong with it."""
    detail: str
    """The same for people."""


class ProblemDetails(Schema):
    """RFC 9457 problem details. `code` is stable; `title` and `detail` are for people and may change."""

    type: str = "about:blank"
    """Always about:blank; `code` tells problems apart."""
    title: str
    """Of the status."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong, for people."""
    code: str
    """Stable; docs/errors.md lists them."""
    request_id: str | None = None
    """By which logs name the request."""
    errors: list[ProblemItem] | None = None
    """The wrong parts, where the request itself is at fault."""


class Problem(HTTPException):
    """Raised anywhere in the service to end a request with this status and code."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[ProblemItem] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers or {})
        self.code, self.errors = code, tuple(errors)


TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid request",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}

CODES_BY_STATUS = {
    400: "bad_request",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "request_too_large",
    415: "unsupported_media_type",
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of an endpoint, for its OpenAPI description."""
    return {
        status: {
            "description": TITLES[status],
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in statuses
    }


COMMON_RESPONSES = responses(400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503)


def answer(request: Request, problem: Problem) -> JSONResponse:
    """The response that carries a problem (RFC 9457)."""
    details = ProblemDetails(
        title=TITLES.get(problem.status_code, "Error"),
        status=problem.status_code,
        detail=problem.detail,
        code=problem.code,
        request_id=getattr(request.state, "request_id", None),
        errors=list(problem.errors) or None,
    )
    return JSONResponse(
        details.model_dump(exclude_none=True),
        status_code=problem.status_code,
        headers=problem.headers,
        media_type=CONTENT_TYPE,
    )


def _pointer(parts: Sequence[str | int]) -> str:
    """RFC 6901, of no more than what a client needs to find the place; its own keys may hold anything."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in escaped).encode("utf-8", "replace").decode()[:200]


def _invalid(request: Request, error: RequestValidationError) -> Problem:
    """Which parts of the request are wrong; of a body that was not taken for JSON, why."""
    found = error.errors()
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if any(item["type"] == "model_attributes_type" for item in found) and kind != "application/json":
        return Problem(415, "unsupported_media_type", "send JSON, with Content-Type: application/json")
    items = [
        ProblemItem(pointer=_pointer(item["loc"][1:]), code=item["type"], detail=item["msg"])
        for item in found
    ]
    where = ", ".join(item.pointer or "its body" for item in items[:3])
    return Problem(422, "invalid_request", f"the request does not fit its description: {where}", errors=items)


def install(app: FastAPI) -> None:
    """Make every error of the app a problem document."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> JSONResponse:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(request, _invalid(request, error))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        code = CODES_BY_STATUS.get(error.status_code, f"http_{error.status_code}")
        headers = dict(error.headers or {})
        return answer(request, Problem(error.status_code, code, str(error.detail), headers=headers))

    @app.exception_handler(OperationalError)
    async def on_database(request: Request, error: OperationalError) -> JSONResponse:
        log.warning("database_unavailable", kind=type(error.orig).__name__)
        problem = Problem(
            503, "database_unavailable", "the database does not answer", headers={"Retry-After": "5"}
        )
        return answer(request, problem)

    @app.exception_handler(Exception)
    async def on_anything(request: Request, error: Exception) -> JSONResponse:
        log.error("internal_error", kind=type(error).__name__, path=request.scope.get("route_path"))
        return answer(request, Problem(500, "internal_error", "the service failed; the request id finds why"))
