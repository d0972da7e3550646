"""What POST /v1/checks answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from api.schemas import Schema


class Reason(Schema):
    """Why a verification came out as it did. Codes are stable and listed in docs/errors.md."""

    model_config = ConfigDict(extra="allow")

    code: str
    """Stable."""
    message: str
    """For people, in English."""
    check: str | None = None
    """The check that failed."""
    effect: str | None = None
    """What policy makes of it: decline, retake, review or note."""


class CheckReport(Schema):
    """The report of one check; its parts are those of `verifier check --json`."""

    model_config = ConfigDict(extra="allow")

    outcome: Literal["verified", "in_review", "declined"]
    """The decision."""
    retake: bool = False
    """Whether better photos would decide it."""
    reasons: list[Reason]
    """Why it is so."""
    document: dict[str, Any] | None = None
    """What was read of the ID card's sides, and its checks."""
    licence: dict[str, Any] | None = None
    """What was read of the business licence."""
    match: dict[str, Any] | None = None
    """Selfie and card compared: similarity, false_match_rate, decision."""
    pose: dict[str, Any] | None = None
    """The checks of the pose."""
    attack: dict[str, Any] | None = None
    """Presentation-attack scores by photo, 0 live to 1 attack."""
    duplicates: Any = None
    """Always None: nothing is compared with other sellers."""
    policy_version: str | None = None
    """Of the vision core's policy."""
    model_versions: dict[str, str] | None = None
    """Of each network."""
    timings_ms: dict[str, Any] | None = None
    """Of each stage."""
