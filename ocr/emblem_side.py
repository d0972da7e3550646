"""Reads the emblem side of the resident ID card: issuing authority and period of validity."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from models.arrays import Polygon
from models.text_reader import Character, TextReader
from ocr.burnt_ground import may_go_on
from ocr.flat import FlatCard, Line
from ocr.line_holes import made_whole
from ocr.lines import (
    after_label,
    certainty,
    characters_of,
    field_of,
    in_rows,
    joined,
    plain,
    preferring_simplified,
)
from ocr.other_cuts import averaged, from_other_cuts, lengthened
from ocr.places import begins_with_place, repaired, repaired_branch
from ocr.reading import Field

TITLES_BOTTOM = 330
"""The titles stand above this, tenths of a millimetre."""
CARD_TITLE = "居民身份证"
TITLES = ("中华人民共和国", CARD_TITLE)
LABEL = "签发机关"
UNKNOWN_PLACE = 0.1
"""What the chance of an office is multiplied with whose name begins with no place that ever had a region code, for it was
misread at its head (glare, a finger), or ends as none does (公安局局)."""
HIDDEN = 0.2
"""... and one beside which light may hide the branch, or in which there is room for a character that was not read."""
LONG_TERM = "长期"
OFFICE = "局"
MAY_BE = 0.05
"""Chance from which on a character may be that one."""
OTHERWISE = 0.1
"""Weight of any other character there: what was cut off or hidden may be the rest of the name."""
SURE = 0.9
"""An office that is less sure (product over its characters) is read in other ways too."""
# Tenths of a millimetre on the card.
PERIOD_MIDDLE, ROW_STEP = 465, 57
"""The middle of the period's row, and how far the office's stands above it."""
PERIOD_LEFT, RIGHT_ENDS = 337, {8: 503, 16: 686}
"""Where the period's first digit begins, and where its first day ends, and its last (by their digits)."""
ROW_LEFT, ROW_RIGHT = 225, 790
"""Between these a row is looked for of which the detector saw no line."""
LABELS_LEFT = 150
"""What ends left of this is no text of the card's."""
START_RIGHT = 610
"""A day that ends left of this is the first of the period, further right the last."""
FAR = 2.0
"""Heights of a line from which on nothing beside it is of the same name."""
LAST = 45.0
"""Room for the last character of an office's name."""
_DATE = r"(20\d{2})\D?(\d{2})\D?(\d{2})"
"""This card has been issued since 2004; a citizen number, which other cards bear, is no pair of dates."""
_PERIOD = re.compile(_DATE + r"\D{0,2}(?:" + _DATE + "|(长|期))")
_START = re.compile(_DATE + r"(?=[^\d.]|$)")
"""A day is followed by no full stop: 2020.01.1 and 0.01.15, between which light lies, are not the 10th."""
_END = re.compile(_DATE + "$|(长期)$")


def read_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    """What can be read of the emblem side."""
    boxes = [box for box in card.boxes if may_hold_value(box)]
    return read_rows(card, card.read(boxes, reader), reader)


def read_rows(card: FlatCard, lines: list[Line], reader: TextReader) -> dict[str, Field]:
    """What the lines below the titles say; a row that is missing is looked for where it must stand."""
    lines = in_rows(lines)
    period = _row_with(lines, _names_day)
    authority = _authority_lines([line for line in lines if not period or line.middle < period[0].middle])
    if not period:
        middle = authority[-1].middle + ROW_STEP if authority else PERIOD_MIDDLE
        period = _row_with(card.read([_zone(middle)], reader), _names_day)
    elif not authority:
        authority = _authority_lines(card.read([_zone(period[0].middle - ROW_STEP)], reader))
    fields: dict[str, Field] = {}
    if authority:
        fields["issuing_authority"] = _authority(card, authority, reader)
    return fields | _period(card, period)


def may_hold_value(box: Polygon) -> bool:
    """Whether a line stands where values do, below the titles."""
    return float(box[:, 1].mean()) > TITLES_BOTTOM and float(box[:, 0].max()) > LABELS_LEFT


def _zone(middle: float) -> Polygon:
    """The place of a row, where the detector saw none."""
    top, bottom = middle - ROW_STEP / 2, middle + ROW_STEP / 2
    return np.array([[ROW_LEFT, top], [ROW_RIGHT, top], [ROW_RIGHT, bottom], [ROW_LEFT, bottom]], np.float32)


def period_in(characters: Sequence[Character]) -> tuple[float, float, float] | None:
    """Where along a line the days of a period begin and end (0 its left end, 1 its right), and where on the card their
    end stands; None where it has no period.
    """
    found = _PERIOD.search(plain(joined(characters)))
    digits = [c for c in characters if plain(c.text).isdigit()]
    if not found or len(digits) not in RIGHT_ENDS:
        return None
    half = (digits[-1].x - digits[0].x) / len(digits) / 3
    return digits[0].x - half, digits[-1].x + half, RIGHT_ENDS[len(digits)]


def titled(card: FlatCard, reader: TextReader, titles: Sequence[str] = TITLES) -> bool:
    """Whether one of the titles stands on the card, which is read where nothing else can be.

    Two thirds of its characters must be there and little else: licences ask for 身份证号码.
    """
    lines = card.read([box for box in card.boxes if float(box[:, 1].mean()) < TITLES_BOTTOM], reader)
    return any(says(line.text, title) for title in titles for line in lines)


def says(text: str, title: str) -> bool:
    """Whether a text is the title, of which a third may be misread."""
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
    offices = [line for line in row if _names_office(line)]
    row = [line for line in row if line in offices or not any(_apart(line, of) for of in offices)]
    above = [line for line in lines if row and line not in row and _continues(line, row[0])]
    return [*above, *row]


def _names_day(line: Line) -> bool:
    return bool(_START.search(plain(line.text)) or _END.search(plain(line.text)))


def _names_office(line: Line) -> bool:
    """Whether the last character of every office's name is in the line, or may be."""
    return any(c.text == OFFICE or dict(c.alternatives).get(OFFICE, 0.0) > MAY_BE for c in line.characters)


def _apart(line: Line, office: Line) -> bool:
    """Whether a line stands apart from the office's name: print on what the card lies on."""
    return max(line.left - office.right, office.left - line.right) > FAR * office.height


def _continues(line: Line, below: Line) -> bool:
    """Whether the line below goes on with this one: it stands a row lower and begins at the same place. Letters are the
    label in Zhuang.
    """
    rise = (below.middle - line.middle) / below.height
    return 0.5 < rise < 1.5 and abs(line.left - below.left) < below.height and not line.text.isascii()


def _authority(card: FlatCard, lines: list[Line], reader: TextReader) -> Field:
    lines, holes = made_whole(card, lines, _value, reader)
    lines = [*lines[:-1], _with_last(card, lines[-1], reader)]
    characters = _office(lines)
    if certainty(characters) < SURE:
        cuts = zip(*(from_other_cuts(card, line, reader) for line in lines), strict=True)
        characters = averaged([characters, *map(_office, cuts)])
    characters = [*characters[:-1], *map(_as_last, characters[-1:])]
    characters = repaired(characters, "[市县区旗州](?=公安|分局)|.(?=公安)")
    characters = repaired_branch(characters)
    value = joined(characters)
    ends = value.endswith(OFFICE) and not value.endswith(2 * OFFICE)
    known = 1.0 if begins_with_place(value) and ends else UNKNOWN_PLACE
    whole = HIDDEN if holes or may_go_on(card, lines[-1]) else 1.0
    return field_of(card, value, known * whole * certainty(characters), lines)


def _with_last(card: FlatCard, line: Line, reader: TextReader) -> Line:
    """The line with the last character of the office's name, if a longer cut shows it where this one does not."""
    if line.text.rfind(OFFICE) >= len(line.text) - 2:
        return line
    (again,) = card.read([lengthened(line.box, LAST)], reader)
    return again if again.text.rfind(OFFICE) >= len(line.text) - 1 else line


def _as_last(character: Character) -> Character:
    """The last character of an office's name, which is the same for all, where the reader thinks it possible."""
    chance = dict(character.alternatives).get(OFFICE, 0.0)
    if chance <= MAY_BE:
        return character
    sure = chance / (chance + OTHERWISE * (1 - chance))
    return Character(OFFICE, sure, character.x, ((character.text, 1 - sure),))


def _value(line: Line) -> list[Character]:
    """The characters after the label, without specks before them, in the forms that cards bear."""
    characters = after_label(characters_of([line]), LABEL)
    named = itertools.dropwhile(lambda c: not c.text.isalpha(), characters)
    return [preferring_simplified(c) for c in named]


def _office(lines: Sequence[Line]) -> list[Character]:
    """The characters of the office's name, without specks after the last one."""
    characters = [c for line in lines for c in _value(line)]
    end = joined(characters).rfind(OFFICE) + 1
    return characters[: end or None] if len(characters) - end <= 2 else characters


def _period(card: FlatCard, lines: list[Line]) -> dict[str, Field]:
    seen = characters_of(lines)
    characters = list(itertools.dropwhile(lambda c: not c.text.isdigit(), seen)) or seen
    text = joined(characters)
    whole = _PERIOD.search(text)
    if whole:
        start, end = whole.groups()[:3], LONG_TERM if whole[7] else whole.groups()[3:6]
    else:  # glare on one end must not take the other with it
        first, last = _START.match(text), _END.search(text)
        if first and last and first.start() == last.start():  # one day alone
            first, last = (first, None) if lines[-1].right < START_RIGHT else (None, last)
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
