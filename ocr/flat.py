"""A document cut from its photo and flattened, its lines read."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Image, Polygon
from models.text_reader import Character, TextReader, line_crop
from ocr.layout import CARD_CORNERS, CARD_HEIGHT, CARD_WIDTH, Side
from ocr.reading import Card

MARGIN = 24
"""Tenths of a millimetre kept around the card: its borders may be a little off."""
MAX_SCALE = 2.0
MIN_SCALE = 0.5
"""Pixels of the flattened card for a tenth of a millimetre."""
DETECTION_WIDTH = 576
"""Width in pixels at which lines are looked for on a flattened card: its smallest characters are 15 high."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line of text on a flattened card."""

    box: Polygon
    """float32 (4, 2), tenths of a millimetre on the card, clockwise from the top left of the text."""
    characters: tuple[Character, ...]

    @property
    def text(self) -> str:
        """The characters as one text."""
        return "".join(character.text for character in self.characters)

    @property
    def confidence(self) -> float:
        """Mean over the characters; 0 where there are none."""
        return float(np.mean([c.confidence for c in self.characters])) if self.characters else 0.0

    @property
    def left(self) -> float:
        """Mean of its left corners, tenths of a millimetre."""
        return float(self.box[[0, 3], 0].mean())

    @property
    def right(self) -> float:
        """Mean of its right corners, tenths of a millimetre."""
        return float(self.box[[1, 2], 0].mean())

    @property
    def middle(self) -> float:
        """Mean height of its corners on the card, tenths of a millimetre from the top."""
        return float(self.box[:, 1].mean())

    @property
    def height(self) -> float:
        """Length of its left side, tenths of a millimetre."""
        return float(np.linalg.norm(self.box[0] - self.box[3]))


@dataclass(frozen=True)
class FlatCard:
    """A card made upright and flat."""

    side: Side
    image: Image
    """The card with a margin of MARGIN on each side."""
    scale: float
    """Pixels for a tenth of a millimetre."""
    polygon: Polygon
    """The card's corners in the photo."""
    to_photo: NDArray[np.float64]
    """float64 (3, 3): pixels of `image` to pixels of the photo."""
    boxes: tuple[Polygon, ...]
    """Where lines stand, in tenths of a millimetre on the card."""

    def read(self, boxes: list[Polygon], reader: TextReader) -> list[Line]:
        """The lines in the boxes."""
        texts = reader.recognise([self.crop(box) for box in boxes])
        return [Line(box, text.characters) for box, text in zip(boxes, texts, strict=True)]

    def crop(self, box: Polygon) -> Image:
        """What the box (tenths of a millimetre) shows."""
        return line_crop(self.image, ((box + MARGIN) * self.scale).astype(np.float32))

    def in_photo(self, box: Polygon) -> Polygon:
        """The box (tenths of a millimetre) in pixels of the original photo."""
        pixels = ((box + MARGIN) * self.scale).astype(np.float64)
        return np.asarray(cv2.perspectiveTransform(pixels[None], self.to_photo)[0], np.float32)

    def card(self) -> Card:
        """The evidence, without the margin."""
        edge = round(MARGIN * self.scale)
        return Card(self.image[edge:-edge, edge:-edge], self.polygon)


def _upright(box: Polygon) -> Polygon:
    """The same corners from the top left: a box around a single tall character does not show its direction."""
    return np.roll(box, -int(np.argmin(box.sum(axis=1))), axis=0)


def flatten(photo: Image, polygon: Polygon, side: Side, reader: TextReader) -> FlatCard:
    """The card whose corners in the photo are `polygon`, at about the photo's own resolution, and its lines."""
    sides = np.linalg.norm(polygon - np.roll(polygon, -1, axis=0), axis=1)
    scale = float(np.clip(max(sides[0], sides[2]) / CARD_WIDTH, MIN_SCALE, MAX_SCALE))
    corners = ((CARD_CORNERS + MARGIN) * scale).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(polygon.astype(np.float32), corners)
    size = (round((CARD_WIDTH + 2 * MARGIN) * scale), round((CARD_HEIGHT + 2 * MARGIN) * scale))
    warped = cv2.warpPerspective(photo, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    image = warped.astype(np.uint8, copy=False)
    found = reader.detect(image, DETECTION_WIDTH / size[0])
    boxes = tuple(_upright((box.polygon / scale - MARGIN).astype(np.float32)) for box in found)
    return FlatCard(side, image, scale, polygon, np.asarray(np.linalg.inv(matrix), np.float64), boxes)
