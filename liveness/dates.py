"""Reads dates and weekdays out of one printed line, in the forms that newspapers use.

Chinese (2026年11月24日, 二〇二六年十一月二十四日, 民國115年11月24日), numeric (2026-11-24, 24/11/2026) and
with the month's name in the languages of calendar_names.toml (Tuesday, November 24, 2026; 24. November 2026).
A recogniser's confusions are undone where they can't be anything else (2O26, l1月, 24旦, N0vember, missing
spaces), and the result says so. The Chinese lunar date has its own module, liveness.lunar.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

DayOrder = Literal["dmy", "mdy"]
"""Which comes first in 04/03/2026: the day (most of the world) or the month (United States)."""

MIN_YEAR, MAX_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date that a line of text shows, and where in the line."""

    value: date
    until: date
    """The last day where the line shows a range (November 21-22, 2026), else the same as value."""
    start: int
    end: int
    """Slice of the normalised line, see `normalise`."""
    repaired: bool
    """A character was replaced by the one that it is commonly mistaken for."""
    other: date | None = None
    """The second way to read a day and month in figures alone (04/03/2026), where both are dates."""

    def covers(self, day: date) -> bool:
        """Is that day the printed date, or within the printed range?"""
        return self.value <= day <= self.until


def find_dates(line: str, order: DayOrder | None = None) -> tuple[PrintedDate, ...]:
    """All dates of one line, from left to right. `order` settles 04/03/2026; without it `other` is set."""
    text = normalise(line)
    found = [*_chinese(text), *_numeric(text, order), *_named(text)]
    found.sort(key=lambda d: (d.start, d.start - d.end))
    kept: list[PrintedDate] = []
    for printed in found:
        if not kept or printed.start >= kept[-1].end:
            kept.append(printed)
    return tuple(kept)


def find_weekdays(line: str) -> tuple[int, ...]:
    """The weekdays that a line names, Monday 0 to Sunday 6. Full names win over abbreviations."""
    text = normalise(line)
    chinese = [_CHINESE_WEEKDAY[m[1] or m[2]] for m in _CHINESE_WEEKDAYS.finditer(text)]
    plain = _NEWSPAPER_NAME.sub("", _repair_words(text))
    found = [m[0] for pattern in (_WORD, _CAPITALISED) for m in pattern.finditer(plain)]
    words = [w for word in found for w in _split_glued(word)]
    full = [names[w] for w in words if (names := _weekday_names()) and w in names and len(w) > 4]
    short = [names[w] for w in words if w in names and len(w) <= 4]
    near = [n for w in words for n in _nearest(w, _weekday_names())] if not full else []
    return tuple(dict.fromkeys(chinese or full or near or short))


def weekday_signs(line: str) -> tuple[int, ...]:
    """Where in the normalised line one character alone says which weekday it is (星期三)."""
    return tuple(m.start(1 if m[1] else 2) for m in _CHINESE_WEEKDAYS.finditer(normalise(line)))


def normalise(line: str) -> str:
    """Full-width figures and letters become plain ones, other scripts' O and large circles too, and accents go;
    everything else stays in place."""
    composed = unicodedata.normalize("NFKC", line).translate(_CIRCLES)
    plain = unicodedata.normalize("NFD", composed)
    return "".join(c for c in plain if not unicodedata.combining(c))


# --- Chinese -------------------------------------------------------------------------------------------

_CIRCLES = str.maketrans({"О": "O", "о": "o", "Ο": "O", "ο": "o", "◯": "〇", "⚪": "〇"})
"""Cyrillic and Greek O, and circles, as fonts and keyboards set a Chinese zero."""
_LOOKALIKE_DIGITS = str.maketrans("OoQDlI|!iZzSsBbqg", "00001111122558699")
_N = r"[0-9OoQDlI|!iZzSsBbqg〇○零一二三四五六七八九十廿卅]"
_CHINESE_DATE = re.compile(
    rf"(?P<roc>民[国國])?\s*(?P<y>{_N}(?:\s?{_N}){{1,3}})\s*[年牟](?:\s*[(（][^)）]{{1,9}}[)）])?"
    rf"\s*(?P<m>{_N}(?:\s?{_N})?)\s*[月用]\s*(?P<d>(?:{_N}|[-—=](?=\s*[日曰旦]))(?:\s?{_N}){{0,2}}+)"
    rf"(?:\s*(?P<unit>[日曰旦目号號])|(?!\s?[^\s周週期拜]\s?[日曰旦号號]))"  # 二十大日 is not the 20th
)
_CHINESE_WEEKDAYS = re.compile(
    r"(?:星\s*期|周|週|[礼禮]\s*拜)\s*([一二三四五六日天曰旦=\-—])|([月火水木金土日])曜"
)
_CHINESE_WEEKDAY = {
    c: day
    for day, signs in enumerate(("一月-—", "二火=", "三水", "四木", "五金", "六土", "日天曰旦"))
    for c in signs
}
_NUMERALS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"○": 0, "零": 0, "O": 0, "o": 0, "0": 0}


def _chinese(text: str) -> Iterator[PrintedDate]:
    for m in _CHINESE_DATE.finditer(text):
        year, month, day = (_number(m[part]) for part in ("y", "m", "d"))
        if m["roc"] and year < MIN_YEAR:
            year += 1911  # the calendar of the Republic of China, as printed in Taiwan
        if value := _date(year, month, day):
            clean = not re.search(r"[OoQDlI|!iZzSsBbqg\-—=]", m["y"] + m["m"] + m["d"])
            yield PrintedDate(value, value, *m.span(), repaired=not clean or m["unit"] in ("曰", "旦", "目"))


def _number(signs: str) -> int:
    """2026, 2O26, 二〇二六, 十一, 二十四, 廿四, 卅 as an integer; -1 where it is none of them."""
    signs = re.sub(r"\s", "", signs).replace("廿", "二十").replace("卅", "三十")
    if not re.search("[一二三四五六七八九十〇○零=—-]", signs):
        return int(signs.translate(_LOOKALIKE_DIGITS))
    signs = signs.replace("=", "二").replace("—", "一").replace("-", "一")
    if "十" in signs:
        tens, _, ones = signs.partition("十")
        if len(tens) > 1 or len(ones) > 1:
            return -1
        return 10 * _NUMERALS.get(tens or "一", -9) + (_NUMERALS.get(ones, -99) if ones else 0)
    digits = [_NUMERALS.get(c, -1) for c in signs]
    return -1 if -1 in digits else int("".join(map(str, digits)))


# --- figures alone -------------------------------------------------------------------------------------

_F = r"[0-9OoQDlI|]"
_YEAR_FIRST = re.compile(
    rf"(?<![A-Za-z0-9./-])({_F}{{4}})\s?([-./·])\s?({_F}{{1,2}})\s?\2\s?({_F}{{1,2}})(?![A-Za-z0-9/-])"
)
_YEAR_LAST = re.compile(
    rf"(?<![A-Za-z0-9./-])({_F}{{1,2}})\s?([-./·])\s?({_F}{{1,2}})\s?\2\s?({_F}{{4}})(?![A-Za-z0-9/-])"
)


def _numeric(text: str, order: DayOrder | None) -> Iterator[PrintedDate]:
    for m in _YEAR_FIRST.finditer(text):
        year, month, day = (int(m[i].translate(_LOOKALIKE_DIGITS)) for i in (1, 3, 4))
        if value := _date(year, month, day):
            yield PrintedDate(value, value, *m.span(), repaired=not _all_digits(m[0]))
    for m in _YEAR_LAST.finditer(text):
        first, second, year = (int(m[i].translate(_LOOKALIKE_DIGITS)) for i in (1, 3, 4))
        day_first, month_first = _date(year, second, first), _date(year, first, second)
        ways = [month_first, day_first] if order == "mdy" else [day_first, month_first]
        if dates := [d for d in ways if d]:
            other = dates[1] if len(dates) > 1 and not order and dates[0] != dates[1] else None
            yield PrintedDate(dates[0], dates[0], *m.span(), repaired=not _all_digits(m[0]), other=other)


def _all_digits(text: str) -> bool:
    return not re.search("[A-Za-z|]", text)


# --- months by name ------------------------------------------------------------------------------------

_NEWSPAPER_NAME = re.compile(r"\bthe\s*sun\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+(?:-feira)?")
_CAPITALISED = re.compile(r"[A-Z]?[a-z]+(?=[A-Z])|(?<=[a-z])[A-Z][a-z]+")
"""Words that lost the space between them: PostMonday."""
_TOKEN = re.compile(r"[A-Za-z]+|\d+|[-–—]")
_FILLERS = {"st", "nd", "rd", "th", "er", "of", "de", "del", "the", "le", "el"}
_DAY_RANGE = re.compile(
    "(?P<month>M)(?P<day>d)(?:-(?P<last>d))?Y|(?P<day2>d)(?:-(?P<last2>d))?-?(?P<month2>M)-?Y"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """M month name, Y year, d day of a month, - dash, x anything else."""
    value: int
    start: int
    end: int


def _named(text: str) -> Iterator[PrintedDate]:
    repaired = _repair_words(text)
    tokens = list(_tokens(repaired))
    for m in _DAY_RANGE.finditer("".join(t.kind for t in tokens)):
        parts = {k: tokens[m.start(k)].value for k, v in m.groupdict().items() if v}
        year = tokens[m.end() - 1].value
        month, day = parts.get("month") or parts["month2"], parts.get("day") or parts["day2"]
        last = parts.get("last") or parts.get("last2") or day
        first_day, last_day = _date(year, month, day), _date(year, month, last)
        if first_day and last_day and 0 <= (last_day - first_day).days <= 6:
            start, end = tokens[m.start()].start, tokens[m.end() - 1].end
            yield PrintedDate(
                first_day, last_day, start, end, repaired=repaired[start:end] != text[start:end]
            )


def _tokens(text: str) -> Iterator[_Token]:
    for m in _TOKEN.finditer(text):
        if m[0].isdigit():
            yield _Token(_figure_kind(m[0]), int(m[0]), *m.span())
        elif m[0] in "-–—":
            yield _Token("-", 0, *m.span())
        else:
            for word in _split_glued(m[0]):
                month = _month_names().get(word) or next(iter(_nearest(word, _month_names())), None)
                if month:
                    yield _Token("M", month, *m.span())
                elif word not in _FILLERS and word not in _weekday_names():
                    yield _Token("x", 0, *m.span())


def _figure_kind(figures: str) -> str:
    if len(figures) == 4 and MIN_YEAR <= int(figures) <= MAX_YEAR:
        return "Y"
    return "d" if len(figures) <= 2 and 1 <= int(figures) <= 31 else "x"


def _repair_words(text: str) -> str:
    """N0vember -> NOvember, 2O26 -> 2026, l1 -> 11. Keeps the length, so that positions still hold."""
    text = re.sub(r"(?<=[A-Za-z])[01](?=[A-Za-z])", lambda m: "O" if m[0] == "0" else "l", text)
    figures = r"(?<![A-Za-z])[OoQDlI|]{1,2}(?=\d)(?!\d+[A-Za-z]{3})|(?<=\d)[OoQDlI|]{1,2}(?![A-Za-z])"
    return re.sub(figures, lambda m: m[0].translate(_LOOKALIKE_DIGITS), text)


@cache
def _names(kind: str) -> dict[str, int]:
    languages = tomllib.loads(Path(__file__).with_name("calendar_names.toml").read_text("utf-8"))
    return {
        name: number
        for language in languages.values()
        for number, names in enumerate(language[kind])
        for name in names.split()
    }


@cache
def _month_names() -> dict[str, int]:
    return {name: number + 1 for name, number in _names("months").items()}


def _weekday_names() -> dict[str, int]:
    return _names("weekdays")


@cache
def _glued() -> re.Pattern[str]:
    """A weekday and a month that lost the space between them, either way round."""
    days = "|".join(n for n in _names("weekdays") if len(n) > 4)
    months = "|".join(sorted(_names("months"), key=len, reverse=True))
    return re.compile(f"(?:({days})(?:the)?({months})?|({months})({days}))", re.IGNORECASE)


def _split_glued(word: str) -> list[str]:
    """A word in lower case, taken apart where it is a weekday and a month in one."""
    m = _glued().fullmatch(word)
    return [part.lower() for part in m.groups() if part] if m else [word.lower()]


def _nearest(word: str, names: dict[str, int]) -> list[int]:
    """The one name at a distance of one letter or one swap (rn for m is one), for words of five letters or more."""
    if len(word) < 5 or word in names:
        return []
    spelt = {word, word.replace("rn", "m"), word.replace("m", "rn")}
    long = [name for name in names if len(name) > 4]
    found = [process.extract(s, long, scorer=OSA.distance, score_cutoff=1, limit=None) for s in spelt]
    near = {names[name] for close in found for name, _, _ in close}
    return list(near) if len(near) == 1 else []


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if MIN_YEAR <= year <= MAX_YEAR else None
    except ValueError:
        return None
