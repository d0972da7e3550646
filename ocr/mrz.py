"""Machine-readable zones of travel documents (ICAO Doc 9303): TD1 (3 lines of 30), TD2 (2 of 36), TD3 (2 of 44).

`ocr.mrz_zone` finds and reads the lines, `ocr.mrz_repairs` puts right what their check digits prove, a second reader
(`ocr.mrz_second_reading`) is asked for what is unsure, and `ocr.mrz_checks` and `ocr.mrz_visual` say whether it agrees.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from models.arrays import Image, Polygon
from models.text_reader import TextReader
from ocr.calibration import calibrated_document
from ocr.mrz_checks import checks
from ocr.mrz_parts import (
    COVERED,
    LENGTHS,
    PARTS,
    Part,
    day_of,
    digits_hold,
    long_number,
    looks_right,
    names_of,
)
from ocr.mrz_repairs import UNSEEN, repaired, with_printed_number
from ocr.mrz_second_reading import UNCONFIRMED, Second, confirmed, has_unseen_twin
from ocr.mrz_visual import numbers, printed_above, visual_checks
from ocr.mrz_zone import Row, Zone, find_zones
from ocr.reading import Field, Reading

MIN_PASSING = 2
"""Fewer check digits than this may pass by accident."""
CLEAR = -0.4
"""A zone that reads worse than this is cut out along its rows too, for names have no check digits."""
POOR = -0.8
"""... and of a zone that reads worse than this all must pass: it may be pieces of two rows."""
AS_WELL = 0.1
"""Readings whose scores differ by less are as likely: TD2 and TD3 share the places of numbers and dates."""


def read_mrz(
    photo: Image, candidates: Sequence[Polygon], lines: Sequence[Polygon], reader: TextReader, today: date
) -> Reading | None:
    """The document with the zone to which some of the candidates belong; None where there is none.

    candidates: lines that are read to see whether they are a zone's. lines: all of the photo. Pixels of the photo.
    """
    zones: list[tuple[Zone, str]] = []
    for found in find_zones(photo, candidates, reader):
        zones += [(zone, repaired(zone)) for zone in found]
        if any(zone.score > CLEAR and all(digits_hold(text, zone.form).values()) for zone, text in zones):
            break
    proven = (found for found in _likeliest(zones) if _proves_itself(*found))
    zone, text = next(proven, (None, ""))
    if zone is None:
        return None
    printed = printed_above(photo, lines, zone.strip, reader)
    text = with_printed_number(text, zone, numbers(printed))
    text, seconds = confirmed(text, zone, confidences(text, zone))
    fields = uncalibrated_fields(text, zone, seconds, today)
    agreed = (*checks(text, zone, seconds, today), *visual_checks(fields, printed))
    return Reading("mrz", None, calibrated_document("mrz", fields), agreed)


def _likeliest(read: Sequence[tuple[Zone, str]]) -> list[tuple[Zone, str]]:
    """The zones with their texts, the likeliest first: of those that read about as well, one whose digits all hold."""

    def likelihood(zone: Zone, text: str) -> float:
        return zone.score + AS_WELL * all(digits_hold(text, zone.form).values())

    return sorted(read, key=lambda found: -likelihood(*found))


def _proves_itself(zone: Zone, text: str) -> bool:
    """Whether so many check digits are right that it must be a zone."""
    holds = digits_hold(text, zone.form).values()
    return sum(holds) >= (MIN_PASSING if zone.score > POOR else len(holds))


def uncalibrated_fields(
    text: str, zone: Zone, seconds: Mapping[str, Second], today: date
) -> dict[str, Field]:
    """The fields of the joined lines with the reader's own confidences."""
    fields: dict[str, Field] = {}
    chances = confidences(text, zone)
    for part in PARTS[zone.form]:
        row = zone.rows[part.start // LENGTHS[zone.form][0]]
        second = seconds.get(part.name)
        other = dict(_values(part.name, second.other, today)) if second else {}
        unconfirmed = second and not second.agrees and has_unseen_twin(part, text, zone)
        sure = min(chances[part.name], UNCONFIRMED) if unconfirmed else chances[part.name]
        raw = _raw(part, text, zone.form)
        for name, value in _values(part.name, raw, today):
            if value:
                fields[name] = _field(value, sure, row, other.get(name, ""))
    return fields


def _raw(part: Part, text: str, form: str) -> str:
    """The part's characters; a long number's are taken together."""
    if form == "TD1" and (long := long_number(text)) and part.name in ("document_number", "optional_data"):
        return long[0] if part.name == "document_number" else ""
    return text[part.start : part.end]


def _field(value: str, confidence: float, row: Row, other: str) -> Field:
    return Field(value, confidence, row.box, lambda: row.crop, second_reading=other)


def confidences(text: str, zone: Zone) -> dict[str, float]:
    """Chance by part that its characters are right; a wrong value passes a check digit once in ten times, and a right
    one fails where the digit was misread.
    """
    holds = digits_hold(text, zone.form)
    found = {}
    for part in PARTS[zone.form]:
        read = list(zip(text[part.start : part.end].rstrip("<"), zone.chances[part.start :], strict=False))
        right = math.prod(_chance(c, options) for c, options in read)
        covered = holds.get(part.name, False) + (part.name in COVERED and holds["composite"])
        if covered:
            unseen = math.prod(_beside_unseen(c, options) for c, options in read)
            rest = min(right / unseen, 1.0)
            right = unseen * rest / (rest + (1 - rest) * 0.1**covered)
        elif part.check is not None and part.name in holds:
            misread = max(1 - _chance(text[part.check], zone.chances[part.check]), UNSEEN)
            right = right * misread / (right * misread + (1 - right) * 0.9 + UNSEEN**2)
        found[part.name] = right
    return found


def _chance(character: str, options: Mapping[str, float]) -> float:
    return options.get(character, UNSEEN) / sum(options.values())


def _beside_unseen(character: str, options: Mapping[str, float]) -> float:
    """Chance of a character beside those that no check digit tells from it."""
    alike = {c: chance for c, chance in options.items() if looks_right(c, character)}
    return _chance(character, {character: UNSEEN, **alike})


def _values(name: str, raw: str, today: date) -> Iterator[tuple[str, str]]:
    if name == "names":
        for field, found in zip(("surname", "given_names"), names_of(raw), strict=True):
            yield field, found.replace("<", " ")
    elif name in ("birth_date", "expiry_date"):
        day = day_of(raw, today, past=name == "birth_date")
        yield name, day.isoformat() if day else ""
    elif name == "sex":
        yield name, raw if raw in ("M", "F") else "X"
    else:
        yield name, raw.strip("<")
