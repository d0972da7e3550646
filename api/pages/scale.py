"""The similarity scale: where a false match rate lies between "everyone" and "one in a million"."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verifier.calibration import MEASURED_DOWN_TO

WIDTH = 560.0
MOST = 1_000_000
TICKS = (1, 10, 100, 1_000, 10_000, 100_000, MOST)


@dataclass(frozen=True)
class Band:
    """A stretch of the scale: no_match, review or match."""

    name: str
    x: float
    width: float


@dataclass(frozen=True)
class Scale:
    """Places in a drawing 560 wide, logarithmic; `one_in` is rounded to one figure."""

    x: float
    bands: tuple[Band, ...]
    ticks: tuple[tuple[float, str], ...]
    one_in: int
    beyond: bool
    """Whether it is rarer than what was measured, which is what `one_in` then says."""


def scale_of(false_match_rate: float, match: float, review: float) -> Scale:
    """The scale with the policy's bands: rates up to `match` match, up to `review` are for an agent."""
    left, right = place(review), place(match)
    return Scale(
        x=place(false_match_rate),
        bands=(
            Band("no_match", 0.0, left),
            Band("review", left, round(right - left, 1)),
            Band("match", right, round(WIDTH - right, 1)),
        ),
        ticks=tuple((place(1 / n), f"{n:,}") for n in TICKS),
        one_in=round(float(f"{1 / max(false_match_rate, MEASURED_DOWN_TO):.1g}")),
        beyond=false_match_rate < MEASURED_DOWN_TO,
    )


def place(false_match_rate: float) -> float:
    """1 in 1 at the left, 1 in a million at the right."""
    decades = -math.log10(min(max(false_match_rate, 1 / MOST), 1.0))
    return round(decades / math.log10(MOST) * WIDTH, 1)
