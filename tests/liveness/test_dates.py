"""A newspaper's date, in the forms that real papers print and with the mistakes that a recogniser makes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.dates import find_dates, find_weekdays
from liveness.lunar import find_lunar, lunar_agrees, lunar_date

TODAY = date(2026, 11, 24)
DAYS = st.dates(date(1950, 1, 1), date(2099, 12, 31))
CHINESE = dict(enumerate("〇一二三四五六七八九"))
ENGLISH_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ENGLISH_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def numeral(n: int) -> str:
    """1 to 39 in Chinese numerals."""
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else CHINESE[tens] + "十") + (
        CHINESE[ones] if ones else ""
    )


def forms(day: date) -> dict[str, str]:
    """The same day in each printed form."""
    year = "".join(CHINESE[int(c)] for c in str(day.year))
    month, weekday = ENGLISH_MONTHS[day.month - 1], ENGLISH_DAYS[day.weekday()]
    return {
        "figures": f"{day.year}年{day.month}月{day.day}日 星期{'一二三四五六日'[day.weekday()]}",
        "numerals": f"{year}年{numeral(day.month)}月{numeral(day.day)}日",
        "zero": f"{year.replace('〇', '零')}年{numeral(day.month)}月{numeral(day.day)}日",
        "circle": f"{year.replace('〇', '○')}年{numeral(day.month)}月{numeral(day.day)}日",
        "cyrillic": f"{year.replace('〇', 'О')}年{numeral(day.month)}月{numeral(day.day)}日",
        "iso": day.isoformat(),
        "dashes": f"{day.day}-{month[:3]}-{day.year}",
        "dots": f"{day.year}.{day.month:02}.{day.day:02} 周{'一二三四五六日'[day.weekday()]}",
        "wide": f"{day.year} 年 {day.month} 月 {day.day} 日",
        "british": f"{weekday} {day.day} {month} {day.year}",
        "american": f"{weekday}, {month} {day.day}, {day.year}",
        "short": f"{month[:3]}. {day.day}, {day.year}",
        "capitals": f"{weekday}, {month} {day.day}, {day.year}".upper(),
        "glued": f"{weekday},{month}{day.day},{day.year}".upper(),
        "taiwan": f"中華民國{day.year - 1911}年{day.month}月{day.day}日",
    }


@given(DAYS)
def test_every_form_reads_back(day: date) -> None:
    """If this fails, a seller who holds the right newspaper is turned away, or worse."""
    for name, line in forms(day).items():
        assert [d.value for d in find_dates(line)] == [day], name


@given(DAYS)
def test_the_weekday_reads_back(day: date) -> None:
    """A forged date is caught by the weekday beside it: it must be read in every form that prints one."""
    for name in ("figures", "dots", "british", "american", "capitals", "glued"):
        assert find_weekdays(forms(day)[name]) == (day.weekday(),), name


@given(DAYS, st.sampled_from(["0O", "0o", "1l", "1I", "1|", "0Q"]))
def test_confused_figures_are_undone_and_said(day: date, swap: str) -> None:
    """A recogniser writes O for 0: the date must not be lost, and the caller must know that it was mended."""
    right, wrong = swap
    line = f"{day.year}年{day.month}月{day.day}日"
    confused = line.replace(right, wrong)
    (read,) = find_dates(confused)
    assert (read.value, read.repaired) == (day, confused != line)


@given(st.text(max_size=60))
def test_any_text_is_survived(text: str) -> None:
    """Body text of any kind goes through here: it must never raise."""
    find_dates(text)
    find_weekdays(text)
    find_lunar(text)


@pytest.mark.parametrize(
    "line",
    [
        "二O二六年十一月二十四旦",
        "2026年11月24曰",
        "2026年11月24 星期二",
        "N0vember 24, 2O26",
        "Novernber 24, 2026",
        "TUESDAYNOVEMBER24,2026",
        "24th of November, 2026",
        "Dienstag, 24. November 2026",
        "mardi 24 novembre 2026",
        "martes, 24 de noviembre de 2026",
        "2026年(令和8年)11月24日 火曜日",
        "人民日報 2026年11月24日 今日20版",
        "2026-11-24星期二丙午年十月十六",
        "北京2026.11.24星期二",
    ],
)
def test_odd_prints_and_misreadings(line: str) -> None:
    """Seen in print or in a recogniser's output."""
    assert [d.value for d in find_dates(line)] == [TODAY]


@pytest.mark.parametrize(
    "line",
    [
        "国内统一连续出版物号 CN 11-0065",
        "ISSN 1234-5678",
        "第27945期 今日20版",
        "2026年2月30日",
        "November 31, 2026",
        "024-11-2026-77",
        "tel. 010-6536-8399",
        "二〇二六年十二月二十大日",
        "2026年12月2G日",
    ],
)
def test_what_is_no_date(line: str) -> None:
    """Issue numbers and telephone numbers stand beside the date: none of them may be taken for it, and
    no day of which one figure could not be read."""
    assert find_dates(line) == ()


def test_day_and_month_in_figures_alone_are_ambiguous_until_a_locale_says() -> None:
    """04/03 is April in New York and March in London: guessing could let an old paper pass."""
    (unsettled,) = find_dates("04/03/2026")
    assert {unsettled.value, unsettled.other} == {date(2026, 3, 4), date(2026, 4, 3)}
    assert find_dates("04/03/2026", "mdy")[0].value == date(2026, 4, 3)
    assert find_dates("04/03/2026", "dmy")[0].other is None
    assert find_dates("24/11/2026")[0].other is None


def test_a_weekend_edition_covers_both_days() -> None:
    """Weekend papers print a range; holding one on the Sunday is right."""
    (weekend,) = find_dates("Saturday-Sunday, November 21-22, 2026")
    assert weekend.covers(date(2026, 11, 22))
    assert not weekend.covers(date(2026, 11, 23))


def test_the_sun_is_a_newspaper() -> None:
    """The masthead of The Sun must not be read as Sunday."""
    assert find_weekdays("The Sun Tuesday November 24 2026") == (1,)


def test_lunar_dates_as_printed() -> None:
    """The lunar date is the second thing that a forger forgets."""
    printed = find_lunar("2026年11月24日 星期二 农历丙午年十月十六")
    assert printed is not None
    assert lunar_agrees(printed, TODAY)
    assert not lunar_agrees(printed, TODAY + timedelta(days=1))
    assert find_lunar("二〇二六年十一月二十四日") is None
    assert find_lunar("二〇二六年十一月廿四日") is None
    assert find_lunar("农历丙午年十月廿") is None, "its last figure was cut off: it is no 20th"
    leap = find_lunar("乙巳年闰六月初一")
    assert leap is not None
    assert leap.leap
    assert lunar_agrees(leap, date(2025, 7, 25))


@given(DAYS)
def test_each_day_has_a_lunar_date_of_its_own(day: date) -> None:
    """Neighbouring days must never share a lunar date, or a forged day would agree."""
    assert lunar_date(day) != lunar_date(day + timedelta(days=1))


@pytest.mark.parametrize("line", ["Morning PostMonday November 23 2026", "Monday November 23 2026"])
def test_a_weekday_that_lost_its_space_is_read(line: str) -> None:
    """A forged weekday must be caught though a detector joined it to the paper's name."""
    assert find_weekdays(line) == (0,)
