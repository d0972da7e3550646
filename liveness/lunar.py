"""Reads the Chinese lunar date that Chinese newspapers print beside the date, and checks that the two agree.

The calendar itself is lunar_python's (MIT). Of the libraries tried, it and zhdate agree with each other from
1900 to 2100; lunardate differs on 415 days of 73,382 and is under the GPL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from lunar_python import Solar

from liveness.dates import normalise

_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_DIGITS = {c: i + 1 for i, c in enumerate("一二三四五六七八九")}
_MONTHS = {"正": 1, "冬": 11, "腊": 12, "臘": 12, "十": 10, "十一": 11, "十二": 12} | _DIGITS
_LUNAR = re.compile(
    rf"(?P<word>[农農阴陰夏旧舊][历曆歷])?\s*(?P<year>[{_STEMS}]\s?[{_BRANCHES}])?\s*年?\s*"
    r"(?P<leap>[闰閏])?(?P<month>十[一二]|[正冬腊臘一二三四五六七八九十])月"
    r"(?P<day>(?>初[一二三四五六七八九十]|[廿卄][一二三四五六七八九]|二十[一二三四五六七八九]?|十[一二三四五六七八九]|三十))"
    r"(?![日号號曰旦])"
)


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the Chinese calendar as printed."""

    month: int
    day: int
    leap: bool
    year: str | None
    """Stem and branch (丙午), where printed."""

    def __str__(self) -> str:
        leap = "闰" if self.leap else ""
        return f"{self.year or ''}{leap}{self.month}月{self.day}日"


def find_lunar(line: str) -> LunarDate | None:
    """The lunar date of a line: 农历丙午年十月十六, 丙午年闰六月初一, 十月廿四. None where there is none.

    Plain numerals could be a date of either calendar: then a word, a year name or a month must say so.
    """
    for m in _LUNAR.finditer(normalise(line)):
        if m["word"] or m["year"] or m["month"] in "正冬腊臘" or m["day"][0] in "初廿卄":
            year = m["year"].replace(" ", "") if m["year"] else None
            return LunarDate(_MONTHS[m["month"]], _day(m["day"]), bool(m["leap"]), year)
    return None


def without_lunar(line: str) -> str:
    """The line, normalised, without what has the form of a lunar date."""
    return _LUNAR.sub(" ", normalise(line))


def lunar_date(day: date) -> LunarDate:
    """The lunar date of a day between 1900 and 2100."""
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month = int(lunar.getMonth())
    return LunarDate(abs(month), int(lunar.getDay()), month < 0, str(lunar.getYearInGanZhi()))


def lunar_agrees(printed: LunarDate, day: date) -> bool:
    """Does the printed lunar date fall on that day? A year that was not printed is not compared."""
    true = lunar_date(day)
    return (printed.month, printed.day, printed.leap) == (true.month, true.day, true.leap) and (
        printed.year is None or printed.year == true.year
    )


def _day(text: str) -> int:
    text = text.replace("廿", "二十").replace("卄", "二十").removeprefix("初")
    tens, ten, ones = text.rpartition("十")
    return (10 * _DIGITS.get(tens or "一", 1) if ten else 0) + _DIGITS.get(ones, 0)
