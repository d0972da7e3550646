"""Passports, permits and business licences are found by what they say, whichever way they are held."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from benchmarks.generators import companies, people
from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from benchmarks.generators.document_sets import licence_picture, mrz_picture
from benchmarks.generators.licences import render_licence
from benchmarks.generators.photography import photograph
from models.arrays import Image
from ocr.documents import read_document, same_document
from ocr.fixed_text import read_fixed
from ocr.reading import Card, Reading

TODAY = date(2012, 1, 1)
MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
CJK = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
)
# The specimens of ICAO Doc 9303, parts 4, 5 and 6.
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")


def _page(lines: list[tuple[int, int, str]], font: str, size: int) -> Image:
    if not Path(font).exists():
        pytest.skip(f"no font {font}")
    page = Pillow.new("RGB", (1400, 1000), (232, 236, 238))
    draw = ImageDraw.Draw(page)
    for x, y, text in lines:
        draw.text((x, y), text, fill=(25, 25, 30), font=ImageFont.truetype(font, size))
    return np.asarray(page)


@pytest.mark.parametrize("turns", [0, 2])
@pytest.mark.parametrize("zone", [TD3, TD2, TD1], ids=["TD3", "TD2", "TD1"])
def test_reads_the_specimens_of_the_standard(zone: tuple[str, ...], turns: int) -> None:
    """Sellers without a resident ID card show a passport or a permit."""
    page = _page([(60, 700 + 70 * i, line) for i, line in enumerate(zone)], MONO, 46)
    reading = read_document(np.ascontiguousarray(np.rot90(page, turns)), today=TODAY)
    assert reading.document_type == "mrz"
    assert reading.value("surname") == "ERIKSSON"
    assert reading.value("given_names") == "ANNA MARIA"
    assert reading.value("birth_date") == "1974-08-12"
    assert reading.value("expiry_date") == "2012-04-15"
    assert reading.value("sex") == "F"
    outcomes = {check.code: check.outcome for check in reading.checks}
    assert {outcome for code, outcome in outcomes.items() if not code.startswith("visual")} == {"pass"}
    middle = reading.fields["document_number"].box[:, 1].mean()
    assert middle < 330 if turns else middle > 670


@given(st.text("AB<7", min_size=8, max_size=44), st.data())
def test_no_filler_is_lost_or_added(text: str, data: st.DataObject) -> None:
    """Readers miscount runs of fillers; a value one place off is a wrong document number."""
    assume(text[0] != "<" != text[-1])
    steps = np.full((4 * len(text) + 4, 5), 0.0, np.float32)
    steps[:, 0] = 1
    for i, character in enumerate(text):
        place = 2 + 4 * i + data.draw(st.integers(-1, 1))
        seen = data.draw(st.floats(0.2, 1)) if character == "<" and 0 < i < len(text) - 1 else 1.0
        steps[place] = [1 - seen, *(seen * (c == character) for c in "AB<7")]
    read = read_fixed(steps, "AB<7", ["AB<7"] * len(text))
    assert read is not None
    assert read.text == text


@pytest.mark.parametrize(("layout", "level"), [("TD3", "hard"), ("TD1", "medium"), ("TD2", "medium")])
def test_reads_zones_in_photos(layout: str, level: str) -> None:
    """People photograph passports and permits on tables full of things, askew and upside down."""
    rng = np.random.default_rng(11)
    picture = mrz_picture(rng, layout, level, None, date(2026, 11, 24))
    reading = read_document(picture.pixels, today=date(2026, 11, 24))
    assert reading.document_type == "mrz"
    for name in ("document_number", "birth_date", "expiry_date", "surname", "given_names"):
        assert reading.value(name) == picture.truth["fields"][name]
    outcomes = {check.code: check.outcome for check in reading.checks}
    assert outcomes.pop("not_expired") in ("pass", "fail")
    assert outcomes["composite_check_digit"] == "pass"
    assert "fail" not in outcomes.values()


@pytest.mark.parametrize("layout", ["2019_landscape", "2014_portrait"])
def test_reads_a_photographed_licence(layout: str) -> None:
    """A licence lies on a desk at an angle; its scope runs over many lines beside a second column."""
    rng = np.random.default_rng(5)
    picture = licence_picture(rng, layout, "medium", date(2026, 11, 24))
    reading = read_document(picture.pixels, today=date(2026, 11, 24))
    assert reading.document_type == "cn_business_licence"
    truth = picture.truth["fields"]
    assert {name: reading.value(name) for name in truth if name != "scope"} == {
        name: value for name, value in truth.items() if name != "scope"
    }
    assert reading.value("scope")[:20] == truth["scope"][:20]
    box = reading.fields["registration_number"].box.mean(axis=0)
    assert np.abs(box - np.mean(picture.truth["boxes"]["registration_number"], axis=0)).max() < 20


def test_reads_a_business_licence() -> None:
    """A shop of a company is verified by its licence and its legal representative's card."""
    font = next((f for f in CJK if Path(f).exists()), CJK[0])
    lines = [
        (520, 60, "营业执照"),
        (100, 180, "统一社会信用代码  91110000600037341L"),
        (100, 280, "名称"),
        (320, 280, "杭州青禾网络科技有限公司"),
        (100, 350, "类型"),
        (320, 350, "有限责任公司"),
        (100, 420, "法定代表人"),
        (320, 420, "欧阳文静"),
        (100, 490, "注册资本"),
        (320, 490, "壹佰万元整"),
        (100, 560, "成立日期"),
        (320, 560, "2009年07月15日"),
        (100, 630, "营业期限"),
        (320, 630, "2009年07月15日至长期"),
        (100, 700, "住所"),
        (320, 700, "浙江省杭州市西湖区文三路138号"),
        (100, 770, "经营范围"),
        (320, 770, "技术开发、技术服务；日用百货、服装的"),
        (320, 815, "网上销售。"),
    ]
    reading = read_document(_page(lines, font, 32), "cn_business_licence", TODAY)
    assert reading.document_type == "cn_business_licence"
    assert reading.value("registration_number") == "91110000600037341L"
    assert reading.value("name") == "杭州青禾网络科技有限公司"
    assert reading.value("legal_representative") == "欧阳文静"
    assert reading.value("established_on") == "2009-07-15"
    assert reading.value("address") == "浙江省杭州市西湖区文三路138号"
    assert reading.value("scope").endswith("网上销售。")
    outcomes = {check.code: check.outcome for check in reading.checks}
    assert outcomes["registration_number_check_character"] == "pass"
    assert outcomes["term_not_over"] == "pass"


def test_other_documents_are_unknown() -> None:
    """A driver licence is never parsed as something that it is not; an agent gets its text."""
    font = next((f for f in CJK if Path(f).exists()), CJK[0])
    lines = [
        (300, 100, "中华人民共和国机动车驾驶证"),
        (100, 220, "姓名：欧阳文静"),
        (100, 300, "证号 330106199003072345"),
        (100, 380, "准驾车型 C1"),
    ]
    page = _page(lines, font, 40)
    reading = read_document(np.ascontiguousarray(np.rot90(page, 2)), today=TODAY)
    assert reading.document_type == "unknown"
    assert reading.kind == "driver_licence"
    assert reading.warnings == ("document_unsupported",)
    assert not reading.fields
    assert [(line.label, line.text) for line in reading.lines][1] == ("姓名", "欧阳文静")
    assert reading.lines[0].box[:, 1].mean() > 800


def test_a_card_with_an_id_number_is_not_the_id_card() -> None:
    """Social security cards bear the citizen number; their holders would be verified by the wrong document."""
    font = next((f for f in CJK if Path(f).exists()), CJK[0])
    lines = [
        (400, 120, "中华人民共和国社会保障卡"),
        (480, 420, "姓名 王晓明"),
        (480, 520, "社会保障号码 11010519491231002X"),
    ]
    reading = read_document(_page(lines, font, 44), today=TODAY)
    assert reading.document_type == "unknown"
    assert reading.kind == "social_security_card"


def test_a_page_of_a_register_is_no_licence() -> None:
    """A screenshot of what a register says of a company is anybody's to take; only its holder has the licence."""
    font = next((f for f in CJK if Path(f).exists()), CJK[0])
    labelled = [
        "统一社会信用代码：91110000600037341L",
        "企业名称：青禾网络科技有限公司",
        "类型：有限责任公司",
    ]
    labelled += [
        "法定代表人：欧阳文静",
        "登记状态：存续",
        "住所：文三路138号",
        "经营范围：技术开发、技术服务。",
    ]
    lines = [(100, 120 + 100 * i, text) for i, text in enumerate(labelled)]
    reading = read_document(_page([(500, 20, "营业执照信息"), *lines], font, 34), today=TODAY)
    assert (reading.document_type, reading.kind, reading.fields) == ("unknown", "company_record", {})


def test_both_sides_on_one_page_belong_together() -> None:
    """Sellers send a photocopy with both sides, or a photo of two cards of which only one is theirs."""
    rng = np.random.default_rng(21)
    person = people.invent(rng, date(2026, 11, 24))
    front, back = (
        photograph(card, "easy", rng, (1100, 800))[0]
        for card in (render_card_portrait(person, None, rng), render_card_emblem(person, rng))
    )
    reading = read_document(np.vstack([front, back]), today=date(2026, 11, 24))
    assert reading.value("id_number") == person.id_number
    assert [other.value("issuing_authority") for other in reading.others] == [person.issuing_authority]
    assert "several_documents" not in reading.warnings
    assert reading.others[0].fields["valid_from"].box[:, 1].min() > 800
    strangers = read_document(np.vstack([front, front]), today=date(2026, 11, 24))
    assert "several_documents" in strangers.warnings


def test_a_card_that_is_found_twice_is_one() -> None:
    """On a page of text, scraps beside a card suggested it again: both sides of one person were three documents."""
    photo, corners = np.zeros((900, 900, 3), np.uint8), np.array([[0, 0], [856, 0], [856, 540], [0, 540]])
    first, cut, below = (
        Reading("cn_resident_id", "portrait", card=Card(polygon.astype(np.float32), lambda: photo))
        for polygon in (corners, corners * [1, 0.9], corners + np.array([0, 520]))
    )
    assert same_document(cut, first)
    assert not same_document(below, first)


def test_a_licence_below_a_card_is_read_too() -> None:
    """An executive lays both documents on the table; the one that isn't read would be asked for again, unexplained."""
    rng = np.random.default_rng(1)
    day = date(2026, 11, 24)
    company, person = companies.invent(rng, day), people.invent(rng, day)
    licence = Pillow.fromarray(render_licence(company, "2019_landscape", rng)[0].pixels).resize((1800, 1273))
    card = Pillow.fromarray(render_card_portrait(person, None, rng).pixels).resize((500, 315))
    table = Pillow.new("RGB", (1960, 1850), (120, 96, 70))
    table.paste(licence, (80, 80))
    table.paste(card, (300, 1430))
    reading = read_document(np.asarray(table), today=day)
    assert reading.value("id_number") == person.id_number
    assert [other.value("registration_number") for other in reading.others] == [
        company.fields()["registration_number"]
    ]
    assert reading.warnings == ("several_documents",)


def test_a_small_card_beside_a_licence_is_read_too() -> None:
    """A licence is four times as wide as the card: at its distance the card's print is hardly seen."""
    rng = np.random.default_rng(2)
    day = date(2026, 11, 24)
    company, person = companies.invent(rng, day), people.invent(rng, day)
    licence = Pillow.fromarray(render_licence(company, "2019_landscape", rng)[0].pixels).resize((1800, 1273))
    card = Pillow.fromarray(render_card_portrait(person, None, rng).pixels).resize((400, 252))
    table = Pillow.new("RGB", (2500, 1450), (120, 96, 70))
    table.paste(licence, (80, 80))
    table.paste(card, (1930, 500))
    reading = read_document(np.asarray(table), today=day)
    assert reading.document_type == "cn_business_licence"
    assert [other.value("id_number") for other in reading.others] == [person.id_number]
