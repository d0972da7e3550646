"""Templates are turned by a secret rotation, and faces are numbered as they come."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from alembic import context, op
from pgvector.sqlalchemy import HALFVEC

from api.gallery.protection import protect
from api.keys.service import Side
from api.privacy.vault import DataKey, Vault
from api.vision import FaceTemplate

revision = "0007"
down_revision = "0006"

BATCH = 1000

keys = sa.table("service_keys", sa.column("name", sa.String), sa.column("wrapped", sa.LargeBinary))
faces = sa.table(
    "enrolled_faces",
    *(sa.column(name, sa.String) for name in ("id", "account_id", "model")),
    sa.column("livemode", sa.Boolean),
    sa.column("template", HALFVEC()),
)


def upgrade() -> None:
    connection = op.get_bind()
    names = (
        "SELECT indexname FROM pg_indexes WHERE tablename = 'enrolled_faces' AND indexname LIKE 'nearest%'"
    )
    for name in connection.scalars(sa.text(names)).all():
        op.drop_index(name)
    if connection.scalar(sa.select(faces.c.id).limit(1)) is not None:
        vault: Vault = context.config.attributes["vault"]
        key, wrapped = vault.new_key("templates")
        connection.execute(keys.insert().values(name="templates", wrapped=wrapped))
        _protect_all(connection, key)
    op.add_column("enrolled_faces", sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False))
    op.drop_index("faces_of_side")
    op.create_index("faces_of_side", "enrolled_faces", ["account_id", "livemode", "model", "number"])


def _protect_all(connection: sa.Connection, key: DataKey) -> None:
    turned = (
        faces.update()
        .where(faces.c.id == sa.bindparam("of"))
        .values(template=sa.bindparam("kept", type_=HALFVEC()))
    )
    last = ""
    while rows := connection.execute(
        faces.select().where(faces.c.id > last).order_by(faces.c.id).limit(BATCH)
    ).all():
        kept = [
            {
                "of": row.id,
                "kept": protect(
                    key,
                    Side(row.account_id, row.livemode),
                    FaceTemplate(row.model, np.array(row.template, np.float32)),
                ).vector,
            }
            for row in rows
        ]
        connection.execute(turned, kept)
        last = rows[-1].id
