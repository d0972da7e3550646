"""A document cut from its photo and flattened, its lines read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models import side_by_side
from models.arrays import Image, Polygon
from models.scaling import Pyramid, halvings
from models.text_reader import Character, TextReader, extent, line_crop
from ocr.layout import CARD_CORNERS, CARD_HEIGHT, CARD_WIDTH, Side
from ocr.reading import Card

MARGIN = 24
"""Tenths of a millimetre kept around the card: its borders may be a little off."""
MIN_SCALE, MAX_SCALE = 0.5, 2.0
"""Pixels of the flattened card for a tenth of a millimetre."""
DETECTION_SIZE = (576, 384)
"""Pixels of the flattened card in which lines are looked for: its smallest characters are 15 high."""
LONG = 150
"""Tenths of a millimetre from which on a line shows its direction."""
WITH_MARGIN = np.array([CARD_WIDTH, CARD_HEIGHT], np.float32) + 2 * MARGIN
"""The card with its margins, tenths of a millimetre."""
Part = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of the card, tenths of a millimetre."""
WHOLE: Part = (0, 0, CARD_WIDTH, CARD_HEIGHT)
OneColour = Callable[[Image], Image]
"""RGB (h, w, 3) to (h, w)."""


def luma(image: Image) -> Image:
    """Grey as the eye sees it."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def brightest(image: Image) -> Image:
    """The brightest colour of each pixel: red and blue print on paper hardly shows."""
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


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
    photo: Pyramid
    resolution: float
    """Pixels of the photo for a tenth of a millimetre."""
    polygon: Polygon
    """The card's corners in the photo."""
    boxes: tuple[Polygon, ...]
    """Where lines stand, in tenths of a millimetre on the card."""

    @cached_property
    def scale(self) -> float:
        """Pixels of crops and of the whole card, where evidence of it is asked for, for a tenth of a millimetre."""
        return float(np.clip(self.resolution, MIN_SCALE, MAX_SCALE))

    @cached_property
    def tilt(self) -> float:
        """How far the lines rise or fall, to their length: 0 where the card's corners are right."""
        ends = [(box[[0, 1]] + box[[3, 2]]) / 2 for box in self.boxes]
        ways = [
            right - left for left, right in ends if right[0] - left[0] > LONG and 0 < left[0] < CARD_WIDTH
        ]
        return float(np.median([abs(way[1] / way[0]) for way in ways])) if ways else 0.0

    @cached_property
    def to_photo(self) -> NDArray[np.float64]:
        """float64 (3, 3): tenths of a millimetre on the card to pixels of the photo."""
        return np.asarray(cv2.getPerspectiveTransform(CARD_CORNERS, self.polygon.astype(np.float32)))

    def read(self, boxes: list[Polygon], reader: TextReader) -> list[Line]:
        """The lines in the boxes."""
        texts = reader.recognise(side_by_side.each(self.crop, boxes))
        return [Line(box, text.characters) for box, text in zip(boxes, texts, strict=True)]

    def crop(self, box: Polygon) -> Image:
        """What the box (tenths of a millimetre) shows, at `scale`."""
        return line_crop(self.photo.image, self.in_photo(box), extent(box * self.scale))

    def in_photo(self, box: Polygon) -> Polygon:
        """The box (tenths of a millimetre) in pixels of the original photo."""
        return _mapped(self.to_photo, box)

    def on_card(self, box: Polygon) -> Polygon:
        """A box of the original photo in tenths of a millimetre on the card."""
        return _mapped(np.linalg.inv(self.to_photo), box)

    def view(self, part: Part, scale: float, fine: bool = False, one: OneColour | None = None) -> Image:
        """A part of the card, flat, with `scale` pixels for a tenth of a millimetre; black where the photo ends.

        It comes from the smallest half of the photo that holds so much detail. fine: without the smoothing of
        neighbours that only noise and print at the photo's own resolution suffer from. one: `luma` or
        `brightest`, of which the view then is (h, w), in a third of the time.
        """
        left, top, right, bottom = part
        times = halvings(self.resolution / scale)
        to_level = np.diag([0.5**times, 0.5**times, 1.0]) @ self.to_photo
        shown, (x0, y0) = _around(self.photo.halved(times), _mapped(to_level, _corners(part)))
        source = one(shown) if one else shown
        to_source = np.array([(1, 0, -x0), (0, 1, -y0), (0, 0, 1)]) @ to_level
        matrix = to_source @ np.array([(1 / scale, 0, left), (0, 1 / scale, top), (0, 0, 1)])
        size = (round((right - left) * scale), round((bottom - top) * scale))
        way = cv2.INTER_CUBIC if fine else cv2.INTER_LINEAR
        flat = cv2.warpPerspective(source, matrix, size, flags=way | cv2.WARP_INVERSE_MAP)
        return flat.astype(np.uint8, copy=False)

    def card(self) -> Card:
        """The evidence, without the margin."""
        return Card(self.polygon, lambda: self.view(WHOLE, self.scale, fine=True))


def _corners(part: Part) -> Polygon:
    left, top, right, bottom = part
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def _around(image: Image, polygon: Polygon) -> tuple[Image, tuple[int, int]]:
    """What the image shows of the polygon, and of three pixels around it, and where that begins (x, y)."""
    height, width = image.shape[:2]
    (x0, y0), (x1, y1) = np.floor(polygon.min(axis=0)) - 3, np.ceil(polygon.max(axis=0)) + 4
    left, top = int(np.clip(x0, 0, width - 1)), int(np.clip(y0, 0, height - 1))
    return image[top : max(int(y1), top + 1), left : max(int(x1), left + 1)], (left, top)


def _mapped(matrix: MatLike, box: Polygon) -> Polygon:
    return np.asarray(cv2.perspectiveTransform(box[None].astype(np.float64), matrix)[0], np.float32)


def upright(box: Polygon) -> Polygon:
    """The same corners from the top left: a box around a single tall character does not show its direction."""
    return np.roll(box, -int(np.argmin(box.sum(axis=1))), axis=0)


def flatten(photo: Pyramid, polygon: Polygon, side: Side, reader: TextReader) -> FlatCard:
    """The card whose corners in the photo are `polygon`, and its lines."""
    sides = np.linalg.norm(polygon - np.roll(polygon, -1, axis=0), axis=1)
    resolution = float(max(sides[0], sides[2])) / CARD_WIDTH
    found = reader.detect(_small(photo, polygon, resolution))
    unit = WITH_MARGIN / np.array(DETECTION_SIZE, np.float32)
    boxes = tuple(upright((box.polygon * unit - MARGIN).astype(np.float32)) for box in found)
    return FlatCard(side, photo, resolution, polygon, boxes)


def _small(photo: Pyramid, polygon: Polygon, resolution: float) -> Image:
    """The card with its margins at DETECTION_SIZE. resolution: pixels of the photo for a tenth of a millimetre."""
    unit = np.array(DETECTION_SIZE, np.float32) / WITH_MARGIN
    times = halvings(resolution / float(unit.min()))
    corners = ((CARD_CORNERS + MARGIN) * unit).astype(np.float32)
    matrix = cv2.getPerspectiveTransform((polygon / 2**times).astype(np.float32), corners)
    return cv2.warpPerspective(
        photo.halved(times), matrix, DETECTION_SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)
