"""Cut pictures of cases, frames of video calls, notes, second readings; what sellers declared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "case_views",
        _verification(primary_key=True),
        sa.Column("evidence", sa.String(64), nullable=False),
        sa.Column("blob", sa.String(80), nullable=False),
    )
    op.create_table(
        "call_frames",
        sa.Column("id", sa.String(40), primary_key=True),
        _verification(index=True),
        _agent(),
        sa.Column("blob", sa.String(80), nullable=False),
        sa.Column("sealed_match", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "case_notes",
        sa.Column("id", sa.String(40), primary_key=True),
        _verification(index=True),
        _agent(),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "second_readings",
        _verification(primary_key=True),
        _agent(),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.add_column("verifications", sa.Column("sealed_declared", sa.LargeBinary()))


def _verification(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("verifications.id")
    return sa.Column(
        "verification_id", sa.String(40), key, primary_key=primary_key, nullable=False, index=index
    )


def _agent() -> sa.Column[str]:
    return sa.Column("agent_id", sa.String(40), sa.ForeignKey("agents.id"), nullable=False)
