"""Where columns and rows of the resident ID card's portrait side stand on a flattened card.

The column in which values begin, and the rows of the birth date and of the number, are taken from the lines
themselves, so that a card flattened a little askew still sorts into its fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Polygon
from models.text_reader import Character
from ocr import resident_number
from ocr.flat import Line
from ocr.lines import plain, preferring_simplified, right_of, without_label

# Tenths of a millimetre on the card.
LABELS_END = 145
"""Lines that end left of this are labels and are not read."""
PORTRAIT_LEFT, PORTRAIT_BOTTOM = 560, 432
"""The photograph stands right of and above these."""
LABELS = ("姓名", "性别", "出生", "住址")
"""Labels left of the column of values."""
VALUE_COLUMN = 147
"""Where values begin."""
LABEL_GAP = 36
"""Between a label's end and the column of values, and half a character more."""
BIRTH_MIDDLE, NUMBER_MIDDLE = 203, 463
"""Middles of these rows, by which the others are placed."""
ROWS = {
    "name": (20, 116),
    "sex": (116, 175),
    "birth_date": (175, 232),
    "address": (232, 436),
    "id_number": (436, 500),
}
"""Upper and lower bounds of the rows."""
NUMBER_LEFT = 262
"""The number stands right of this, its label left of it."""
ADDRESS_RIGHT = 575
"""Values that stand beside the photograph end left of this."""
PITCH = 35
"""From one character of a name to the next, about that of an address."""


@dataclass(frozen=True)
class Grid:
    """Where columns and rows stand on this flattened card."""

    column: float
    birth: float
    stretch: float

    def row(self, line: Line) -> str | None:
        """The row in which a line stands."""
        middle = BIRTH_MIDDLE + (line.middle - self.birth) / self.stretch
        return next((name for name, (top, bottom) in ROWS.items() if top <= middle < bottom), None)

    def at(self, middle: float) -> float:
        """Where a nominal height stands."""
        return self.birth + (middle - BIRTH_MIDDLE) * self.stretch


def may_hold_value(box: Polygon) -> bool:
    """Whether a line stands where values do, and not where labels or the photograph are."""
    left, right = float(box[:, 0].min()), float(box[:, 0].max())
    middle = float(box[:, 1].mean())
    label = right < LABELS_END or (right < NUMBER_LEFT and middle > ROWS["id_number"][0])
    photograph = left > PORTRAIT_LEFT - 20 and middle < PORTRAIT_BOTTOM
    return not label and not photograph


def grid_of(lines: Sequence[Line]) -> Grid:
    """The grid that the lines read on a card show; the nominal one where they show none."""
    birth = next((line.middle for line in lines if _looks_like_birth(line)), float(BIRTH_MIDDLE))
    number = next(
        (line.middle for line in lines if len(resident_number.cleaned(line.text)) >= 15), float(NUMBER_MIDDLE)
    )
    stretch = max(number - birth, 100.0) / (NUMBER_MIDDLE - BIRTH_MIDDLE)
    starts = [
        value_start(line) for line in lines if len(line.characters) > 2 and line.middle < PORTRAIT_BOTTOM
    ]
    near = [start for start in starts if abs(start - VALUE_COLUMN) < 80]
    return Grid(float(np.median(near)) if near else VALUE_COLUMN, birth, stretch)


def value_start(line: Line) -> float:
    """Where the value of a line begins: at its left end, or after the label."""
    characters = [c for c in line.characters if c.text.strip()]
    value = without_label(characters, *LABELS)
    if len(value) == len(characters) or not value:
        return line.left
    return line.left + value[0].x * (line.right - line.left) - line.height * 0.4


def _looks_like_birth(line: Line) -> bool:
    return re.search(r"[12]\d{3}.*[年月]", plain(line.text)) is not None and 130 < line.middle < 300


def values_of(line: Line, grid: Grid) -> list[Character]:
    """The characters of a line that stand in the column of values and are no label."""
    value = [c for c in line.characters if c.text.strip()]
    if line.left < grid.column - 40:  # a value may look like a label, but only a label stands there
        value = without_label(value, *LABELS)
    return [preferring_simplified(c) for c in right_of(line, grid.column - LABEL_GAP / 2) if c in value]


def zone(left: float, right: float, middle: float, height: float) -> Polygon:
    """The level box at that height of the card."""
    top, bottom = middle - height / 2, middle + height / 2
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
