"""Brings a database's tables to this version (Alembic), one process at a time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from api.database import Database
from api.privacy.vault import Vault

# Any number that no other lock of ours uses.
_MIGRATION_LOCK = 7_301_002


def upgrade(database: Database, vault: Vault, revision: str = "head") -> None:
    """Run the missing migrations; none where the tables are up to date. One seals what was kept in clear."""
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        connection.commit()
        try:
            config = _config()
            config.attributes.update(connection=connection, vault=vault)
            command.upgrade(config, revision)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _MIGRATION_LOCK})
            connection.commit()


def is_current(database: Database) -> bool:
    """Whether the tables are those of this version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == head)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config
