"""Picks, joins and cleans lines of a flattened card."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np

from models.arrays import Polygon
from models.text_reader import Character
from ocr.flat import FlatCard, Line
from ocr.names import keeps_its_form, simplified
from ocr.reading import Field

MIN_TWIN = 0.02
"""A simplified form this likely, relative to the traditional one, is what stands on the card."""

MAX_ALTERNATIVES = 4
MIN_ALTERNATIVE = 0.001
"""Readings less likely than this help nobody."""


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


def after_label(characters: Sequence[Character], label: str) -> list[Character]:
    """The characters after a label that may have specks or another label before it."""
    text = "".join(character.text[:1] for character in characters)
    place = text.rfind(label[-2:])
    return list(characters[place + 2 :]) if place >= 0 else without_label(characters, label)


def preferring_simplified(character: Character) -> Character:
    """The likeliest simplified character, where the reader saw a traditional one, which no card bears.

    Its own simplified form comes first, if the reader thinks that possible too. Characters that names keep beside
    their simplified form (昇, 乾) stay.
    """
    twin = simplified(character.text)
    if twin == character.text or keeps_its_form(character.text):
        return character
    chances = {
        other: chance
        for other, chance in character.alternatives
        if simplified(other) == other and chance > MIN_TWIN * character.confidence
    }
    better = twin if twin in chances else max(chances, key=lambda other: chances[other], default=None)
    if better is None:
        return character
    rest = tuple(a for a in character.alternatives if a[0] != better)
    return Character(better, chances[better], character.x, ((character.text, character.confidence), *rest))


def right_of(line: Line, x: float) -> list[Character]:
    """The characters of the line whose centre stands right of x (tenths of a millimetre)."""
    width = line.right - line.left
    return [c for c in line.characters if c.text.strip() and line.left + c.x * width > x]


def certainty(characters: Iterable[Character]) -> float:
    """Chance that all the characters are right, if they are independent."""
    return math.prod(character.confidence for character in characters)


def alternatives(
    characters: Sequence[Character], allowed: Callable[[str], bool]
) -> tuple[tuple[str, float], ...]:
    """The likeliest other readings, with one character each replaced by what the reader thought possible."""
    found = []
    for i, character in enumerate(characters):
        before, after = joined(characters[:i]), joined(characters[i + 1 :])
        rest = certainty(characters[:i]) * certainty(characters[i + 1 :])
        found += [
            (before + plain(other) + after, rest * chance)
            for other, chance in character.alternatives
            if allowed(other) and rest * chance > MIN_ALTERNATIVE
        ]
    return tuple(sorted(found, key=lambda option: -option[1])[:MAX_ALTERNATIVES])


def field_of(card: FlatCard, value: str, confidence: float, lines: Sequence[Line]) -> Field:
    """A field whose evidence is the lines."""
    box = around([line.box for line in lines])
    return Field(value, float(np.clip(confidence, 0, 1)), card.in_photo(box), lambda: card.crop(box))


def around(boxes: Sequence[Polygon]) -> Polygon:
    """The level box around all of them; a single one as it is."""
    if len(boxes) == 1:
        return boxes[0]
    x, y, width, height = cv2.boundingRect(np.concatenate(list(boxes)))
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


def joined(characters: Iterable[Character]) -> str:
    """The characters as one text in its ordinary forms."""
    return plain("".join(character.text for character in characters))
