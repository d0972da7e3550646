"""Agents, their sessions, claims, pending decisions and corrections; capture links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account_id", sa.String(40), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("login", sa.String(60), nullable=False, unique=True),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("sealed_totp_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_totp_step", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", TIME),
        sa.Column("disabled_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "agent_sessions",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("agent_id", sa.String(40), sa.ForeignKey("agents.id"), nullable=False, index=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
    )
    _create_case_tables()
    op.create_table(
        "capture_links",
        sa.Column("id", sa.String(40), primary_key=True),
        _verification(index=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("device_hash", sa.LargeBinary()),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )


def _create_case_tables() -> None:
    op.create_table(
        "case_claims",
        _verification(primary_key=True),
        sa.Column("agent_id", sa.String(40), sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    op.create_table(
        "pending_decisions",
        _verification(primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("agent_id", sa.String(40), sa.ForeignKey("agents.id"), nullable=False, index=True),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("sealed_wishes", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
    )
    op.create_table(
        "field_corrections",
        sa.Column("id", sa.String(40), primary_key=True),
        _verification(),
        sa.Column("document", sa.String(20), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("agent_id", sa.String(40), sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_index(
        "corrections_of_verification", "field_corrections", ["verification_id", "document", "field"]
    )


def _verification(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("verifications.id")
    return sa.Column(
        "verification_id", sa.String(40), key, primary_key=primary_key, nullable=False, index=index
    )
