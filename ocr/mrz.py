"""Machine-readable zones of travel documents (ICAO Doc 9303): TD1 (3 lines of 30), TD2 (2 of 36), TD3 (2 of 44).

`ocr.mrz_zone` finds and reads the lines. A character is changed only in a part whose check digit fails, only to the
other member of a pair that OCR confuses or to what the recogniser itself thought possible, and only where a single
change makes that check digit pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.arrays import Image, Polygon
from models.text_reader import TextReader
from ocr import countries
from ocr.mrz_visual import numbers, printed_above, visual_checks
from ocr.mrz_zone import LENGTHS, TWINS, Row, Zone, find_zones
from ocr.reading import Check, Field, Outcome, Reading
from ocr.sentences import say

_WEIGHTS = (7, 3, 1)
_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
LIKELY = 0.03
"""A character to which the recogniser gave at least this chance may be what stands there."""
UNSEEN = 1e-3
"""Chance of a twin to which it gave less."""
CLEARER = 10.0
"""Of several changes that the check digit would prove, one this many times likelier than the next is made."""
MIN_PASSING = 2
"""Fewer check digits than this may pass by accident."""
MAX_MISREAD = 3
"""The printed number may differ from the zone's, as read, in so many characters."""


@dataclass(frozen=True)
class Part:
    """Where a value stands in the joined lines, and where its check digit."""

    name: str
    start: int
    end: int
    check: int | None = None


_PARTS = {
    "TD1": (
        Part("document_code", 0, 2),
        Part("issuing_state", 2, 5),
        Part("document_number", 5, 14, 14),
        Part("optional_data", 15, 30),
        Part("birth_date", 30, 36, 36),
        Part("sex", 37, 38),
        Part("expiry_date", 38, 44, 44),
        Part("nationality", 45, 48),
        Part("names", 60, 90),
    ),
    "TD2": (
        Part("document_code", 0, 2),
        Part("issuing_state", 2, 5),
        Part("names", 5, 36),
        Part("document_number", 36, 45, 45),
        Part("nationality", 46, 49),
        Part("birth_date", 49, 55, 55),
        Part("sex", 56, 57),
        Part("expiry_date", 57, 63, 63),
        Part("optional_data", 64, 71),
    ),
    "TD3": (
        Part("document_code", 0, 2),
        Part("issuing_state", 2, 5),
        Part("names", 5, 44),
        Part("document_number", 44, 53, 53),
        Part("nationality", 54, 57),
        Part("birth_date", 57, 63, 63),
        Part("sex", 64, 65),
        Part("expiry_date", 65, 71, 71),
        Part("optional_data", 72, 86, 86),
    ),
}
_COMPOSITE = {
    "TD1": (((5, 30), (30, 37), (38, 45), (48, 59)), 59),
    "TD2": (((36, 46), (49, 56), (57, 71)), 71),
    "TD3": (((44, 54), (57, 64), (65, 87)), 87),
}
"""The ranges under the composite check digit, and its place."""


def check_digit(text: str) -> str:
    """The check digit of a part (Doc 9303 part 3, 4.9).

    >>> check_digit("L898902C3")
    '6'
    """
    return str(sum(_VALUES[c] * _WEIGHTS[i % 3] for i, c in enumerate(text)) % 10)


def read_mrz(photo: Image, lines: Sequence[Polygon], reader: TextReader, today: date) -> Reading | None:
    """The document with the zone to which some of the lines (pixels of the photo) belong; None where there is none."""
    for zone in find_zones(photo, lines, reader):
        text = _repaired(zone)
        if _passing(text, zone.form) >= MIN_PASSING:
            printed = printed_above(photo, lines, zone.strip, reader)
            text = _with_printed_number(text, zone.form, numbers(printed))
            fields = _fields(text, zone, today)
            known = _countries_known(text, zone.form)
            checks = (*_checks(text, zone.form, today), known, *visual_checks(fields, printed))
            return Reading("mrz", None, fields, checks)
    return None


def _passing(text: str, form: str) -> int:
    return sum(check.outcome == "pass" for check in _digit_checks(text, form))


def _with_printed_number(text: str, form: str, printed: Sequence[str]) -> str:
    """Where the zone's number is wrong: the one printed on the page, if it makes both check digits over it pass."""
    part = next(part for part in _PARTS[form] if part.name == "document_number")
    for number in printed:
        changed = text[: part.start] + number.ljust(9, "<")[:9] + text[part.end :]
        alike = sum(a == b for a, b in zip(changed, text, strict=True)) >= len(text) - MAX_MISREAD
        if alike and _passing(changed, form) >= _passing(text, form) + 2:
            return changed
    return text


def _repaired(zone: Zone) -> str:
    """The joined lines, parts with a failing check digit changed where that digit proves the change."""
    text = "".join(row.text.text for row in zone.rows)
    chances = [chance for row in zone.rows for chance in row.text.chances]
    for part in _PARTS[zone.form]:
        if part.check is None or _optional_without_digit(part, text):
            continue
        value = _proven(text[part.start : part.end], text[part.check], chances[part.start : part.end])
        text = text[: part.start] + value + text[part.end :]
        if check_digit(value) != text[part.check]:
            text = _other_digit(text, zone.form, part, chances[part.check])
    return text


def _optional_without_digit(part: Part, text: str) -> bool:
    """Optional data needs no check digit, and a long number on TD1 has it elsewhere (Doc 9303 part 5, 4.2.2)."""
    return (
        part.check is not None
        and text[part.check] == "<"
        and part.name in ("optional_data", "document_number")
    )


def _proven(value: str, digit: str, chances: Sequence[Mapping[str, float]]) -> str:
    """The value, or the likeliest reading with one character changed that its check digit proves.

    chances: at each place the characters that may stand there.
    """
    if check_digit(value) == digit:
        return value
    proven: dict[str, float] = {}
    for i, (read, options) in enumerate(zip(value, chances, strict=True)):
        for other, chance in options.items():
            changed = value[:i] + other + value[i + 1 :]
            possible = chance >= LIKELY or _twins(read, other)
            if other != read and possible and check_digit(changed) == digit:
                proven[changed] = max(chance, UNSEEN) / max(options[read], UNSEEN)
    ranked = sorted(proven, key=lambda changed: -proven[changed])
    if not ranked or (len(ranked) > 1 and proven[ranked[0]] < CLEARER * proven[ranked[1]]):
        return value
    return ranked[0]


def _twins(a: str, b: str) -> bool:
    return a + b in TWINS or b + a in TWINS


def _other_digit(text: str, form: str, part: Part, chances: Mapping[str, float]) -> str:
    """The text with the part's check digit read differently, where the composite check digit proves that."""
    assert part.check is not None
    digit = check_digit(text[part.start : part.end])
    changed = text[: part.check] + digit + text[part.check + 1 :]
    return changed if chances.get(digit, 0.0) >= LIKELY and _composite_holds(changed, form) else text


def _composite_holds(text: str, form: str) -> bool:
    ranges, place = _COMPOSITE[form]
    return check_digit("".join(text[start:end] for start, end in ranges)) == text[place]


def _long_number(text: str) -> tuple[str, bool] | None:
    """A TD1 number of more than nine characters, which goes on in the optional data, and whether its digit holds."""
    rest = text[15:30].split("<", maxsplit=1)[0]
    if text[14] != "<" or len(rest) < 2:
        return None
    number = text[5:14] + rest[:-1]
    return number, check_digit(number) == rest[-1]


def _digit_checks(text: str, form: str) -> list[Check]:
    found = []
    for part in _PARTS[form]:
        if part.check is None or (part.name == "optional_data" and text[part.check] == "<"):
            continue
        holds = check_digit(text[part.start : part.end]) == text[part.check]
        if form == "TD1" and part.name == "document_number" and (long := _long_number(text)):
            holds = long[1]
        found.append(_check(f"{part.name}_check_digit", holds, "mrz_check_digit"))
    return [
        *found,
        _check("composite_check_digit", _composite_holds(text, form), "mrz_composite_check_digit"),
    ]


def _checks(text: str, form: str, today: date) -> tuple[Check, ...]:
    expiry = next(text[p.start : p.end] for p in _PARTS[form] if p.name == "expiry_date")
    day = _day(expiry, today, past=False)
    outcome: Outcome = "unknown" if day is None else "pass" if day >= today else "fail"
    return (*_digit_checks(text, form), Check("not_expired", outcome, say("valid_today")))


def _check(code: str, holds: bool, said: str) -> Check:
    return Check(code, "pass" if holds else "fail", say(said))


def _countries_known(text: str, form: str) -> Check:
    """Whether issuing state and nationality have codes that ICAO knows: no check digit covers them."""
    parts = [part for part in _PARTS[form] if part.name in ("issuing_state", "nationality")]
    known = all(text[part.start : part.end].strip("<") in countries.codes() for part in parts)
    return Check("country_codes_known", "pass" if known else "fail", say("country_codes"))


def _day(text: str, today: date, past: bool) -> date | None:
    """A date of six digits: a birth is in the past, an expiry at most 50 years ahead."""
    try:
        year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
        found = date(today.year // 100 * 100 + year, month, day)
        limit = today if past else today.replace(year=today.year + 50, day=1)
        return found.replace(year=found.year - 100) if found > limit else found
    except ValueError:
        return None


def _fields(text: str, zone: Zone, today: date) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for part in _PARTS[zone.form]:
        raw = text[part.start : part.end]
        if zone.form == "TD1" and (long := _long_number(text)):
            raw = {"document_number": long[0], "optional_data": ""}.get(part.name, raw)
        row = zone.rows[part.start // LENGTHS[zone.form][0]]
        for name, value in _values(part.name, raw, today):
            if value:
                fields[name] = _field(value, _confidence(part, text, zone), row)
    return fields


def _field(value: str, confidence: float, row: Row) -> Field:
    return Field(value, confidence, row.box, lambda: row.crop)


def _confidence(part: Part, text: str, zone: Zone) -> float:
    """Chance that the characters are right; a wrong value passes a check digit once in ten times."""
    chances = [chance for row in zone.rows for chance in row.text.chances][part.start : part.end]
    right = 1.0
    for character, options in zip(text[part.start : part.end].rstrip("<"), chances, strict=False):
        right *= options[character] / sum(options.values())
    if part.check is not None and check_digit(text[part.start : part.end]) == text[part.check]:
        passing = 1 + _composite_holds(text, zone.form)
        right = right / (right + (1 - right) * 0.1**passing)
    return right


def _values(name: str, raw: str, today: date) -> Iterator[tuple[str, str]]:
    if name == "names":
        surname, _, given = raw.partition("<<")
        yield "surname", surname.replace("<", " ").strip()
        yield "given_names", given.replace("<", " ").strip()
    elif name in ("birth_date", "expiry_date"):
        day = _day(raw, today, past=name == "birth_date")
        yield name, day.isoformat() if day else ""
    elif name == "sex":
        yield name, raw if raw in ("M", "F") else "X"
    else:
        yield name, raw.strip("<")
