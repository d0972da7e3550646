"""What is put right in a machine-readable zone, and only where something proves it.

A character is changed only in a part whose check digit fails, only to the other member of a pair that OCR confuses or to
what the recogniser itself thought possible, and only where a single change makes that check digit pass.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ocr import countries
from ocr.mrz_parts import (
    COUNTRIES,
    PARTS,
    Part,
    check_digit,
    composite_holds,
    looks_right,
    part_of,
    passing,
    twins,
    unchecked,
    without_specks,
)
from ocr.mrz_zone import Zone

LIKELY = 0.03
"""A character to which the recogniser gave at least this chance may be what stands there."""
UNSEEN = 1e-3
"""Chance of a twin to which it gave less."""
CLEARER = 10.0
"""Of several changes that the check digit would prove, one this many times likelier than the next is made."""
MAX_MISREAD = 3
"""The printed number may differ from the zone's, as read, in so many characters."""


def repaired(zone: Zone) -> str:
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
        value = proven(text[part.start : part.end], text[part.check], chances[part.start : part.end])
        text = text[: part.start] + value + text[part.end :]
        if check_digit(value) != text[part.check]:
            text = _other_digit(text, zone.form, part, chances[part.check])
    return text


def with_printed_number(text: str, zone: Zone, printed: Sequence[str]) -> str:
    """The text with the number printed on the page where the zone's is wrong or doubtful: where that makes both check
    digits over it pass, or settles what no check digit tells and the reader was in two minds about (6 and G).
    """
    part = part_of(zone.form, "document_number")
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


def proven(value: str, digit: str, chances: Sequence[Mapping[str, float]]) -> str:
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


def _other_digit(text: str, form: str, part: Part, chances: Mapping[str, float]) -> str:
    """The text with the part's check digit read differently, where the composite check digit proves that."""
    assert part.check is not None
    digit = check_digit(text[part.start : part.end])
    changed = text[: part.check] + digit + text[part.check + 1 :]
    return changed if chances.get(digit, 0.0) >= LIKELY and composite_holds(changed, form) else text
