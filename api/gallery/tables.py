"""Rows of face templates, document digests and bans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base


class EnrolledFace(Base):
    """The face template of a verification: unit length, so the inner product is the cosine similarity.

    A banned one outlives its seller.
    """

    __tablename__ = "enrolled_faces"
    __table_args__ = (Index("faces_of_side", "account_id", "livemode", "model"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    seller_id: Mapped[str] = mapped_column(String(40), index=True)
    verification_id: Mapped[str] = mapped_column(String(40), index=True)
    person: Mapped[str] = mapped_column(String(40))
    """The seller, or the executive, whose face it is."""
    model: Mapped[str] = mapped_column(String(60))
    template: Mapped[Any] = mapped_column(HALFVEC())
    banned_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class DocumentDigest(Base):
    """Keyed hash of a document's number: equal numbers are found, none can be read."""

    __tablename__ = "document_digests"
    __table_args__ = (Index("digests", "account_id", "livemode", "kind", "digest"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    seller_id: Mapped[str] = mapped_column(String(40), index=True)
    verification_id: Mapped[str] = mapped_column(String(40), index=True)
    person: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    """id_number or registration_number."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    banned_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Duplicate(Base):
    """A finding of one verification about another seller: see the kinds in policy.toml, [duplicates]."""

    __tablename__ = "duplicates"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), index=True)
    seller_id: Mapped[str] = mapped_column(String(40), index=True)
    other_seller_id: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    similarity: Mapped[float | None]
    effect: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
