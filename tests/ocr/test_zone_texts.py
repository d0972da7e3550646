"""What the text of a machine-readable zone says, and that nothing is mended in one that is whole."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.fixed_text import FixedText
from ocr.mrz import uncalibrated_fields
from ocr.mrz_checks import checks
from ocr.mrz_parts import ALPHABET, COUNTRIES, LENGTHS, PARTS, check_digit, digits_hold, part_of, places
from ocr.mrz_repairs import proven, repaired, with_printed_number
from ocr.mrz_zone import Row, Zone

TODAY = date(2026, 11, 30)
NOWHERE = np.zeros((4, 2), np.float32)
UNDER_COMPOSITE = {
    "TD1": (slice(5, 30), slice(30, 37), slice(38, 45), slice(48, 59)),
    "TD2": (slice(36, 46), slice(49, 56), slice(57, 71)),
    "TD3": (slice(44, 54), slice(57, 64), slice(65, 87)),
}
"""Doc 9303 part 5, 4.2.4; part 6, 4.2.2.2; part 4, 4.2.2.2."""


def _zone(form: str, text: str, chances: Sequence[Mapping[str, float]] | None = None) -> Zone:
    """A zone as read, surely by default."""
    sure = chances or [{c: 1.0} for c in text]
    length, count = LENGTHS[form]
    rows = []
    for start in range(0, length * count, length):
        end = start + length
        read = FixedText(text[start:end], 0.0, tuple(sure[start:end]), tuple(range(0, 3 * length, 3)))
        rows.append(Row(read, NOWHERE, np.zeros((1, 1, 3), np.uint8)))
    return Zone(form, tuple(rows), NOWHERE)


def _with_digits(form: str, text: str) -> str:
    """The text with its check digits made right."""
    for part in PARTS[form]:
        if part.check is not None:
            digit = check_digit(text[part.start : part.end])
            text = text[: part.check] + digit + text[part.check + 1 :]
    covered = "".join(text[part] for part in UNDER_COMPOSITE[form])
    last = len(text) - 1 if form != "TD1" else 59
    return text[:last] + check_digit(covered) + text[last + 1 :]


PERMIT = _with_digits(
    "TD1",
    "CRCHNH01234567"
    + "0"
    + "03<<<<<<<<<<<<<"
    + "8407150M3206010HKG<<<<<<<<<<<0"
    + "CHAN<<TAI<MAN".ljust(30, "<"),
)


@pytest.mark.parametrize(
    ("form", "text", "fields"),
    [
        (
            "TD3",
            "P<D<<MUSTERMANN<<ERIKA".ljust(44, "<") + "C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4",
            ("P", "D", "MUSTERMANN", "ERIKA", "C01X00T47", "D", "1964-08-12", "F", "2027-02-28", ""),
        ),
        (
            "TD3",
            "P<GBRUK<SPECIMEN<<ANGELA<ZOE".ljust(44, "<") + "9250764733GBR8809117F2007162<<<<<<<<<<<<<<08",
            ("P", "GBR", "UK SPECIMEN", "ANGELA ZOE", "925076473", "GBR", "1988-09-11", "F", "2020-07-16", ""),
        ),
        (
            "TD3",
            "P<NLDDE<BRUIJN<<WILLEKE<LISELOTTE".ljust(44, "<")
            + "SPECI20142NLD6503101F2403096999999990<<<<<84",
            (
                "P", "NLD", "DE BRUIJN", "WILLEKE LISELOTTE", "SPECI2014", "NLD", "1965-03-10", "F", "2024-03-09",
                "999999990",
            ),
        ),
        (
            "TD1",
            "IDD<<T220001293".ljust(30, "<") + "6408125<2010315D<<<<<<<<<<<<<4" + "MUSTERMANN<<ERIKA".ljust(30, "<"),
            ("ID", "D", "MUSTERMANN", "ERIKA", "T22000129", "D", "1964-08-12", "X", "2020-10-31", ""),
        ),
        (
            "TD1",
            "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2" + "STEVENSON<<PETER<JOHN".ljust(30, "<"),
            ("I", "UTO", "STEVENSON", "PETER JOHN", "D23145890734", "UTO", "1934-07-12", "M", "1995-07-12", ""),
        ),
        (
            "TD1",
            PERMIT,
            ("CR", "CHN", "CHAN", "TAI MAN", "H01234567", "HKG", "1984-07-15", "M", "2032-06-01", "03"),
        ),
    ],
    ids=["German passport", "British passport", "Dutch passport", "German card", "long number", "mainland permit"],
)  # fmt: skip
def test_specimens_say_what_is_printed_on_them(form: str, text: str, fields: tuple[str, ...]) -> None:
    """States publish specimens of their documents: a name, a date or a number moved by one place would show here."""
    names = (
        "document_code", "issuing_state", "surname", "given_names", "document_number", "nationality", "birth_date",
        "sex", "expiry_date", "optional_data",
    )  # fmt: skip
    zone = _zone(form, text)
    assert repaired(zone) == text
    assert all(digits_hold(text, form).values())
    day = date(1990, 1, 1) if "1995-07-12" in fields else TODAY
    read = uncalibrated_fields(text, zone, {}, day)
    assert tuple(read[name].value if name in read else "" for name in names) == fields


@st.composite
def _whole_zones(draw: st.DrawFn) -> tuple[str, str]:
    """A format and joined lines of which every check digit is right."""
    form = draw(st.sampled_from(sorted(LENGTHS)))
    text = "".join(draw(st.sampled_from(characters)) for characters in places(form))
    for part in PARTS[form]:
        if part.name in COUNTRIES:
            text = text[: part.start] + "UTO" + text[part.end :]
    names = part_of(form, "names")
    name = draw(st.text(string.ascii_uppercase, min_size=1, max_size=12))
    text = text[: names.start] + f"{name}<<{name}".ljust(names.end - names.start, "<") + text[names.end :]
    return form, _with_digits(form, text)


@given(_whole_zones(), st.data())
def test_a_zone_whose_digits_hold_is_left_as_it_was_read(whole: tuple[str, str], data: st.DataObject) -> None:
    """Whatever else the reader thought possible: changing a number that is proven would make another person's of it."""
    form, text = whole
    rivals = data.draw(st.text("0O1I8B5S6G", min_size=len(text), max_size=len(text)))
    chance = data.draw(st.floats(0, 1))
    zone = _zone(
        form, text, [{rival: chance, read: 1 - chance} for read, rival in zip(text, rivals, strict=True)]
    )
    assert repaired(zone) == text
    assert with_printed_number(text, _zone(form, text), [rivals[:9]]) == text


@given(st.text(ALPHABET, min_size=1, max_size=20), st.data())
def test_a_repair_is_always_proven(value: str, data: st.DataObject) -> None:
    """A repaired part passes its check digit, or it is left as it was read."""
    digit = data.draw(st.sampled_from(string.digits))
    chances = [{c: data.draw(st.floats(0, 1)) for c in {read, *"0O8B1"}} for read in value]
    found = proven(value, digit, chances)
    assert found == value or check_digit(found) == digit
    assert sum(a != b for a, b in zip(value, found, strict=True)) <= 1


def test_a_printed_number_settles_what_no_check_digit_tells() -> None:
    """A blurred G comes out of a zone as 6 with all check digits right, and the seller bears another number."""
    text = _with_digits(
        "TD3", "P<CHNZHANG<<WEI".ljust(44, "<") + "E637276200CHN8404257F3509032<<<<<<<<<<<<<<00"
    )
    start = part_of("TD3", "document_number").start
    doubted = [{"6": 0.8, "G": 0.2} if i == start + 6 else {c: 1.0} for i, c in enumerate(text)]
    settled = text[: start + 6] + "G" + text[start + 7 :]
    assert with_printed_number(text, _zone("TD3", text, doubted), ["E63727G20"]) == settled
    assert with_printed_number(text, _zone("TD3", text), ["E63727G20"]) == text
    assert with_printed_number(text, _zone("TD3", text, doubted), ["E63727920"]) == text


def test_a_country_code_that_does_not_exist_is_read_as_the_one_that_may_stand_there() -> None:
    """No check digit covers a nationality: a blurred D would make a German a citizen of a country O."""
    text = "P<D<<MUSTERMANN<<ERIKA".ljust(44, "<") + "C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4"
    place = part_of("TD3", "nationality").start
    read = text[:place] + "O" + text[place + 1 :]
    possible = [{"O": 0.6, "D": 0.4} if i == place else {c: 1.0} for i, c in enumerate(text)]
    assert repaired(_zone("TD3", read, possible)) == text
    assert repaired(_zone("TD3", read)) == read


def test_a_check_digit_proves_nothing_of_characters_that_were_guessed() -> None:
    """One blurred number in ten passes by chance: an agent must not be told that it is right."""
    text = "P<D<<MUSTERMANN<<ERIKA".ljust(44, "<") + "C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4"
    guessed = [{c: 0.5, "Z": 0.5} if 44 <= i < 48 else {c: 1.0} for i, c in enumerate(text)]
    for chances, outcome in ((guessed, "unknown"), (None, "pass")):
        found = {check.code: check.outcome for check in checks(text, _zone("TD3", text, chances), {}, TODAY)}
        assert found["document_number_check_digit"] == found["composite_check_digit"] == outcome
        assert found["birth_date_check_digit"] == "pass"


@pytest.mark.parametrize(
    ("state", "outcome"), [("D<<", "pass"), ("GBD", "pass"), ("UTO", "pass"), ("NSU", "fail")]
)
def test_a_state_that_does_not_exist_is_told(state: str, outcome: str) -> None:
    """No check digit covers the states: a zone read from its third character on must not pass without a word."""
    text = (
        f"P<{state}ERIKSSON<<ANNA<MARIA".ljust(44, "<") + f"L898902C36{state}7408122F1204159ZE184226B<<<<<10"
    )
    found = {check.code: check.outcome for check in checks(text, _zone("TD3", text), {}, TODAY)}
    assert found["country_codes_known"] == outcome
