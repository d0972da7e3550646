"""Reads the emblem side of the resident ID card: issuing authority and period of validity."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from models.text_reader import TextReader
from ocr.flat import FlatCard, Line
from ocr.lines import after_label, certainty, characters_of, field_of, in_rows, joined, plain
from ocr.places import begins_with_place, repaired, repaired_branch
from ocr.reading import Field

TITLES_BOTTOM = 330
"""The titles stand above this, tenths of a millimetre."""
TITLES = ("中华人民共和国", "居民身份证")
LABEL = "签发机关"
UNKNOWN_PLACE = 0.1
"""An office whose name begins with no place that ever had a region code was misread at its head: glare, a finger."""
LONG_TERM = "长期"
_DATE = r"(20\d{2})\D?(\d{2})\D?(\d{2})"
"""This card has been issued since 2004; a citizen number, which other cards bear, is no pair of dates."""
_PERIOD = re.compile(_DATE + r"\D{0,2}(?:" + _DATE + "|(长|期))")
_START = re.compile(_DATE + r"(?=\D|$)")
_END = re.compile(_DATE + "$|(长期)$")


def read_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    """What can be read of the emblem side."""
    boxes = [box for box in card.boxes if float(box[:, 1].mean()) > TITLES_BOTTOM]
    lines = in_rows(card.read(boxes, reader))
    period = _row_with(
        lines, lambda line: bool(_START.search(plain(line.text)) or _END.search(plain(line.text)))
    )
    authority = _authority_lines([line for line in lines if line not in period])
    fields: dict[str, Field] = {}
    if authority:
        fields["issuing_authority"] = _authority(card, authority)
    return fields | _period(card, period)


def titled(card: FlatCard, reader: TextReader) -> bool:
    """Whether a title of this side stands on the card, which is read where nothing else can be.

    Two thirds of its characters must be there and little else: licences ask for 身份证号码.
    """
    lines = card.read([box for box in card.boxes if float(box[:, 1].mean()) < TITLES_BOTTOM], reader)
    return any(_says(line.text, title) for title in TITLES for line in lines)


def _says(text: str, title: str) -> bool:
    return len(text) <= len(title) + 2 and len(set(text) & set(title)) >= len(title) - len(title) // 3


def _row_with(lines: list[Line], wanted: Callable[[Line], bool]) -> list[Line]:
    """All lines in the row of the surest line that is wanted."""
    found = [line for line in lines if wanted(line)]
    if not found:
        return []
    best = max(found, key=lambda line: certainty(line.characters))
    return [line for line in lines if abs(line.middle - best.middle) < best.height / 2]


def _authority_lines(lines: list[Line]) -> list[Line]:
    """The row that ends the office's name and, of a long name, the row above it; not a label that stands apart."""
    row = _row_with(lines, _names_office)
    row = [line for line in row if _names_office(line) or not set(line.text) & set(LABEL)]
    above = [line for line in lines if row and line not in row and _continues(line, row[0])]
    return [*above, *row]


def _names_office(line: Line) -> bool:
    return "局" in line.text


def _continues(line: Line, below: Line) -> bool:
    """Whether the line below goes on with this one: it stands a row lower and begins at the same place."""
    rise = (below.middle - line.middle) / below.height
    return 0.5 < rise < 1.5 and abs(line.left - below.left) < below.height


def _authority(card: FlatCard, lines: list[Line]) -> Field:
    characters = repaired(after_label(characters_of(lines), LABEL), "[市县区旗州](?=公安|分局)|.(?=公安)")
    characters = repaired_branch(characters)
    end = joined(characters).rfind("局") + 1
    if len(characters) - end <= 2:  # specks after the last character
        characters = characters[: end or None]
    value = joined(characters)
    known = 1.0 if begins_with_place(value) else UNKNOWN_PLACE
    return field_of(card, value, known * certainty(characters), lines)


def _period(card: FlatCard, lines: list[Line]) -> dict[str, Field]:
    characters = after_label(characters_of(lines), "有效期限")
    text = joined(characters)
    whole = _PERIOD.search(text)
    if whole:
        start, end = whole.groups()[:3], LONG_TERM if whole[7] else whole.groups()[3:6]
    else:  # glare on one end must not take the other with it
        first, last = _START.match(text), _END.search(text)
        start = first.groups() if first else ()
        end = () if not last else LONG_TERM if last[4] else last.groups()[:3]
    values = {"valid_from": _iso(start), "valid_to": end if end == LONG_TERM else _iso(end)}
    sure = certainty(characters)
    return {name: field_of(card, value, sure, lines) for name, value in values.items() if value}


def _iso(parts: Sequence[str]) -> str:
    """The date in ISO form; empty where there is no such day."""
    try:
        return date(*(int(part) for part in parts)).isoformat() if len(parts) == 3 else ""
    except ValueError:
        return ""
