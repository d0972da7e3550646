"""What the emblem side's rows say when light hides a part of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from models.text_reader import Character, TextReader
from ocr import emblem_side
from ocr.flat import FlatCard, Line
from ocr.reading import Field


def _line(text: str, left: float, right: float, middle: float = 460) -> Line:
    box = np.array(
        [[left, middle - 20], [right, middle - 20], [right, middle + 20], [left, middle + 20]], np.float32
    )
    return Line(box, tuple(Character(c, 0.99, (i + 0.5) / len(text), ()) for i, c in enumerate(text)))


def _read(*lines: Line) -> dict[str, Field]:
    """What the rows say, on a card that shows nothing more wherever it is looked at again."""
    card = SimpleNamespace(
        in_photo=lambda box: box,
        read=lambda boxes, _: [Line(box, ()) for box in boxes],
        view=lambda *_, **__: np.full((20, 20), 200, np.uint8),
    )
    return emblem_side.read_rows(cast(FlatCard, card), list(lines), cast(TextReader, None))


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (_line("有效期限2025.01.25", 209, 522), {"valid_from": "2025-01-25"}),
        (_line("2045.01.25", 540, 700), {"valid_to": "2045-01-25"}),
        (_line("有效期2024.12.18-长期", 209, 640), {"valid_from": "2024-12-18", "valid_to": "长期"}),
    ],
)
def test_a_day_alone_is_one_end_of_the_period(line: Line, values: dict[str, str]) -> None:
    """Without this a card of which glare hides the last day is given as expired on its first."""
    assert {name: field.value for name, field in _read(line).items()} == values


def test_what_light_leaves_of_two_days_makes_no_third() -> None:
    """2020.01.15-2040.01.15 with light on it gave the tenth as the first day, for sure."""
    assert not _read(_line("2020.01.1", 380, 520), _line("0.01.15", 600, 700))


def test_print_apart_from_the_office_is_none_of_its_name() -> None:
    """The page on which a card lies goes on beside it; its words made the office one that nobody knows."""
    office, page = _line("签发机关松岭区公安局", 209, 520), _line("一梅金", 640, 740)
    branch, before = _line("分局", 640, 720), _line("服务业等多", -51, 112)
    label, value = _line("签发机关", 209, 340), _line("松岭区公安局", 380, 520)
    assert _read(before, office, page)["issuing_authority"].value == "松岭区公安局"
    assert _read(before, label, value)["issuing_authority"].value == "松岭区公安局"
    assert _read(office, branch)["issuing_authority"].value == "松岭区公安局分局"


def test_the_label_in_zhuang_is_no_part_of_the_office() -> None:
    """Cards of Guangxi bear the label in Latin letters above it; GihgvanhFat合山市公安局 is no office."""
    zhuang, office = _line("GihgvanhFat", 209, 330, 425), _line("签发机关合山市公安局", 209, 520)
    assert _read(zhuang, office)["issuing_authority"].value == "合山市公安局"


def test_print_below_the_period_names_no_office() -> None:
    """The newspaper below a card whose outline was pulled onto it says 人社局, and that became the office."""
    office, period = (
        _line("签发机关普宁市公安局", 284, 584, 380),
        _line("有效期限2025.05.12-长期", 285, 615, 440),
    )
    page = _line("局获悉今年高校毕业", 589, 880, 550)
    assert _read(office, period, page)["issuing_authority"].value == "普宁市公安局"


@pytest.mark.parametrize(
    ("office", "sure"),
    [("杭州市公安局拱墅分局", True), ("杭州市公安局拱墅区", False), ("杭州市公安局局", False)],
)
def test_an_office_that_ends_as_none_does_is_not_sure(office: str, sure: bool) -> None:
    """Light had taken the end or the middle of a branch's name, and what was left was given as sure."""
    found = _read(_line(office, 380, 380 + 33 * len(office)))["issuing_authority"]
    assert (found.confidence > 0.5) is sure
