"""A number as a person corrected it takes the place of the machine's: what finds its person, and who is found by it."""

from __future__ import annotations

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.gallery.search import search
from api.gallery.service import lock, of_verification
from api.gallery.tables import DocumentDigest, Duplicate, EnrolledFace
from api.ids import new_id
from api.keys.service import Side
from api.service import Service
from api.verifications.tables import Verification
from api.vision import FaceTemplate, Finding

NUMBERS = {
    ("card_portrait", "id_number"): "id_number",
    ("licence", "registration_number"): "registration_number",
}
"""Kinds of digests by document and field."""

BY_NUMBER = {
    "id_number": ("borrowed_card", "same_card_other_store"),
    "registration_number": ("same_licence_other_store",),
}
"""Findings that nothing but the number led to: with another number they are void."""


def renumber(
    service: Service, session: Session, side: Side, verification: Verification, kind: str, number: str
) -> list[Duplicate]:
    """Keep the corrected number's digest instead of the old one, and find who else has it.

    Returns the findings that are new. The caller holds the seller's lock.
    """
    lock(session, side)
    digest = service.index_key.digest(kind, "".join(number.split()).upper())
    _replace(session, side, verification, kind, digest)
    known = {(each.other_seller_id, each.kind): each for each in of_verification(session, verification.id)}
    finding = Finding("in_review", (), {}, _enrolled_face(session, verification))
    found = search(service, session, side, verification, finding, {kind: digest})
    again = {(each.other_seller_id, each.kind) for each in found}
    for key, each in known.items():
        if each.kind in BY_NUMBER[kind] and key not in again:
            session.delete(each)
    fresh = [each for each in found if (each.other_seller_id, each.kind) not in known]
    session.add_all(fresh)
    session.flush()
    return fresh


def _replace(session: Session, side: Side, verification: Verification, kind: str, digest: bytes) -> None:
    session.execute(
        delete(DocumentDigest).where(
            DocumentDigest.verification_id == verification.id, DocumentDigest.kind == kind
        )
    )
    session.add(
        DocumentDigest(
            id=new_id("dig"),
            account_id=side.account_id,
            livemode=side.livemode,
            seller_id=verification.seller_id,
            verification_id=verification.id,
            person=verification.executive_id or verification.seller_id,
            kind=kind,
            digest=digest,
            created_at=side.now(),
        )
    )
    session.flush()


def _enrolled_face(session: Session, verification: Verification) -> FaceTemplate | None:
    """The verification's face as the database holds it, by which card and face are told apart."""
    enrolled = session.scalars(
        select(EnrolledFace).where(EnrolledFace.verification_id == verification.id).limit(1)
    ).one_or_none()
    return None if enrolled is None else FaceTemplate(enrolled.model, np.array(enrolled.template, np.float32))
