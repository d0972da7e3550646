"""When the card that a verification rests on has run out: the schedule asks for the new one then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

LAST_DAYS = (("card_portrait", "valid_to"), ("card_emblem", "valid_to"), ("card_portrait", "expiry_date"))
"""Where a report holds a card's last day: of a temporary ID card, of an ID card, of a passport or permit in its place."""


def runs_out_at(readings: Mapping[str, Mapping[str, Any]]) -> datetime | None:
    """The first moment after the card's last day, in the server's time zone; None where it has none that was read.

    `readings` are those of a report, by capture kind.
    """
    for document, field in LAST_DAYS:
        read = readings.get(document, {}).get("fields", {}).get(field)
        if read is not None:
            return after(read["value"])
    return None


def after(last_day: str) -> datetime | None:
    """The first moment after that day (YYYY-MM-DD); None of what is no day, as 长期."""
    try:
        return datetime.combine(date.fromisoformat(last_day) + timedelta(days=1), time.min).astimezone()
    except (ValueError, OverflowError):
        return None
