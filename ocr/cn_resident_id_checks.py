"""Whether the fields of a resident ID card agree with each other, with the other side and with today."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from ocr import resident_number
from ocr.emblem_side import LONG_TERM
from ocr.reading import Check, Field, Outcome, Reading, Side
from ocr.sentences import say

VALIDITY_MONTHS = (60, 120, 240)
"""Terms of the Resident Identity Card Law, article 5: 5, 10 and 20 years; 长期 (no end) from 46 on."""
TEMPORARY_MONTHS = (3,)
"""Term of a temporary card (临时居民身份证管理办法, article 7)."""


def checks(side: Side, fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    """The checks that one side allows. A check whose fields were not read is unknown."""
    values = {name: field.value for name, field in fields.items() if not field.derived}
    if side == "emblem":
        return _term_checks(values, today, VALIDITY_MONTHS)
    temporary = {"valid_from", "valid_to"} & values.keys()
    term = _term_checks(values, today, TEMPORARY_MONTHS) if temporary else ()
    return (*_portrait_checks(values, today), *_second_reading(fields.get("id_number")), *term)


def sides_agree(portrait: Reading, emblem: Reading) -> tuple[Check, ...]:
    """Whether two readings can be the two sides of one card.

    The authority must be one of the region of the number or of the address, and the term must fit the age at
    issue (Resident Identity Card Law, article 5: 5 years below 16, 10 up to 25, 20 up to 45, then 长期).
    """
    return (_authority_fits(portrait, emblem), _term_fits_age(portrait, emblem))


def _outcome(holds: bool) -> Outcome:
    return "pass" if holds else "fail"


def _portrait_checks(values: dict[str, str], today: date) -> tuple[Check, ...]:
    number = values.get("id_number", "")
    if not resident_number.well_formed(number):
        reason = say("number_without_form" if number else "number_not_read")
        first: Outcome = "fail" if number else "unknown"
        others = ("birth_date_agrees", "sex_agrees", "region_known", "born_before_today")
        return (
            Check("id_number_check_digit", first, reason),
            *(Check(code, "unknown", reason) for code in others),
        )
    born = resident_number.birth_date(number)
    return (
        Check(
            "id_number_check_digit",
            _outcome(resident_number.passes_check_digit(number)),
            say("number_check_digit"),
        ),
        _agrees("birth_date", values, born.isoformat() if born else ""),
        _agrees("sex", values, resident_number.sex(number)),
        Check(
            "region_known",
            _outcome(resident_number.region(number) is not None),
            say("number_region"),
        ),
        Check("born_before_today", _outcome(born is not None and born <= today), say("birth_in_past")),
    )


def _second_reading(number: Field | None) -> tuple[Check, ...]:
    """Whether a second reader, where one was asked, found the same number."""
    if number is None or not number.second_reading:
        return ()
    if not resident_number.well_formed(number.second_reading):
        return (Check("second_reading_agrees", "unknown", say("second_reader_failed")),)
    agrees = number.second_reading == number.value
    return (Check("second_reading_agrees", _outcome(agrees), say("two_readers")),)


def _agrees(field: str, values: dict[str, str], in_number: str) -> Check:
    if field not in values:
        return Check(f"{field}_agrees", "unknown", say("printed_not_read", field=say(field)))
    said = say("printed_and_number", field=say(field))
    return Check(f"{field}_agrees", _outcome(values[field] == in_number), said)


def _term_checks(values: dict[str, str], today: date, months: tuple[int, ...]) -> tuple[Check, ...]:
    start = _day(values.get("valid_from"))
    end = _day(values.get("valid_to"))
    endless = values.get("valid_to") == LONG_TERM
    return (
        _not_expired(end, endless, today),
        _started(start, today),
        _legal_period(start, end, endless, months),
    )


def _day(text: str | None) -> date | None:
    return None if not text or text == LONG_TERM else date.fromisoformat(text)


def _not_expired(end: date | None, endless: bool, today: date) -> Check:
    if end is None and not endless:
        return Check("not_expired", "unknown", say("valid_to_not_read"))
    return Check("not_expired", _outcome(endless or (end is not None and today <= end)), say("valid_today"))


def _started(start: date | None, today: date) -> Check:
    if start is None:
        return Check("validity_started", "unknown", say("valid_from_not_read"))
    return Check("validity_started", _outcome(start <= today), say("issued_before_today"))


def _legal_period(start: date | None, end: date | None, endless: bool, months: tuple[int, ...]) -> Check:
    """A card is valid for 5, 10 or 20 years, to the day, or without end; a temporary one for three months."""
    code, temporary = "legal_validity_period", months == TEMPORARY_MONTHS
    if start is None or (end is None and not endless):
        return Check(code, "unknown", say("validity_not_read"))
    legal = not temporary if endless else any(_months_later(start, n) == end for n in months)
    return Check(code, _outcome(legal), say("validity_of_temporary" if temporary else "validity_terms"))


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _authority_fits(portrait: Reading, emblem: Reading) -> Check:
    authority = emblem.value("issuing_authority")
    known = resident_number.region(portrait.value("id_number"))
    address = portrait.value("address")
    if not authority or not (known or address):
        return Check("issuing_authority_agrees", "unknown", say("authority_or_region_not_read"))
    names = [name for name in (known[0], *known[1]) if name] if known else []
    stems = [name.rstrip("省市县区旗盟州") for name in names]
    office = authority.split("公安")[0].rstrip("省市县区旗盟州")
    fits = any(len(stem) > 1 and stem in authority for stem in stems) or (
        len(office) > 1 and office in address
    )
    return Check(
        "issuing_authority_agrees",
        "pass" if fits else "unknown",
        say("authority_and_region"),
    )


def _term_fits_age(portrait: Reading, emblem: Reading) -> Check:
    code = "validity_fits_age"
    born = _day(portrait.value("birth_date"))
    start, end = _day(emblem.value("valid_from")), _day(emblem.value("valid_to"))
    endless = emblem.value("valid_to") == LONG_TERM
    if born is None or start is None or (end is None and not endless):
        return Check(code, "unknown", say("birth_or_validity_not_read"))
    age = start.year - born.year - ((start.month, start.day) < (born.month, born.day))
    term = None if endless else (end.year - start.year if end else None)
    return Check(code, _outcome(term == _legal_term(age)), say("term_and_age"))


def _legal_term(age: int) -> int | None:
    if age < 16:
        return 5
    if age <= 25:
        return 10
    return 20 if age <= 45 else None
