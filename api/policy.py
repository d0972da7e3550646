"""The service's policy: policy.toml, typed. Thresholds of pictures are the vision core's own policy."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Severity = Literal["low", "medium", "high", "critical"]
Kind = Literal["individual", "enterprise"]
Risk = Literal["low", "normal", "high"]
Role = Literal["legal_representative", "major_shareholder"]
Days = Annotated[int, Field(ge=0)]
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
    four_eyes_risks: tuple[Risk, ...]


class Enterprise(_Strict):
    """What an enterprise must show, and of whom."""

    captures: tuple[Literal["licence", "card_portrait", "card_emblem", "selfie", "pose"], ...] = Field(
        min_length=1
    )
    required_roles: tuple[Role, ...]


class Schedule(_Strict):
    """When a verification is due again, and how the seller is told."""

    reminder_days: tuple[Days, ...]
    open_before_days: Days
    grace_days: Days
    interval_days: dict[str, Days]

    @model_validator(mode="after")
    def _names_sellers(self) -> Self:
        """A misspelt kind or risk would leave its sellers unchecked for a year."""
        sellers = {f"{kind}_{risk}" for kind in get_args(Kind) for risk in get_args(Risk)}
        unknown = sorted(self.interval_days.keys() - sellers - {"default"})
        if unknown or "default" not in self.interval_days:
            known = ", ".join(sorted(sellers))
            raise ValueError(
                f"interval_days needs default, and may name {known}; not {', '.join(unknown) or 'less'}"
            )
        return self

    def interval(self, kind: str, risk: str) -> int:
        """Days that a verification of such a seller holds."""
        return self.interval_days.get(f"{kind}_{risk}", self.interval_days["default"])


class Retention(_Strict):
    """How long what is kept of whom."""

    declined_days: Days
    canceled_days: Days
    expired_days: Days
    lapsed_days: Days
    events_days: Days
    idempotency_hours: Annotated[int, Field(ge=0)]


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
    count: Annotated[int, Field(ge=1)]
    within_days: Days
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
