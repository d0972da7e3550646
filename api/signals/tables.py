"""Rows of signals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base


class Signal(Base):
    """Something about a seller that may be suspicious."""

    __tablename__ = "signals"
    __table_args__ = (Index("signals_of_seller", "seller_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    seller_id: Mapped[str] = mapped_column(ForeignKey("sellers.id"))
    type: Mapped[str] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(60))
    sealed_detail: Mapped[bytes | None] = mapped_column(LargeBinary)
    led_to: Mapped[str | None] = mapped_column(String(60))
    """The verification that it triggered, or "suspension"."""
    created_at: Mapped[datetime]
