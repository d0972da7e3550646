"""The generated newspaper poses: their truth is what is printed, and a forgery is one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.generators import newspaper, pose_set, poses, printed_dates

TODAY = date(2026, 11, 24)


def _truth(variant: str, seed: int, out: Path, level: str = "easy") -> dict[str, object]:
    rng = np.random.default_rng([seed, 1])
    return pose_set.pose_picture(rng, seed, variant, level, None, TODAY, out).truth


def test_chinese_numerals_and_the_lunar_calendar() -> None:
    """A wrong lunar date in genuine pages would teach the reader to distrust real papers."""
    assert printed_dates.hanzi_number(10) == "十"
    assert printed_dates.hanzi_number(24) == "二十四"
    assert printed_dates.hanzi_number(30) == "三十"
    assert printed_dates.lunar_date(TODAY) == "丙午年十月十六"
    assert printed_dates.lunar_date(date(2023, 3, 22)).endswith("闰二月初一")


def test_printed_dates_bear_the_weekday_of_the_day() -> None:
    """Every form that prints a weekday prints the right one, unless told otherwise."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        day = date.fromordinal(TODAY.toordinal() - seed * 3)
        for printed in (printed_dates.chinese(day, rng), printed_dates.english(day, rng)):
            text = " ".join(printed.parts)
            if printed.weekday is None:
                assert "星期" not in text
                continue
            assert printed.weekday == day.weekday()
            names = (
                f"星期{'一二三四五六日'[day.weekday()]}",
                f"周{'一二三四五六日'[day.weekday()]}",
                f"{day:%a}".upper(),
            )
            assert any(name in text.upper() for name in names)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_date_box_holds_the_date_line(language: str) -> None:
    """There is ink inside the box, which lies in the page's head."""
    page = newspaper.front_page(TODAY, np.random.default_rng(3), language)
    assert page.date_box is not None
    x0, y0, x1, y1 = (round(v) for v in page.date_box)
    assert 0 <= x0 < x1 <= page.pixels.shape[1]
    assert y1 < page.pixels.shape[0] * 0.3
    assert (page.pixels[y0:y1, x0:x1].mean(-1) < 110).mean() > 0.03


@pytest.mark.parametrize("variant", pose_set.VARIANTS)
def test_each_variant_says_what_a_check_should_find(variant: str, tmp_path: Path) -> None:
    """Only the genuine pose is expected to pass; each cheat fails in the check that is there for it."""
    truth = _truth(variant, 4, tmp_path)
    expected = truth["expected"]
    assert isinstance(expected, dict)
    assert expected["outcome"] == ("pass" if variant == "genuine" else "fail")
    culprit = {
        "stale_date": "date_is_today",
        "forged_weekday": "weekday_agrees",
        "wrong_person": "face_matches",
        "two_persons": "single_person",
        "pasted_newspaper": "held_by_hands",
    }
    failed = {name for name, outcome in expected.items() if outcome == "fail"} - {"outcome"}
    if variant in culprit:
        assert failed == {culprit[variant]}
    elif variant in pose_set.NOT_NEWSPAPERS:
        assert "newspaper_present" in failed
    assert (tmp_path / str(truth["selfie"])).exists()


def test_stale_papers_never_bear_today(tmp_path: Path) -> None:
    """Otherwise a right pass would be counted as a miss."""
    for seed in range(5):
        truth = _truth("stale_date", seed, tmp_path)
        assert str(truth["date_shown"]) < TODAY.isoformat()


def test_a_forged_date_shows_today_over_an_old_paper(tmp_path: Path) -> None:
    """The forger's patch says today; in careless forgeries the weekday gives it away."""
    truths = [_truth("forged_date", seed, tmp_path) for seed in range(5)]
    assert {truth["date_shown"] for truth in truths} == {TODAY.isoformat()}
    weekdays = [truth["weekday_shown"] for truth in truths if truth["weekday_shown"] is not None]
    assert any(weekday != TODAY.weekday() for weekday in weekdays)


def test_same_seed_same_pose() -> None:
    """The demo and the figures show the same picture every time."""
    face = np.full((250, 250, 3), 180, np.uint8)
    first, second = (poses.render_newspaper_pose(face, TODAY, np.random.default_rng(2)) for _ in range(2))
    assert first.shape == (1600, 1200, 3)
    assert np.array_equal(first, second)


def test_page_polygon_encloses_the_date(tmp_path: Path) -> None:
    """The date line's polygon lies within the held page's."""
    truth = _truth("genuine", 6, tmp_path, "medium")
    page = np.array(truth["polygon"], np.float32)
    for point in np.array(truth["date_polygon"], np.float32):
        assert cv2.pointPolygonTest(page, (float(point[0]), float(point[1])), True) > -25
