"""Machine-readable zones of travel documents (ICAO Doc 9303): TD1 (3 lines of 30), TD2 (2 of 36), TD3 (2 of 44).

`ocr.mrz_zone` finds and reads the lines. A character is changed only in a part whose check digit fails, only to the
other member of a pair that OCR confuses or to what the recogniser itself thought possible, and only where a single
change makes that check digit pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from models.arrays import Image, Polygon
from models.text_reader import TextReader
from ocr import countries
from ocr.calibration import calibrated_document
from ocr.mrz_parts import (
    LENGTHS,
    PARTS,
    Part,
    check_digit,
    composite_holds,
    digits_hold,
    long_number,
    looks_right,
    names_of,
    passing,
    twins,
    unchecked,
    without_specks,
)
from ocr.mrz_second_reading import UNCONFIRMED, Second, confirmed, has_unseen_twin
from ocr.mrz_visual import numbers, printed_above, visual_checks
from ocr.mrz_zone import Row, Zone, find_zones
from ocr.reading import Check, Field, Outcome, Reading
from ocr.sentences import say

LIKELY = 0.03
"""A character to which the recogniser gave at least this chance may be what stands there."""
UNSEEN = 1e-3
"""Chance of a twin to which it gave less."""
CLEARER = 10.0
"""Of several changes that the check digit would prove, one this many times likelier than the next is made."""
MIN_PASSING = 2
"""Fewer check digits than this may pass by accident."""
CLEAR = -0.4
"""A zone that reads worse than this is cut out along its rows too, for names have no check digits."""
POOR = -0.8
"""... and of a zone that reads worse than this all must: it may be pieces of two rows."""
LEGIBLE = 0.2
"""Chance of its characters, as the reader has them, below which a part's check digit proves nothing by holding."""
AS_WELL = 0.1
"""Readings whose scores differ by less are as likely: TD2 and TD3 share the places of numbers and dates."""
MAX_MISREAD = 3
"""The printed number may differ from the zone's, as read, in so many characters."""
COUNTRIES = ("issuing_state", "nationality")
COVERED = ("document_number", "birth_date", "expiry_date", "optional_data")
"""Parts under the composite check digit."""


def read_mrz(
    photo: Image, candidates: Sequence[Polygon], lines: Sequence[Polygon], reader: TextReader, today: date
) -> Reading | None:
    """The document with the zone to which some of the candidates belong; None where there is none.

    candidates: lines that are read to see whether they are a zone's. lines: all of the photo. Pixels of the photo.
    """
    zones: list[tuple[Zone, str]] = []
    for found in find_zones(photo, candidates, reader):
        zones += [(zone, _repaired(zone)) for zone in found]
        if any(zone.score > CLEAR and all(digits_hold(text, zone.form).values()) for zone, text in zones):
            break
    for zone, read in _likeliest(zones):
        holds = digits_hold(read, zone.form)
        if sum(holds.values()) >= (MIN_PASSING if zone.score > POOR else len(holds)):
            printed = printed_above(photo, lines, zone.strip, reader)
            first = _with_printed_number(read, zone, numbers(printed))
            text, seconds = confirmed(first, zone, confidences(first, zone))
            fields = uncalibrated_fields(text, zone, seconds, today)
            visual = visual_checks(fields, printed)
            calibrated = calibrated_document("mrz", fields)
            return Reading("mrz", None, calibrated, (*_checks(text, zone, seconds, today), *visual))
    return None


def _likeliest(read: Sequence[tuple[Zone, str]]) -> list[tuple[Zone, str]]:
    """The zones with their texts, the likeliest first: of those that read about as well, one whose digits all hold."""

    def likelihood(zone: Zone, text: str) -> float:
        return zone.score + AS_WELL * all(digits_hold(text, zone.form).values())

    return sorted(read, key=lambda found: -likelihood(*found))


def _with_printed_number(text: str, zone: Zone, printed: Sequence[str]) -> str:
    """The text with the number printed on the page where the zone's is wrong or doubtful: where that makes both check
    digits over it pass, or settles what no check digit tells and the reader was in two minds about (6 and G).
    """
    part = next(part for part in PARTS[zone.form] if part.name == "document_number")
    for number in printed:
        changed = text[: part.start] + number.ljust(9, "<")[:9] + text[part.end :]
        others = [i for i in range(part.start, part.end) if changed[i] != text[i]]
        proven = passing(changed, zone.form) >= passing(text, zone.form) + 2
        settled = all(
            looks_right(changed[i], text[i]) and zone.chances[i].get(changed[i], 0.0) >= LIKELY
            for i in others
        )
        if len(others) <= MAX_MISREAD and (proven or settled):
            return changed
    return text


def _repaired(zone: Zone) -> str:
    """The joined lines, parts with a failing check digit changed where that digit proves the change, country codes
    that do not exist where another is possible, names without specks behind them.
    """
    text, chances = "".join(row.text.text for row in zone.rows), zone.chances
    for part in PARTS[zone.form]:
        if part.name == "names":
            text = text[: part.start] + without_specks(text[part.start : part.end]) + text[part.end :]
        if part.name in COUNTRIES:
            code = _listed(text[part.start : part.end], chances[part.start : part.end])
            text = text[: part.start] + code + text[part.end :]
        if part.check is None or unchecked(part, text):
            continue
        value = _proven(text[part.start : part.end], text[part.check], chances[part.start : part.end])
        text = text[: part.start] + value + text[part.end :]
        if check_digit(value) != text[part.check]:
            text = _other_digit(text, zone.form, part, chances[part.check])
    return text


def _listed(code: str, chances: Sequence[Mapping[str, float]]) -> str:
    """The code, or the likeliest that exists of those that the reader thought possible."""
    if code.strip("<") in countries.codes():
        return code
    possible: dict[str, float] = {}
    for known in (known.ljust(len(code), "<") for known in countries.codes()):
        likely = [options.get(c, 0.0) for c, options in zip(known, chances, strict=True)]
        if min(likely) >= LIKELY:
            possible[known] = math.prod(likely)
    return max(possible, key=lambda known: possible[known], default=code)


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
            possible = chance >= LIKELY or twins(read, other)
            if other != read and possible and check_digit(changed) == digit:
                proven[changed] = max(chance, UNSEEN) / max(options[read], UNSEEN)
    ranked = sorted(proven, key=lambda changed: -proven[changed])
    if not ranked or (len(ranked) > 1 and proven[ranked[0]] < CLEARER * proven[ranked[1]]):
        return value
    return ranked[0]


def _other_digit(text: str, form: str, part: Part, chances: Mapping[str, float]) -> str:
    """The text with the part's check digit read differently, where the composite check digit proves that."""
    assert part.check is not None
    digit = check_digit(text[part.start : part.end])
    changed = text[: part.check] + digit + text[part.check + 1 :]
    return changed if chances.get(digit, 0.0) >= LIKELY and composite_holds(changed, form) else text


def _checks(text: str, zone: Zone, seconds: Mapping[str, Second], today: date) -> tuple[Check, ...]:
    expiry = next(text[p.start : p.end] for p in PARTS[zone.form] if p.name == "expiry_date")
    day = _day(expiry, today, past=False)
    outcome: Outcome = "unknown" if day is None else "pass" if day >= today else "fail"
    return (
        *_digit_checks(text, zone),
        Check("not_expired", outcome, say("valid_today")),
        _countries_known(text, zone.form),
        *_second_agrees(seconds),
    )


def _digit_checks(text: str, zone: Zone) -> Iterator[Check]:
    """Unknown where a digit holds over characters that could hardly be read: in one case of ten any digit holds."""
    surest = [max(options.values()) / sum(options.values()) for options in zone.chances]
    legible = {part.name: math.prod(surest[part.whole]) >= LEGIBLE for part in PARTS[zone.form]}
    legible["composite"] = all(legible[name] for name in COVERED)
    for name, holds in digits_hold(text, zone.form).items():
        said = "mrz_composite_check_digit" if name == "composite" else "mrz_check_digit"
        outcome: Outcome = "fail" if not holds else "pass" if legible[name] else "unknown"
        yield Check(f"{name}_check_digit", outcome, say(said))


def _second_agrees(seconds: Mapping[str, Second]) -> Iterator[Check]:
    """Whether a second reader, where one was asked, found the same in the parts with check digits."""
    asked = [second for name, second in seconds.items() if name != "names"]
    if not asked:
        return
    if any(second.other and not second.agrees for second in asked):
        yield Check("second_reading_agrees", "fail", say("two_readers_of_zone"))
    elif all(second.agrees for second in asked):
        yield Check("second_reading_agrees", "pass", say("two_readers_of_zone"))
    else:
        yield Check("second_reading_agrees", "unknown", say("second_reader_of_zone_failed"))


def _countries_known(text: str, form: str) -> Check:
    """Whether issuing state and nationality have codes that ICAO knows: no check digit covers them."""
    parts = [part for part in PARTS[form] if part.name in COUNTRIES]
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
        day = _day(raw, today, past=name == "birth_date")
        yield name, day.isoformat() if day else ""
    elif name == "sex":
        yield name, raw if raw in ("M", "F") else "X"
    else:
        yield name, raw.strip("<")
