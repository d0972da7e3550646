"""POST /v1/checks: everything in one request, answered when decided; no row, no image, no log of it stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile

from api import problems, vision
from api.checks.schemas import CheckReport
from api.dependencies import Submitter
from api.problems import Problem, ProblemItem
from api.uploads import FormRoute, check_image, read_images
from api.vision import Busy, Pool, Submission, UnreadableCapture

router = APIRouter(prefix="/v1", tags=["checks"], responses=problems.COMMON_RESPONSES, route_class=FormRoute)

Photo = Annotated[UploadFile | None, File(description="photo of the document")]
Burst = Annotated[list[UploadFile] | None, File(description="photo of the pose, or a burst of them")]


@router.post("/checks", response_model=CheckReport, operation_id="create_check")
async def create_check(
    request: Request,
    caller: Submitter,  # noqa: ARG001
    selfie: Annotated[
        list[UploadFile] | None,
        File(description="photo of the seller's face, or a short video; several photos: a burst"),
    ] = None,
    card_portrait: Photo = None,
    card_emblem: Photo = None,
    licence: Photo = None,
    pose: Burst = None,
    challenge: Annotated[str, Form(max_length=40, description="what the pose must show")] = "newspaper",
    today: Annotated[str | None, Form(alias="date", description="YYYY-MM-DD to judge by, else today")] = None,
) -> dict[str, Any]:
    """Check a seller in one request. A selfie is needed, and at least one document: card or licence."""
    files = {
        "card_portrait": card_portrait,
        "card_emblem": card_emblem,
        "licence": licence,
        "selfie": selfie[0] if selfie else None,
        "pose": pose[0] if pose else None,
    }
    limit = request.app.state.settings.upload_bytes
    images = read_images(files, limit)
    bursts = {"selfie": selfie or [], "pose": pose or []}
    more = {
        kind: tuple(check_image(kind, photo.file.read(), limit) for photo in photos[1:])
        for kind, photos in bursts.items()
    }
    if "selfie" not in images or not images.keys() & {"card_portrait", "licence"}:
        raise Problem(422, "captures_missing", "send a selfie, and card_portrait or licence")
    pool: Pool = request.app.state.pool
    try:
        submission = Submission(images, vision.check_challenge(challenge), _day(today), more=more)
        return (await pool.run(submission)).report
    except UnreadableCapture as error:
        item = ProblemItem(pointer=f"/{error.kind}", code=error.code, detail=error.message)
        raise Problem(422, error.code, error.message, errors=[item]) from error
    except vision.UnknownChallenge as error:
        raise Problem(422, "unknown_challenge", str(error)) from error
    except vision.WeightsMissing as error:
        raise Problem(503, error.code, error.message) from error
    except Busy as error:
        wait = {"Retry-After": "5"}
        raise Problem(429, "busy", "all workers are busy and the queue is full", headers=wait) from error


def _day(today: str | None) -> date:
    """The day to judge by; one that no place on earth has reached yet is refused."""
    now = datetime.now(UTC)
    if today is None:
        return now.astimezone().date()
    try:
        day = datetime.strptime(today, "%Y-%m-%d").date()
    except ValueError as error:
        raise Problem(422, "invalid_date", "date is no date of the form YYYY-MM-DD") from error
    if day > (now + timedelta(hours=14)).date():
        raise Problem(422, "date_in_future", "date lies in the future")
    return day
