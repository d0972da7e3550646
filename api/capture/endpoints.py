"""/capture/{token}: consent, the photos, the outcome."""

from __future__ import annotations

import io
from typing import Annotated, Any

import numpy as np
import segno
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from PIL import Image as Picture
from starlette.concurrency import run_in_threadpool

from api.capture import guidance
from api.capture import service as capture
from api.capture.service import Opened, Person
from api.dependencies import Core, service_of
from api.ids import PATTERN
from api.pages import choices, pictures, reasons
from api.pages.rendering import PageRoute, check_same_origin, language_of, render, said_of, said_to
from api.pages.texts import Texts
from api.problems import Problem
from api.uploads import check_image
from api.verifications import service as verifications
from api.verifications.schemas import CaptureKind
from models.arrays import Image

COOKIE = "capture_device"
HANDED_OVER_HOURS = 48
FRAME_BYTES, FRAME_SIDE = 400_000, 1280
ADVICE = (
    "good", "more_light", "less_light", "no_face", "one_person", "closer", "further", "to_the_middle",
    "hold_still", "no_card", "turn_card", "glare",
)  # fmt: skip

router = APIRouter(prefix="/capture", route_class=PageRoute, include_in_schema=False)

Token = Annotated[str, Path(pattern=r"^[\w-]{20,64}$")]


@router.get("/{token}")
def page(request: Request, token: Token, service: Core) -> Response:
    """What the seller has to do now: agree, take photos, wait, or nothing any more."""
    with service.database.transaction() as session:
        opened = capture.open_link(session, token, request.cookies.get(COOKIE))
        people = capture.people(session, opened)
        if opened.verification.state != "requires_input":
            return _outcome(request, opened, people)
        if not opened.mine:
            days = service.policy.retention.declined_days
            return _consent(request, opened, days, capture.role(session, opened))
        if opened.verification.challenge_expires_at <= opened.side.now():
            verifications.renew_challenge(service, session, opened.caller, opened.verification.id)
        steps = capture.steps(service, session, opened)
        message = capture.message(service, opened)
        asked = capture.asked_for(service, opened)
    language, said = language_of(request), said_to(request)
    return render(
        request,
        "capture/steps.html",
        steps=steps,
        people=people,
        message=message,
        why=[_why(reason, language, said) for reason in asked],
        asked_again=opened.verification.last_error is not None,
        pose=choices.pose_asked(opened.verification.challenge, language),
        advice={code: said(f"advice.{code}") for code in ADVICE},
        base=f"/capture/{token}",
    )


def _why(reason: dict[str, Any], language: str, said: Texts) -> str:
    """Why a photo is asked for again: an agent's wish by its photo, or the machine's reason."""
    wish = said.get(f"template.{reason['code'].removeprefix('retake_')}", "")
    return wish or reasons.sentence(reason, language, said)


def _consent(request: Request, opened: Opened, days: int, role: str | None) -> Response:
    taken = opened.link.device_hash is not None
    return render(
        request,
        "capture/consent.html",
        taken=taken,
        days=days,
        role=role,
        test=not opened.side.livemode,
        base=request.url.path,
    )


def _outcome(request: Request, opened: Opened, people: list[Person]) -> Response:
    return render(
        request,
        "capture/outcome.html",
        state=_state(opened),
        call=_call(opened),
        people=people,
        until=opened.seller.verified_until,
        base=request.url.path,
    )


def _state(opened: Opened) -> str:
    """The verification's state as the page shows it."""
    return "video_call" if _call(opened) else opened.verification.state


def _call(opened: Opened) -> dict[str, Any] | None:
    """Time and link of the video call that the seller is asked for, on the seller's own device."""
    if not opened.mine or opened.verification.state != "in_review":
        return None
    return (opened.verification.review or {}).get("video_call")


@router.get("/{token}/qr.svg")
def qr(request: Request, token: Token, service: Core) -> Response:
    """The link as a QR code, for going on with the phone."""
    with service.database.transaction() as session:
        capture.open_link(session, token, None)
    address = f"{request.url.scheme}://{request.url.netloc}/capture/{token}"
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=5, border=2, dark="#000", light="#fff")
    return Response(drawing.getvalue(), media_type="image/svg+xml")


@router.get("/{token}/pose.svg")
def pose_drawing(request: Request, token: Token, service: Core) -> Response:
    """The drawing of the pose that is asked for."""
    with service.database.transaction() as session:
        opened = capture.open_link(session, token, request.cookies.get(COOKIE))
        drawing = choices.pose_drawing(opened.verification.challenge)
    if drawing is None:
        raise Problem(404, "no_drawing", "this pose has no drawing")
    return Response(drawing, media_type="image/svg+xml")


@router.get("/{token}/state")
def state(request: Request, token: Token, service: Core) -> Response:
    """The verification's state, for the page to ask after."""
    with service.database.transaction() as session:
        opened = capture.open_link(session, token, request.cookies.get(COOKIE))
        return JSONResponse({"state": _state(opened)})


@router.post("/{token}/start")
def start(request: Request, token: Token, service: Core) -> Response:
    """The seller agrees, on this device."""
    check_same_origin(request)
    with service.database.transaction() as session:
        device = capture.start(session, token, request.cookies.get(COOKIE))
    response = RedirectResponse(f"/capture/{token}", 303)
    response.set_cookie(
        COOKIE,
        device,
        max_age=14 * 86400,
        path=f"/capture/{token}",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/{token}/people/{executive_id}")
def hand_over(
    request: Request, token: Token, executive_id: Annotated[str, Path(pattern=PATTERN)], service: Core
) -> Response:
    """A code for the phone of one of the enterprise's executives."""
    check_same_origin(request)
    with service.database.transaction() as session:
        opened = capture.open_mine(session, token, request.cookies.get(COOKIE))
        fresh = capture.hand_over(session, opened, executive_id, HANDED_OVER_HOURS)
    address = f"{request.url.scheme}://{request.url.netloc}/capture/{fresh}"
    return render(request, "capture/person.html", address=address, fresh=fresh, base=f"/capture/{token}")


@router.post("/{token}/guidance/{kind}")
async def guide(request: Request, token: Token, kind: CaptureKind) -> Response:
    """What to do better, from one small frame; nothing of it is kept."""
    check_same_origin(request)
    frame = await request.body()
    if not 0 < len(frame) <= FRAME_BYTES:
        raise Problem(413, "frame_too_large", "send a small frame")
    return JSONResponse(await run_in_threadpool(_advice, request, token, kind, frame))


def _advice(request: Request, token: str, kind: str, frame: bytes) -> dict[str, Any]:
    with service_of(request).database.transaction() as session:
        capture.open_mine(session, token, request.cookies.get(COOKIE))
    found = guidance.advise(_frame(frame), kind)
    return {"code": found.code, "ready": found.ready}


def _frame(encoded: bytes) -> Image:
    """A small JPEG as RGB; its size is checked before it is unpacked. Raises Problem 422 frame_unreadable."""
    try:
        with Picture.open(io.BytesIO(encoded), formats=("JPEG",)) as picture:
            if max(picture.size) <= FRAME_SIDE and min(picture.size) >= 32:
                return np.asarray(picture.convert("RGB"), np.uint8)
    except (OSError, SyntaxError):
        pass
    raise Problem(422, "frame_unreadable", f"send a JPEG of 32 to {FRAME_SIDE} pixels")


@router.put("/{token}/captures/{kind}")
async def put_capture(request: Request, token: Token, kind: CaptureKind) -> Response:
    """Keep one photo; the body is the image. What is wrong with it is told in the seller's language."""
    check_same_origin(request)
    image = await request.body()
    try:
        await run_in_threadpool(_keep, request, token, kind, image)
    except Problem as problem:
        told = {"code": problem.code, "message": said_of(request, problem)}
        return JSONResponse(told, problem.status_code)
    return JSONResponse({"kind": kind, "bytes": len(image)}, 201)


def _keep(request: Request, token: str, kind: str, image: bytes) -> None:
    service = service_of(request)
    check_image(kind, image, service.settings.upload_bytes)
    pictures.opened(image, kind)
    with service.database.transaction() as session:
        opened = capture.open_mine(session, token, request.cookies.get(COOKIE))
        verifications.add_captures(service, session, opened.caller, opened.verification.id, {kind: image})


@router.post("/{token}/submit")
def submit(request: Request, token: Token, service: Core) -> Response:
    """Hand the photos in. Raises Problem 422 while one is missing."""
    check_same_origin(request)
    with service.database.transaction() as session:
        opened = capture.open_mine(session, token, request.cookies.get(COOKIE))
        missing = [step["kind"] for step in capture.steps(service, session, opened) if not step["done"]]
        if missing:
            raise Problem(422, "captures_missing", f"still to be taken: {', '.join(missing)}")
        verifications.submit(service, session, opened.caller, opened.verification.id)
    return RedirectResponse(f"/capture/{token}", 303)
