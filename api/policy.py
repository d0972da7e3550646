"""The service's policy: policy.toml, typed. Thresholds of pictures are the vision core's own policy."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Verifications(_Strict):
    """What a verification asks for, and who decides it."""

    attempts: int = Field(ge=1)
    abandoned_after_days: int = Field(ge=1)
    challenges: tuple[str, ...] = Field(min_length=1)
    challenge_days: int = Field(ge=1)
    consent_required: bool
    four_eyes: tuple[Literal["verified", "declined"], ...]
    four_eyes_risks: tuple[str, ...]


class Enterprise(_Strict):
    """What an enterprise must show, and of whom."""

    captures: tuple[Literal["licence", "card_portrait", "card_emblem", "selfie", "pose"], ...] = Field(
        min_length=1
    )
    required_roles: tuple[str, ...]


class Schedule(_Strict):
    """When a verification is due again, and how the seller is told."""

    reminder_days: tuple[int, ...]
    open_before_days: int
    grace_days: int
    interval_days: dict[str, int]

    def interval(self, kind: str, risk: str) -> int:
        """Days that a verification of such a seller holds."""
        return self.interval_days.get(f"{kind}_{risk}", self.interval_days["default"])


class Retention(_Strict):
    """How long what is kept of whom."""

    declined_days: int
    canceled_days: int
    expired_days: int
    lapsed_days: int
    events_days: int
    idempotency_hours: int


Effect = Literal["decline", "review", "allow"]


class Duplicates(_Strict):
    """What each kind of duplicate leads to, and how like faces must be."""

    same_person_other_store: Effect
    borrowed_card: Effect
    lent_face: Effect
    banned_person: Effect
    same_card_other_store: Effect
    same_licence_other_store: Effect
    same_photo_other_store: Effect
    same_background: Effect
    other_person_same_store: Effect
    face_false_match_rate: float = Field(gt=0, lt=1)
    false_positive_identification_rate: float = Field(gt=0, lt=1)
    scan_false_positive_identification_rate: float = Field(gt=0, lt=1)
    backgrounds_compared: int = Field(ge=0)


class Faces(_Strict):
    """How many faces may be stored before it is told."""

    alert_at: int


class SignalRule(_Strict):
    """How many signals in how many days lead to what."""

    types: tuple[str, ...]
    at_least: Severity
    count: int
    within_days: int
    then: Literal["verify", "suspend"]
    method: Literal["face", "agent"] | None = None
    """Of the additional verification; the seller's own one where none is named."""
    challenge: str | None = None
    """Kind of what its pose must show; drawn from `[verifications] challenges` where none is named."""

    def covers(self, signal_type: str, severity: str) -> bool:
        """Whether a signal of this type and severity counts under the rule."""
        named = "*" in self.types or signal_type in self.types
        return named and SEVERITIES.index(severity) >= SEVERITIES.index(self.at_least)


class ServicePolicy(_Strict):
    """All of policy.toml."""

    version: str
    verifications: Verifications
    enterprise: Enterprise
    schedule: Schedule
    retention: Retention
    duplicates: Duplicates
    faces: Faces
    signals: tuple[SignalRule, ...]


def load(path: Path | None) -> ServicePolicy:
    """The policy in that file, or the one of the service. Raises ValueError saying what is wrong."""
    source = path or Path(__file__).with_name("policy.toml")
    return ServicePolicy.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
