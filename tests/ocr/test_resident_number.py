"""The citizen number: its check character, its parts, and what OCR does to it."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from ocr import resident_number

_bodies = st.text("0123456789", min_size=17, max_size=17)


def _numbered(body: str) -> str:
    return body + ric.calc_check_digit(body + "0")


@given(_bodies, st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_caught(body: str, place: int, shift: int) -> None:
    """One misread digit must never pass as another person's number."""
    number = _numbered(body)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert resident_number.passes_check_digit(number)
    assert not resident_number.passes_check_digit(wrong)


@given(st.text())
def test_any_text_is_cleaned_to_digits(text: str) -> None:
    """Whatever the reader saw, parsing goes on without an exception."""
    number = resident_number.cleaned(text)
    assert set(number) <= set("0123456789X")
    assert isinstance(resident_number.passes_check_digit(number), bool)


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)))
def test_birth_date_is_in_the_number(born: date) -> None:
    """The printed date is compared with this one."""
    assert resident_number.birth_date(_numbered(f"110105{born:%Y%m%d}002")) == born


def test_no_such_day_is_no_birth_date() -> None:
    """31 February is a misreading, not a crash."""
    assert resident_number.birth_date("110105199002310020") is None


def test_merged_counties_still_count() -> None:
    """A number is kept for life; Chongwen district was merged in 2010."""
    assert resident_number.region("110103") == ("北京市", ("崇文区",))
    assert resident_number.region("990103") is None
