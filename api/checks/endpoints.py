"""POST /v1/checks: everything in one request, answered when decided; no row, no image, no log of it stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile

from api import problems
from api.checks.schemas import CheckReport
from api.dependencies import Submitter
from api.problems import Problem, ProblemItem
from api.uploads import read_images
from api.vision import Busy, Pool, Submission, UnreadableCapture

router = APIRouter(prefix="/v1", tags=["checks"], responses=problems.COMMON_RESPONSES)

Photo = Annotated[UploadFile | None, File()]


@router.post("/checks", response_model=CheckReport, operation_id="create_check")
async def create_check(
    request: Request,
    caller: Submitter,  # noqa: ARG001
    selfie: Annotated[UploadFile, File(description="photo of the seller's face")],
    card_portrait: Photo = None,
    card_emblem: Photo = None,
    licence: Photo = None,
    pose: Photo = None,
    challenge: Annotated[str, Form(pattern=r"^[a-z_]{1,32}(:[\w-]{1,32})?$")] = "newspaper",
    today: Annotated[
        date | None, Form(alias="date", description="the day to judge by; today if left out")
    ] = None,
) -> dict[str, Any]:
    """Check a seller in one request. At least one document, card or licence, goes with the selfie."""
    files = {
        "card_portrait": card_portrait,
        "card_emblem": card_emblem,
        "licence": licence,
        "selfie": selfie,
        "pose": pose,
    }
    images = read_images(files, limit=request.app.state.settings.upload_bytes)
    if not images.keys() & {"card_portrait", "licence"}:
        raise Problem(422, "document_missing", "send card_portrait, licence, or both with the selfie")
    pool: Pool = request.app.state.pool
    try:
        finding = await pool.run(Submission(images, challenge, checked_day(today)))
    except UnreadableCapture as error:
        item = ProblemItem(pointer=f"/{error.kind}", code=error.code, detail=error.message)
        raise Problem(422, error.code, f"{error.kind}: {error.message}", errors=[item]) from error
    except Busy as error:
        raise Problem(
            429, "busy", "all workers are busy and the queue is full", headers={"Retry-After": "5"}
        ) from error
    return finding.report


def checked_day(today: date | None) -> date:
    """The day to judge by; one that no place on earth has reached yet is refused."""
    now = datetime.now(UTC)
    if today is not None and today > (now + timedelta(hours=14)).date():
        raise Problem(422, "date_in_future", "date lies in the future")
    return today or now.astimezone().date()
