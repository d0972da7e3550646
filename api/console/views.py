"""The pictures of a case page: cut out of its captures once, kept sealed, so that the page opens at once.

The worker cuts them when a case is opened; a page that comes first, or finds other captures, cuts them itself.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import procrastinate
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api import jobs
from api.console.tables import CaseViews
from api.pages import pictures
from api.pages.pictures import Photo
from api.privacy.vault import DataKey
from api.problems import Problem
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import captures
from api.verifications import service as verifications
from api.verifications.corrections import readings
from api.verifications.tables import Capture, Verification
from models.arrays import Image

SHOWN_SIDE = 720
"""Photos on the page are no larger; `large_view` shows them at LARGE_SIDE."""
LARGE_SIDE = 1600
FACES = ("selfie", "card_portrait", "pose")
REGIONS = {"newspaper": 420, "date": pictures.CROP_HEIGHT, "weekday": pictures.CROP_HEIGHT}
"""Parts of the pose that are shown, with their heights in pixels."""

Views = Mapping[str, bytes]
"""JPEGs without a watermark by name, such as selfie/face, pose/newspaper, card_portrait/name."""


def of_case(service: Service, session: Session, verification: Verification, seller: Seller) -> Views:
    """The case's pictures; they are cut and kept first where that was not done."""
    shown = captures.evidence(session, verification)
    key = verifications.data_key(service, seller)
    mark = _mark(shown, verification)
    kept = session.get(CaseViews, verification.id)
    if kept is not None and kept.evidence == mark:
        return _unpacked(key.open(service.blobs.get(kept.blob)))
    report = verifications.opened_json(key, verification.sealed_report)
    views = dict(_cut(service, key, shown, report))
    _keep(service, session, verification, mark, key.seal(_packed(views)))
    return views


def large_view(
    service: Service, session: Session, verification: Verification, seller: Seller, kind: str
) -> bytes:
    """One whole photo as a larger JPEG. Raises Problem 404."""
    for capture in captures.evidence(session, verification):
        if capture.kind == kind:
            encoded = verifications.data_key(service, seller).open(service.blobs.get(capture.blob))
            return pictures.jpeg(pictures.whole_view(pictures.opened(encoded, kind), LARGE_SIDE))
    raise Problem(404, "capture_not_found", "there is no such capture")


def forget(service: Service, session: Session, verification_id: str) -> None:
    """Delete the case's pictures."""
    kept = session.get(CaseViews, verification_id)
    if kept is not None:
        service.blobs.delete(kept.blob)
        session.delete(kept)


def register(app: procrastinate.App, service: Service) -> None:
    """Add this task to the worker."""

    @app.task(name="console.cut_views", queue=jobs.DELIVERY_QUEUE)
    def cut(verification_id: str) -> None:
        with service.database.transaction() as session:
            verification = session.get(Verification, verification_id)
            seller = session.get_one(Seller, verification.seller_id) if verification else None
            if verification and seller and seller.wrapped_key and verification.state == "in_review":
                of_case(service, session, verification, seller)


def _cut(
    service: Service, key: DataKey, shown: Sequence[Capture], report: dict[str, Any]
) -> Iterator[tuple[str, bytes]]:
    """Each picture by name. A capture that is no usable image has none."""
    for capture in shown:
        try:
            photo = pictures.opened(key.open(service.blobs.get(capture.blob)), capture.kind)
        except Problem:
            continue
        for name, view in _parts(photo, capture.kind, report):
            yield f"{capture.kind}/{name}", pictures.jpeg(view)


def _parts(photo: Photo, kind: str, report: dict[str, Any]) -> Iterator[tuple[str, Image]]:
    regions = (report.get("regions") or {}).get(kind) or {}
    yield "photo", pictures.whole_view(photo, SHOWN_SIDE)
    if kind in FACES:
        face = pictures.face_view(photo, regions.get("seller_face"))
        if face is not None:
            yield "face", face
    for name, height in REGIONS.items():
        if name in regions:
            yield name, pictures.crop_view(photo, regions[name], height)
    for name, field in readings(report).get(kind, {}).get("fields", {}).items():
        if field.get("box"):
            yield name, pictures.crop_view(photo, field["box"])


def _keep(service: Service, session: Session, verification: Verification, mark: str, sealed: bytes) -> None:
    """Of two who cut the same case at once, the second's pictures are thrown away."""
    replaced = session.scalar(
        delete(CaseViews).where(CaseViews.verification_id == verification.id).returning(CaseViews.blob)
    )
    made = {"verification_id": verification.id, "evidence": mark, "blob": service.blobs.put(sealed)}
    kept = insert(CaseViews).values(made).on_conflict_do_nothing().returning(CaseViews.blob)
    unused = replaced if session.scalar(kept) else made["blob"]
    if unused is not None:
        service.blobs.delete(unused)


def _mark(shown: Sequence[Capture], verification: Verification) -> str:
    report = hashlib.sha256(verification.sealed_report or b"").hexdigest()
    return hashlib.sha256(" ".join([report, *sorted(c.id for c in shown)]).encode()).hexdigest()


def _packed(views: Views) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, picture in views.items():
            archive.writestr(name, picture)
    return packed.getvalue()


def _unpacked(packed: bytes) -> Views:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
