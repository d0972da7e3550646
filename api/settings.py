"""The service's settings: environment variables, each with a default that works on one machine."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _user_data_folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "seller-verifier"


class Settings(BaseSettings):
    """Read once at start. Every name below is set by VERIFIER_<NAME>, but for DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="VERIFIER_", extra="ignore")

    home: Path = Field(default_factory=_user_data_folder)
    """Embedded database, encrypted images and master key live here."""
    database_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("database_url", "DATABASE_URL")
    )
    """A PostgreSQL of the operator's own (with the vector extension); without it, the embedded one."""
    blobs_url: str | None = None
    """A bucket for sealed images (s3://bucket/prefix, gs://, az://) instead of the folder blobs in home."""
    master_key: SecretStr | None = None
    """32 bytes in base64 that wrap the sellers' data keys; without it, the file master.key in home."""
    service_policy: Path | None = None
    """TOML file that replaces api/policy.toml: intervals, attempts, retention, rules."""
    policy: Path | None = None
    """TOML file that replaces the vision core's policy: thresholds and what a failed check leads to."""
    checks_at_once: int = Field(default=1, ge=1)
    """Verifications that one process works on at the same time."""
    checks_waiting: int = Field(default=32, ge=0)
    """One-shot checks that may wait in one process before it answers 429."""
    queue_limit: int = Field(default=10_000, ge=1)
    """Submitted verifications that may wait before /submit answers 429."""
    upload_bytes: int = Field(default=40_000_000, ge=1)
    """Largest image."""
    request_bytes: int = Field(default=210_000_000, ge=1)
    """Largest request, all images together."""
    requests_per_minute: int = Field(default=1200, ge=1)
    """Requests of one API key that one process takes in a minute."""
    review_hours: int = Field(default=24, ge=1)
    """Hours within which a case should be decided: the clock of the agents' queue."""
    undo_seconds: int = Field(default=10, ge=0)
    """How long an agent can take a decision back before it is carried out."""
    oidc_issuer: str | None = None
    """Address of the identity provider by which agents may sign in (OpenID Connect), beside password and code."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_login_claim: str = "preferred_username"
    """Claim that holds an agent's login; an email counts only if the provider says that it is verified."""
    second_reading_share: float = Field(default=0.05, ge=0, le=1)
    """Share of decided cases that another agent judges again, blind."""
    webhook_private_addresses: bool = False
    """Whether webhooks may go to private and loopback addresses and over plain HTTP."""
    log_level: str = "info"

    @property
    def blobs(self) -> Path:
        """Folder of the sealed images."""
        return self.home / "blobs"

    @property
    def database_folder(self) -> Path:
        """Folder of the embedded PostgreSQL."""
        return self.home / "postgres"

    @property
    def master_key_file(self) -> Path:
        """File of the master key."""
        return self.home / "master.key"


@cache
def current_settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return Settings()
