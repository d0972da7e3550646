"""Finds where the portrait side lies by the labels that were read on it.

Borders mislead where bricks, shadows or fingers cross them, and a hidden number leaves no line of known ends. The printed
labels stand at fixed places: from three of them on they say where the card's corners are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Polygon
from models.scaling import Pyramid
from models.text_reader import Character, TextReader
from ocr import resident_number
from ocr.flat import FlatCard, flatten
from ocr.layout import CARD_CORNERS
from ocr.lines import joined

PrintedText = tuple[Polygon, Sequence[Character]]
"""Where a line stands, clockwise from the top left of its text, and what it says."""
_BIRTH = re.compile(r"[12]\d{3}年\d")
Matrix = NDArray[np.floating[Any]]
Clue = tuple[Floats, int, float]
"""A point of the photo (2,), the axis of the card (0 across, 1 down), and where on that axis the point stands."""

# Tenths of a millimetre on the card, as in layouts.toml.
ROWS = {"姓名": 85, "性别": 145, "出生": 203, "住址": None, "公民身份号码": 463}
"""Labels and the heights of their rows; the address moves up and down."""
LABEL_LEFT, LABEL_RIGHT = 49, 131
"""Where labels begin, and where those of two characters end."""
VALUE_LEFT, VALUE_MIDDLE, DIGIT_MIDDLE = 147, 163, 156
"""Where values begin, where the first character of a value stands, and where a digit."""
NUMBER_LEFT, NUMBER_RIGHT = 295, 770
"""Where the number's first digit begins and its last one ends."""
WHOLE_NUMBER = 17
"""Digits from which on a number's end is where it must be."""
PARTLY_SEEN = 12
"""... and its begin, where glare or a finger hides its end."""
MIN_LABELS = 3
"""Rows that must be known: fewer fit anywhere."""
MISFIT = 14.0
"""Root mean square by which clues may miss their places: other documents have labels too."""
HELD = 0.4
"""Weight of each corner's place without tilt: clues stand on the card's left and say little of a tilt. On 45 cards of an
outside generator corners are found to 2 mm with it, 14 mm without."""


def refitted(card: FlatCard, reader: TextReader) -> FlatCard | None:
    """The card cut anew where its labels say that it lies, twice: the first cut brings more lines into view.

    None where they don't say.
    """
    again = _cut_anew(card, reader)
    return (_cut_anew(again, reader) or again) if again else None


def _cut_anew(card: FlatCard, reader: TextReader) -> FlatCard | None:
    lines = card.read(list(card.boxes), reader)
    return flattened_by_labels(
        card.photo, [(card.in_photo(line.box), line.characters) for line in lines], reader
    )


def flattened_by_labels(photo: Pyramid, lines: Sequence[PrintedText], reader: TextReader) -> FlatCard | None:
    """The portrait side that bears the lines (pixels of the photo); None where too few of its rows are known among
    them by their labels or what they say, or where they don't stand as they do on this card.
    """
    labels = {label for _, characters in lines if (label := _row(joined(characters)))}
    clues = [clue for polygon, characters in lines for clue in _clues(polygon, characters)]
    if len(labels) < MIN_LABELS or {axis for _, axis, _ in clues} != {0, 1}:
        return None
    to_card = _fitted(clues)
    misfit = [_mapped(to_card, point[None])[0, axis] - place for point, axis, place in clues]
    if float(np.sqrt(np.mean(np.square(misfit)))) > MISFIT:
        return None
    polygon = _mapped(np.linalg.inv(to_card), CARD_CORNERS)
    return flatten(photo, polygon.astype(np.float32), "portrait", reader)


def _label(text: str) -> str | None:
    return next((label for label in ROWS if text.startswith(label)), None)


def _row(text: str) -> str | None:
    """The label of the row in which a text stands, by itself or by what it says."""
    if _BIRTH.match(text):
        return "出生"
    if text.startswith("民族"):
        return "性别"
    return "公民身份号码" if _begins_number(text) else _label(text)


def _begins_number(text: str) -> bool:
    number = resident_number.cleaned(text)
    whole = len(number) == len(text) >= PARTLY_SEEN and resident_number.region(number) is not None
    return len(number) >= WHOLE_NUMBER or (whole and text[6:8] in ("19", "20"))


def _clues(polygon: Polygon, characters: Sequence[Character]) -> Iterator[Clue]:
    """What a line says of the card's place: where its ends and its first value must stand."""
    ends = (polygon[[0, 1]] + polygon[[3, 2]]).astype(np.float64) / 2
    text = joined(characters)
    label, kind = _label(text), _row(text)
    row = ROWS[kind] if kind else None
    if label:
        yield ends[0], 0, LABEL_LEFT
        if text == label and len(label) == 2:
            yield ends[1], 0, LABEL_RIGHT
        elif len(label) == 2 and len(characters) == len(text):
            first = characters[2]
            place = DIGIT_MIDDLE if first.text.isdigit() else VALUE_MIDDLE
            yield ends[0] + (ends[1] - ends[0]) * first.x, 0, place
    elif kind == "出生":
        yield ends[0], 0, VALUE_LEFT
    elif kind == "公民身份号码":
        yield ends[0], 0, NUMBER_LEFT
        if len(resident_number.cleaned(text)) >= WHOLE_NUMBER:
            yield ends[1], 0, NUMBER_RIGHT
    if row is not None:
        yield ends[0], 1, row
        yield ends[1], 1, row


def _fitted(clues: Sequence[Clue]) -> Matrix:
    """The map (3, 3) from the photo to the card that meets the clues best: first one that only turns and scales, then
    one that shows a tilt too, held near the first.
    """
    points = np.array([point for point, *_ in clues])
    middle, size = points.mean(axis=0), float(np.ptp(points, axis=0).max())
    near = np.array([[1 / size, 0, -middle[0] / size], [0, 1 / size, -middle[1] / size], [0, 0, 1]])
    known = [(*_mapped(near, point[None])[0], axis, place) for point, axis, place in clues]
    turned = np.linalg.lstsq(
        np.array([(x, -y, 1, 0) if axis == 0 else (y, x, 0, 1) for x, y, axis, _ in known]),
        np.array([place for *_, place in known]),
        rcond=None,
    )[0]
    a, b, right, down = turned
    first = np.array([[a, -b, right], [b, a, down], [0, 0, 1]])
    corners = _mapped(np.linalg.inv(first), CARD_CORNERS)
    held = [
        (x, y, axis, place[axis])
        for (x, y), place in zip(corners, CARD_CORNERS, strict=True)
        for axis in (0, 1)
    ]
    weights = np.array([1.0] * len(known) + [HELD] * len(held))
    rows = np.array([_equation(*clue) for clue in (*known, *held)]) * weights[:, None]
    places = np.array([place for *_, place in (*known, *held)]) * weights
    tilted = np.linalg.lstsq(rows, places, rcond=None)[0]
    return np.asarray(np.append(tilted, 1.0).reshape(3, 3) @ near)


def _equation(x: float, y: float, axis: int, place: float) -> tuple[float, ...]:
    """The equation of a clue for the eight free entries of a projective map."""
    end = (-place * x, -place * y)
    return (x, y, 1, 0, 0, 0, *end) if axis == 0 else (0, 0, 0, x, y, 1, *end)


def _mapped(matrix: Matrix, points: Matrix) -> Matrix:
    found = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(found[:, :2] / found[:, 2:])
