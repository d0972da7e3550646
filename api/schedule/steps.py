"""What the schedule does for a seller between one verification and the next, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from api.policy import Schedule
from api.sellers.tables import Seller

Act = Literal["open", "remind", "due", "lapse"]


@dataclass(frozen=True)
class Step:
    """Something to do so many days after the due day (before it, if negative)."""

    days: int
    act: Act


def steps(schedule: Schedule) -> tuple[Step, ...]:
    """All steps in order of time; the annual verification opens before a reminder of the same day."""
    before = [Step(-days, "remind") for days in schedule.reminder_days]
    listed = [
        Step(-schedule.open_before_days, "open"),
        *before,
        Step(0, "due"),
        Step(schedule.grace_days, "lapse"),
    ]
    return tuple(sorted(listed, key=lambda step: step.days))


def plan(schedule: Schedule, seller: Seller) -> None:
    """Start the seller's steps over from its due day."""
    seller.next_step = 0
    seller.next_step_at = step_at(schedule, seller.verified_until, 0)


def step_at(schedule: Schedule, due: datetime | None, number: int) -> datetime | None:
    """When that step comes; None after the last one or without a due day."""
    listed = steps(schedule)
    if due is None or number >= len(listed):
        return None
    return due + timedelta(days=listed[number].days)
