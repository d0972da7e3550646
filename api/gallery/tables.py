"""Rows of face templates, photo fingerprints, document digests, what was found again, and scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import BIT, HALFVEC
from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Identity, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base
from api.keys.service import Side

BIT_256 = BIT(256)


def of_side(table: Any, side: Side) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Rows of that side only."""
    return table.account_id == side.account_id, table.livemode == side.livemode


class Enrolled:
    """What a verification leaves behind to find its person by. A banned person's outlives the seller."""

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    seller_id: Mapped[str] = mapped_column(String(40), index=True)
    verification_id: Mapped[str] = mapped_column(String(40), index=True)
    person: Mapped[str] = mapped_column(String(40))
    """The seller, or the executive, whose it is."""
    banned_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class EnrolledFace(Enrolled, Base):
    """The face template of a verification: the inner product of two is their similarity.

    `template` is not the true one but what api.gallery.protection makes of it.
    """

    __tablename__ = "enrolled_faces"
    __table_args__ = (Index("faces_of_side", "account_id", "livemode", "model", "number"),)

    model: Mapped[str] = mapped_column(String(60))
    template: Mapped[Any] = mapped_column(HALFVEC())
    number: Mapped[int] = mapped_column(BigInteger, Identity())
    """Rises with every face that is enrolled, so that a process knows which ones it has not seen."""


class EnrolledPhoto(Enrolled, Base):
    """The perceptual hash of a face photo, by which copies of it are found (verifier.same_photo), protected."""

    __tablename__ = "enrolled_photos"
    __table_args__ = (Index("photos_of_side", "account_id", "livemode"),)

    kind: Mapped[str] = mapped_column(String(20))
    """selfie or pose."""
    fingerprint: Mapped[str] = mapped_column(BIT_256)


class EnrolledBackground(Base):
    """What is behind the person in a selfie (verifier.background), sealed with the seller's key."""

    __tablename__ = "enrolled_backgrounds"
    __table_args__ = (Index("backgrounds_of_side", "account_id", "livemode", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    seller_id: Mapped[str] = mapped_column(ForeignKey("sellers.id"), index=True)
    verification_id: Mapped[str] = mapped_column(String(40), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class DocumentDigest(Enrolled, Base):
    """Keyed hash of a document's number: equal numbers are found, none can be read."""

    __tablename__ = "document_digests"
    __table_args__ = (Index("digests", "account_id", "livemode", "kind", "digest"),)

    kind: Mapped[str] = mapped_column(String(20))
    """id_number or registration_number."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class Duplicate(Base):
    """A finding of one verification about another seller: see the kinds in policy.toml, [duplicates].

    `other_person_same_store` is about the seller's own earlier verifications: both sellers are the same one.
    """

    __tablename__ = "duplicates"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), index=True)
    seller_id: Mapped[str] = mapped_column(String(40), index=True)
    other_seller_id: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    similarity: Mapped[float | None]
    identification_rate: Mapped[float | None]
    """False positive identification rate: the chance that a stranger finds anyone this similar among so many."""
    gallery_size: Mapped[int | None]
    effect: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]


class GalleryScan(Base):
    """A comparison of all faces of one side and model with each other, as far as it has come."""

    __tablename__ = "gallery_scans"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    model: Mapped[str] = mapped_column(String(60))
    false_match_rate: Mapped[float]
    scanned_up_to: Mapped[str] = mapped_column(String(40), default="")
    """The last face that was compared with all before it."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ScannedPair(Base):
    """Two faces of different sellers that a scan found alike."""

    __tablename__ = "scanned_pairs"

    scan_id: Mapped[str] = mapped_column(ForeignKey("gallery_scans.id", ondelete="CASCADE"), primary_key=True)
    face_a: Mapped[str] = mapped_column(String(40), primary_key=True)
    face_b: Mapped[str] = mapped_column(String(40), primary_key=True)
    similarity: Mapped[float]
