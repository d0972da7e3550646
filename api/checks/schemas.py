"""What POST /v1/checks answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Reason(BaseModel):
    """Why a verification came out as it did. Codes are stable and listed in docs/errors.md."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str
    check: str | None = None
    effect: str | None = None


class CheckReport(BaseModel):
    """The report of one check; its parts are those of `verifier check --json`."""

    model_config = ConfigDict(extra="allow")

    outcome: Literal["verified", "in_review", "declined"]
    retake: bool = False
    reasons: list[Reason]
    document: dict[str, Any] | None = None
    licence: dict[str, Any] | None = None
    match: dict[str, Any] | None = None
    pose: dict[str, Any] | None = None
    attack: dict[str, Any] | None = None
    duplicates: Any = None
    policy_version: str | None = None
    model_versions: dict[str, str] | None = None
    timings_ms: dict[str, Any] | None = None
