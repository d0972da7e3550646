"""The generated licences and travel documents: numbers that check, and a QR code that says what is printed."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest
from stdnum.cn import uscc

from benchmarks.generators import companies, document_sets, licences, travellers
from benchmarks.generators.travellers import Traveller

TODAY = date(2026, 11, 24)


def test_companies_have_valid_codes_and_a_past() -> None:
    """A licence whose own number fails its check would count a right alarm as a false one."""
    for seed in range(200):
        company = companies.invent(np.random.default_rng(seed), TODAY)
        assert uscc.is_valid(company.registration_number)
        assert company.established_on < TODAY
        assert company.established_on <= company.issued_on


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (3, "叁"),
        (10, "壹拾"),
        (108, "壹佰零捌"),
        (508, "伍佰零捌"),
        (1000, "壹仟"),
        (6800, "陆仟捌佰"),
        (1200, "壹仟贰佰"),
    ],
)
def test_capital_in_financial_numerals(amount: int, words: str) -> None:
    """Capital is printed in these numerals on half of the licences."""
    assert companies.capital_in_words(amount) == words


@pytest.mark.parametrize("layout", licences.LAYOUTS)
def test_licence_shows_all_fields_and_its_qr_code_reads(layout: str) -> None:
    """Each field lies on the sheet and holds ink; a QR reader finds the code that the truth names."""
    company = companies.invent(np.random.default_rng(2), TODAY)
    flat, message = licences.render_licence(company, layout, np.random.default_rng(2))
    assert set(flat.boxes) == set(company.fields())
    height, width = flat.pixels.shape[:2]
    for x0, y0, x1, y1 in flat.boxes.values():
        assert 0 < x0 < x1 < width
        assert 0 < y0 < y1 < height
        assert (flat.pixels[round(y0) : round(y1), round(x0) : round(x1)].mean(-1) < 110).mean() > 0.02
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(flat.pixels)
    assert read == message


def test_zone_of_the_specimen_in_the_standard() -> None:
    """The specimen passport of ICAO Doc 9303 part 4, letter by letter: else every figure on zones is void."""
    specimen = Traveller(
        layout="TD3",
        document_code="P",
        issuing_state="UTO",
        surname="ERIKSSON",
        given_names="ANNA MARIA",
        document_number="L898902C3",
        nationality="UTO",
        nationality_name="UTOPIAN",
        birth_date=date(1974, 8, 12),
        sex="F",
        expiry_date=date(2012, 4, 15),
        issued_on=date(2007, 4, 16),
        optional_data="ZE184226B",
        kind="PASSPORT",
    )
    assert travellers.zone(specimen) == (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    )


def test_names_are_transliterated() -> None:
    """As Doc 9303 part 3 has it: umlauts become two letters, apostrophes vanish, hyphens become fillers."""
    assert travellers.zone_text("Müller-Weiß") == "MUELLER<WEISS"
    assert travellers.zone_text("O'Connor") == "OCONNOR"
    assert travellers.zone_text("Lefèvre") == "LEFEVRE"


@pytest.mark.parametrize("layout", document_sets.ZONES)
def test_zone_lines_have_the_width_of_their_layout(layout: str) -> None:
    """Whoever the holder is."""
    for seed in range(100):
        person = travellers.invent(np.random.default_rng(seed), layout, TODAY)
        assert {len(line) for line in travellers.zone(person)} == {travellers.WIDTHS[layout]}


def test_pictures_of_documents_are_reproducible() -> None:
    """The same seed, the same pixels and truth."""
    for make in (
        lambda: document_sets.licence_picture(np.random.default_rng(5), "2019_landscape", "medium", TODAY),
        lambda: document_sets.mrz_picture(np.random.default_rng(5), "TD3", "medium", None, TODAY),
    ):
        first, second = make(), make()
        assert np.array_equal(first.pixels, second.pixels)
        assert first.truth == second.truth
