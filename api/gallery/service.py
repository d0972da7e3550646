"""Searches and enrols what a verification shows, one verification at a time on each side.

Search, enrolment and decision share one transaction under one lock, so of two sellers who show the same face
at the same moment, the second sees the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from api import vision
from api.gallery import backgrounds
from api.gallery.protection import protect, protect_bits
from api.gallery.search import as_bits, gallery_size, search
from api.gallery.tables import DocumentDigest, Duplicate, EnrolledBackground, EnrolledFace, EnrolledPhoto
from api.ids import new_id
from api.keys.service import Side
from api.policy import Effect
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Verification
from api.vision import Finding

ENROLLED = (EnrolledFace, EnrolledPhoto, DocumentDigest)


def enrol(
    service: Service,
    session: Session,
    side: Side,
    verification: Verification,
    finding: Finding,
    rooms: Iterable[str] = (),
) -> list[Duplicate]:
    """Find who was here before with this face, photo or number, then keep them. Serialised on the side.

    `rooms` are the sellers in whose room the selfie was taken (api.gallery.backgrounds).
    """
    finding = _protected(service, side, finding)
    if finding.face is not None:  # what a new process reads of many, before it holds others up
        gallery_size(service, session, side, finding.face.model)
    lock(session, side)
    digests = {
        kind: service.index_key.digest(kind, value) for kind, value in finding.documents.items() if value
    }
    found = search(service, session, side, verification, finding, digests, rooms)
    _forget(session, verification)
    _keep(session, side, verification, finding, digests)
    backgrounds.keep(service, session, side, verification, finding.background)
    session.add_all(found)
    session.flush()
    return found


def _protected(service: Service, side: Side, finding: Finding) -> Finding:
    """The finding with its face and photos as the database holds them."""
    key = service.templates_key
    photos = {
        kind: replace(
            mark,
            bits=protect_bits(key, side, mark.bits),
            mirrored=protect_bits(key, side, mark.mirrored),
        )
        for kind, mark in finding.photos.items()
    }
    face = None if finding.face is None else protect(key, side, finding.face)
    return replace(finding, face=face, photos=photos)


def lock(session: Session, side: Side) -> None:
    """Until the transaction's end nobody else enrols on this side."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:side, 0))"),
        {"side": f"gallery:{side.account_id}:{side.livemode}"},
    )


def reasons(found: Iterable[Duplicate]) -> list[dict[str, Any]]:
    """What duplicates add to a verification's reasons."""
    kinds = {duplicate.kind: duplicate.effect for duplicate in found if duplicate.effect != "allow"}
    return [
        {"code": kind, "message": vision.reason_sentence(kind), "check": "duplicates", "effect": effect}
        for kind, effect in kinds.items()
    ]


def described(found: Iterable[Duplicate]) -> list[dict[str, Any]]:
    """Duplicates as a report shows them to those who may see it."""
    return [
        {
            "seller_id": duplicate.other_seller_id,
            "kind": duplicate.kind,
            "similarity": duplicate.similarity,
            "false_positive_identification_rate": duplicate.identification_rate,
            "gallery_size": duplicate.gallery_size,
            "effect": duplicate.effect,
        }
        for duplicate in found
    ]


def of_verification(session: Session, verification_id: str) -> list[Duplicate]:
    """What was found of a verification, when it ran and by scans since."""
    found = select(Duplicate).where(Duplicate.verification_id == verification_id).order_by(Duplicate.id)
    return list(session.scalars(found))


def worst(found: Iterable[Duplicate]) -> Effect:
    """The strongest effect of all."""
    effects = {duplicate.effect for duplicate in found}
    return "decline" if "decline" in effects else "review" if "review" in effects else "allow"


def _keep(
    session: Session,
    side: Side,
    verification: Verification,
    finding: Finding,
    digests: Mapping[str, bytes],
) -> None:
    seller = session.get_one(Seller, verification.seller_id)
    common = {
        "account_id": side.account_id,
        "livemode": side.livemode,
        "seller_id": verification.seller_id,
        "verification_id": verification.id,
        "person": verification.executive_id or verification.seller_id,
        "created_at": side.now(),
        "banned_at": side.now() if seller.status == "banned" else None,
    }
    for kind, digest in digests.items():
        session.add(DocumentDigest(id=new_id("dig"), kind=kind, digest=digest, **common))
    for kind, mark in finding.photos.items():
        session.add(EnrolledPhoto(id=new_id("pho"), kind=kind, fingerprint=as_bits(mark.bits), **common))
    if finding.face is not None:
        face = EnrolledFace(
            id=new_id("fac"), model=finding.face.model, template=finding.face.vector, **common
        )
        session.add(face)


def _forget(session: Session, verification: Verification) -> None:
    """Drop what an earlier attempt of the same verification left."""
    for table in (*ENROLLED, EnrolledBackground, Duplicate):
        session.execute(delete(table).where(table.verification_id == verification.id))


def ban(session: Session, seller_id: str, at: datetime) -> None:
    """Keep what finds the seller's person again, for as long as the ban stands."""
    for table in ENROLLED:
        session.execute(update(table).where(table.seller_id == seller_id).values(banned_at=at))


def unban(session: Session, seller_id: str) -> None:
    """Let what is kept of the seller find nobody any more than others' does."""
    for table in ENROLLED:
        session.execute(update(table).where(table.seller_id == seller_id).values(banned_at=None))


def forget(session: Session, column: str, identifier: str) -> None:
    """Delete templates, fingerprints, digests and backgrounds of a seller or a verification.

    Of a ban all stay but the backgrounds, which find no person.
    """
    session.execute(delete(EnrolledBackground).where(getattr(EnrolledBackground, column) == identifier))
    for table in ENROLLED:
        session.execute(delete(table).where(getattr(table, column) == identifier, table.banned_at.is_(None)))


def stored_faces(session: Session) -> int:
    """How many faces are stored on all sides, under one model or several: the number that the filing duty goes by."""
    return session.scalar(select(func.count(EnrolledFace.verification_id.distinct()))) or 0
