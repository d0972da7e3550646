"""The cards that are not everybody's: long addresses, dotted names, second scripts, X, and terms by age."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from benchmarks.generators import fonts, people, photography
from benchmarks.generators.cards import render_card_portrait
from models.text_reader import Character
from ocr.cn_resident_id_checks import checks, sides_agree
from ocr.documents import read_document
from ocr.flat import Line
from ocr.portrait_address import in_chinese, in_letters, without_second_script
from ocr.reading import Field, Reading
from tests.ocr.test_resident_id import TODAY

PLACE, CROP = np.zeros((4, 2), np.float32), np.zeros((1, 1, 3), np.uint8)


def _fields(**values: str) -> dict[str, Field]:
    return {name: Field(value, 1.0, PLACE, lambda: CROP) for name, value in values.items()}


@pytest.mark.parametrize(
    ("born", "issued", "ends", "outcome"),
    [
        ("2011-05-02", "2027-05-01", "2032-05-01", "pass"),  # 15: five years
        ("2011-05-02", "2027-05-02", "2037-05-02", "pass"),  # 16: ten
        ("2000-03-10", "2026-03-09", "2036-03-09", "pass"),  # 25: ten
        ("2000-03-10", "2026-03-10", "2046-03-10", "pass"),  # 26: twenty
        ("1980-03-10", "2026-03-09", "2046-03-09", "pass"),  # 45: twenty
        ("1980-03-10", "2026-03-10", "长期", "pass"),  # 46: no end
        ("2011-05-02", "2027-05-01", "2037-05-01", "fail"),  # a child's card for ten years
        ("1980-03-10", "2026-03-10", "2046-03-10", "fail"),  # an elder's for twenty
        ("1999-03-10", "2026-03-10", "长期", "fail"),  # a young person's without end
    ],
)
def test_the_term_fits_the_age_at_issue(born: str, issued: str, ends: str, outcome: str) -> None:
    """A forger who changes a date is caught by the law's own rule (Resident Identity Card Law, article 5)."""
    portrait = Reading("cn_resident_id", "portrait", _fields(birth_date=born))
    emblem = Reading("cn_resident_id", "emblem", _fields(valid_from=issued, valid_to=ends))
    found = {check.code: check.outcome for check in sides_agree(portrait, emblem)}
    assert found["validity_fits_age"] == outcome


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [("2021-03-10", "pass"), ("2026-03-10", "pass"), ("2036-03-10", "pass"), ("长期", "pass"),
     ("2031-03-10", "fail"), ("2026-03-11", "fail")],
)  # fmt: skip
def test_only_legal_terms_pass(ends: str, outcome: str) -> None:
    """Cards are issued for 5, 10 or 20 years to the day, or without end."""
    found = checks("emblem", _fields(valid_from="2016-03-10", valid_to=ends), date(2017, 1, 1))
    assert {c.code: c.outcome for c in found}["legal_validity_period"] == outcome


CARDS = {
    "dotted name": {"name": "阿依古丽·买买提", "ethnicity": "维吾尔", "script": ""},
    "ethnicity with a label's character": {"name": "阿依古丽·买买提", "ethnicity": "乌孜别克", "script": ""},
    "people without a code": {"ethnicity": "穿青人"},
    "second script": {"name": "扎西顿珠", "ethnicity": "藏", "script": "tibetan"},
    "three lines": {"address": "广西壮族自治区百色市隆林各族自治县德峨镇常么村民委员会大水井屯三组142号"},
    "two characters": {"name": "谯周"},
}


@pytest.mark.parametrize("kind", CARDS)
def test_reads_cards_of_every_kind(kind: str) -> None:
    """A seller from a minority, with a long address or a rare surname must not be refused more often."""
    number = "11010519491231002X"
    person = people.invent(np.random.default_rng(21), TODAY)
    born = date(1949, 12, 31)
    person = replace(person, id_number=number, birth_date=born, sex="女", **{"script": "", **CARDS[kind]})
    shot = photography.shoot(render_card_portrait(person), "medium", np.random.default_rng(2), (1600, 1200))
    reading = read_document(shot.pixels, today=TODAY)
    assert {name: field.value for name, field in reading.fields.items()} == person.fields("portrait")


def test_a_card_with_a_permits_title_is_no_id_card() -> None:
    """A city's residence permit bears the holder's number in the ID card's layout, and proves much less."""
    flat = render_card_portrait(people.invent(np.random.default_rng(21), TODAY))
    height, width = flat.pixels.shape[:2]
    drawn = Pillow.fromarray(flat.pixels)
    title = fonts.load(fonts.available("hei")[0], height // 14)
    ImageDraw.Draw(drawn).text((width * 0.36, height * 0.03), "深圳市居住证", fill=(30, 30, 40), font=title)
    shot = photography.shoot(
        replace(flat, pixels=np.array(drawn)), "easy", np.random.default_rng(2), (1600, 1200)
    )
    reading = read_document(shot.pixels, today=TODAY)
    assert (reading.document_type, reading.kind) == ("unknown", "residence_permit")


@pytest.mark.parametrize(
    ("line", "second"),
    [("Dieg'youqSingqbiedMingzcoh", True), ("B座1402室", False), ("SOHO现代城", False), ("A3", False)],
)
def test_zhuang_is_no_part_of_the_address(line: str, second: bool) -> None:
    """Cards of Guangxi have a line in Latin letters over their address."""
    assert in_letters(line) is second


@pytest.mark.parametrize(
    ("line", "address"),
    [("q广西壮族自治区桂林市", "广西壮族自治区桂林市"), ("A座302室", "A座302室"), ("桂林市A座", "桂林市A座")],
)
def test_tails_of_zhuang_letters_are_no_part_of_the_address(line: str, address: str) -> None:
    """q广西 is no province; the tail of the q above touched the line."""
    read = without_second_script([Character(c, 0.9, 0.0, ()) for c in line])
    assert "".join(c.text for c in read) == address


@pytest.mark.parametrize(
    ("first", "confidence", "kept"),
    [("可5因可而可", 0.6, False), ("可5因可而可", 0.9, True), ("西藏自治区", 0.6, True)],
)
def test_a_script_that_is_read_as_nonsense_is_no_part_of_the_address(
    first: str, confidence: float, kept: bool
) -> None:
    """Cards of Tibet have a line in Tibetan over their address, which is read as the Chinese that it looks like."""
    box = np.array([[0, 0], [300, 0], [300, 42], [0, 42]], np.float32)
    lines = [
        Line(box, tuple(Character(c, sure, 0.5, ()) for c in text))
        for text, sure in ((first, confidence), ("西藏拉萨市城关区桃园新村2", 0.99), ("83幢1377号", 0.99))
    ]
    assert len(in_chinese(lines, lambda line: line.text)) == (3 if kept else 2)
