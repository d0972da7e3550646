"""Years of re-checks, a day at a time, against a model of what must happen to each seller and when."""

from __future__ import annotations

from api.service import Service
from benchmarks.service_years import run


def test_every_seller_is_verified_again_or_lapses_on_its_day_and_nothing_happens_twice(
    service: Service,
) -> None:
    """A seller reminded twice is annoyed; one who is never asked again sells with a card that was sold on.

    `python -m benchmarks service-years` does the same with 100,000 sellers.
    """
    result = run(service, sellers=12, days=730)
    assert result.days == 730
    assert result.answers > 12
    assert (result.missed, result.unexpected) == (0, 0)
