"""From a similarity to the chance that two different people look this alike, to its weight, and to a decision.

A calibration is a small TOML file beside this module: pairs of a similarity and the false match rate (FMR,
ISO/IEC 19795-1) measured at it, on people of one group, since impostors look more alike within a group than
across all people. docs/accuracy.md says how each file was made.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

Decision = Literal["match", "review", "no_match"]
CaptureKind = Literal["photo", "card"]
"""What the two images are: two photos of people, or a card's portrait and a photo."""

MEASURED_DOWN_TO = 1e-4
"""False match rates below this are drawn on from what was measured (docs/accuracy.md): people are not told them."""

FOLDER = Path(__file__).with_name("calibrations")


@dataclass(frozen=True)
class Bands:
    """False match rates that part the decisions: `match` and below is a match, up to `review` a review."""

    match: float = 1e-3
    review: float = 2e-2


@dataclass(frozen=True)
class LikelihoodRatio:
    """How many times likelier a similarity is between two photos of one person than between two people.

    `low` and `high` are its 5% and 95% interval over resampled people (ENFSI's guideline for evaluative reporting
    says how a ratio is worded).
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """Similarities, rising, and the false match rate at each, falling; between them log-linear.

    `likelihood_ratios` are pairs of a similarity, rising, and the ratio at it; empty in a file made without them.
    """

    version: str
    source: str
    similarity: tuple[float, ...]
    false_match_rate: tuple[float, ...]
    likelihood_ratios: tuple[tuple[float, LikelihoodRatio], ...] = ()

    def rate(self, similarity: float) -> float:
        """The chance, 0 to 1, that two different people of one group score `similarity` or more.

        Beyond the last point the rate stays at that point's: nothing was measured there.
        """
        logs = np.log10(self.false_match_rate)
        return float(10 ** np.interp(similarity, self.similarity, logs))

    def threshold(self, false_match_rate: float) -> float:
        """The lowest similarity whose false match rate is at most this one."""
        logs = np.log10(self.false_match_rate)
        return float(np.interp(-np.log10(false_match_rate), -logs, self.similarity))

    def likelihood_ratio(self, similarity: float) -> LikelihoodRatio | None:
        """The ratio at `similarity`, log-linear between points; beyond them the last: pairs showed no more."""
        if not self.likelihood_ratios:
            return None
        known = [at for at, _ in self.likelihood_ratios]
        logs = np.log([[ratio.value, ratio.low, ratio.high] for _, ratio in self.likelihood_ratios])
        return LikelihoodRatio(*(float(np.exp(np.interp(similarity, known, column))) for column in logs.T))

    def decide(self, similarity: float, bands: Bands) -> Decision:
        """Which band the similarity falls into."""
        rate = self.rate(similarity)
        if rate <= bands.match:
            return "match"
        return "review" if rate <= bands.review else "no_match"

    def identification_rate(self, similarity: float, gallery_size: int) -> float:
        """False positive identification rate: the chance that a stranger finds anyone of `gallery_size`.

        1 - (1 - FMR)^N (ISO/IEC 19795-1), which takes the comparisons as independent.
        """
        return float(-np.expm1(gallery_size * np.log1p(-min(self.rate(similarity), 1 - 1e-12))))


class CalibrationMissingError(Exception):
    """A backend has no calibration: its similarities say nothing yet. The message says what to do."""

    code = "no_calibration"


@cache
def calibration(kind: CaptureKind = "photo", embedder: str = "fused") -> Calibration:
    """The calibration shipped for two images of this kind. Raises CalibrationMissingError for a backend without one."""
    path = FOLDER / (f"{kind}.toml" if embedder == "fused" else f"{embedder}-{kind}.toml")
    if not path.is_file():
        raise CalibrationMissingError(
            f"the face embedder {embedder} has no calibration for {kind} pairs; make one with verifier calibrate "
            "(docs/accuracy.md) and name its file in the policy"
        )
    return read_calibration(path)


@cache
def read_calibration(path: Path) -> Calibration:
    """A calibration file: version, source, points = [[similarity, false_match_rate], ...] rising, and perhaps
    likelihood_ratios = [[similarity, ratio, low, high], ...] rising."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    similarity, rate = zip(*document["points"], strict=True)
    ratios = tuple((at, LikelihoodRatio(*ratio)) for at, *ratio in document.get("likelihood_ratios", ()))
    return Calibration(document["version"], document["source"], tuple(similarity), tuple(rate), ratios)
