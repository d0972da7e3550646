"""The HTTP application: `create_app(settings)` puts the domains' routers together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool

from api import health, idempotency, metrics, problems, uploads, vision
from api.audit import endpoints as audit
from api.capture import endpoints as capture
from api.capture import links as capture_links
from api.checks import endpoints as checks
from api.console import call_endpoints, second_reading, sign_in, supervision
from api.console import endpoints as console
from api.dependencies import RateLimit
from api.pages import reference
from api.pages.rendering import static_files
from api.privacy import endpoints as privacy
from api.problems import ProblemDetails
from api.requests import BodyLimit, RequestIds
from api.sellers import endpoints as sellers
from api.service import Service, open_service
from api.settings import Settings
from api.signals import endpoints as signals
from api.verifications import endpoints as verifications
from api.verifications import review, testing
from api.vision import Pool, Verify
from api.webhooks import endpoints as webhooks

DESCRIPTION = """
Verifies that the person opening a store is the person on the identity card, alive, and present today.

Errors are problem details (RFC 9457) with a stable `code`. Lists page by cursor. POST requests take an
`Idempotency-Key` where they name it. Authenticate with `Authorization: Bearer KEY`.
"""


ROUTERS = (
    health.router,
    checks.router,
    sellers.router,
    signals.router,
    verifications.router,
    review.router,
    privacy.router,
    webhooks.router,
    audit.router,
    testing.router,
    metrics.router,
    capture_links.router,
    reference.router,
    capture.router,
    sign_in.router,
    console.router,
    call_endpoints.router,
    second_reading.router,
    supervision.router,
)


def create_app(settings: Settings, verify: Verify | None = None, service: Service | None = None) -> FastAPI:
    """The HTTP application. It opens the service of these settings unless it is handed one.

    `verify` replaces the vision core, for tests of everything around it.
    """
    uploads.keep_in_memory(settings.request_bytes)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = Pool(verify or vision.core(settings.policy), settings.checks_at_once, settings.checks_waiting)
        app.state.pool = pool
        app.state.idempotent_requests = asyncio.Semaphore(idempotency.AT_ONCE)
        app.state.service = service or await run_in_threadpool(open_service, settings)
        yield
        pool.close()
        if service is None:
            app.state.service.close()

    app = FastAPI(
        title="Seller identity verification",
        version=_version(),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.rate_limit = RateLimit(settings.requests_per_minute)
    app.add_middleware(BodyLimit, limit=settings.request_bytes)
    app.add_middleware(RequestIds)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", static_files())
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, object]:
    """The OpenAPI document, with the problem schema in place of FastAPI's own validation error."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"))
        schemas["ProblemDetails"] = problem
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema


def _version() -> str:
    try:
        return version("seller-verifier")
    except PackageNotFoundError:
        return "0"
