"""Rows of capture links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base


class CaptureLink(Base):
    """A link under which a seller takes the photos of one verification, on the device that started first."""

    __tablename__ = "capture_links"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    device_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Hash of the cookie of the device that gave the consent; None before."""
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
