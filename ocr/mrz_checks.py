"""Whether what a machine-readable zone says agrees with itself, with its second reading and with today."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date

from ocr import countries
from ocr.mrz_parts import COUNTRIES, COVERED, PARTS, day_of, digits_hold, part_of
from ocr.mrz_second_reading import Second
from ocr.mrz_zone import Zone
from ocr.reading import Check, Outcome
from ocr.sentences import say

LEGIBLE = 0.2
"""Chance of its characters, as the reader has them, below which a part's check digit proves nothing by holding."""


def checks(text: str, zone: Zone, seconds: Mapping[str, Second], today: date) -> tuple[Check, ...]:
    """The checks of the joined lines of a zone; seconds: the second readings by part, where they were asked for."""
    expiry = part_of(zone.form, "expiry_date")
    day = day_of(text[expiry.start : expiry.end], today, past=False)
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
