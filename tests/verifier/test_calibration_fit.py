"""A calibration made from pairs states rates that hold on other people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from verifier.calibration import read_calibration
from verifier.calibration_fit import CalibrationError, as_toml, fit, thresholds


def crowd(seed: int, people: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Similarities of strangers, some of whom look like everybody, and who the two of each pair are."""
    rng = np.random.default_rng(seed)
    looks = rng.normal(0, 0.05, people)
    first, second = np.triu_indices(people, 1)
    noise = rng.normal(0.1, 0.12, len(first))
    return looks[first] + looks[second] + noise, np.column_stack([first, second])


def test_the_stated_rate_holds_on_other_people() -> None:
    """A threshold that strangers pass more often than stated lets impostors in."""
    scores, people = crowd(1)
    made = fit(scores, people)
    others = [np.mean(crowd(seed)[0] >= made.threshold(1e-2)) for seed in range(2, 12)]
    assert np.mean(others) <= 1e-2
    assert max(others) <= 3e-2


def test_the_interval_holds_the_measured_threshold() -> None:
    """The documentation's intervals must not be narrower than what resampling shows."""
    scores, people = crowd(3)
    for rated in thresholds(scores, people, (1e-1, 1e-2)):
        low, high = rated.interval
        assert low <= rated.similarity <= high
        assert high - low > 0.005


def test_a_calibration_is_written_and_read_back(tmp_path: Path) -> None:
    """What an operator calibrates on their own pairs must be what decides."""
    made = fit(*crowd(4), source="own pairs")
    path = tmp_path / "own.toml"
    path.write_text(as_toml(made), encoding="utf-8")
    assert read_calibration(path) == made
    assert made.rate(0.9) < made.rate(0.3) < made.rate(-0.5)


def test_too_few_pairs_are_refused() -> None:
    """A rate of one in a thousand can't be read off a hundred pairs."""
    with pytest.raises(CalibrationError, match="too few"):
        fit(np.linspace(0, 0.5, 100))
