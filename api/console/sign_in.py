"""/console/sign-in and /console/sign-out, and what other pages ask for: a signed-in agent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console import agents, oidc
from api.console.agents import Viewer
from api.dependencies import Core, service_of
from api.pages.rendering import PageRoute, check_same_origin, render
from api.problems import Problem
from api.service import Service

COOKIE, DEPARTED = "console_session", "console_departed"

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)

Text = Annotated[str, Form(max_length=200, pattern=r"^[^\x00]*$")]


def signed_in(request: Request) -> Viewer:
    """Raises Problem 401 not_signed_in, which the pages turn into a way to the sign-in."""
    token = request.cookies.get(COOKIE, "")
    with service_of(request).database.transaction() as session:
        viewer = agents.find_viewer(session, token) if token else None
    if viewer is None:
        raise Problem(401, "not_signed_in", "sign in first")
    return viewer


def acting(request: Request, viewer: Annotated[Viewer, Depends(signed_in)], csrf: Text = "") -> Viewer:
    """A viewer whose form is one of ours. Raises Problem 403."""
    check_same_origin(request)
    if not agents.same(csrf, viewer.csrf):
        raise Problem(403, "form_outdated", "the form is not of this session; load the page again")
    return viewer


def supervising(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """The viewer of a page for supervisors. Raises Problem 403."""
    if not viewer.supervises:
        raise Problem(403, "supervisor_needed", "this page is for supervisors")
    return viewer


Seeing = Annotated[Viewer, Depends(signed_in)]
Acting = Annotated[Viewer, Depends(acting)]
Supervising = Annotated[Viewer, Depends(supervising)]


@router.get("/sign-in")
def sign_in_page(request: Request, service: Core) -> Response:
    """The form."""
    return _form(request, service)


@router.post("/sign-in")
def sign_in(request: Request, service: Core, login: Text, password: Text, code: Text) -> Response:
    """Check login, password and one-time code; what of them was wrong is not said."""
    check_same_origin(request)
    with service.database.transaction() as session:
        token = agents.sign_in(service, session, login.strip().lower(), password, code)
    if token is None:
        return _form(request, service, 401, login)
    response = RedirectResponse("/console", 303)
    _keep(request, response, token)
    return response


@router.get("/oidc")
def to_provider(request: Request, service: Core) -> Response:
    """Off to the identity provider."""
    departure = oidc.begin(service, _back(request))
    response = RedirectResponse(departure.address, 303)
    response.set_cookie(
        DEPARTED,
        departure.sealed,
        max_age=oidc.SECONDS,
        path="/console/oidc",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get("/oidc/back")
def from_provider(request: Request, service: Core) -> Response:
    """Back from the identity provider. Raises Problem 403."""
    departed = request.cookies.get(DEPARTED, "")
    login = oidc.finish(service, _back(request), departed, f"{_back(request)}?{request.url.query}")
    with service.database.transaction() as session:
        token = agents.sign_in_vouched(session, login)
    if token is None:
        raise Problem(403, "agent_unknown", "there is no agent of this login")
    # Not a redirect: after one that began at another site, the browser would hold the strict cookie back.
    response = render(request, "console/signed_in.html")
    _keep(request, response, token)
    response.delete_cookie(DEPARTED, path="/console/oidc")
    return response


def _form(request: Request, service: Service, status: int = 200, login: str = "") -> Response:
    provider = service.settings.oidc_issuer is not None
    return render(
        request, "console/sign_in.html", status, failed=status != 200, login=login, provider=provider
    )


def _back(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/console/oidc/back"


def _keep(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(agents.SIGNED_IN_FOR.total_seconds()),
        path="/console",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


@router.post("/sign-out", dependencies=[Depends(acting)])
def sign_out(request: Request, service: Core) -> Response:
    """End the session."""
    with service.database.transaction() as session:
        agents.sign_out(session, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/console/sign-in", 303)
    response.delete_cookie(COOKIE, path="/console")
    return response
