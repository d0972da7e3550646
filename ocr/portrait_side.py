"""Reads the portrait side of the resident ID card.

All lines that may carry a value are read at once and sorted into the card's rows (`ocr.portrait_grid`). What is missing
then is looked for again where it must stand. Name and address have a module each.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np

from models.text_reader import Character, TextReader
from ocr import resident_number
from ocr.flat import FlatCard, Line
from ocr.lines import certainty, characters_of, field_of, in_rows, joined, right_of
from ocr.portrait_address import read_address
from ocr.portrait_grid import (
    ADDRESS_RIGHT,
    NUMBER_LEFT,
    NUMBER_MIDDLE,
    ROWS,
    Grid,
    grid_of,
    may_hold_value,
    values_of,
    zone,
)
from ocr.portrait_name import read_name
from ocr.reading import Field
from ocr.second_reading import confirmed

SEX_MIDDLE, NUMBER_RIGHT = 147, 826
"""The middle of the row of sex and ethnicity, and where the number has ended, tenths of a millimetre on the card."""
_BIRTH = re.compile(r"([12]\d{3})\D{0,2}?年?\D?(?:(\d{1,2})\D{1,3}|(\d\d)(?=\d\d))(\d{1,2})\D{0,2}$")
"""Something stands between month and day, or both have two digits: the 11 of November is no first of January."""


def read_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    """What can be read of the portrait side."""
    lines = card.read([box for box in card.boxes if may_hold_value(box)], reader)
    grid = grid_of(lines)
    rows = {name: in_rows(line for line in lines if grid.row(line) == name) for name in ROWS}
    number = confirmed(_number(card, rows["id_number"], grid, reader))
    found = {
        "name": read_name(card, rows["name"], grid, reader),
        **_sex_and_ethnicity(card, rows["sex"], grid, reader),
        "birth_date": _birth_date(card, rows["birth_date"], grid),
        "address": read_address(card, rows["address"], grid, reader, number.value[:6] if number else ""),
        "id_number": number,
    }
    return _completed({name: value for name, value in found.items() if value is not None})


def _sex_and_ethnicity(
    card: FlatCard, row: list[Line], grid: Grid, reader: TextReader
) -> dict[str, Field | None]:
    """Read once, and again as one line where a lone character was missed."""
    sex, ethnicity = _sex(card, row), _ethnicity(card, row)
    if sex is None or ethnicity is None:
        middle = row[0].middle if row else grid.at(SEX_MIDDLE)
        again = card.read([zone(grid.column - 8, 480, middle, 54), zone(300, 480, middle, 54)], reader)
        sex, ethnicity = sex or _sex(card, again[:1]), ethnicity or _ethnicity(card, again[:1])
        ethnicity = ethnicity or _ethnicity(card, again[1:])
    return {"sex": sex, "ethnicity": ethnicity}


def _sex(card: FlatCard, row: list[Line]) -> Field | None:
    for line in row:
        for character in line.characters:
            if character.text in ("男", "女"):
                return field_of(card, character.text, character.confidence, [line])
    return None


def _ethnicity(card: FlatCard, row: list[Line]) -> Field | None:
    """The value stands after 民族; where the label was misread, at the end of the row."""
    characters = [
        c for c in characters_of(row) if c.text not in "性男女"
    ]  # 别 ends 性别, and stands in 乌孜别克
    text = joined(characters)
    after_label = text.find("族") + 1 or (text.find("民") + 2 if "民" in text else 0)
    for tail in (characters[after_label:], characters[-1:], characters[-2:]):
        found = _known_ethnicity(tail)
        if found is not None:
            lines = [line for line in row if tail[-1] in line.characters]
            return field_of(card, found[0], found[1], lines or row)
    return None


def _known_ethnicity(characters: Sequence[Character]) -> tuple[str, float] | None:
    """The group that is the likeliest reading of the characters, and its chance."""
    options = [{c.text: c.confidence, **dict(c.alternatives)} for c in characters]
    chances = {
        name: float(np.prod([option.get(letter, 1e-3) for letter, option in zip(name, options, strict=True)]))
        for name in ethnicities()
        if len(name) == len(options)
    }
    best = max(chances, key=lambda name: chances[name], default=None)
    if best is None or chances[best] < (2e-3 if len(best) == 1 else 1e-4):
        return None
    return best, chances[best]


@cache
def ethnicities() -> tuple[str, ...]:
    """The 56 groups, without 族, and others that cards bear."""
    return tuple(tomllib.loads(files("ocr").joinpath("ethnicities.toml").read_text("utf-8"))["names"])


def _birth_date(card: FlatCard, row: list[Line], grid: Grid) -> Field | None:
    lines = [line for line in row if line.right < ADDRESS_RIGHT]
    characters = [c for line in lines for c in values_of(line, grid)]
    value = day_of_birth(joined(characters))
    return field_of(card, value.isoformat(), certainty(characters), lines) if value else None


def day_of_birth(text: str) -> date | None:
    """The day that the row of the birth date says, such as 1974年8月12日, in which a mark or two may be missed."""
    match = _BIRTH.search(text)
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        return None


def _number(card: FlatCard, row: list[Line], grid: Grid, reader: TextReader) -> Field | None:
    """The citizen number; read again in its whole place where it lacks digits or its check digit fails."""
    first = _digits(card, row)
    if first is not None and resident_number.passes_check_digit(first.value):
        return first
    middle = row[0].middle if row else grid.at(NUMBER_MIDDLE)
    zones = [zone(left, NUMBER_RIGHT, middle, height) for left in (NUMBER_LEFT, 280) for height in (50, 60)]
    again = [_digits(card, [line]) for line in card.read(zones, reader)]
    readings = [reading for reading in (first, *again) if reading is not None]
    passing = [r for r in readings if resident_number.plausible(r.value)]
    whole = [r for r in readings if resident_number.well_formed(r.value)]
    return max(passing or whole or readings, key=lambda r: r.confidence, default=None)


def _digits(card: FlatCard, row: list[Line]) -> Field | None:
    lines = [line for line in row if len(resident_number.cleaned(line.text)) > 2]
    digits = [
        c for line in lines for c in right_of(line, NUMBER_LEFT - 10) if resident_number.cleaned(c.text)
    ]
    number = resident_number.cleaned("".join(c.text for c in digits))
    if not number:
        return None
    if len(number) > resident_number.LENGTH and len(digits) == len(number):
        start = resident_number.passing_window(number)
        if start is not None:
            digits = digits[start : start + resident_number.LENGTH]
            number = number[start : start + resident_number.LENGTH]
    return field_of(card, number, certainty(digits), lines)


def _completed(fields: dict[str, Field]) -> dict[str, Field]:
    """Sex and birth date stand in the citizen number too: where they could not be read, they follow from it."""
    number = fields.get("id_number")
    if number is None or not resident_number.plausible(number.value):
        return fields
    born = resident_number.birth_date(number.value)
    for name, value in (("sex", resident_number.sex(number.value)), ("birth_date", str(born))):
        if name not in fields:
            fields[name] = Field(value, number.confidence, number.box, number.cut, derived=True)
    return fields
