"""Fields may be corrected by API keys too; an idempotent answer is kept only when it is there."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_constraint("field_corrections_agent_id_fkey", "field_corrections", type_="foreignkey")
    op.execute("DELETE FROM idempotent_answers WHERE status IS NULL OR body IS NULL")
    op.alter_column("idempotent_answers", "status", nullable=False)
    op.alter_column("idempotent_answers", "body", nullable=False)
