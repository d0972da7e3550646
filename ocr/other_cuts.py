"""Reads a line that is not sure in other ways, and takes the mean of what was read.

A small blurred character falls on the recogniser's grid differently in each cut: three of them agree on more
characters than one reads.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.arrays import Image, Polygon
from models.text_reader import Character, TextReader
from ocr.flat import FlatCard, Line

WIDER = 0.1
"""Share of the line's height by which the second cut is wider on each side."""
BLUR, STRENGTH = 2.0, 2.0
"""The third cut is sharpened: that much more of what differs from a blur of so many pixels."""
HEIGHT = 48
"""Pixels to which a line is brought before that: the recogniser's own height."""


def from_other_cuts(card: FlatCard, line: Line, reader: TextReader) -> list[Line]:
    """The line as read from a wider cut, which is its box then, and from a sharpened one."""
    wider = widened(line.box)
    crops = [card.crop(wider), sharpened(card.crop(line.box))]
    texts = reader.recognise(crops)
    return [Line(box, text.characters) for box, text in zip((wider, line.box), texts, strict=True)]


def averaged(readings: Sequence[Sequence[Character]]) -> list[Character]:
    """The characters of the first reading, each with the mean chances over all readings that have as many."""
    same = [reading for reading in readings if len(reading) == len(readings[0])]
    return [mean_of(column) for column in zip(*same, strict=True)]


def lengthened(box: Polygon, more: float) -> Polygon:
    """The box of a line, its end moved on by `more`, in the box's own unit."""
    along = box[1] - box[0]
    return box + np.outer((0, 1, 1, 0), more * along / np.linalg.norm(along)).astype(np.float32)


def mean_of(seen: Sequence[Character]) -> Character:
    """Of the readings of one place the character that has the highest mean chance."""
    chances: dict[str, float] = {}
    for character in seen:
        for text, chance in ((character.text, character.confidence), *character.alternatives):
            chances[text] = chances.get(text, 0.0) + chance / len(seen)
    (first, chance), *others = sorted(chances.items(), key=lambda item: -item[1])
    return Character(first, chance, seen[0].x, tuple(others))


def widened(box: Polygon) -> Polygon:
    """The box of a line, wider on each side by a share of its height."""
    along, down = box[1] - box[0], box[3] - box[0]
    more = WIDER * float(np.linalg.norm(down))
    along, down = along / np.linalg.norm(along) * more, down / np.linalg.norm(down) * more
    outwards = np.stack([-along - down, along - down, along + down, down - along])
    return np.asarray(box + outwards, np.float32)


def sharpened(line: Image) -> Image:
    """A line's picture (RGB) at the recogniser's height, its strokes sharpened."""
    scale = HEIGHT / line.shape[0]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(line, (max(1, round(line.shape[1] * scale)), HEIGHT), interpolation=method)
    smooth = cv2.GaussianBlur(sized, (0, 0), 1.0).astype(np.float32)
    sharp = smooth + STRENGTH * (smooth - cv2.GaussianBlur(smooth, (0, 0), BLUR))
    return np.clip(sharp, 0, 255).astype(np.uint8)
