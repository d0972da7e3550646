"""A calibration made from pairs states rates that hold on other people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from verifier.calibration import read_calibration
from verifier.calibration_fit import CalibrationError, LabelledPairs, as_toml, fit, operating_points


def crowd(seed: int, people: int = 90) -> LabelledPairs:
    """Strangers, some of whom look like everybody, and two pairs of photos of each person."""
    rng = np.random.default_rng(seed)
    looks = rng.normal(0, 0.05, people)
    first, second = np.triu_indices(people, 1)
    strangers = looks[first] + looks[second] + rng.normal(0.1, 0.12, len(first))
    ours = np.repeat(np.arange(people), 2)
    genuine = rng.normal(0.6, 0.12, len(ours))
    return LabelledPairs(
        np.concatenate([strangers, genuine]),
        np.arange(len(first) + len(ours)) >= len(first),
        np.column_stack([np.concatenate([first, ours]), np.concatenate([second, ours])]),
    )


def test_the_stated_rate_holds_on_other_people() -> None:
    """A threshold that strangers pass more often than stated lets impostors in."""
    made = fit(crowd(1))
    others = [np.mean(crowd(seed).impostors >= made.threshold(1e-2)) for seed in range(2, 12)]
    assert np.mean(others) <= 1e-2
    assert max(others) <= 3e-2


def test_the_intervals_hold_what_was_measured() -> None:
    """The documentation's intervals must not be narrower than what resampling shows."""
    for point in operating_points(crowd(3), (1e-1, 1e-2)):
        for measured in (point.similarity, point.false_non_match_rate):
            assert measured.low <= measured.value <= measured.high
            assert measured.high - measured.low > 0.005


def test_a_likelihood_ratio_weighs_what_it_says() -> None:
    """A case file that says "a hundred times likelier" must be right about the hundred."""
    made, other = fit(crowd(6)), crowd(7, people=400)
    for similarity in (0.25, 0.35, 0.45):
        near = np.abs(other.similarity - similarity) < 0.02
        observed = np.mean(near[other.same]) / np.mean(near[~other.same])
        ratio = made.likelihood_ratio(similarity)
        assert ratio is not None
        assert ratio.low < ratio.value < ratio.high
        assert abs(np.log10(ratio.value / observed)) < 0.4


def test_a_likelihood_ratio_stays_within_what_the_pairs_can_show() -> None:
    """180 pairs of the same person can't show that something is a million times less likely."""
    made = fit(crowd(8))
    lowest, highest = made.likelihood_ratio(-1), made.likelihood_ratio(1)
    assert lowest is not None
    assert highest is not None
    assert 1 / 180 <= lowest.value < 0.02
    assert highest.value == pytest.approx(90 * 89 / 2, rel=0.01)


def test_a_calibration_is_written_and_read_back(tmp_path: Path) -> None:
    """What an operator calibrates on their own pairs must be what decides."""
    made = fit(crowd(4), source="own pairs")
    path = tmp_path / "own.toml"
    path.write_text(as_toml(made), encoding="utf-8")
    assert read_calibration(path) == made
    assert made.rate(0.9) < made.rate(0.3) < made.rate(-0.5)


def test_too_few_pairs_are_refused() -> None:
    """A rate of one in a thousand can't be read off a hundred pairs, nor a miss off none."""
    few = LabelledPairs(np.linspace(0, 0.5, 100), np.zeros(100, bool), np.zeros((100, 2), int))
    with pytest.raises(CalibrationError, match="different people are too few"):
        fit(few)
    pairs = crowd(5)
    strangers = ~pairs.same
    with pytest.raises(CalibrationError, match="the same person are too few"):
        fit(LabelledPairs(pairs.impostors, pairs.same[strangers], pairs.people[strangers]))
