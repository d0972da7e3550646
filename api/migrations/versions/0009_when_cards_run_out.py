"""The schedule knows when a card that was verified has run out. Of verifications before this it learns that at the
annual re-check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("verifications", sa.Column("card_runs_out_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "verifications_by_card",
        "verifications",
        ["account_id", "livemode", "card_runs_out_at"],
        postgresql_where=sa.text("card_runs_out_at IS NOT NULL"),
    )
