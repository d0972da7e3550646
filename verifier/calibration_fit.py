"""Makes a calibration from labelled pairs: which similarity strangers reach how rarely, and how much it weighs.

The rate stated for a similarity is not the one measured on the sample but the upper end of its spread over
resampled people (bootstrap; Poh and Bengio, 2007): people of another sample must not beat it often. Below the
rates that the sample can show, the curve goes on as straight as it ended, in the logarithm of the rate.

The likelihood ratio is how many times likelier a similarity is between two photos of one person than between two
people; its logarithm is taken as a straight line in the similarity (linear logistic regression; Brummer and
du Preez, 2006), but for a share of genuine pairs that score as strangers do, and ends where so many pairs can show
no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from verifier.calibration import Calibration, LikelihoodRatio

RATES = (0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4)
EXTRAPOLATED = (1e-5, 1e-6)
RESAMPLES = 300
UPPER = 0.84
"""Quantile of the resampled thresholds that is stated: one standard deviation above the middle."""

INTERVAL = (0.05, 0.95)
"""Quantiles between which an interval lies."""

FEWEST = 5
"""Impostor pairs that a rate must rest on to be read off the sample."""

FEWEST_GENUINE = 30
"""Pairs of the same person without which nothing can be said about them."""

RIDGE = 1e-6
"""Keeps the slope finite where every genuine pair scores higher than every impostor pair."""

EDGES = np.linspace(-1, 1, 401)
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2
"""Bins of similarity in which pairs are counted for the likelihood ratio."""

Scores = NDArray[np.float64]


class CalibrationError(Exception):
    """The pairs can't make a calibration. The message says what is missing."""

    code = "too_few_pairs"


@dataclass(frozen=True)
class LabelledPairs:
    """`similarity` float (n,); `same` bool (n,): one person; `people` int (n, 2): who the two of a pair are."""

    similarity: Scores
    same: NDArray[np.bool_]
    people: NDArray[np.integer]

    @property
    def impostors(self) -> Scores:
        """Similarities of the pairs of two people."""
        return self.similarity[~self.same]

    @property
    def genuine(self) -> Scores:
        """Similarities of the pairs of one person."""
        return self.similarity[self.same]


@dataclass(frozen=True)
class Measured:
    """A number and its interval between resampled people."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class OperatingPoint:
    """A false match rate, the similarity at which it was measured, and the false non-match rate there."""

    false_match_rate: float
    similarity: Measured
    false_non_match_rate: Measured


def fit(pairs: LabelledPairs, source: str = "", seed: int = 0) -> Calibration:
    """The calibration that these pairs make. Raises CalibrationError where they are too few.

    Whole people are resampled, which shows how much the rates hang on a few who look like many.
    """
    _enough(pairs)
    rates = [rate for rate in RATES if rate * len(pairs.impostors) >= FEWEST]
    drawn = np.array([_thresholds(pairs, weights, rates) for weights in _resamples(pairs, seed)])
    stated = np.maximum.accumulate(np.quantile(drawn, UPPER, axis=0))
    points = [(-1.0, 1.0), *zip(stated.tolist(), rates, strict=True), *_tail(stated, rates)]
    similarity, rate = zip(*((round(s, 4), r) for s, r in _rising(points)), strict=True)
    return Calibration(date.today().isoformat(), source, similarity, rate, _likelihood_ratios(pairs, seed))


def operating_points(pairs: LabelledPairs, rates: tuple[float, ...], seed: int = 0) -> list[OperatingPoint]:
    """What was measured at each false match rate that the pairs can show, with intervals."""
    rates = tuple(rate for rate in rates if rate * len(pairs.impostors) >= 1)
    everyone = np.ones(len(pairs.same))
    similarity = _thresholds(pairs, everyone, rates)
    misses = _misses(pairs, everyone, similarity)
    spread = []
    for weights in _resamples(pairs, seed):
        at = _thresholds(pairs, weights, rates)
        spread.append((at, _misses(pairs, weights, at)))
    low, high = np.nanquantile(np.array(spread), INTERVAL, axis=0)
    none_missed = 1 - INTERVAL[0] ** (1 / max(len(pairs.genuine), 1))  # what no miss among so many can hide
    return [
        OperatingPoint(
            rate,
            Measured(float(similarity[i]), float(low[0, i]), float(high[0, i])),
            Measured(float(misses[i]), float(low[1, i]), max(float(high[1, i]), none_missed)),
        )
        for i, rate in enumerate(rates)
    ]


def as_toml(made: Calibration) -> str:
    """The file that `verifier.calibration.read_calibration` reads."""
    rows = "".join(
        f"    [{s}, {r:g}],\n" for s, r in zip(made.similarity, made.false_match_rate, strict=True)
    )
    ratios = "".join(f"    [{s}, {r.value:g}, {r.low:g}, {r.high:g}],\n" for s, r in made.likelihood_ratios)
    head = f'version = "{made.version}"\nsource = "{made.source}"\n'
    return f"{head}points = [\n{rows}]\nlikelihood_ratios = [\n{ratios}]\n"


def _enough(pairs: LabelledPairs) -> None:
    for count, kind, least in (
        (len(pairs.impostors), "different people", 100 * FEWEST),
        (len(pairs.genuine), "the same person", FEWEST_GENUINE),
    ):
        if count < least:
            raise CalibrationError(f"{count} pairs of {kind} are too few; {least} are the least")


def _resamples(pairs: LabelledPairs, seed: int) -> Iterator[Scores]:
    """How often each pair counts, (n,), in each draw of as many people as there are."""
    rng = np.random.default_rng(seed)
    count = int(pairs.people.max()) + 1
    for _ in range(RESAMPLES):
        times = rng.multinomial(count, np.full(count, 1 / count)).astype(float)
        first, second = times[pairs.people[:, 0]], times[pairs.people[:, 1]]
        yield np.where(pairs.same, first, first * second)


def _thresholds(pairs: LabelledPairs, weights: Scores, rates: tuple[float, ...] | list[float]) -> Scores:
    """The similarity, (len(rates),), that this share of the impostor pairs reaches."""
    order = np.argsort(-pairs.impostors)
    falling, counted = pairs.impostors[order], weights[~pairs.same][order]
    share = np.cumsum(counted) / max(counted.sum(), 1)
    return falling[np.minimum(np.searchsorted(share, rates), len(falling) - 1)]


def _misses(pairs: LabelledPairs, weights: Scores, similarity: Scores) -> Scores:
    """False non-match rate at each similarity, (n,); NaN in a draw of people without a second photo."""
    counted = weights[pairs.same]
    below = pairs.genuine[:, None] < similarity
    return (counted @ below) / (counted.sum() or np.nan)


def _likelihood_ratios(pairs: LabelledPairs, seed: int) -> tuple[tuple[float, LikelihoodRatio], ...]:
    """Similarities, rising, and the ratio at each, from the smallest to the largest that the pairs can show."""
    whole = _Evidence.of(pairs, np.ones(len(pairs.same))).fitted(Curve(0.0, 1.0, 0.01), 30)
    ends = 1 / len(pairs.genuine), float(len(pairs.impostors))
    top = min((np.log(ends[1] / (1 - whole.lost)) - whole.offset) / whole.slope, 1.0)
    grid = np.linspace(float(np.quantile(pairs.impostors, 0.5)), top, 15, dtype=np.float64).round(4)
    drawn = [_Evidence.of(pairs, weights).fitted(whole, 8).ratio(grid) for weights in _resamples(pairs, seed)]
    low, high = np.quantile(drawn, INTERVAL, axis=0)
    ratios = np.clip(np.column_stack([whole.ratio(grid), low, high]), *ends)
    return tuple(
        (float(s), LikelihoodRatio(*(float(f"{r:.4g}") for r in row)))
        for s, row in zip(grid, ratios, strict=True)
    )


@dataclass(frozen=True)
class Curve:
    """The likelihood ratio as a function: its logarithm a line, but for `lost` of the genuine pairs, which score
    as strangers do (a covered face, a profile)."""

    offset: float
    slope: float
    lost: float

    def ratio(self, similarity: Scores) -> Scores:
        """The likelihood ratio at each similarity."""
        line = np.exp(np.clip(self.offset + self.slope * similarity, -50, 50))
        return np.asarray(self.lost + (1 - self.lost) * line)


@dataclass(frozen=True)
class _Evidence:
    """Shares of the genuine and of the impostor pairs in each bin of similarity, summing to one each."""

    genuine: Scores
    impostors: Scores

    @classmethod
    def of(cls, pairs: LabelledPairs, weights: Scores) -> _Evidence:
        """Of pairs that count so often. Faces that were not found (-1) have no similarity."""
        found = np.where(pairs.similarity > -1, weights, 0)
        kinds = [
            np.histogram(pairs.similarity[k], EDGES, weights=found[k])[0] for k in (pairs.same, ~pairs.same)
        ]
        return cls(*(kind / max(kind.sum(), 1e-9) for kind in kinds))

    def fitted(self, start: Curve, rounds: int) -> Curve:
        """The likeliest curve, by expectation maximisation: which genuine pairs are lost, then the line of the rest."""
        curve = start
        for _ in range(rounds):
            kept = self.genuine * (1 - curve.lost / curve.ratio(MIDDLES))
            lost = float(np.clip(1 - kept.sum(), 1e-4, 0.5))
            offset, slope = _line(kept / kept.sum(), self.impostors, np.array([curve.offset, curve.slope]))
            curve = Curve(float(offset), float(slope), lost)
        return curve


def _line(genuine: Scores, impostors: Scores, line: Scores) -> Scores:
    """Offset and slope, (2,), of the log likelihood ratio by Newton's method, from `line` on."""
    inputs = np.column_stack([np.ones(len(MIDDLES)), MIDDLES])
    for _ in range(20):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ line, -50, 50)))
        gradient = inputs.T @ (genuine * (1 - chance) - impostors * chance) - RIDGE * line
        weight = (genuine + impostors) * chance * (1 - chance)
        step = np.linalg.solve((inputs * weight[:, None]).T @ inputs + RIDGE * np.eye(2), gradient)
        line = line + np.clip(step, -20, 20)
        if np.abs(step).max() < 1e-4:
            break
    return line


def _tail(stated: Scores, rates: list[float]) -> list[tuple[float, float]]:
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
