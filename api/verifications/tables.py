"""Rows of verifications and captures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base


class Verification(Base):
    """One verification of one seller, or of one executive of it."""

    __tablename__ = "verifications"
    __table_args__ = (
        Index("verifications_of_side", "account_id", "livemode", "id"),
        Index("verifications_by_state", "state", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    seller_id: Mapped[str] = mapped_column(ForeignKey("sellers.id"), index=True)
    executive_id: Mapped[str | None] = mapped_column(ForeignKey("executives.id"))
    kind: Mapped[str] = mapped_column(String(12))
    """onboarding, annual or triggered."""
    method: Mapped[str] = mapped_column(String(10))
    """face: the machine decides what it can; agent: no face recognition, a person decides by video call."""
    state: Mapped[str] = mapped_column(String(20))
    challenge: Mapped[str] = mapped_column(String(70))
    challenge_expires_at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[dict[str, Any] | None]
    scenario: Mapped[str | None] = mapped_column(String(40))
    summary: Mapped[dict[str, Any] | None]
    """Outcome, reason codes, versions and timings: nothing personal."""
    sealed_report: Mapped[bytes | None] = mapped_column(LargeBinary)
    review_kind: Mapped[str | None] = mapped_column(String(12))
    review: Mapped[dict[str, Any] | None]
    """Of a review: when it opened, the video call's time and outcome, a staged decision."""
    decision: Mapped[dict[str, Any] | None]
    """Who decided what when, with which reason codes."""
    sealed_texts: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Message to the seller and internal note."""
    sealed_declared: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the seller told the marketplace, by field name, to be compared with what the documents say."""
    reversed_at: Mapped[datetime | None]
    redacted_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    card_runs_out_at: Mapped[datetime | None]
    """When the card's last day is over, until the seller has been told."""
    created_at: Mapped[datetime]

    @property
    def evidence_of(self) -> str | None:
        """The earlier verification whose captures a case looks at again: the seller submitted nothing for it."""
        return (self.review or {}).get("evidence_of")


class Capture(Base):
    """One uploaded image, sealed in the blob store. A later upload of the same kind takes its place."""

    __tablename__ = "captures"
    __table_args__ = (Index("captures_of_verification", "verification_id", "kind", unique=True),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"))
    kind: Mapped[str] = mapped_column(String(20))
    blob: Mapped[str] = mapped_column(String(80))
    bytes: Mapped[int]
    created_at: Mapped[datetime]


class Correction(Base):
    """A field as a person reads it; the machine's reading stays in the report."""

    __tablename__ = "field_corrections"
    __table_args__ = (Index("corrections_of_verification", "verification_id", "document", "field"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"))
    document: Mapped[str] = mapped_column(String(20))
    field: Mapped[str] = mapped_column(String(40))
    sealed_value: Mapped[bytes] = mapped_column(LargeBinary)
    agent_id: Mapped[str] = mapped_column(String(40))
    """The agent of the console, or the API key."""
    created_at: Mapped[datetime]
