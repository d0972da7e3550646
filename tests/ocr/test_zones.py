"""Machine-readable zones in photos: what is told apart in them, and what a second reader adds."""

from __future__ import annotations

from ocr.documents import read_document
from ocr.mrz import check_digit
from tests.ocr.test_pages import MONO, TD2, TODAY, _page


def test_a_travel_permit_in_the_size_of_td2_keeps_its_code() -> None:
    """A permit's PT must not become AT: an agent would look for a document that nobody issues."""
    lines = ("PT" + TD2[0][2:], TD2[1])
    page = _page([(60, 700 + 70 * i, line) for i, line in enumerate(lines)], MONO, 46)
    assert read_document(page, today=TODAY).value("document_code") == "PT"


def test_words_and_dates_above_a_zone_are_no_numbers() -> None:
    """On the back of a card the number is printed only in the zone: a genuine card must not be called altered."""
    number, birth, expiry = "BAALZGYTC", "9203099", "3402199"
    first = f"IDESP{number}{check_digit(number)}".ljust(30, "<")
    second = f"{birth}F{expiry}ESP".ljust(29, "<")
    composite = check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    zone = (first, second + composite, "GARCIA<LOPEZ<<MARTA".ljust(30, "<"))
    printed = [(60, 200, "AUTHORITY"), (60, 320, "19 FEB 2010"), (60, 440, "CITY OFFICE")]
    page = _page([*printed, *((60, 700 + 70 * i, line) for i, line in enumerate(zone))], MONO, 46)
    reading = read_document(page, today=TODAY)
    assert reading.value("document_number") == number
    assert {c.outcome for c in reading.checks if c.code == "visual_number_agrees"} == {"unknown"}
