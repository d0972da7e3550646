"""Dates that were clipped or read without certainty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from liveness.dateline import DateLine, ReadLine, confirm, find_date_line
from liveness.newspaper_pose import date_is_today, date_read, weekday_agrees
from liveness.second_look import read_wider
from models.text_reader import TextReader

TODAY = date(2026, 11, 24)


def line(text: str, confidence: float) -> ReadLine:
    """A line at the head of a page, every character as sure as the others."""
    corners = np.array([[60, 40], [500, 40], [500, 80], [60, 80]], np.float32)
    return ReadLine(text, (confidence,) * len(text), 280, 60, 440, 40, 0.02, corners)


def date_line(text: str, confidence: float) -> DateLine:
    """The date that the line bears."""
    found = find_date_line([line(text, confidence)])
    assert found
    return found


def test_a_clipped_date_is_read_again() -> None:
    """Detectors cut off thin characters at the ends of a line: an honest seller's date would be unreadable."""
    page = Pictures.new("RGB", (620, 120), (238, 236, 230))
    pen = ImageDraw.Draw(page)
    pen.text((40, 60), "November 24, 2026", font=ImageFont.load_default(44), fill=20, anchor="lm")
    right = pen.textbbox((40, 60), "November 24, 2026", font=ImageFont.load_default(44), anchor="lm")[2]
    clipped = np.array([[40, 36], [right - 26, 36], [right - 26, 86], [40, 86]], np.float32)
    first = replace(line("November 24, 202", 0.9), polygon=clipped)
    assert find_date_line([first]) is None
    again = find_date_line(read_wider(np.asarray(page), TextReader(), [first]))
    assert again
    assert again.value == TODAY


def test_a_blurred_year_is_a_doubt_and_no_old_newspaper() -> None:
    """A 2 that was misread for a 0 must not refuse a seller who holds the paper of today."""
    unsure = date_line("Tueeday 24 November 2006", 0.59)
    assert date_is_today(unsure, TODAY).outcome == "unknown"
    assert weekday_agrees(unsure).outcome == "unknown"


def test_a_date_that_was_read_once_and_poorly_is_a_doubt() -> None:
    """Small print is guessed: what passes as read must have been read twice, or be beyond doubt."""
    once = date_line("Tuesday 24 November 2026", 0.6)
    assert date_read(once).outcome == "unknown"
    assert date_is_today(once, TODAY).outcome == "unknown"
    twice = confirm(once, line("Tuesday 24 November 2026", 0.6))
    assert date_read(twice).outcome == "pass"
    assert date_is_today(twice, TODAY).outcome == "pass"
    contradicted = confirm(once, line("Tuesday 24 November 2020", 0.7))
    assert date_read(contradicted).outcome == "unknown"


def test_a_year_of_the_same_weekdays_is_a_doubt() -> None:
    """2020 has the weekdays of 2026, and a blurred 6 is a 0: an honest seller must not be refused for it."""
    text = "Thursday 12.11.2020"
    twice = confirm(date_line(text, 0.6), line(text, 0.6))
    assert date_is_today(twice, date(2026, 11, 12)).outcome == "unknown"
    assert date_is_today(twice, date(2026, 11, 13)).outcome == "fail"


def test_a_clear_old_date_fails() -> None:
    """What was read without doubt decides."""
    assert date_is_today(date_line("24 November 2006", 0.97), TODAY).outcome == "fail"


def test_a_headlines_weekday_is_not_the_dates() -> None:
    """A "Monday vote" in large type under a date without a weekday would refuse an honest seller."""
    own = line("November 24, 2026", 0.97)
    for text, height in (("Monday vote", 90), ("the plan on Monday", 40), ("said Monday", 38)):
        found = find_date_line([own, replace(line(text, 0.99), y=130, height=height)])
        assert found
        assert found.weekday is None
    found = find_date_line([own, replace(line("Monday", 0.99), y=110)])
    assert found
    assert found.weekday == 0


def test_a_misread_weekday_is_a_doubt_where_date_and_lunar_date_agree() -> None:
    """One blurred stroke makes 三 of 二: the seller holds today's paper, as its date and its lunar date say."""
    text = "2026年11月24日 星期三 农历十月十六"
    place = text.index("三")

    def outcomes(sign: float, lunar: bool, again: str | None = None) -> tuple[str, str]:
        said = text if lunar else text[: place + 1]
        sure = tuple(sign if i == place else 0.99 for i in range(len(said)))
        found = find_date_line([replace(line(said, 0.99), confidences=sure)])
        assert found
        found = confirm(found, line(again, 0.99)) if again else found
        return weekday_agrees(found).outcome, date_is_today(found, TODAY).outcome

    assert outcomes(0.9, lunar=True) == ("unknown", "unknown")
    assert outcomes(0.7, lunar=False) == ("unknown", "unknown")
    assert outcomes(0.99, lunar=False, again=text.replace("三", "二")) == ("unknown", "unknown")
    assert outcomes(0.9, lunar=False) == ("fail", "pass"), "a forged date keeps the weekday of the old one"
    assert outcomes(0.99, lunar=True) == ("fail", "pass")
