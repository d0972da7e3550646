"""Makes a calibration from labelled pairs: which similarity strangers reach how rarely.

The rate stated for a similarity is not the one measured on the sample but the upper end of its spread over
resampled people (bootstrap; Poh and Bengio, 2007): people of another sample must not beat it often. Below the
rates that the sample can show, the curve goes on as straight as it ended, in the logarithm of the rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from verifier.calibration import Calibration

RATES = (0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4)
EXTRAPOLATED = (1e-5, 1e-6)
RESAMPLES = 300
UPPER = 0.84
"""Quantile of the resampled thresholds that is stated: one standard deviation above the middle."""

FEWEST = 5
"""Impostor pairs that a rate must rest on to be read off the sample."""

Scores = NDArray[np.floating]


class CalibrationError(Exception):
    """The pairs can't make a calibration. The message says what is missing."""

    code = "too_few_pairs"


@dataclass(frozen=True)
class Rated:
    """A rate, the similarity at it, and the interval of that similarity between resamples (5% to 95%)."""

    rate: float
    similarity: float
    interval: tuple[float, float]


def fit(
    impostors: Scores, people: NDArray[np.integer] | None = None, source: str = "", seed: int = 0
) -> Calibration:
    """The calibration of the similarities of pairs of different people.

    `people` int (n, 2) numbers the two people of each pair; with it whole people are resampled, which shows how
    much the rates hang on a few who look like many. Raises CalibrationError for fewer than 500 pairs.
    """
    if len(impostors) < 100 * FEWEST:
        raise CalibrationError(
            f"{len(impostors)} pairs of different people are too few; {100 * FEWEST} are the least"
        )
    rates = [rate for rate in RATES if rate * len(impostors) >= FEWEST]
    drawn = _resampled_thresholds(np.asarray(impostors), people, rates, seed)
    stated = np.maximum.accumulate(np.quantile(drawn, UPPER, axis=0))
    points = [(-1.0, 1.0), *zip(stated.tolist(), rates, strict=True), *_tail(stated, rates)]
    similarity, rate = zip(*((round(s, 4), r) for s, r in _rising(points)), strict=True)
    return Calibration(date.today().isoformat(), source, similarity, rate)


def thresholds(
    impostors: Scores, people: NDArray[np.integer] | None, rates: tuple[float, ...], seed: int = 0
) -> list[Rated]:
    """Similarity at each false match rate as measured, with its interval between resamples."""
    drawn = _resampled_thresholds(np.asarray(impostors), people, list(rates), seed)
    measured = np.quantile(impostors, 1 - np.array(rates))
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    return [
        Rated(rate, float(s), (float(a), float(b)))
        for rate, s, a, b in zip(rates, measured, low, high, strict=True)
    ]


def as_toml(made: Calibration) -> str:
    """The file that `verifier.calibration.read_calibration` reads."""
    rows = "".join(
        f"    [{s}, {r:g}],\n" for s, r in zip(made.similarity, made.false_match_rate, strict=True)
    )
    return f'version = "{made.version}"\nsource = "{made.source}"\npoints = [\n{rows}]\n'


def _resampled_thresholds(
    impostors: Scores, people: NDArray[np.integer] | None, rates: list[float], seed: int
) -> NDArray[np.float64]:
    """float64 (RESAMPLES, len(rates)): the similarity at each rate in each resample."""
    rng = np.random.default_rng(seed)
    order = np.argsort(-impostors)
    falling = impostors[order]
    drawn = np.empty((RESAMPLES, len(rates)))
    for row in drawn:
        weights = _weights(len(impostors), people, rng)[order]
        share = np.cumsum(weights) / max(weights.sum(), 1)
        row[:] = falling[np.minimum(np.searchsorted(share, rates), len(falling) - 1)]
    return drawn


def _weights(pairs: int, people: NDArray[np.integer] | None, rng: np.random.Generator) -> NDArray[np.float64]:
    if people is None:
        return rng.multinomial(pairs, np.full(pairs, 1 / pairs)).astype(float)
    count = int(people.max()) + 1
    times = rng.multinomial(count, np.full(count, 1 / count)).astype(float)
    return np.asarray(times[people[:, 0]] * times[people[:, 1]])


def _tail(stated: NDArray[np.float64], rates: list[float]) -> list[tuple[float, float]]:
    """The rarest rates, on the straight line through the last decade that was measured."""
    decade = next(i for i, rate in enumerate(rates) if rate <= 10.001 * rates[-1])
    slope = (stated[-1] - stated[decade]) / np.log10(rates[decade] / rates[-1])
    rest = [rate for rate in (*RATES, *EXTRAPOLATED) if rate < rates[-1]]
    return [(float(stated[-1] + slope * np.log10(rates[-1] / rate)), rate) for rate in rest]


def _rising(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that do not rise: ties of a small sample."""
    kept = points[:1]
    for point in points[1:]:
        if point[0] > kept[-1][0] + 1e-4:
            kept.append(point)
    return kept
