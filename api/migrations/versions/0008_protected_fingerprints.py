"""Fingerprints of photos are protected as templates are."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from alembic import context, op
from pgvector.sqlalchemy import BIT

from api.gallery.protection import protect_bits
from api.keys.service import Side
from api.privacy.vault import DataKey, Vault

revision = "0008"
down_revision = "0007"

BATCH = 1000

keys = sa.table("service_keys", sa.column("name", sa.String), sa.column("wrapped", sa.LargeBinary))
photos = sa.table(
    "enrolled_photos",
    *(sa.column(name, sa.String) for name in ("id", "account_id")),
    sa.column("livemode", sa.Boolean),
    sa.column("fingerprint", BIT(256)),
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.scalar(sa.select(photos.c.id).limit(1)) is None:
        return
    key, last = _key(connection), ""
    changed = (
        photos.update()
        .where(photos.c.id == sa.bindparam("of"))
        .values(fingerprint=sa.bindparam("kept", type_=BIT(256)))
    )
    while rows := connection.execute(
        photos.select().where(photos.c.id > last).order_by(photos.c.id).limit(BATCH)
    ).all():
        connection.execute(changed, [{"of": row.id, "kept": _protected(key, row)} for row in rows])
        last = rows[-1].id


def _key(connection: sa.Connection) -> DataKey:
    """The key of the migration before, or a new one where no face was enrolled."""
    vault: Vault = context.config.attributes["vault"]
    wrapped = connection.scalar(sa.select(keys.c.wrapped).where(keys.c.name == "templates"))
    if wrapped is not None:
        return vault.unwrap("templates", wrapped)
    key, wrapped = vault.new_key("templates")
    connection.execute(keys.insert().values(name="templates", wrapped=wrapped))
    return key


def _protected(key: DataKey, row: sa.Row[tuple[str, str, bool, str]]) -> str:
    bits = np.packbits(np.array(list(row.fingerprint), np.uint8)).tobytes()
    kept = protect_bits(key, Side(row.account_id, row.livemode), bits)
    return "".join(f"{byte:08b}" for byte in kept)
