"""Who was here before with this face, photo or number, and what that makes of the two: read `search` first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from api import vision_policy
from api.gallery.sketches import sketches_of
from api.gallery.tables import (
    BIT_256,
    DocumentDigest,
    Duplicate,
    EnrolledFace,
    EnrolledPhoto,
    of_side,
)
from api.ids import new_id
from api.keys.service import Side
from api.service import Service
from api.verifications.tables import Verification
from api.vision import FaceTemplate, Finding

CANDIDATES = 20

SMALL = 10_000
"""Faces up to which a face is compared with each of them."""

SKETCHED = 1000
"""In larger galleries, the faces with the sketches most like a face's, among which the candidates are: all of 431 that an
exact search finds among a million of one group (docs/service.md)."""

LOOSEST = 1e-3
"""False match rate of candidates in the smallest galleries: that of a match of two photos."""

SAME_PHOTO_BITS = 44
"""Of 256: copies of a photo differ in fewer (95% of them), photos of strangers in 56 and more (docs/accuracy.md)."""


@dataclass
class Sighting:
    """What of another seller's was seen again, and whether that seller left a face and a card at all."""

    card: bool = False
    licence: bool = False
    photo: bool = False
    room: bool = False
    face: bool = False
    banned: bool = False
    similarity: float | None = None
    left_face: bool = False
    left_card: bool = False

    def kinds(self, has_face: bool, has_card: bool) -> Iterator[str]:
        """The duplicates that this is, by the names in policy.toml, [duplicates]."""
        if self.banned:
            yield "banned_person"
            return
        if self.card:
            comparable = has_face and self.left_face
            seen = "same_person_other_store" if self.face else "borrowed_card"
            yield seen if comparable else "same_card_other_store"
        elif self.face:
            yield "lent_face" if has_card and self.left_card else "same_person_other_store"
        if self.licence:
            yield "same_licence_other_store"
        if self.photo:
            yield "same_photo_other_store"
        if self.room and not (self.face or self.card or self.licence or self.photo):
            yield "same_background"


def search(
    service: Service,
    session: Session,
    side: Side,
    verification: Verification,
    finding: Finding,
    digests: Mapping[str, bytes],
    rooms: Iterable[str] = (),
) -> list[Duplicate]:
    """Every duplicate of a verification: one for each other seller and kind. Adds nothing to the session.

    The finding's face and photos are as the database holds them (api.gallery.protection). `rooms` are the sellers
    whose selfies have the same background.
    """
    sightings: dict[str, Sighting] = {}
    _see_documents(session, side, verification, digests, sightings)
    size = gallery_size(service, session, side, finding.face.model) if finding.face else 0
    _see_faces(service, session, side, verification, finding.face, size, sightings)
    _see_photos(session, side, verification, finding, sightings)
    for other in rooms:
        sightings.setdefault(other, Sighting()).room = True
    _note_what_others_left(session, finding, sightings)
    has_face, has_card = finding.face is not None, "id_number" in digests
    found = [
        (other, kind, seen.similarity)
        for other, seen in sightings.items()
        for kind in seen.kinds(has_face, has_card)
    ]
    if _is_another_person(service, session, verification, finding, digests):
        found.append((verification.seller_id, "other_person_same_store", None))
    return [duplicate(service, verification, side, *each, gallery_size=size) for each in found]


def duplicate(
    service: Service,
    verification: Verification,
    side: Side,
    other: str,
    kind: str,
    similarity: float | None,
    *,
    gallery_size: int,
) -> Duplicate:
    """A finding, with the effect that policy gives it and how sure its similarity is among so many faces."""
    scale = vision_policy.face_scale(service.settings.policy)
    rate = None if similarity is None else scale.identification_rate(similarity, gallery_size)
    return Duplicate(
        id=new_id("dup"),
        verification_id=verification.id,
        seller_id=verification.seller_id,
        other_seller_id=other,
        kind=kind,
        similarity=similarity,
        identification_rate=rate,
        gallery_size=None if similarity is None else gallery_size,
        effect=getattr(service.policy.duplicates, kind),
        created_at=side.now(),
    )


def gallery_size(service: Service, session: Session, side: Side, model: str) -> int:
    """How many faces a face of this model is compared with; of a large gallery, deletions of minutes ago count."""
    kept = sketches_of(service.database, side, model)
    if len(kept) > SMALL:
        return kept.refresh(session)
    some = select(EnrolledFace.id).where(*of_side(EnrolledFace, side), EnrolledFace.model == model)
    counted = session.scalar(select(func.count()).select_from(some.limit(SMALL + 1).subquery())) or 0
    if counted <= SMALL:
        return counted
    return kept.refresh(session)


def _see_documents(
    session: Session,
    side: Side,
    verification: Verification,
    digests: Mapping[str, bytes],
    sightings: dict[str, Sighting],
) -> None:
    for kind, digest in digests.items():
        same = and_(DocumentDigest.kind == kind, DocumentDigest.digest == digest)
        for seller_id, banned_at in session.execute(_others(DocumentDigest, side, verification).where(same)):
            seen = sightings.setdefault(seller_id, Sighting())
            seen.card |= kind == "id_number"
            seen.licence |= kind == "registration_number"
            seen.banned |= banned_at is not None


def _see_faces(
    service: Service,
    session: Session,
    side: Side,
    verification: Verification,
    face: FaceTemplate | None,
    size: int,
    sightings: dict[str, Sighting],
) -> None:
    """Faces at least as similar as policy says, most similar first. A ban, which may decline, takes the strictest."""
    if face is None:
        return
    strictest = vision_policy.face_scale(service.settings.policy).threshold(
        service.policy.duplicates.face_false_match_rate
    )
    least = _least_similarity(service, size)
    found = (
        nearest(side, verification, face) if size <= SMALL else _sketched(service, side, verification, face)
    )
    for seller_id, banned_at, value in session.execute(found):
        if -value < least:
            break
        seen = sightings.setdefault(seller_id, Sighting())
        seen.face = True
        seen.banned |= banned_at is not None and -value >= strictest
        seen.similarity = max(-float(value), seen.similarity or -1.0)


def _least_similarity(service: Service, size: int) -> float:
    """From where a face is a candidate among so many: in a small gallery, strangers find somebody more rarely."""
    rules = service.policy.duplicates
    rate = rules.false_positive_identification_rate / max(1, size)
    allowed = min(LOOSEST, max(rules.face_false_match_rate, rate))
    return vision_policy.face_scale(service.settings.policy).threshold(allowed)


def nearest(side: Side, verification: Verification, face: FaceTemplate) -> Any:
    """Other sellers' most similar faces with their negative similarity, by comparison with every face."""
    distance = EnrolledFace.template.max_inner_product(face.vector)
    compared = _others(EnrolledFace, side, verification).where(EnrolledFace.model == face.model)
    return compared.add_columns(distance).order_by(distance).limit(CANDIDATES)


def _sketched(service: Service, side: Side, verification: Verification, face: FaceTemplate) -> Any:
    """As `nearest`, but by comparison with those faces only whose sketches are most like the face's."""
    alike = sketches_of(service.database, side, face.model).nearest(face.vector, SKETCHED)
    return nearest(side, verification, face).where(
        EnrolledFace.number == any_(literal(alike, ARRAY(BigInteger)))
    )


def _see_photos(
    session: Session,
    side: Side,
    verification: Verification,
    finding: Finding,
    sightings: dict[str, Sighting],
) -> None:
    marks = [bits for mark in finding.photos.values() for bits in (mark.bits, mark.mirrored)]
    if not marks:
        return
    copies = or_(
        *(
            EnrolledPhoto.fingerprint.hamming_distance(cast(as_bits(mark), BIT_256)) <= SAME_PHOTO_BITS
            for mark in marks
        )
    )
    for seller_id, banned_at in session.execute(_others(EnrolledPhoto, side, verification).where(copies)):
        seen = sightings.setdefault(seller_id, Sighting())
        seen.photo = True
        seen.banned |= banned_at is not None


def _note_what_others_left(session: Session, finding: Finding, sightings: Mapping[str, Sighting]) -> None:
    """Without a face or a card of the other seller's there is none that could differ."""
    faces = select(EnrolledFace.seller_id).where(EnrolledFace.seller_id.in_(sightings))
    if finding.face is not None:
        faces = faces.where(EnrolledFace.model == finding.face.model)
    cards = select(DocumentDigest.seller_id).where(
        DocumentDigest.seller_id.in_(sightings), DocumentDigest.kind == "id_number"
    )
    for seller_id in session.scalars(faces):
        sightings[seller_id].left_face = True
    for seller_id in session.scalars(cards):
        sightings[seller_id].left_card = True


def _is_another_person(
    service: Service,
    session: Session,
    verification: Verification,
    finding: Finding,
    digests: Mapping[str, bytes],
) -> bool:
    """Does a re-check show another face, or another ID number, than every one that succeeded before?"""
    if finding.face is not None:
        similarity = -EnrolledFace.template.max_inner_product(finding.face.vector)
        of_model = EnrolledFace.model == finding.face.model
        nearest = session.scalar(
            select(func.max(similarity)).where(_own_earlier(EnrolledFace, verification), of_model)
        )
        least = vision_policy.face_scale(service.settings.policy).threshold(
            vision_policy.review_rate(service.settings.policy)
        )
        if nearest is not None and nearest < least:
            return True
    if "id_number" not in digests:
        return False
    known = session.scalars(
        select(DocumentDigest.digest).where(
            _own_earlier(DocumentDigest, verification), DocumentDigest.kind == "id_number"
        )
    ).all()
    return bool(known) and digests["id_number"] not in known


def _own_earlier(table: Any, verification: Verification) -> ColumnElement[bool]:
    return and_(
        table.person == (verification.executive_id or verification.seller_id),
        table.verification_id != verification.id,
        exists().where(Verification.id == table.verification_id, Verification.state == "verified"),
    )


def _others(table: Any, side: Side, verification: Verification) -> Any:
    return select(table.seller_id, table.banned_at).where(
        *of_side(table, side), table.seller_id != verification.seller_id
    )


def as_bits(mark: bytes) -> str:
    """A fingerprint as PostgreSQL writes bit strings."""
    return "".join(f"{byte:08b}" for byte in mark)
