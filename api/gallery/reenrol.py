"""Makes the templates of another recogniser for everybody who is enrolled: what `verifier gallery reenrol` does.

The old templates stay beside the new ones, so that processes of either version find all faces while both run. Run
it under the new policy before the workers change over, and once more after the last one did; then the old
templates can go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from api import vision
from api.gallery.protection import protect
from api.gallery.service import lock
from api.gallery.tables import EnrolledFace, of_side
from api.ids import new_id
from api.keys.service import Side
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Capture

log = structlog.get_logger()

Embed = Callable[[bytes], vision.FaceTemplate | None]
"""The new template of an encoded selfie, None where there is no face. Raises UnreadableCapture."""


@dataclass(frozen=True)
class Reenrolled:
    """What a run came to: new templates made, and faces whose photo is gone or shows none any more; these are
    found under their old version only.
    """

    made: int
    impossible: int


def reenrol(
    service: Service, side: Side, model: str, embed: Embed, progress: Callable[[int, int], None]
) -> Reenrolled:
    """Give every enrolled face of the side a template of this model. What a killed run made is not made again."""
    with service.database.transaction() as session:
        waiting = session.scalars(_without(side, model)).all()
    made = 0
    for number, face_id in enumerate(waiting, 1):
        made += _reenrol_one(service, side, face_id, embed)
        progress(number, len(waiting))
    return Reenrolled(made, len(waiting) - made)


def left_behind(session: Session, model: str) -> int:
    """How many faces have no template of this model, on all sides: searches under it don't find them."""
    counted = select(func.count(EnrolledFace.verification_id.distinct()))
    return session.scalar(counted.where(EnrolledFace.model != model, ~_has_one(model))) or 0


def warn_of_left_behind(service: Service, model: str) -> None:
    """Say in the log that a worker of this model does not find everybody, where that is so."""
    with service.database.transaction() as session:
        faces = left_behind(session, model)
    if faces:
        log.warning("faces_of_other_versions", faces=faces, found_after="verifier gallery reenrol")


def forget_old(session: Session, side: Side, model: str) -> int:
    """Delete templates of other models where the same verification has one of this model; says how many."""
    gone = session.execute(
        delete(EnrolledFace)
        .where(*of_side(EnrolledFace, side), EnrolledFace.model != model, _has_one(model))
        .returning(EnrolledFace.id)
    )
    return len(gone.all())


def _without(side: Side, model: str) -> Select[Any]:
    return (
        select(EnrolledFace.id)
        .where(*of_side(EnrolledFace, side), EnrolledFace.model != model, ~_has_one(model))
        .distinct(EnrolledFace.verification_id)
        .order_by(EnrolledFace.verification_id, EnrolledFace.id)
    )


def _has_one(model: str) -> ColumnElement[bool]:
    """Has the same verification a template of this model?"""
    newer = aliased(EnrolledFace)
    return exists().where(newer.verification_id == EnrolledFace.verification_id, newer.model == model)


def _reenrol_one(service: Service, side: Side, face_id: str, embed: Embed) -> bool:
    """Whether a new template was made. The photo is looked at before the transaction that keeps the template."""
    with service.database.transaction() as session:
        old = session.get(EnrolledFace, face_id)
        image = _selfie(service, session, old) if old is not None else None
    if image is None:
        return False
    try:
        face = embed(image)
    except vision.UnreadableCapture:
        return False
    if face is None:
        return False
    kept = protect(service.templates_key, side, face)
    with service.database.transaction() as session:
        lock(session, side)
        old = session.get(EnrolledFace, face_id, with_for_update=True)
        if old is None:  # redacted meanwhile
            return False
        fields = {c.key: getattr(old, c.key) for c in EnrolledFace.__table__.columns if c.key != "number"}
        fresh = {"id": new_id("fac"), "model": kept.model, "template": kept.vector}
        session.add(EnrolledFace(**{**fields, **fresh}))
    return True


def _selfie(service: Service, session: Session, face: EnrolledFace) -> bytes | None:
    row = session.execute(
        select(Capture.blob, Seller.wrapped_key)
        .join(Seller, Seller.id == face.seller_id)
        .where(Capture.verification_id == face.verification_id, Capture.kind == "selfie")
    ).one_or_none()
    if row is None or row.wrapped_key is None:
        return None
    return service.vault.unwrap(face.seller_id, row.wrapped_key).open(service.blobs.get(row.blob))
