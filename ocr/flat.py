"""A document cut from its photo and flattened, its lines read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.arrays import Image, Polygon
from models.scaling import halved, halvings
from models.text_reader import Character, TextReader, extent, line_crop
from ocr.layout import CARD_CORNERS, CARD_HEIGHT, CARD_WIDTH, Side
from ocr.reading import Card

MARGIN = 24
"""Tenths of a millimetre kept around the card: its borders may be a little off."""
MAX_SCALE = 2.0
MIN_SCALE = 0.5
"""Pixels of the flattened card for a tenth of a millimetre."""
DETECTION_SIZE = (576, 384)
"""Pixels of the flattened card in which lines are looked for: its smallest characters are 15 high."""
WHOLE = np.array([CARD_WIDTH, CARD_HEIGHT], np.float32) + 2 * MARGIN
"""The card with its margins, tenths of a millimetre."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line of text on a flattened card."""

    box: Polygon
    """float32 (4, 2), tenths of a millimetre on the card, clockwise from the top left of the text."""
    characters: tuple[Character, ...]

    @cached_property
    def text(self) -> str:
        """The characters as one text."""
        return "".join(character.text for character in self.characters)

    @cached_property
    def confidence(self) -> float:
        """Mean over the characters; 0 where there are none."""
        return float(np.mean([c.confidence for c in self.characters])) if self.characters else 0.0

    @cached_property
    def left(self) -> float:
        """Mean of its left corners, tenths of a millimetre."""
        return float(self.box[[0, 3], 0].mean())

    @cached_property
    def right(self) -> float:
        """Mean of its right corners, tenths of a millimetre."""
        return float(self.box[[1, 2], 0].mean())

    @cached_property
    def middle(self) -> float:
        """Mean height of its corners on the card, tenths of a millimetre from the top."""
        return float(self.box[:, 1].mean())

    @cached_property
    def height(self) -> float:
        """Length of its left side, tenths of a millimetre."""
        return float(np.linalg.norm(self.box[0] - self.box[3]))


@dataclass(frozen=True, eq=False)
class FlatCard:
    """A card made upright and flat. What it shows is cut from the photo when it is asked for."""

    side: Side
    photo: Image
    scale: float
    """Pixels of `image` for a tenth of a millimetre."""
    polygon: Polygon
    """The card's corners in the photo."""
    to_photo: NDArray[np.float64]
    """float64 (3, 3): pixels of `image` to pixels of the photo."""
    boxes: tuple[Polygon, ...]
    """Where lines stand, in tenths of a millimetre on the card."""

    @cached_property
    def image(self) -> Image:
        """The card with a margin of MARGIN on each side, at about the photo's own resolution."""
        width, height = (round(float(side) * self.scale) for side in WHOLE)
        return _seen_through(self.photo, np.linalg.inv(self.to_photo), (width, height), cv2.INTER_CUBIC)

    def read(self, boxes: list[Polygon], reader: TextReader) -> list[Line]:
        """The lines in the boxes."""
        texts = reader.recognise([self.crop(box) for box in boxes])
        return [Line(box, text.characters) for box, text in zip(boxes, texts, strict=True)]

    def crop(self, box: Polygon) -> Image:
        """What the box (tenths of a millimetre) shows, at the scale of `image`."""
        return line_crop(self.photo, self.in_photo(box), extent(box * self.scale))

    def in_photo(self, box: Polygon) -> Polygon:
        """The box (tenths of a millimetre) in pixels of the original photo."""
        pixels = ((box + MARGIN) * self.scale).astype(np.float64)
        return np.asarray(cv2.perspectiveTransform(pixels[None], self.to_photo)[0], np.float32)

    def card(self) -> Card:
        """The evidence, without the margin."""
        edge = round(MARGIN * self.scale)
        return Card(self.polygon, lambda: self.image[edge:-edge, edge:-edge])


def _upright(box: Polygon) -> Polygon:
    """The same corners from the top left: a box around a single tall character does not show its direction."""
    return np.roll(box, -int(np.argmin(box.sum(axis=1))), axis=0)


def flatten(photo: Image, polygon: Polygon, side: Side, reader: TextReader) -> FlatCard:
    """The card whose corners in the photo are `polygon`, and its lines."""
    sides = np.linalg.norm(polygon - np.roll(polygon, -1, axis=0), axis=1)
    resolution = float(max(sides[0], sides[2])) / CARD_WIDTH
    scale = float(np.clip(resolution, MIN_SCALE, MAX_SCALE))
    to_image = cv2.getPerspectiveTransform(
        polygon.astype(np.float32), (CARD_CORNERS + MARGIN) * np.float32(scale)
    )
    to_photo = np.asarray(np.linalg.inv(to_image), np.float64)
    found = reader.detect(_small(photo, polygon, resolution))
    unit = WHOLE / np.array(DETECTION_SIZE, np.float32)
    boxes = tuple(_upright((box.polygon * unit - MARGIN).astype(np.float32)) for box in found)
    return FlatCard(side, photo, scale, polygon, to_photo, boxes)


def _small(photo: Image, polygon: Polygon, resolution: float) -> Image:
    """The card with its margins at DETECTION_SIZE. resolution: pixels of the photo for a tenth of a millimetre."""
    unit = np.array(DETECTION_SIZE, np.float32) / WHOLE
    times = halvings(resolution / float(unit.min()))
    corners = ((CARD_CORNERS + MARGIN) * unit).astype(np.float32)
    matrix = cv2.getPerspectiveTransform((polygon / 2**times).astype(np.float32), corners)
    return _seen_through(halved(photo, times), matrix, DETECTION_SIZE, cv2.INTER_LINEAR)


def _seen_through(photo: Image, matrix: MatLike, size: tuple[int, int], interpolation: int) -> Image:
    return cv2.warpPerspective(
        photo, matrix, size, flags=interpolation, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)
