"""Machine-readable zones of travel documents (ICAO Doc 9303): TD1 (3 lines of 30), TD2 (2 of 36), TD3 (2 of 44).

A zone is found by its own alphabet. A character is changed only to the other member of a pair that OCR confuses,
only in a part whose check digit fails, and only where a single change makes that check digit pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.arrays import Image
from models.text_reader import TextLine, line_crop
from ocr.reading import Check, Field, Outcome, Reading

LENGTHS = {"TD1": (30, 3), "TD2": (36, 2), "TD3": (44, 2)}
"""Characters in a line and lines, by format."""
MAX_SLIP = 5
"""A line may have this many characters too many or too few before its fillers are counted anew."""
_WEIGHTS = (7, 3, 1)
_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_CONFUSED = {
    "0": "O",
    "O": "0",
    "1": "I",
    "I": "1",
    "5": "S",
    "S": "5",
    "8": "B",
    "B": "8",
    "2": "Z",
    "Z": "2",
}
_TO_DIGIT = str.maketrans("OQDIZSB", "0001258")
_TO_LETTER = str.maketrans("01258", "OIZSB")
_ALPHABET = re.compile(r"[^A-Z0-9<]")


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


def read_mrz(image: Image, lines: Sequence[TextLine], today: date) -> Reading | None:
    """The zone among the lines of a page (from top to bottom); None where there is none."""
    for layout, zone in _zones(lines):
        text = _repaired("".join(_filled(_cleaned(line.text), LENGTHS[layout][0]) for line in zone), layout)
        checks = _checks(text, layout, today)
        if sum(check.outcome == "pass" for check in checks) >= 2:
            fields = _fields(image, text, layout, zone, today)
            return Reading("mrz", None, fields, checks)
    return None


def _cleaned(text: str) -> str:
    return _ALPHABET.sub("", text.upper().replace("«", "<<").replace("《", "<<").replace("〈", "<"))


def _filled(text: str, length: int) -> str:
    """The line at its full length: readers miscount long runs of fillers, so the longest run gives or takes."""
    run = max(re.findall("<+", text), key=len, default="")
    wanted = len(run) + length - len(text)
    if not run or wanted < 1:
        return text[:length].ljust(length, "<")
    return text.replace(run, "<" * wanted, 1)


def _zones(lines: Sequence[TextLine]) -> Iterator[tuple[str, list[TextLine]]]:
    """Runs of neighbouring lines of the right length, the last of a page first."""
    for layout, (length, count) in LENGTHS.items():
        fitting = [line for line in lines if abs(len(_cleaned(line.text)) - length) <= MAX_SLIP]
        for i in reversed(range(len(fitting) - count + 1)):
            yield layout, fitting[i : i + count]


def _repaired(text: str, layout: str) -> str:
    """Letters in dates and digits in names become their twins; parts with a failing check digit, see above."""
    for part in _PARTS[layout]:
        value = text[part.start : part.end]
        if part.name in ("birth_date", "expiry_date"):
            text = _with(text, part.start, value.translate(_TO_DIGIT))
        elif part.name in ("issuing_state", "nationality", "names"):
            text = _with(text, part.start, value.translate(_TO_LETTER))
        if part.check is not None:
            text = _with(text, part.check, text[part.check].translate(_TO_DIGIT))
            text = _with(text, part.start, _proven(text[part.start : part.end], text[part.check]))
    place = _COMPOSITE[layout][1]
    return _with(text, place, text[place].translate(_TO_DIGIT))


def _with(text: str, start: int, value: str) -> str:
    return text[:start] + value + text[start + len(value) :]


def _proven(value: str, digit: str) -> str:
    """The value, or the only reading with one confused character changed that its check digit proves."""
    if check_digit(value) == digit:
        return value
    changed = [value[:i] + _CONFUSED[c] + value[i + 1 :] for i, c in enumerate(value) if c in _CONFUSED]
    proven = [other for other in changed if check_digit(other) == digit]
    return proven[0] if len(proven) == 1 else value


def _checks(text: str, layout: str, today: date) -> tuple[Check, ...]:
    found = []
    for part in _PARTS[layout]:
        value = text[part.start : part.end]
        if part.check is None or (part.name == "optional_data" and text[part.check] == "<"):
            continue
        holds = check_digit(value) == text[part.check]
        found.append(
            Check(f"{part.name}_check_digit", "pass" if holds else "fail", "check digit (ICAO 9303)")
        )
    ranges, place = _COMPOSITE[layout]
    whole = "".join(text[start:end] for start, end in ranges)
    holds = check_digit(whole) == text[place]
    found.append(Check("composite_check_digit", "pass" if holds else "fail", "check digit over all parts"))
    expiry = next(text[p.start : p.end] for p in _PARTS[layout] if p.name == "expiry_date")
    day = _day(expiry, today, past=False)
    outcome: Outcome = "unknown" if day is None else "pass" if day >= today else "fail"
    return (*found, Check("not_expired", outcome, "valid today"))


def _day(text: str, today: date, past: bool) -> date | None:
    """A date of six digits: a birth is in the past, an expiry at most 50 years ahead."""
    try:
        year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
        found = date(today.year // 100 * 100 + year, month, day)
        limit = today if past else today.replace(year=today.year + 50, day=1)
        return found.replace(year=found.year - 100) if found > limit else found
    except ValueError:
        return None


def _fields(image: Image, text: str, layout: str, zone: Sequence[TextLine], today: date) -> dict[str, Field]:
    length = LENGTHS[layout][0]
    fields: dict[str, Field] = {}
    for part in _PARTS[layout]:
        line = zone[part.start // length]
        raw = text[part.start : part.end]
        for name, value in _values(part.name, raw, today):
            if value:
                fields[name] = Field(value, line.confidence, line.polygon, line_crop(image, line.polygon))
    return fields


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
