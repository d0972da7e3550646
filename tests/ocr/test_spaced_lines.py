"""Joining lines of single characters, as the text detector gives them of a card that lies steeply on a page of text."""

from __future__ import annotations

import numpy as np
import pytest

from models.arrays import Polygon
from ocr.layout import could_be, zone_of
from ocr.spaced_lines import joined

PAGE = [np.array([[0, y], [600, y], [600, y + 14], [0, y + 14]], np.float32) for y in range(0, 800, 24)]


def _digits(angle: float, size: float = 32.0, pitch: float = 21.0) -> list[Polygon]:
    """The boxes of eighteen digits set apart, upright or along the row as the detector's rectangles happen to be."""
    way = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-way[1], way[0]])
    rng = np.random.default_rng(2)
    boxes = []
    for i in range(18):
        middle = 300 + way * pitch * (i - 8.5) + rng.normal(0, 0.6, 2)
        long, short = rng.permuted([size, size * 0.8]) / 2
        corners = [
            middle + way * x * long + across * y * short for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        boxes.append(np.array(corners, np.float32))
    return boxes


@pytest.mark.parametrize("degrees", [0, 30, 75, 90, 105, 160])
def test_the_digits_of_a_steep_number_are_one_line(degrees: int) -> None:
    """Without this a legible card that lies across a letter is no card: each digit counts as a line that fits nowhere."""
    digits = _digits(np.radians(degrees))
    shuffled = [digits[i] for i in np.random.default_rng(7).permutation(len(digits))]
    found = joined([*PAGE[:9], *shuffled, *PAGE[9:]])
    (number,) = [line for line in found if not any(line is other for other in PAGE)]
    assert could_be(number, zone_of("portrait", "id_number"))
    assert np.allclose(number.mean(axis=0), 300, atol=3)
    assert number[0][0] < number[1][0] + 1 or abs(degrees - 90) <= 45
    assert len(found) == len(PAGE) + 1


def test_what_is_no_row_stays_as_it_is() -> None:
    """Lone characters and the four of a title are lines of their own: joining them would hide a licence's title."""
    places = [(100, 100), (140, 100), (180, 100), (220, 100), (400, 330), (90, 640), (510, 90), (300, 480)]
    lone = [np.array([[x, y], [x + 16, y], [x + 16, y + 16], [x, y + 16]], np.float32) for x, y in places]
    lines = [*lone, *PAGE]
    assert [line.tolist() for line in joined(lines)] == [line.tolist() for line in lines]
    assert joined([]) == []
