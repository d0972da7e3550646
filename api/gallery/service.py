"""Searches and enrols a verification's face and document numbers, one verification at a time on each side.

Search, enrolment and decision share one transaction under one lock, so of two sellers who show the same face
at the same moment, the second sees the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from api import vision
from api.gallery.tables import DocumentDigest, Duplicate, EnrolledFace
from api.ids import new_id
from api.keys.service import Side
from api.policy import Duplicates, Effect
from api.service import Service
from api.verifications.tables import Verification
from api.vision import Finding

CANDIDATES = 20

MESSAGES = {
    "same_person_other_store": "the same card and face belong to another store",
    "borrowed_card": "the same card was used for another store by another face",
    "lent_face": "the same face opened another store with another card",
    "banned_person": "this person was banned",
    "same_licence_other_store": "the same licence belongs to another store",
}


@dataclass
class _Sighting:
    """What of another seller's was seen again."""

    card: bool = False
    licence: bool = False
    face: bool = False
    banned: bool = False
    similarity: float | None = None

    def kind(self, new_has_card: bool) -> str:
        if self.banned:
            return "banned_person"
        if self.card:
            return "same_person_other_store" if self.face else "borrowed_card"
        if self.face:
            return "lent_face" if new_has_card else "same_person_other_store"
        return "same_licence_other_store"


def enrol(
    service: Service, session: Session, side: Side, verification: Verification, finding: Finding
) -> list[Duplicate]:
    """Find who was here before with this face or these numbers, then keep them. Serialised on the side."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:side, 0))"),
        {"side": f"gallery:{side.account_id}:{side.livemode}"},
    )
    digests = {
        kind: service.index_key.digest(kind, value) for kind, value in finding.documents.items() if value
    }
    found = _search(service, session, side, verification, finding, digests)
    _forget(session, verification)
    _keep(session, side, verification, finding, digests)
    session.add_all(found)
    session.flush()
    return found


def reasons(found: list[Duplicate]) -> list[dict[str, Any]]:
    """What duplicates add to a verification's reasons."""
    kinds = {duplicate.kind: duplicate.effect for duplicate in found if duplicate.effect != "allow"}
    return [
        {"code": kind, "message": MESSAGES[kind], "check": "duplicates", "effect": effect}
        for kind, effect in kinds.items()
    ]


def worst(found: list[Duplicate]) -> Effect:
    effects = {duplicate.effect for duplicate in found}
    return "decline" if "decline" in effects else "review" if "review" in effects else "allow"


def _search(
    service: Service,
    session: Session,
    side: Side,
    verification: Verification,
    finding: Finding,
    digests: dict[str, bytes],
) -> list[Duplicate]:
    sightings: dict[str, _Sighting] = {}
    for kind, digest in digests.items():
        for seller_id, banned_at in session.execute(
            select(DocumentDigest.seller_id, DocumentDigest.banned_at).where(
                DocumentDigest.account_id == side.account_id,
                DocumentDigest.livemode == side.livemode,
                DocumentDigest.kind == kind,
                DocumentDigest.digest == digest,
                DocumentDigest.seller_id != verification.seller_id,
            )
        ):
            seen = sightings.setdefault(seller_id, _Sighting())
            seen.card |= kind == "id_number"
            seen.licence |= kind == "registration_number"
            seen.banned |= banned_at is not None
    for seller_id, banned_at, similarity in _similar(service, session, side, verification, finding):
        seen = sightings.setdefault(seller_id, _Sighting())
        seen.face = True
        seen.banned |= banned_at is not None
        seen.similarity = max(similarity, seen.similarity or -1.0)
    policy, has_card = service.policy.duplicates, "id_number" in digests
    return [
        _duplicate(side, verification, other, seen.kind(has_card), seen.similarity, policy)
        for other, seen in sightings.items()
    ]


def _similar(
    service: Service, session: Session, side: Side, verification: Verification, finding: Finding
) -> list[tuple[str, datetime | None, float]]:
    """Other sellers' faces at least as similar as policy says, most similar first."""
    if finding.face is None:
        return []
    similarity = -EnrolledFace.template.max_inner_product(finding.face.vector)
    query = (
        select(EnrolledFace.seller_id, EnrolledFace.banned_at, similarity.label("similarity"))
        .where(
            EnrolledFace.account_id == side.account_id,
            EnrolledFace.livemode == side.livemode,
            EnrolledFace.model == finding.face.model,
            EnrolledFace.seller_id != verification.seller_id,
            similarity >= vision.face_threshold(service.policy.duplicates.face_false_match_rate),
        )
        .order_by(similarity.desc())
        .limit(CANDIDATES)
    )
    return [(row.seller_id, row.banned_at, float(row.similarity)) for row in session.execute(query)]


def _duplicate(
    side: Side,
    verification: Verification,
    other: str,
    kind: str,
    similarity: float | None,
    policy: Duplicates,
) -> Duplicate:
    return Duplicate(
        id=new_id("dup"),
        verification_id=verification.id,
        seller_id=verification.seller_id,
        other_seller_id=other,
        kind=kind,
        similarity=similarity,
        effect=getattr(policy, kind),
        created_at=side.now(),
    )


def _keep(
    session: Session, side: Side, verification: Verification, finding: Finding, digests: dict[str, bytes]
) -> None:
    common = {
        "account_id": side.account_id,
        "livemode": side.livemode,
        "seller_id": verification.seller_id,
        "verification_id": verification.id,
        "person": verification.executive_id or verification.seller_id,
        "created_at": side.now(),
    }
    for kind, digest in digests.items():
        session.add(DocumentDigest(id=new_id("dig"), kind=kind, digest=digest, **common))
    if finding.face is not None:
        face = EnrolledFace(
            id=new_id("fac"), model=finding.face.model, template=finding.face.vector, **common
        )
        session.add(face)


def _forget(session: Session, verification: Verification) -> None:
    """Drop what an earlier attempt of the same verification left."""
    for table in (EnrolledFace, DocumentDigest, Duplicate):
        session.execute(delete(table).where(table.verification_id == verification.id))


def ban(session: Session, seller_id: str, at: datetime) -> None:
    """Keep what finds the seller's person again, for as long as the ban stands."""
    for table in (EnrolledFace, DocumentDigest):
        session.execute(update(table).where(table.seller_id == seller_id).values(banned_at=at))


def unban(session: Session, seller_id: str) -> None:
    for table in (EnrolledFace, DocumentDigest):
        session.execute(update(table).where(table.seller_id == seller_id).values(banned_at=None))


def forget(session: Session, column: str, identifier: str) -> None:
    """Delete templates and digests of a seller or a verification; those of a ban stay."""
    for table in (EnrolledFace, DocumentDigest):
        session.execute(delete(table).where(getattr(table, column) == identifier, table.banned_at.is_(None)))


def stored_faces(session: Session) -> int:
    """How many faces are stored on all sides: the number that the filing duty goes by."""
    return session.scalar(select(func.count()).select_from(EnrolledFace)) or 0
