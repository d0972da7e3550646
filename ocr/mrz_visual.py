"""Whether the readable print of a page says the same as its machine-readable zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from models.arrays import Image, Polygon
from models.text_reader import TextReader, line_crop
from ocr.reading import Check, Field, Outcome
from ocr.sentences import say

ABOVE = 0.8
"""The readable print stands above the zone, at most this far away in widths of the zone (TD1: 45 mm over 76 mm)."""
MAX_LINES = 24
"""Lines that are read at most, for the time that it takes."""
MIN_SLIMNESS = 2.0
"""A number or a date is at least this many times as long as high."""
SURE = 0.85
"""Lines read less surely than this contradict nothing."""
DATES_OF_A_PAGE = 3
"""Birth, issue and expiry: where so many dates were read and none is the birth date, it is another one."""
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\W{0,3}(\d{1,2})\W{0,3}(\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\W{0,3}(\d{1,2})\W{0,3}(\d{1,2})(?!\d)")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})\W{0,3}(?:\d{1,2}月\W?)?([A-Z]{3})[A-Z]*\W{0,3}(?:[A-Z]{3,4}\W{0,2})?(\d{4}|\d{2})(?!\d)"
)


def visual_checks(fields: Mapping[str, Field], printed: Sequence[str]) -> tuple[Check, ...]:
    """The document number and the birth date as printed above the zone, compared with the zone's.

    Unknown where nothing comparable was read, which is usual on cards whose zone is on the back.
    """
    number, born = (fields[n].value if n in fields else "" for n in ("document_number", "birth_date"))
    return (
        Check("visual_number_agrees", _number_agrees(number, printed), say("number_and_zone")),
        Check(
            "visual_birth_date_agrees",
            _birth_agrees(born, fields, printed),
            say("birth_date_and_zone"),
        ),
    )


def printed_above(photo: Image, lines: Sequence[Polygon], zone: Polygon, reader: TextReader) -> list[str]:
    """Which of the lines (pixels of the photo) stand above the zone's strip and are sure, in upper case."""
    along = zone[1] - zone[0]
    width = float(np.linalg.norm(along))
    along = along / width
    down = np.array([-along[1], along[0]], np.float32)
    found = []
    for line in lines:
        x, y = (line.mean(axis=0) - zone[0]) @ np.stack([along, down], axis=1)
        way = float((line[1] - line[0]) @ along)
        length, height = float(np.linalg.norm(line[1] - line[0])), float(np.linalg.norm(line[3] - line[0]))
        level = abs(way) > 0.9 * length
        if level and 0 < x < width and -ABOVE * width < y < 0 and length > MIN_SLIMNESS * height:
            found.append(line if way > 0 else np.roll(line, 2, axis=0))
    texts = reader.recognise([line_crop(photo, line) for line in found[-MAX_LINES:]])
    return [text.text.upper() for text in texts if text.confidence > SURE]


def _number_agrees(number: str, printed: Sequence[str]) -> Outcome:
    """Fails where a number of the same make-up stands there, but not this one; words and dates are no numbers."""
    if not number:
        return "unknown"
    if any(number in text for text in numbers(printed)):
        return "pass"
    pattern = re.sub(r"\d", "9", re.sub(r"[A-Z]", "A", number))
    others = numbers([text for text in printed if re.search(r"\d", text) and not dates_in(text)])
    alike = [text for text in others if re.sub(r"\d", "9", re.sub(r"[A-Z]", "A", text)) == pattern]
    far = [text for text in alike if sum(a != b for a, b in zip(text, number, strict=True)) > 1]
    return "fail" if far else "unknown"


def numbers(printed: Sequence[str]) -> list[str]:
    """The printed lines without all that can't be in a document number."""
    return [re.sub(r"[^A-Z0-9]", "", text) for text in printed]


def _birth_agrees(born: str, fields: Mapping[str, Field], printed: Sequence[str]) -> Outcome:
    lines = [dates_in(text) for text in printed]
    if any(born in day for line in lines for day in line):
        return "pass"
    dates = [line[0] for line in lines if len(line) == 1]  # two in a line are a term
    expiry = fields["expiry_date"].value if "expiry_date" in fields else ""
    others = {day for day in dates if expiry not in day}
    known = born and len(others) < len(dates)
    return "fail" if known and len(others) >= DATES_OF_A_PAGE - 1 else "unknown"


def dates_in(text: str) -> list[tuple[str, ...]]:
    """The dates that an upper-case line holds, each as the ISO dates that it may mean.

    >>> dates_in("12 AUG/AOUT 1974"), dates_in("03.04.2030")
    ([('1974-08-12',)], [('2030-04-03', '2030-03-04')])
    """
    found: list[tuple[str, ...]] = [(_iso(y, m, d),) for y, m, d in _YEAR_FIRST.findall(text)]
    rest = _YEAR_FIRST.sub(" ", text)
    found += [(_iso(y, m, d), _iso(y, d, m)) for d, m, y in _DAY_FIRST.findall(rest)]
    for d, name, y in _NAMED.findall(rest):
        if name in MONTHS:
            month = str(MONTHS.index(name) + 1)
            found.append(
                tuple(_iso(year, month, d) for year in ([y] if len(y) == 4 else ["19" + y, "20" + y]))
            )
    days = [tuple(day for day in dates if day) for dates in found]
    return [dates for dates in days if dates]


def _iso(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
