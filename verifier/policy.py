"""What a verification asks for and what each finding leads to: data, read from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.face_analysis import Profile
from verifier.calibration import Bands
from verifier.match import MatchPolicy

DEFAULT = Path(__file__).with_name("policy.toml")


class Effect(StrEnum):
    """What a finding leads to, strongest first."""

    DECLINE = "decline"
    RETAKE = "retake"
    REVIEW = "review"
    NOTE = "note"


class PolicyError(Exception):
    """The policy file can't be read or makes no sense. The message names file and place."""

    code = "bad_policy"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaptureRules(_Section):
    """Which captures a verification needs."""

    required: tuple[str, ...]


class MatchRules(_Section):
    """False match rates that part match, review and no_match, and what makes the templates (verifier.match)."""

    match: float = Field(gt=0, lt=1)
    card_review: float = Field(gt=0, lt=1)
    review: float = Field(gt=0, lt=1)
    profile: Profile = "accurate"
    embedder: str = "fused"
    calibration: Path | None = None


class PoseRules(_Section):
    """The challenge that is asked for where a caller names none, how old a newspaper may be, and the false match
    rates up to which the face of a pose is taken for that of the selfie, and up to which an agent looks (None: those
    of the match section)."""

    challenge: str = "newspaper"
    max_age_days: int = Field(default=0, ge=0)
    match: float | None = Field(default=None, gt=0, lt=1)
    review: float | None = Field(default=None, gt=0, lt=1)


class Policy(_Section):
    """One policy file."""

    version: str
    captures: CaptureRules
    match: MatchRules
    pose: PoseRules
    effects: dict[str, Effect]

    def match_policy(self) -> MatchPolicy:
        """The match section, as verifier.match takes it."""
        rules = self.match
        return MatchPolicy(
            Bands(rules.match, rules.review),
            profile=rules.profile,
            embedder=rules.embedder,
            calibration=rules.calibration,
        )

    def pose_match_policy(self) -> MatchPolicy:
        """As `match_policy`, for the face of a pose against the selfie."""
        rules = self.match_policy()
        match, review = self.pose.match or rules.bands.match, self.pose.review or rules.bands.review
        return replace(rules, bands=Bands(match, review))

    def card_match_policy(self) -> MatchPolicy:
        """As `match_policy`, for a card's portrait against a photo."""
        rules = self.match_policy()
        return replace(rules, kind="card", bands=Bands(rules.bands.match, self.match.card_review))

    def effect(self, code: str) -> Effect:
        """What a finding of this code leads to; an agent looks at what the policy does not name."""
        return self.effects.get(code, Effect.REVIEW)


@cache
def load_policy(path: Path = DEFAULT) -> Policy:
    """Raises PolicyError naming the file, the place in it and what is wrong."""
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{path}: {place}: {first['msg']}") from error
