"""Business licences: what a value is worth of which words are hidden, and what confidences say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from benchmarks.generators.document_sets import licence_picture
from models.text_reader import Character, TextLine
from ocr.calibration import document_table
from ocr.documents import read_document
from ocr.licence_gaps import has_gap
from ocr.licence_labels import labels_of, whole_value
from ocr.licence_punctuation import as_wide_as_printed
from ocr.page import rows_of

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("hidden", [False, True])
def test_words_hidden_by_glare_make_the_scope_unsure(hidden: bool) -> None:
    """A scope joined over a hole reads well: without this an agent would believe what the licence does not say."""
    picture = licence_picture(np.random.default_rng(5), "2019_landscape", "easy", TODAY)
    photo = picture.pixels.copy()
    box = np.array(picture.truth["boxes"]["scope"], np.float64)
    if hidden:
        corners = [(0.35, 0.0), (0.6, 0.0), (0.6, 1.0), (0.35, 1.0)]
        across, down = box[1] - box[0], box[3] - box[0]
        glare = np.array([box[0] + x * across + y * down for x, y in corners])
        cv2.fillPoly(photo, [glare.astype(np.int32)], (250, 250, 248))
    reading = read_document(photo, today=TODAY)
    assert reading.document_type == "cn_business_licence"
    outcomes = {check.code: check.outcome for check in reading.checks}
    assert outcomes["print_whole"] == ("fail" if hidden else "pass")
    assert (reading.fields["scope"].confidence < 0.1) is hidden


@pytest.mark.parametrize("document_type", ["mrz", "cn_business_licence"])
def test_confidences_of_other_documents_rise_with_the_readers_own(document_type: str) -> None:
    """Calibration must not turn an unsure value into the surer one."""
    for curve in document_table(document_type).fields.values():
        values = [curve.log_odds(own) for own in (0.0, 0.2, 0.5, 0.9, 0.99, 1.0)]
        assert values == sorted(values)


def test_name_and_type_are_read_where_their_labels_are_too_faint() -> None:
    """In dim light the grey labels go first; the seller need not be asked for another photo of a legible name."""
    picture = licence_picture(np.random.default_rng(5), "2019_landscape", "easy", TODAY)
    photo = picture.pixels.copy()
    first, second = (np.array(picture.truth["boxes"][name], np.float64) for name in ("name", "type"))
    height = np.linalg.norm(first[3] - first[0])
    along = (first[1] - first[0]) / np.linalg.norm(first[1] - first[0])
    ends = np.array([first[0], second[3]]) - 0.3 * height * along
    labels = np.array([ends[0], ends[1], ends[1] - 6 * height * along, ends[0] - 6 * height * along])
    paper = np.median(photo[int(ends[0][1]), int(ends[0][0]) - 20 : int(ends[0][0])], axis=0)
    cv2.fillPoly(photo, [labels.astype(np.int32)], tuple(float(v) for v in paper))
    reading = read_document(photo, today=TODAY)
    assert {name: reading.value(name) for name in ("name", "type", "legal_representative")} == {
        name: picture.truth["fields"][name] for name in ("name", "type", "legal_representative")
    }


def test_characters_put_right_leave_no_gap() -> None:
    """A scope of which a traditional character was simplified must not be sent to an agent as hidden by glare."""
    characters = tuple(Character(c, 0.9, (i + 0.5) / 8, ()) for i, c in enumerate("经营范围服裝鞋帽"))
    box = np.array([[0, 0], [360, 0], [360, 40], [0, 40]], np.float32)
    line = TextLine(box, "经营范围服裝鞋帽", 0.9, characters)
    simplified = [replace(c, text="装") if c.text == "裝" else c for c in characters[4:]]
    assert not has_gap([line], simplified)
    assert has_gap([line], [*simplified[:1], *simplified[3:]])


def test_a_neighbours_label_read_with_a_row_makes_no_gap_in_the_others() -> None:
    """Half a label of the next column at a row's end made all other rows look cut off: an honest company was reviewed."""

    def row(text: str, y: float, width: float) -> TextLine:
        box = np.array([[100, y], [100 + width, y], [100 + width, y + 40], [100, y + 40]], np.float32)
        places = [(i + 0.5) * 40 / width for i in range(10)] + [1 - 20 / width] * (len(text) - 10)
        characters = tuple(Character(c, 1.0, x, ()) for c, x in zip(text, places, strict=True))
        return TextLine(box, text, 1.0, characters)

    lines = [
        row("组织文化艺术交流活动住", 300, 560),
        row("广告设计代理广告发布", 350, 400),
        row("会议及展览服务与策划", 400, 400),
    ]
    own = [c for line in lines for c in line.characters if c.text != "住"]
    assert not has_gap(lines, own)
    assert has_gap([lines[1], row("组织文化艺术交流活动", 300, 560), lines[2]], own)


def _line(text: str, left: float, top: float, confidence: float = 0.95) -> TextLine:
    """A line of print 40 pixels high whose characters take a square each, narrow marks and figures half of one."""
    widths = [0.5 if c.isascii() else 1.0 for c in text]
    ends = np.cumsum(widths)
    width = float(ends[-1]) * 40
    characters = tuple(
        Character(c, confidence, float(end - w / 2) * 40 / width, ())
        for c, w, end in zip(text, widths, ends, strict=True)
    )
    box = np.array([[left, top], [left + width, top], [left + width, top + 40], [left, top + 40]], np.float32)
    return TextLine(box, text, confidence, characters)


def _values(*lines: TextLine) -> dict[str, str]:
    rows = rows_of(lines)
    labels = labels_of(rows)
    return {label.name: whole_value(label, rows, labels).text for label in labels}


def test_a_value_ends_where_the_next_column_begins() -> None:
    """An address beside a scope must not be read into it: no agent could tell what is licensed."""
    found = _values(
        _line("经营范围", 100, 100),
        _line("日用百货销售；广告制", 300, 100),
        _line("住所", 800, 100),
        _line("深圳市南山区学院路", 1000, 100),
        _line("作；鞋帽批发", 300, 160),
        _line("9号101室", 1000, 160),
    )
    assert found == {"scope": "日用百货销售；广告制作；鞋帽批发", "address": "深圳市南山区学院路9号101室"}


@pytest.mark.parametrize(("top", "goes_on"), [(150, True), (180, False)])
def test_an_address_goes_on_where_a_line_follows_nearer_than_rows_do(top: float, goes_on: bool) -> None:
    """The number of the house was lost where a line of the scope, read with the seal's date, was longer."""
    rows = [
        _line("住所", 0, 100),
        _line("浙江省杭州市西湖区文一西路96号3栋", 200, 100),
        _line("2单元1202号", 200, top),
        _line("成立日期", 0, 260),
        _line("2020年01月02日", 200, 260),
        _line("营业期限", 0, 340),
        _line("长期", 200, 340),
        _line("经营范围", 0, 420),
        _line("日用百货销售；服装服饰零售；家用电器销售2020年01月02日", 200, 420),
    ]
    read = "浙江省杭州市西湖区文一西路96号3栋" + ("2单元1202号" if goes_on else "")
    assert _values(*rows)["address"] == read


def test_half_a_label_that_touches_its_value_is_no_part_of_it() -> None:
    """称 before a company's name is the label's second half; on the licence the company is not called that."""
    found = _values(
        _line("称鼎盛商贸有限公司", 260, 100),
        _line("类型", 220, 160),
        _line("有限责任公司", 300, 160),
        _line("投资人", 180, 220),
        _line("熊诚", 300, 220),
    )
    assert found == {"name": "鼎盛商贸有限公司", "type": "有限责任公司", "legal_representative": "熊诚"}


def test_punctuation_is_as_wide_as_it_is_printed() -> None:
    """A name with ( for （ is another text: the marketplace's comparison with its own record would fail."""
    for printed in ("有限公司（自然人独资）经营", "有限公司(自然人独资)经营", "零售。（除依法须经"):
        line = _line(printed, 0, 0)
        read = [replace(c, text={"（": "(", "）": ")"}.get(c.text, c.text)) for c in line.characters]
        taken = replace(line, characters=tuple(read))
        assert "".join(c.text for c in as_wide_as_printed(read, [taken])) == printed
