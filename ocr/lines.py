"""Picks, joins and cleans lines of a flattened card."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from models.arrays import Polygon
from models.text_reader import Character
from ocr.flat import FlatCard, Line
from ocr.reading import Field


def in_rows(lines: Iterable[Line]) -> list[Line]:
    """Lines in reading order: from top to bottom, those of one row from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and line.middle - rows[-1][-1].middle < min(line.height, rows[-1][-1].height) / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.left)]


def characters_of(lines: Iterable[Line]) -> list[Character]:
    """All characters of the lines but spaces, in order."""
    return [character for line in lines for character in line.characters if character.text.strip()]


def plain(text: str) -> str:
    """The text in its ordinary forms (full-width letters and digits become ASCII), without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def without_label(characters: Sequence[Character], *labels: str) -> list[Character]:
    """The characters after a printed label, where they begin with one; half of a label is enough."""
    text = "".join(character.text for character in characters)
    for label in labels:
        head = text[: len(label)]
        same = sum(a == b for a, b in zip(head, label, strict=False))
        if len(head) == len(label) and same * 2 >= len(label):
            return list(characters[len(label) :])
    return list(characters)


def certainty(characters: Iterable[Character]) -> float:
    """Chance that all the characters are right, if they are independent."""
    return math.prod(character.confidence for character in characters)


def field_of(card: FlatCard, value: str, confidence: float, lines: Sequence[Line]) -> Field:
    """A field whose evidence is the lines."""
    box = _around([line.box for line in lines])
    return Field(value, float(np.clip(confidence, 0, 1)), card.in_photo(box), card.crop(box))


def _around(boxes: Sequence[Polygon]) -> Polygon:
    if len(boxes) == 1:
        return boxes[0]
    x, y, width, height = cv2.boundingRect(np.concatenate(list(boxes)))
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)
