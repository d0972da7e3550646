"""What a pose check says, and how single checks make its outcome."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from liveness.challenges import Challenge
from models.arrays import Polygon
from models.face_analysis import Face
from models.sentences import Sentence

CheckOutcome = Literal["pass", "fail", "unknown"]
PoseOutcome = Literal["pass", "review", "fail"]
Effects = Mapping[str, Mapping[str, PoseOutcome | Literal["note"]]]
"""Check name -> {"fail": ..., "unknown": ...}: what that outcome of the check makes of the pose; a note nothing."""


@dataclass(frozen=True, slots=True)
class PoseCheck:
    """One thing that was looked at."""

    outcome: CheckOutcome
    detail: Sentence
    """Holds no name and no number of a document."""
    value: str | None = None
    """What was read, where something was: a date as ISO, a code, a direction."""

    def as_json(self) -> dict[str, Any]:
        """The form of the command's JSON: `detail` in English, `sentence` for other languages."""
        said = {"detail": str(self.detail), "sentence": self.detail.as_json()}
        value = {} if self.value is None else {"value": self.value}
        return {"outcome": self.outcome, **said, **value}


@dataclass(frozen=True)
class Evidence:
    """What a person would want to see of a pose. Polygons are float32 (4, 2) in photo pixels."""

    regions: dict[str, Polygon] = field(default_factory=dict)
    """newspaper, date, weekday, seller_face, hand_1, ...: what to draw over the photo."""


@dataclass(frozen=True)
class PoseResult:
    """The outcome of a pose check."""

    outcome: PoseOutcome
    checks: dict[str, PoseCheck]
    evidence: Evidence
    challenge: Challenge | None = None
    """What was asked for."""

    def as_json(self) -> dict[str, object]:
        """`outcome` and `checks`, the form of the command's JSON."""
        return {
            "outcome": self.outcome,
            "checks": {name: check.as_json() for name, check in self.checks.items()},
        }


@dataclass(frozen=True, slots=True)
class FaceComparison:
    """How the face of the pose compares with the selfie: what the caller's matcher says."""

    decision: Literal["match", "review", "no_match"]
    similarity: float


FaceCheck = Callable[[Face], FaceComparison]
"""Compares a face of the pose photo with the selfie. Called with the seller's face, once that is known: the
largest face of a pose photo may be one that is printed in the newspaper."""


def conclude(checks: dict[str, PoseCheck], evidence: Evidence, effects: Effects | None = None) -> PoseResult:
    """The worst effect of all checks. A check that `effects` does not name has none."""
    table = effects or default_effects()
    found = [table.get(name, {}).get(check.outcome, "pass") for name, check in checks.items()]
    outcome: PoseOutcome = "fail" if "fail" in found else "review" if "review" in found else "pass"
    return PoseResult(outcome, checks, evidence)


@cache
def default_effects() -> Effects:
    """pose_effects.toml."""
    table: Effects = tomllib.loads(Path(__file__).with_name("pose_effects.toml").read_text("utf-8"))
    return table
