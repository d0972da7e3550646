"""Backgrounds of selfies, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "enrolled_backgrounds",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account_id", sa.String(40), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("seller_id", sa.String(40), sa.ForeignKey("sellers.id"), nullable=False, index=True),
        sa.Column("verification_id", sa.String(40), nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("backgrounds_of_side", "enrolled_backgrounds", ["account_id", "livemode", "id"])
