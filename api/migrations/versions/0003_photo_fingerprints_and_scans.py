"""Fingerprints of photos, how sure a candidate is, scans of the gallery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import BIT

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("duplicates", sa.Column("identification_rate", sa.Double()))
    op.add_column("duplicates", sa.Column("gallery_size", sa.Integer()))
    op.create_table(
        "enrolled_photos",
        sa.Column("id", sa.String(40), primary_key=True),
        *_side(),
        sa.Column("seller_id", sa.String(40), nullable=False, index=True),
        sa.Column("verification_id", sa.String(40), nullable=False, index=True),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("fingerprint", BIT(256), nullable=False),
        sa.Column("banned_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_index("photos_of_side", "enrolled_photos", ["account_id", "livemode"])
    op.create_table(
        "gallery_scans",
        sa.Column("id", sa.String(40), primary_key=True),
        *_side(),
        sa.Column("model", sa.String(60), nullable=False),
        sa.Column("false_match_rate", sa.Double(), nullable=False),
        sa.Column("scanned_up_to", sa.String(40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
    )
    scan = sa.ForeignKey("gallery_scans.id", ondelete="CASCADE")
    op.create_table(
        "scanned_pairs",
        sa.Column("scan_id", sa.String(40), scan, primary_key=True),
        sa.Column("face_a", sa.String(40), primary_key=True),
        sa.Column("face_b", sa.String(40), primary_key=True),
        sa.Column("similarity", sa.Double(), nullable=False),
    )


def _side() -> tuple[sa.Column[str], sa.Column[bool]]:
    account = sa.Column("account_id", sa.String(40), sa.ForeignKey("accounts.id"), nullable=False)
    return account, sa.Column("livemode", sa.Boolean(), nullable=False)
