"""Renders the pages: templates, the language, and the headers that every page carries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from api.pages import reasons
from api.pages.texts import LANGUAGES, Texts, choose, texts
from api.problems import Problem

FOLDER = Path(__file__).parent
SIGN_IN = "/console/sign-in"
LANGUAGE, LANGUAGE_SECONDS = "language", 365 * 86400

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


def static_files() -> StaticFiles:
    """Style sheets and scripts, which hold nothing secret."""
    return StaticFiles(directory=FOLDER / "static")


class PageRoute(APIRoute):
    """Gives every answer the pages' headers, and shows problems as a page instead of JSON.

    A visitor who is not signed in is led to the sign-in.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def with_headers(request: Request) -> Response:
            try:
                response = await handle(request)
            except Problem as problem:
                response = _explained(request, problem)
            except RequestValidationError:
                response = _explained(request, Problem(422, "invalid_request", "the form is not complete"))
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            _remember_language(request, response)
            return response

        return with_headers


def render(
    request: Request, template: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """The page, in the visitor's language."""
    language = language_of(request)
    said = texts(language)
    common = {"t": said, "language": language, "path": request.url.path, "viewer": None, "csrf": ""}
    brief = partial(reasons.brief, language=language, said=said)
    found_by = partial(reasons.found, language=language)
    html = (
        _environment()
        .get_template(template)
        .render({**common, "brief": brief, "found_by": found_by, **values})
    )
    return HTMLResponse(html, status, headers)


def language_of(request: Request) -> str:
    """`lang` of the address, else the cookie, else what the browser asks for."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    return choose(asked, request.headers.get("accept-language", ""))


def _remember_language(request: Request, response: Response) -> None:
    """A language that was chosen holds for all further pages."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        secure = request.url.scheme == "https"
        response.set_cookie(
            LANGUAGE, asked, max_age=LANGUAGE_SECONDS, httponly=True, samesite="lax", secure=secure
        )


def said_to(request: Request) -> Texts:
    """The texts in the visitor's language."""
    return texts(language_of(request))


def said_of(request: Request, problem: Problem) -> str:
    """What went wrong, in the visitor's language."""
    said = said_to(request)
    return said.get(f"problem.{problem.code}", said("problem.other"))


def check_same_origin(request: Request) -> None:
    """Raises Problem 403 for a request that a page of another site made."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host')}"
    if site not in ("same-origin", "none") or (origin is not None and origin != own):
        raise Problem(403, "cross_site_request", "this request came from another site")


def _explained(request: Request, problem: Problem) -> Response:
    if problem.code == "not_signed_in" and request.method == "GET":
        return RedirectResponse(SIGN_IN, 303)
    said, detail = said_to(request), said_of(request, problem)
    title = said.get(f"status.{problem.status_code}", said("status.other"))
    shown = {"title": title, "detail": detail, "back": _back(request)}
    return render(request, "error.html", problem.status_code, problem.headers, **shown)  # type: ignore[arg-type]


def _back(request: Request) -> str | None:
    """Where whoever was refused goes on: the queue, the case or the capture page; None where that is what was refused."""
    parts = request.url.path.split("/")[1:]
    kept = 3 if parts[1:2] == ["cases"] and request.method == "POST" else 1 if parts[0] == "console" else 2
    address = "/" + "/".join(parts[:kept])
    return None if request.method == "GET" and address == request.url.path else address


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["spaced"] = lambda text: str(text).replace("_", " ")
    return environment
