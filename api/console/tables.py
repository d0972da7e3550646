"""Rows of agents and their sessions, and of what they do with cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base


class Agent(Base):
    """A person who reviews cases, on one side of one account."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    livemode: Mapped[bool]
    login: Mapped[str] = mapped_column(String(60), unique=True)
    role: Mapped[str] = mapped_column(String(12))
    """agent, supervisor or admin."""
    password_hash: Mapped[str] = mapped_column(String(200))
    sealed_totp_secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_totp_step: Mapped[int] = mapped_column(default=0)
    """The 30 seconds whose code was used last: no code works twice."""
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AgentSession(Base):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "agent_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Claim(Base):
    """An agent works on a case; the claim ends by itself at `expires_at`."""

    __tablename__ = "case_claims"

    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"))
    expires_at: Mapped[datetime]


class PendingDecision(Base):
    """A decision that is carried out at `due_at` unless its agent takes it back before."""

    __tablename__ = "pending_decisions"

    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"), index=True)
    decision: Mapped[str] = mapped_column(String(20))
    sealed_wishes: Mapped[bytes] = mapped_column(LargeBinary)
    """Reasons, message, note and challenge, under the seller's key."""
    due_at: Mapped[datetime]


class CaseViews(Base):
    """The pictures of a case page, cut out of its captures once and sealed together in one blob."""

    __tablename__ = "case_views"

    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), primary_key=True)
    evidence: Mapped[str] = mapped_column(String(64))
    """Digest of the captures and the report that they were cut from."""
    blob: Mapped[str] = mapped_column(String(80))


class CallFrame(Base):
    """A picture of the seller from a video call, compared with the card when it came in."""

    __tablename__ = "call_frames"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"))
    blob: Mapped[str] = mapped_column(String(80))
    sealed_match: Mapped[bytes] = mapped_column(LargeBinary)
    """Similarity, decision and false match rate by the capture that it was compared with."""
    created_at: Mapped[datetime]


class CaseNote(Base):
    """What an agent writes down for colleagues, in a call or after it."""

    __tablename__ = "case_notes"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"))
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class SecondReading(Base):
    """A decided case that another agent judged again without knowing how it was decided."""

    __tablename__ = "second_readings"

    verification_id: Mapped[str] = mapped_column(ForeignKey("verifications.id"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"))
    decision: Mapped[str] = mapped_column(String(20))
    """verified or declined."""
    created_at: Mapped[datetime]
