"""The date line of a newspaper in the forms that papers print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from lunar_python import Solar

DIGITS = "〇一二三四五六七八九"
WEEKDAYS = "一二三四五六日"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)

# a form that stands twice is twice as frequent
CHINESE_FORMS = (
    *("numerals", "numerals", "numerals", "hanzi", "iso", "dots", "slashes"),
    *("padded", "short_weekday", "no_weekday", "block"),
)
ENGLISH_FORMS = (
    *("weekday_month_day", "weekday_month_day", "upper", "abbreviated", "day_month"),
    *("weekday_day_month", "plain", "short_weekday", "slashes", "iso"),
)


@dataclass(frozen=True)
class PrintedDate:
    """What stands in a date line.

    Attributes:
        parts: the pieces in order: date, then weekday and lunar date where the form has them.
        form: name of the form.
        weekday: weekday printed, 0 is Monday; None where none is.
        lunar: whether a lunar date is printed.
    """

    parts: tuple[str, ...]
    form: str
    weekday: int | None
    lunar: bool = False


def hanzi_number(number: int) -> str:
    """A number below 100 in Chinese numerals: 24 is 二十四."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十") + (DIGITS[ones] if ones else "")


def lunar_date(day: date, with_year: bool = True) -> str:
    """The Chinese lunar date of a day: 2026-11-24 is 丙午年十月十六."""
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    year = f"{lunar.getYearInGanZhi()}年" if with_year else ""
    return f"{year}{lunar.getMonthInChinese()}月{lunar.getDayInChinese()}"


def chinese(
    day: date, rng: np.random.Generator, weekday: int | None = None, lunar_of: date | None = None
) -> PrintedDate:
    """A Chinese date line; `weekday` and `lunar_of` replace the true ones in a forgery."""
    form = CHINESE_FORMS[int(rng.integers(len(CHINESE_FORMS)))]
    of_week = day.weekday() if weekday is None else weekday
    named = f"{'周' if form == 'short_weekday' else '星期'}{WEEKDAYS[of_week]}"
    year = "".join(DIGITS[int(digit)] for digit in str(day.year))
    text = {
        "hanzi": f"{year}年{hanzi_number(day.month)}月{hanzi_number(day.day)}日",
        "iso": f"{day:%Y-%m-%d}",
        "dots": f"{day:%Y.%m.%d}",
        "slashes": f"{day.year}/{day.month}/{day.day}",
        "padded": f"{day:%Y}年{day:%m}月{day:%d}日",
    }.get(form, f"{day.year}年{day.month}月{day.day}日")
    if form == "block":
        parts = [f"{day.year}年{day.month}月", str(day.day), named]
    else:
        parts = [text] if form == "no_weekday" else [text, named]
    lunar = bool(rng.random() < (0.6 if form in {"numerals", "hanzi", "block"} else 0.3))
    if lunar:
        parts.append(
            str(rng.choice(["农历", "农历", ""]))
            + lunar_date(lunar_of or day, with_year=bool(rng.random() < 0.75))
        )
    return PrintedDate(tuple(parts), form, None if form == "no_weekday" else of_week, lunar)


def english(day: date, rng: np.random.Generator, weekday: int | None = None) -> PrintedDate:
    """An English date line; `weekday` replaces the true one in a forgery."""
    form = ENGLISH_FORMS[int(rng.integers(len(ENGLISH_FORMS)))]
    of_week = day.weekday() if weekday is None else weekday
    name, month = DAYS[of_week], MONTHS[day.month - 1]
    short = "Sept." if day.month == 9 else month if len(month) < 5 else month[:3] + "."
    text = {
        "weekday_month_day": f"{name}, {month} {day.day}, {day.year}",
        "upper": f"{name}, {month} {day.day}, {day.year}".upper(),
        "abbreviated": f"{name}, {short} {day.day}, {day.year}",
        "day_month": f"{day.day} {month} {day.year}",
        "weekday_day_month": f"{name} {day.day} {month} {day.year}",
        "plain": f"{month} {day.day}, {day.year}",
        "short_weekday": f"{name[:3]}, {month[:3]} {day.day}, {day.year}",
        "slashes": f"{name} {day:%d/%m/%Y}",
        "iso": f"{day:%Y-%m-%d} {name}",
    }[form]
    return PrintedDate((text,), form, None if form in {"day_month", "plain"} else of_week)
