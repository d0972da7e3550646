"""Rows of sellers, executives and consents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base


class Seller(Base):
    """A seller of a marketplace: no name, no number here; those lie sealed in their verifications.

    Whoever changes anything of a seller holds this row's lock, so a seller's events have one order.
    """

    __tablename__ = "sellers"
    __table_args__ = (
        UniqueConstraint("account_id", "livemode", "reference"),
        Index("sellers_of_side", "account_id", "livemode", "id"),
        Index("sellers_next_step", "account_id", "livemode", "next_step_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    reference: Mapped[str] = mapped_column(String(100))
    """The marketplace's own name for the seller."""
    kind: Mapped[str] = mapped_column(String(12))
    risk: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20))
    verified_until: Mapped[datetime | None]
    own_until: Mapped[datetime | None]
    """Until when the seller's own verification holds: the person's, or the enterprise's licence."""
    next_step_at: Mapped[datetime | None]
    """When the schedule has to do something; None where it has nothing to do."""
    next_step: Mapped[int] = mapped_column(default=0)
    """Which of the schedule's steps comes then."""
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The data key; None once redacted."""
    redacted_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Executive(Base):
    """A person behind an enterprise who is verified as a person."""

    __tablename__ = "executives"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    seller_id: Mapped[str] = mapped_column(ForeignKey("sellers.id"), index=True)
    role: Mapped[str] = mapped_column(String(30))
    verified_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Consent(Base):
    """A seller agreed to a text, by its version."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    seller_id: Mapped[str] = mapped_column(ForeignKey("sellers.id"), index=True)
    text_version: Mapped[str] = mapped_column(String(60))
    given_at: Mapped[datetime]
