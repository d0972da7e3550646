"""What every part of the service works with, opened once in a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from api import database, migrate, policy
from api.database import Database, EmbeddedServer
from api.keys.tables import ServiceKey
from api.policy import ServicePolicy
from api.privacy.blobs import Blobs, open_blobs
from api.privacy.vault import DataKey, Vault, open_vault
from api.settings import Settings


@dataclass
class Service:
    """Settings, policy, database, keys and blobs of one process."""

    settings: Settings
    policy: ServicePolicy
    database: Database
    server: EmbeddedServer | None
    vault: Vault
    blobs: Blobs

    @cached_property
    def index_key(self) -> DataKey:
        """Key of the hashes by which equal document numbers are found."""
        return self._service_key("index")

    @cached_property
    def secrets_key(self) -> DataKey:
        """Key that seals webhook secrets and kept answers."""
        return self._service_key("service")

    @cached_property
    def templates_key(self) -> DataKey:
        """Key of the rotations that protect face templates (api.gallery.protection)."""
        return self._service_key("templates")

    def make_keys(self) -> None:
        """Have the service's own keys in the database before any transaction that might yet be undone uses one."""
        _ = self.index_key, self.secrets_key, self.templates_key

    def _service_key(self, name: str) -> DataKey:
        _, fresh = self.vault.new_key(name)
        with self.database.transaction() as session:
            session.execute(insert(ServiceKey).values(name=name, wrapped=fresh).on_conflict_do_nothing())
            kept = session.scalars(select(ServiceKey.wrapped).where(ServiceKey.name == name)).one()
        return self.vault.unwrap(name, kept)

    def close(self) -> None:
        """Let go of the connections and of the embedded server."""
        self.database.engine.dispose()
        if self.server is not None:
            self.server.close()


def open_service(settings: Settings) -> Service:
    """Start or reach the database, bring its tables up to date, open vault and blobs."""
    settings.home.mkdir(parents=True, exist_ok=True)
    store, server = database.connect(settings)
    vault = open_vault(settings)
    migrate.upgrade(store, vault)
    service = Service(
        settings=settings,
        policy=policy.load(settings.service_policy),
        database=store,
        server=server,
        vault=vault,
        blobs=open_blobs(settings),
    )
    service.make_keys()
    return service
