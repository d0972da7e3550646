"""False match rates read from the shipped calibration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.calibration import Bands, calibration

SCALE = calibration("photo")


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_similarity_never_has_a_higher_false_match_rate(a: float, b: float) -> None:
    """Otherwise a better match could be refused where a worse one passes."""
    low, high = sorted((a, b))
    assert 0 < SCALE.rate(high) <= SCALE.rate(low) <= 1


@pytest.mark.parametrize("rate", [1e-1, 1e-2, 1e-3, 1e-4])
def test_threshold_is_the_inverse_of_rate(rate: float) -> None:
    """The threshold shown to an operator must be the one that decides."""
    assert SCALE.rate(SCALE.threshold(rate)) == pytest.approx(rate, rel=1e-6)


def test_bands() -> None:
    """Three decisions, parted by false match rates."""
    bands = Bands(match=1e-3, review=2e-2)
    assert SCALE.decide(SCALE.threshold(1e-3) + 1e-4, bands) == "match"
    assert SCALE.decide(SCALE.threshold(1e-3) - 1e-4, bands) == "review"
    assert SCALE.decide(SCALE.threshold(2e-2) - 1e-4, bands) == "no_match"


def test_a_larger_gallery_finds_more_strangers() -> None:
    """In a search over N sellers about N times the false match rate of strangers come back."""
    similarity = SCALE.threshold(1e-4)
    assert SCALE.identification_rate(similarity, 1) == pytest.approx(1e-4)
    assert SCALE.identification_rate(similarity, 1000) == pytest.approx(0.095, abs=0.001)
