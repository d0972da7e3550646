"""Business licences as people photograph them: bent, in dim light, under a seal, blurred."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from benchmarks.generators.document_sets import licence_picture
from models.arrays import Image, Polygon
from models.text_reader import Character, TextLine
from ocr.cn_business_licence import as_written
from ocr.documents import read_document
from ocr.licence_characters import as_in_values, without_strangers
from ocr.licence_labels import Value, labels_of, whole_value
from ocr.licence_rereading import voted
from ocr.lines import certainty
from ocr.page import rows_of
from ocr.page_bend import bend_of

TODAY = date(2026, 11, 24)
SIZE = (1400, 2000)


def _bent(x: float) -> float:
    """How far bent paper has moved a point of the page, in pixels."""
    return 60 * float(np.sin(x / 320))


def _lines(bent: bool) -> list[Polygon]:
    """Thirty rows of print 40 pixels high, in pieces as a detector finds them."""
    found = []
    for y in range(300, 1800, 50):
        for start in (150, 420, 700, 980):
            ends = (start, start + 230)
            left, right = (y + (_bent(x) if bent else x * 0.05) for x in ends)
            found.append(
                np.array(
                    [[ends[0], left], [ends[1], right], [ends[1], right + 40], [ends[0], left + 40]],
                    np.float32,
                )
            )
    return found


def test_lines_of_bent_paper_are_made_straight() -> None:
    """Paper held in a hand bends: pieces of a row then fall into its neighbours, and the scope is shuffled."""
    bend = bend_of(_lines(bent=True), SIZE)
    assert bend is not None
    # A row of the flat page is seen on the bent one; how far the rows are apart there must not change along it.
    x = np.arange(150.0, 1210.0, 20)
    seen = bend.seen(np.stack([x, np.full_like(x, 1000)], axis=1).astype(np.float32))[:, 1]
    away = seen - np.array([_bent(place) for place in x])
    assert np.ptp(away) < 16  # 120 before
    assert bend_of(_lines(bent=False), SIZE) is None


@pytest.mark.parametrize("harm", ["dim", "sealed"])
def test_dim_light_and_seals_hide_nothing(harm: str) -> None:
    """The seller need not be asked for another photo of an address that can be read under the seal or in the dark."""
    picture = licence_picture(np.random.default_rng(5), "2019_landscape", "easy", TODAY)
    box = np.array(picture.truth["boxes"]["address"], np.float64)
    photo = _in_the_dark(picture.pixels) if harm == "dim" else _under_a_seal(picture.pixels, box)
    reading = read_document(photo, today=TODAY)
    names = ("name", "type", "legal_representative", "address", "scope")
    assert {name: reading.value(name) for name in names} == {
        name: picture.truth["fields"][name] for name in names
    }


def _in_the_dark(photo: Image) -> Image:
    """A photo whose one side is in deep shadow, with little contrast anywhere."""
    light = np.linspace(0.25, 0.6, photo.shape[1])[None, :, None]
    return np.clip((60 + photo * 0.7) * light, 0, 255).astype(np.uint8)


def _under_a_seal(photo: Image, box: Polygon) -> Image:
    """A photo whose address is crossed by the ring of a red seal."""
    ink = np.zeros(photo.shape[:2], np.float32)
    middle, size = box.mean(axis=0), float(np.linalg.norm(box[1] - box[0]))
    cv2.circle(
        ink, (round(middle[0]), round(middle[1] + 0.3 * size)), round(0.35 * size), 0.7, round(0.02 * size)
    )
    red = np.array([214, 30, 40], np.float32)
    return (photo * (1 - ink[..., None]) + np.minimum(photo, red) * ink[..., None]).astype(np.uint8)


def _read(text: str, *unsure: tuple[int, str, float]) -> list[Character]:
    """Characters read for certain, but for those at the places given: (place, other reading, chance of what is read)."""
    doubts = {place: (other, chance) for place, other, chance in unsure}
    return [
        Character(c, doubts[i][1], (i + 0.5) / len(text), ((doubts[i][0], 1 - doubts[i][1]),))
        if i in doubts
        else Character(c, 0.99, (i + 0.5) / len(text), ())
        for i, c in enumerate(text)
    ]


def test_three_readings_of_a_line_vote() -> None:
    """A blurred 口 that one cut shows as 门 is another trade; a mark that one cut passes over joins two items."""
    first = _read("日用门罩；零售", (2, "口", 0.6))
    others = [_read("日用口罩；零售"), _read("日用口罩；零售")]
    assert "".join(c.text for c in voted([first, *others])) == "日用口罩；零售"
    assert "".join(c.text for c in voted([_read("日用口罩零售"), *others])) == "日用口罩；零售"
    assert "".join(c.text for c in voted([_read("日用口罩；；零售"), *others])) == "日用口罩；零售"
    # One other cut alone changes nothing.
    assert (
        "".join(c.text for c in voted([_read("口罩零售"), _read("口罩；零售"), _read("口罩零售")]))
        == "口罩零售"
    )


@pytest.mark.parametrize(
    ("name", "read", "printed"),
    [
        ("registered_capital", _read("人民币查拾万元整", (3, "壹", 0.6)), "人民币壹拾万元整"),
        ("business_term", _read("2006年01月10日至无国定期限", (13, "固", 0.7)), "2006年01月10日至无固定期限"),
        ("business_term", _read("2019年2月7日至无组定期限", (11, "国", 0.5)), "2019年2月7日至无固定期限"),
        ("established_on", _read("2004年30月15日", (5, "1", 0.5)), "2004年10月15日"),
        ("registered_capital", _read("贰佰万元纸", (4, "损", 0.2)), "贰佰万元整"),
        ("type", _read("个休工商户", (1, "本", 0.7)), "个体工商户"),
        ("type", _read("有限责任公司(外国法人独资"), "有限责任公司(外国法人独资)"),
        ("type", _read("某某有限公司"), "某某有限公司"),
        ("type", _read("督管理型股份有限公司(上市)0"), "股份有限公司(上市)"),
        ("legal_representative", _read("且增罗布", (0, "旦", 0.6)), "旦增罗布"),
    ],
)
def test_values_are_weighed_by_what_they_are_made_of(name: str, read: list[Character], printed: str) -> None:
    """A blurred amount has few figures to be, and a type of enterprise is one of a list: an agent need not mend them."""
    assert "".join(c.text for c in as_in_values(name, read)) == printed


def test_an_amount_that_print_was_cut_from_is_never_sure() -> None:
    """A blurred 贰佰万元整 came out as 5万元, and sure: an agent would have believed a fortieth of the capital."""
    read = _read("成恒万元型", (0, "或", 0.55), (1, "5", 0.9))
    found = without_strangers("registered_capital", Value(read, []))
    assert certainty(as_in_values("registered_capital", found.characters)) < 0.5


def test_what_stands_beyond_the_scope_is_none_of_it() -> None:
    """The date under the seal beside the scope's lines was read into it, as if the company were licensed for it."""

    def line(text: str, left: float, top: float) -> TextLine:
        width = 40.0 * len(text)
        box = np.array(
            [[left, top], [left + width, top], [left + width, top + 40], [left, top + 40]], np.float32
        )
        return TextLine(box, text, 0.95, tuple(_read(text)))

    lines = [
        line("经营范围", 100, 100),
        line("日用百货销售；广告制", 300, 100),
        line("作；鞋帽批发；服装服", 300, 160),
        line("登记机关", 800, 160),
        line("饰零售；保健食品销售", 300, 220),
        line("二〇二三年七月", 840, 220),
        line("。", 300, 280),
    ]
    rows = rows_of(lines)
    labels = labels_of(rows)
    scope = next(label for label in labels if label.name == "scope")
    assert (
        whole_value(scope, rows, labels).text
        == "日用百货销售；广告制作；鞋帽批发；服装服饰零售；保健食品销售。"
    )


def test_lines_one_above_the_other_are_two_rows() -> None:
    """A second column whose lines stand halfway between those of the scope joined two of them, and shuffled its words."""
    boxes = [(300, 100, "scope 1"), (300, 131, "scope 2"), (900, 115, "address")]
    lines = [
        TextLine(np.array([[x, y], [x + 400, y], [x + 400, y + 40], [x, y + 40]], np.float32), text, 0.9, ())
        for x, y, text in boxes
    ]
    assert [[line.text for line in row] for row in rows_of(lines)] == [["scope 1", "address"], ["scope 2"]]


def test_a_piece_of_which_nothing_is_read_is_no_part_of_a_value() -> None:
    """A watermark beside a type, on a piece of its own, ended the whole reading with an error."""

    def line(text: str, left: float) -> TextLine:
        box = np.array([[left, 0], [left + 200, 0], [left + 200, 40], [left, 40]], np.float32)
        return TextLine(box, text, 0.95, tuple(_read(text)))

    pieces = [line("分公司", 0), line("00", 400)]
    found = as_written("type", Value([c for piece in pieces for c in piece.characters], pieces), "")
    assert found.text == "分公司"
    assert found.lines == pieces[:1]
