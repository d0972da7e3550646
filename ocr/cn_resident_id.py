"""The second-generation PRC resident identity card (居民身份证, GA 448), both sides.

The portrait side carries name, sex, ethnicity, birth date, address and citizen number; the emblem side
carries the issuing authority and the period of validity. The card is found by `ocr.find_cards`; here its
lines are read, sorted into fields and cleaned. `ocr.cn_resident_id_checks` says whether they agree.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from models.arrays import Polygon
from models.text_reader import Character, TextReader
from ocr import resident_number
from ocr.flat import FlatCard, Line
from ocr.lines import certainty, characters_of, field_of, in_rows, plain, without_label
from ocr.reading import Field

LABELS_END = 145
"""Lines that end left of this are labels of the portrait side and are not read."""
PORTRAIT_LEFT, PORTRAIT_BOTTOM = 560, 432
"""The photograph stands right of and above these."""
ROWS = {
    "name": (0, 116),
    "sex": (116, 175),
    "birth_date": (175, 232),
    "address": (232, 436),
    "id_number": (436, 540),
}
"""Upper and lower bounds of the rows of the portrait side, tenths of a millimetre."""
BIRTH_MIDDLE, NUMBER_MIDDLE = 203, 463
TITLES_BOTTOM = 330
"""The titles of the emblem side stand above this."""
_BIRTH = re.compile(r"([12]\d{3})\D{0,2}?年?\D?(\d{1,2})\D{0,2}月?\D?(\d{1,2})\D{0,2}$")
_PERIOD = re.compile(r"(\d{4})\D?(\d{2})\D?(\d{2})\D{0,2}(?:(\d{4})\D?(\d{2})\D?(\d{2})|(长|期))")


def read_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    """The fields that can be read on the side that the card shows."""
    return _portrait_fields(card, reader) if card.side == "portrait" else _emblem_fields(card, reader)


def convincing(side: str, fields: dict[str, Field]) -> bool:
    """Whether so much was read that the document must be this card."""
    if side == "portrait":
        number = fields["id_number"].value if "id_number" in fields else ""
        return len(number) >= 15 or len(fields.keys() & {"name", "birth_date", "address"}) == 3
    return "valid_from" in fields or (
        "issuing_authority" in fields and fields["issuing_authority"].value.endswith("局")
    )


def _portrait_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    boxes = [box for box in card.boxes(reader) if _may_hold_value(box)]
    rows = _sorted_into_rows(card.read(boxes, reader))
    parsers = {
        "name": _name,
        "sex": _sex,
        "ethnicity": _ethnicity,
        "birth_date": _birth_date,
        "address": _address,
        "id_number": _id_number,
    }
    found = {name: parse(card, rows[_row_of(name)]) for name, parse in parsers.items()}
    return {name: value for name, value in found.items() if value is not None}


def _row_of(name: str) -> str:
    return "sex" if name == "ethnicity" else name


def _may_hold_value(box: Polygon) -> bool:
    left, right = float(box[:, 0].min()), float(box[:, 0].max())
    middle = float(box[:, 1].mean())
    label = right < LABELS_END or (right < 270 and middle > ROWS["id_number"][0])
    photograph = left > PORTRAIT_LEFT - 20 and middle < PORTRAIT_BOTTOM
    return not label and not photograph


def _sorted_into_rows(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Lines by row. The birth date and the number, which show themselves, say where the rows are."""
    birth = next((line.middle for line in lines if _looks_like_birth(line)), float(BIRTH_MIDDLE))
    number = next((line.middle for line in lines if _looks_like_number(line)), float(NUMBER_MIDDLE))
    stretch = (NUMBER_MIDDLE - BIRTH_MIDDLE) / max(number - birth, 1)
    rows: dict[str, list[Line]] = {name: [] for name in ROWS}
    for line in lines:
        middle = BIRTH_MIDDLE + (line.middle - birth) * stretch
        for name, (top, bottom) in ROWS.items():
            if top <= middle < bottom:
                rows[name].append(line)
    return {name: in_rows(row) for name, row in rows.items()}


def _looks_like_birth(line: Line) -> bool:
    return "年" in line.text and "月" in line.text and line.middle < 330


def _looks_like_number(line: Line) -> bool:
    return len(resident_number.cleaned(line.text)) >= 15


def _name(card: FlatCard, row: list[Line]) -> Field | None:
    characters = [c for c in without_label(characters_of(row), "姓名") if _belongs_to_name(c.text)]
    if not characters:
        return None
    return field_of(
        card, _joined(characters).replace("•", "·").replace("．", "·"), certainty(characters), row
    )


def _belongs_to_name(text: str) -> bool:
    return "\u3400" <= text <= "\u9fff" or text > "\U00020000" or text in "·•．〇"


def _joined(characters: Sequence[Character]) -> str:
    return plain("".join(character.text for character in characters))


def _sex(card: FlatCard, row: list[Line]) -> Field | None:
    for line in row:
        for character in line.characters:
            if character.text in "男女":
                return field_of(card, character.text, character.confidence, [line])
    return None


def _ethnicity(card: FlatCard, row: list[Line]) -> Field | None:
    characters = characters_of(row)
    text = _joined(characters)
    start = max(text.find("族"), text.find("民") + 1 if "民" in text else -1)
    tail = characters[start + 1 :] if start >= 0 else [c for c in characters if c.text not in "性别男女"]
    value = _known_ethnicity(tail)
    if value is None:
        return None
    lines = [line for line in row if any(c in line.characters for c in tail)]
    return field_of(card, value, certainty(tail), lines or row)


def _known_ethnicity(characters: Sequence[Character]) -> str | None:
    """The group whose name is the likeliest reading of the characters."""
    options = [{c.text: c.confidence, **dict(c.alternatives)} for c in characters]
    best, best_chance = None, 0.0
    for name in ethnicities():
        if len(name) != len(options):
            continue
        chance = 1.0
        for letter, option in zip(name, options, strict=True):
            chance *= option.get(letter, 1e-3)
        if chance > best_chance:
            best, best_chance = name, chance
    return best if best_chance > 1e-3 ** max(len(options) - 1, 1) else None


@cache
def ethnicities() -> tuple[str, ...]:
    """The 56 groups, without 族."""
    return tuple(tomllib.loads(files("ocr").joinpath("ethnicities.toml").read_text("utf-8"))["names"])


def _birth_date(card: FlatCard, row: list[Line]) -> Field | None:
    characters = without_label(characters_of(row), "出生")
    match = _BIRTH.search(_joined(characters))
    value = _date(match.groups()) if match else None
    return field_of(card, value.isoformat(), certainty(characters), row) if value else None


def _date(parts: Sequence[str]) -> date | None:
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def _address(card: FlatCard, row: list[Line]) -> Field | None:
    lines = [line for line in row if certainty(line.characters) > 0.01 or len(line.characters) > 3]
    characters = [c for line in lines for c in without_label(characters_of([line]), "住址")]
    if not characters:
        return None
    return field_of(card, _joined(characters), certainty(characters), lines)


def _id_number(card: FlatCard, row: list[Line]) -> Field | None:
    lines = [line for line in row if resident_number.cleaned(line.text)]
    number = resident_number.cleaned("".join(line.text for line in lines))
    if not number:
        return None
    digits = [c for c in characters_of(lines) if resident_number.cleaned(c.text)]
    return field_of(card, number, certainty(digits), lines)


def _emblem_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    boxes = [box for box in card.boxes(reader) if float(box[:, 1].mean()) > TITLES_BOTTOM]
    lines = in_rows(card.read(boxes, reader))
    period = [line for line in lines if _PERIOD.search(plain(line.text))]
    authority = [line for line in lines if line not in period and "局" in line.text]
    fields: dict[str, Field] = {}
    if authority:
        characters = without_label(characters_of(authority), "签发机关")
        fields["issuing_authority"] = field_of(card, _joined(characters), certainty(characters), authority)
    if period:
        fields |= _period(card, period)
    return fields


def _period(card: FlatCard, lines: list[Line]) -> dict[str, Field]:
    characters = without_label(characters_of(lines), "有效期限")
    match = _PERIOD.search(_joined(characters))
    if not match:
        return {}
    start, end = _date(match.groups()[:3]), None if match[7] else _date(match.groups()[3:6])
    sure = certainty(characters)
    fields = {}
    if start:
        fields["valid_from"] = field_of(card, start.isoformat(), sure, lines)
    if end or match[7]:
        fields["valid_to"] = field_of(card, end.isoformat() if end else "长期", sure, lines)
    return fields
