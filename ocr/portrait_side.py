"""Reads the portrait side of the resident ID card.

All lines that may carry a value are read at once. The column in which values begin, and the rows of the birth
date and of the number, are taken from the lines themselves, so that a card flattened a little askew still sorts
into its fields. What is missing then is looked for again where it must stand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np

from models.arrays import Polygon
from models.text_reader import Character, TextReader
from ocr import resident_number
from ocr.burnt_ground import may_go_on
from ocr.flat import FlatCard, Line
from ocr.glyphs import by_shape
from ocr.line_holes import made_whole
from ocr.lines import (
    alternatives,
    certainty,
    characters_of,
    field_of,
    in_rows,
    joined,
    plain,
    preferring_simplified,
    right_of,
    without_label,
)
from ocr.looks_again import averaged, other_looks
from ocr.name_characters import LENGTHS, UNREAD, as_in_names, leaves_room
from ocr.place_characters import as_in_places
from ocr.places import begins_with_place, county_at_head, repaired
from ocr.reading import Field
from ocr.second_reading import confirmed
from ocr.towns import with_known_town

# Tenths of a millimetre on the card.
LABELS_END = 145
"""Lines that end left of this are labels and are not read."""
PORTRAIT_LEFT, PORTRAIT_BOTTOM = 560, 432
"""The photograph stands right of and above these."""
LABELS = ("姓名", "性别", "出生", "住址")
VALUE_COLUMN = 147
"""Where values begin."""
LABEL_GAP = 36
"""Between a label's end and the column of values, and half a character more."""
BIRTH_MIDDLE, NUMBER_MIDDLE = 203, 463
SEX_MIDDLE = 147
ROWS = {
    "name": (20, 116),
    "sex": (116, 175),
    "birth_date": (175, 232),
    "address": (232, 436),
    "id_number": (436, 500),
}
"""Upper and lower bounds of the rows."""
NUMBER_LEFT, NUMBER_RIGHT = 262, 826
ADDRESS_RIGHT = 575
MIN_WORD = 5
"""Letters of an address line that are a word rather than the name of a building."""
NAME_PITCH = 35
"""From one character of the name to the next."""
SURE_NAME = 0.9
"""A name that is less sure (product over its characters) is read in other ways too."""
SURE_LINE = 0.9
"""The same of the value in a line of the address."""
DOUBTFUL_LINE = 0.8
"""A line less sure than this may be in a script that the reader does not know."""
MIN_ADDRESS = 5
"""No address has fewer characters: what was read is its label, misread (在址)."""
MIN_AFTER_COUNTY = 4
"""Characters at least in which an address goes on after its county: a town or a road, and a village or a house."""
LATE = 28.0
"""An address line that begins so far right of another has lost its head to light or a finger: of 36 right addresses of an
outside generator, on cards cut askew too, the most was 24."""
INDENT = 30
"""An address line begins no further right of the column of values."""
SURE_PIECE = 0.8
"""Print in the address's rows that is less sure may be a pattern of the ground."""
FULL_LINE = 310
"""An address line at least this long may go on in another one."""
_BIRTH = re.compile(r"([12]\d{3})\D{0,2}?年?\D?(?:(\d{1,2})\D{1,3}|(\d\d)(?=\d\d))(\d{1,2})\D{0,2}$")
"""Something stands between month and day, or both have two digits: the 11 of November is no first of January."""
_DOTS = str.maketrans("•．・‧∙", "·····")


@dataclass(frozen=True)
class Grid:
    """Where columns and rows stand on this flattened card."""

    column: float
    birth: float
    stretch: float

    def row(self, line: Line) -> str | None:
        """The row in which a line stands."""
        middle = BIRTH_MIDDLE + (line.middle - self.birth) / self.stretch
        return next((name for name, (top, bottom) in ROWS.items() if top <= middle < bottom), None)

    def at(self, middle: float) -> float:
        """Where a nominal height stands."""
        return self.birth + (middle - BIRTH_MIDDLE) * self.stretch


def read_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    """What can be read of the portrait side."""
    lines = card.read([box for box in card.boxes if _may_hold_value(box)], reader)
    grid = _grid(lines)
    rows = {name: in_rows(line for line in lines if grid.row(line) == name) for name in ROWS}
    number = confirmed(_number(card, rows["id_number"], grid, reader))
    found = {
        "name": _name(card, rows["name"], grid, reader),
        **_sex_and_ethnicity(card, rows["sex"], grid, reader),
        "birth_date": _birth_date(card, rows["birth_date"], grid),
        "address": _address(card, rows["address"], grid, reader, number.value[:6] if number else ""),
        "id_number": number,
    }
    return _completed({name: value for name, value in found.items() if value is not None})


def _may_hold_value(box: Polygon) -> bool:
    left, right = float(box[:, 0].min()), float(box[:, 0].max())
    middle = float(box[:, 1].mean())
    label = right < LABELS_END or (right < NUMBER_LEFT and middle > ROWS["id_number"][0])
    photograph = left > PORTRAIT_LEFT - 20 and middle < PORTRAIT_BOTTOM
    return not label and not photograph


def _grid(lines: Sequence[Line]) -> Grid:
    birth = next((line.middle for line in lines if _looks_like_birth(line)), float(BIRTH_MIDDLE))
    number = next(
        (line.middle for line in lines if len(resident_number.cleaned(line.text)) >= 15), float(NUMBER_MIDDLE)
    )
    stretch = max(number - birth, 100.0) / (NUMBER_MIDDLE - BIRTH_MIDDLE)
    starts = [
        _value_start(line) for line in lines if len(line.characters) > 2 and line.middle < PORTRAIT_BOTTOM
    ]
    near = [start for start in starts if abs(start - VALUE_COLUMN) < 80]
    return Grid(float(np.median(near)) if near else VALUE_COLUMN, birth, stretch)


def _value_start(line: Line) -> float:
    """Where the value of a line begins: at its left end, or after the label."""
    characters = [c for c in line.characters if c.text.strip()]
    value = without_label(characters, *LABELS)
    if len(value) == len(characters) or not value:
        return line.left
    return line.left + value[0].x * (line.right - line.left) - line.height * 0.4


def _looks_like_birth(line: Line) -> bool:
    return re.search(r"[12]\d{3}.*[年月]", plain(line.text)) is not None and 130 < line.middle < 300


def _values(line: Line, grid: Grid) -> list[Character]:
    """The characters of a line that stand in the column of values and are no label."""
    value = [c for c in line.characters if c.text.strip()]
    if line.left < grid.column - 40:  # a value may look like a label, but only a label stands there
        value = without_label(value, *LABELS)
    return [preferring_simplified(c) for c in right_of(line, grid.column - LABEL_GAP / 2) if c in value]


def _name(card: FlatCard, row: list[Line], grid: Grid, reader: TextReader) -> Field | None:
    lines = [line for line in row if line.left < grid.column + 60 and _values(line, grid)]
    if not lines:
        return None
    # The second script of a bilingual card stands beside the name, smaller.
    best = max(lines, key=lambda line: line.height * certainty(_values(line, grid)) ** 0.5)
    lines = [
        line
        for line in row
        if abs(line.middle - best.middle) < best.height / 3 and line.right < ADDRESS_RIGHT
    ]
    characters = _name_characters(lines, grid)
    if not characters:
        return None
    if certainty(characters) < SURE_NAME:
        looks = zip(*(other_looks(card, line, reader) for line in lines), strict=True)
        characters = averaged([characters, *(_name_characters(look, grid) for look in looks)])
        characters = by_shape(card, lines[0], characters) if len(lines) == 1 else characters
    characters = as_in_names(characters)
    hidden = _has_hole(lines, grid) or any(may_go_on(card, line) for line in lines)
    hidden = hidden or len(characters) < min(LENGTHS)
    sure = certainty(characters) * (UNREAD if hidden else 1.0)
    found = field_of(card, joined(characters).translate(_DOTS), sure, lines)
    return replace(found, alternatives=alternatives(characters, _belongs_to_name))


def _name_characters(lines: Sequence[Line], grid: Grid) -> list[Character]:
    values = [_no_kana(c) for line in lines for c in _values(line, grid)]
    characters = [c for c in values if _belongs_to_name(c.text)]
    # Neither is a surname: what the label left of itself where it was read together with the name.
    label = re.match("姓?名(?=..)|姓(?=..)", joined(characters))
    return characters[len(label[0]) :] if label else characters


def _no_kana(character: Character) -> Character:
    """The likeliest Chinese character where the recogniser saw a kana that looks like one (オ for 才)."""
    if not "\u3041" <= character.text <= "\u30fa":
        return character
    chinese = [c for c in character.alternatives if _belongs_to_name(c[0])]
    if not chinese:
        return character
    return Character(chinese[0][0], chinese[0][1], character.x, tuple(chinese[1:]))


def _has_hole(lines: Sequence[Line], grid: Grid) -> bool:
    return any(
        leaves_room([line.left + c.x * (line.right - line.left) for c in values], line.right, NAME_PITCH)
        for line in lines
        if (values := [c for c in _values(line, grid) if _belongs_to_name(_no_kana(c).text)])
    )


def _belongs_to_name(text: str) -> bool:
    return "\u3400" <= text <= "\u9fff" or text > "\U00020000" or text in "·•．・‧∙〇"


def _sex_and_ethnicity(
    card: FlatCard, row: list[Line], grid: Grid, reader: TextReader
) -> dict[str, Field | None]:
    """Read once, and again as one line where a lone character was missed."""
    sex, ethnicity = _sex(card, row), _ethnicity(card, row)
    if sex is None or ethnicity is None:
        middle = row[0].middle if row else grid.at(SEX_MIDDLE)
        again = card.read([_zone(grid.column - 8, 480, middle, 54), _zone(300, 480, middle, 54)], reader)
        sex, ethnicity = sex or _sex(card, again[:1]), ethnicity or _ethnicity(card, again[:1])
        ethnicity = ethnicity or _ethnicity(card, again[1:])
    return {"sex": sex, "ethnicity": ethnicity}


def _zone(left: float, right: float, middle: float, height: float) -> Polygon:
    top, bottom = middle - height / 2, middle + height / 2
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


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
    """The 56 groups, without 族."""
    return tuple(tomllib.loads(files("ocr").joinpath("ethnicities.toml").read_text("utf-8"))["names"])


def _birth_date(card: FlatCard, row: list[Line], grid: Grid) -> Field | None:
    lines = [line for line in row if line.right < ADDRESS_RIGHT]
    characters = [c for line in lines for c in _values(line, grid)]
    value = day_of_birth(joined(characters))
    return field_of(card, value.isoformat(), certainty(characters), lines) if value else None


def day_of_birth(text: str) -> date | None:
    """The day that the row of the birth date says, such as 1974年8月12日, in which a mark or two may be missed."""
    match = _BIRTH.search(text)
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        return None


def _address(card: FlatCard, row: list[Line], grid: Grid, reader: TextReader, region: str) -> Field | None:
    lines = [line for line in row if _is_address(line, grid)]
    lines = in_chinese(lines, lambda line: joined(_values(line, grid)))
    if lines and lines[-1].right - grid.column > FULL_LINE:
        lines += _last_line(card, lines, grid, reader)
    lines, holes = made_whole(card, lines, lambda line: _values(line, grid), reader)
    lines = [_seen_again(card, line, grid, reader) for line in lines]
    characters = [
        c
        for line in lines
        for c in _values(line, grid)
        if line.left + c.x * (line.right - line.left) < ADDRESS_RIGHT
    ]
    if len(characters) < MIN_ADDRESS:
        return None
    characters = repaired(characters, "[省市县区旗州]", region)
    characters = as_in_places(*with_known_town(characters))
    # Beside a full line stands the portrait.
    short = [line for line in lines if line.right < ADDRESS_RIGHT - NAME_PITCH]
    hidden = holes or any(may_go_on(card, line) for line in short)
    hidden = hidden or _begins_late(lines) or _has_piece_apart(row, grid) or _breaks_off(joined(characters))
    return field_of(card, joined(characters), certainty(characters) * (UNREAD if hidden else 1.0), lines)


def _begins_late(lines: Sequence[Line]) -> bool:
    """Whether a line begins where one that is whole does not: all of them begin in the column of values."""
    starts = [_value_start(line) for line in lines]
    return max(starts) - min(starts) > LATE


def _has_piece_apart(row: Sequence[Line], grid: Grid) -> bool:
    """Whether print stands left of the portrait that begins in no column: what stood before it is hidden."""
    apart = [line for line in row if line.left >= grid.column + INDENT and line.right < ADDRESS_RIGHT]
    return any(line.confidence > SURE_PIECE for line in apart)


def _breaks_off(address: str) -> bool:
    """Whether next to nothing follows the county: the rest of the address was not read."""
    county_end, county = county_at_head(address)
    return bool(county) and len(address) - county_end < MIN_AFTER_COUNTY


def _seen_again(card: FlatCard, line: Line, grid: Grid, reader: TextReader) -> Line:
    """The line, in the mean of several looks and by its characters' shapes where one look was not sure."""
    if certainty(_values(line, grid)) >= SURE_LINE:
        return line
    looks = [line, *other_looks(card, line, reader)]
    characters = averaged([look.characters for look in looks])
    return Line(line.box, tuple(by_shape(card, line, characters)))


def in_chinese(lines: list[Line], text: Callable[[Line], str]) -> list[Line]:
    """An address's lines without the second script of a bilingual card, which stands above them: smaller, or read as
    characters that make no sense before the line with which the address begins. `text` gives a line's address.
    """
    tallest = max((line.height for line in lines), default=0.0)
    lines = [line for line in lines if line.height > 0.8 * tallest or line.confidence > 0.95]
    begins = [begins_with_place(text(line)) for line in lines]
    senseless = len(lines) > 1 and lines[0].confidence < DOUBTFUL_LINE and begins[:2] == [False, True]
    return lines[1:] if senseless else lines


def _is_address(line: Line, grid: Grid) -> bool:
    """Address lines begin in the column of values, and are sure enough not to be texture."""
    values = _values(line, grid)
    begins = line.left < grid.column + INDENT and not in_letters(joined(values))
    return begins and bool(values) and certainty(values) ** (1 / len(values)) > 0.5


def in_letters(text: str) -> bool:
    """Whether a line is the second script of a card in Zhuang, which is written in Latin letters."""
    letters = sum(c.isascii() and c.isalpha() for c in text)
    return letters >= MIN_WORD and letters > len(text) / 2 and not any(map(_belongs_to_name, text))


def _last_line(card: FlatCard, lines: list[Line], grid: Grid, reader: TextReader) -> list[Line]:
    """A last line of one or two characters, which the detector likes to miss."""
    step = lines[-1].middle - lines[-2].middle if len(lines) > 1 else 44.0
    middle = lines[-1].middle + step
    if middle + 24 > grid.at(ROWS["id_number"][0]):
        return []
    (line,) = card.read([_zone(grid.column - 8, grid.column + 80, middle, min(step, 46.0))], reader)
    sure = line.characters and min(c.confidence for c in line.characters) > 0.85
    # No address ends on a letter or a figure alone: that is a line of the background.
    ends = sure and _belongs_to_name(line.characters[-1].text)
    return [line] if ends and len(line.characters) <= 2 else []


def _number(card: FlatCard, row: list[Line], grid: Grid, reader: TextReader) -> Field | None:
    """The citizen number; read again in its whole place where it lacks digits or its check digit fails."""
    first = _digits(card, row)
    if first is not None and resident_number.passes_check_digit(first.value):
        return first
    middle = row[0].middle if row else grid.at(NUMBER_MIDDLE)
    zones = [_zone(left, NUMBER_RIGHT, middle, height) for left in (NUMBER_LEFT, 280) for height in (50, 60)]
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
