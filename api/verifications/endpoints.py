"""/v1/verifications: what the marketplace does. What its people decide is in review.py."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Path, Query, UploadFile

from api import problems
from api.dependencies import Core, Reader, Submitter
from api.idempotency import IdempotentRoute
from api.ids import PATTERN
from api.paging import Cursor, Limit, Page, fetch, of_side
from api.sellers import service as sellers
from api.uploads import check_image, one_of_each, read_images
from api.verifications import service as verifications
from api.verifications.schemas import CaptureKind, CaptureView, NewVerification, Submitted, VerificationView
from api.verifications.states import State
from api.verifications.tables import Verification
from api.verifications.views import capture_view, verification_view

router = APIRouter(
    prefix="/v1/verifications",
    tags=["verifications"],
    responses=problems.COMMON_RESPONSES,
    route_class=IdempotentRoute,
)

VerificationId = Annotated[str, Path(pattern=PATTERN, description="ver_..., as it was answered with")]
Kind = Annotated[CaptureKind, Path(description="which photo it is")]
Photo = Annotated[UploadFile | None, File(description="the image, as it came from the camera")]


@router.post("", status_code=201, operation_id="create_verification")
def create_verification(body: NewVerification, caller: Submitter, service: Core) -> VerificationView:
    """Open a verification of a seller; the challenge in the answer is what the pose must show."""
    with service.database.transaction() as session:
        seller = sellers.find_unredacted(session, caller.side, body.seller_id)
        wishes = body.model_dump(exclude={"seller_id"})
        made = verifications.create(service, session, caller.side, caller.actor, seller, **wishes)
        return verification_view(service, session, made)


@router.get("", operation_id="list_verifications")
def list_verifications(
    caller: Reader,
    service: Core,
    seller_id: Annotated[str | None, Query(pattern=PATTERN, description="only of this seller")] = None,
    state: Annotated[State | None, Query(description="only in this state")] = None,
    starting_after: Cursor = None,
    limit: Limit = 20,
) -> Page[VerificationView]:
    """Verifications, newest first."""
    query = of_side(Verification, caller.side, seller_id=seller_id, state=state)
    with service.database.transaction() as session:
        rows, more = fetch(session, query, Verification.id, starting_after, limit)
        return Page(data=[verification_view(service, session, row) for row in rows], has_more=more)


@router.get("/{verification_id}", operation_id="get_verification")
def get_verification(verification_id: VerificationId, caller: Reader, service: Core) -> VerificationView:
    """One verification."""
    with service.database.transaction() as session:
        verification = verifications.find(session, caller.side, verification_id)
        return verification_view(service, session, verification)


@router.post(
    "/{verification_id}/captures",
    status_code=201,
    operation_id="add_captures",
    dependencies=[Depends(one_of_each)],
)
def add_captures(
    verification_id: VerificationId,
    caller: Submitter,
    service: Core,
    card_portrait: Photo = None,
    card_emblem: Photo = None,
    licence: Photo = None,
    selfie: Photo = None,
    pose: Photo = None,
) -> list[CaptureView]:
    """Upload several captures at once; each takes the place of an earlier one of its kind."""
    files = {
        "card_portrait": card_portrait,
        "card_emblem": card_emblem,
        "licence": licence,
        "selfie": selfie,
        "pose": pose,
    }
    images = read_images(files, service.settings.upload_bytes)
    with service.database.transaction() as session:
        kept = verifications.add_captures(service, session, caller, verification_id, images)
        return [capture_view(capture) for capture in kept]


@router.put("/{verification_id}/captures/{kind}", status_code=201, operation_id="put_capture")
@router.post("/{verification_id}/captures/{kind}", status_code=201, operation_id="add_capture")
def add_capture(
    verification_id: VerificationId,
    kind: Kind,
    file: Annotated[UploadFile, File(description="the image, as it came from the camera")],
    caller: Submitter,
    service: Core,
) -> CaptureView:
    """Upload one capture."""
    image = check_image(kind, file.file.read(), service.settings.upload_bytes)
    with service.database.transaction() as session:
        kept = verifications.add_captures(service, session, caller, verification_id, {kind: image})
        return capture_view(kept[0])


@router.post("/{verification_id}/challenge", operation_id="renew_challenge")
def renew_challenge(verification_id: VerificationId, caller: Submitter, service: Core) -> VerificationView:
    """Draw a new challenge where the one before has expired or can't be met; the pose is taken anew."""
    with service.database.transaction() as session:
        verification = verifications.renew_challenge(service, session, caller, verification_id)
        return verification_view(service, session, verification)


@router.post("/{verification_id}/submit", status_code=202, operation_id="submit_verification")
def submit(verification_id: VerificationId, caller: Submitter, service: Core) -> Submitted:
    """Hand the captures in. The answer says how many verifications wait before this one."""
    with service.database.transaction() as session:
        verification = verifications.submit(service, session, caller, verification_id)
        view = verification_view(service, session, verification)
        position = max(0, verifications.waiting(session) - 1)
        return Submitted(**view.model_dump(), queue_position=position)


@router.post("/{verification_id}/cancel", operation_id="cancel_verification")
def cancel(verification_id: VerificationId, caller: Submitter, service: Core) -> VerificationView:
    """Cancel an open verification."""
    with service.database.transaction() as session:
        verification = verifications.cancel(service, session, caller, verification_id)
        return verification_view(service, session, verification)
