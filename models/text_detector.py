"""Finds lines of text in an image: the PP-OCRv6 detector and its differentiable binarisation.

Source of the method: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization",
arXiv 1911.08947. The network gives, for every pixel, the probability that it lies in the shrunk core of a
line; a line is the rotated rectangle around a connected core, grown back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Floats, Image, Polygon
from models.runtime import Network, network
from models.text_planes import put_planes

CORE_PROBABILITY = 0.3
"""A pixel above this belongs to a core (the paper's value)."""
LINE_SCORE = 0.5
"""Mean probability inside the rectangle from which it counts as a line (value of PP-OCR's own pipeline)."""
UNCLIP_RATIO = 1.6
"""A core is grown by area * ratio / perimeter on each side (value of PP-OCR's own pipeline)."""
MIN_CORE_SIDE = 3
"""Thinner cores are specks, in pixels of the network's input."""
SHORTEST_PIECE = 24
"""Pieces of curved lines are at least so long, in pixels of the network's input..."""
LONG = 2.5
"""... and so many times as long as high."""
STRIDE = 32
"""The network halves its input five times."""


@dataclass(frozen=True)
class TextBox:
    """Where a line of text stands."""

    polygon: Polygon
    """float32 (4, 2), pixels of the image given, clockwise; the first side runs along the line, from its
    left, or from its top where it is steeper than 45 degrees. An upside-down line starts at its end."""
    score: float
    """Mean probability of text inside, 0 to 1."""


class TextDetector:
    """Finds lines of text of any in-plane angle."""

    def __init__(self, net: Network | None = None) -> None:
        self._network = net or network("text_detector")

    def detect(self, image: Image, scale: float = 1.0, curved: bool = False) -> tuple[TextBox, ...]:
        """Lines of text, from top to bottom.

        `scale` is applied before the network sees the image: its time grows with the area, and it wants
        characters of about 8 to 60 pixels. curved: lines that no rectangle holds come in pieces; otherwise they are
        left out.
        """
        height, width = image.shape[:2]
        size = (_stepped(width * scale), _stepped(height * scale))
        probability = self._network.run(_normalised(image, size))[0][0, 0]
        factor = np.array([width / size[0], height / size[1]], np.float32)
        boxes = [TextBox(_in_order(box.polygon * factor), box.score) for box in _boxes(probability, curved)]
        return tuple(sorted(boxes, key=lambda b: float(b.polygon[:, 1].mean())))


def _stepped(side: float) -> int:
    return max(STRIDE, round(side / STRIDE) * STRIDE)


def _normalised(image: Image, size: tuple[int, int]) -> Floats:
    """(1, 3, h, w) BGR, -1 to 1."""
    # Between two pixels lie all those that a picture of half the size leaves out, so no strokes are lost.
    way = cv2.INTER_AREA if 2 * size[0] < image.shape[1] else cv2.INTER_LINEAR
    small = cv2.resize(image, size, interpolation=way)
    blob = np.empty((1, 3, *small.shape[:2]), np.float32)
    put_planes(small.astype(np.uint8, copy=False), blob[0])
    return blob


def _boxes(probability: Floats, curved: bool) -> list[TextBox]:
    cores = (probability > CORE_PROBABILITY).astype(np.uint8)
    # A core a pixel thin would break into pieces.
    thick = cv2.dilate(cores, np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(thick, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes: list[TextBox] = []
    for contour in contours:
        rectangle = cv2.minAreaRect(contour)
        found = _box(probability, rectangle)
        if found is not None:
            boxes.append(found)
        elif curved and max(rectangle[1]) > 2 * SHORTEST_PIECE:
            boxes += _pieces(probability, _inside(contour))
    return boxes


def _box(probability: Floats, rectangle: cv2.typing.RotatedRect) -> TextBox | None:
    """The line whose core fills the rectangle; None where it does not."""
    centre, (width, height), angle = rectangle
    if min(width, height) < MIN_CORE_SIDE:
        return None
    score = _mean_inside(probability, _corners(centre, width, height, angle))
    if score < LINE_SCORE:
        return None
    grow = width * height * UNCLIP_RATIO / (width + height)
    return TextBox(_corners(centre, width + grow, height + grow, angle), score)


def _inside(contour: cv2.typing.MatLike) -> Floats:
    """The pixels (n, 2) of a core."""
    left, top, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED, offset=(-left, -top))
    return (np.argwhere(mask)[:, ::-1] + (left, top)).astype(np.float32)


def _pieces(probability: Floats, core: Floats) -> list[TextBox]:
    """The fewest lines of which a core consists that no rectangle holds: it curves, or a stroke of a seal hangs on it."""
    joined: list[Floats] = []
    for part in _parts(probability, core):
        longer = np.concatenate([*joined[-1:], part])
        if joined and _box(probability, cv2.minAreaRect(longer)):
            joined[-1] = longer
        else:
            joined.append(part)
    boxes = (_box(probability, cv2.minAreaRect(part)) for part in joined)
    return [box for box in boxes if box is not None and _is_long(box.polygon)]


def _parts(probability: Floats, core: Floats) -> Iterator[Floats]:
    """Parts of a core, one after the other along it, that rectangles hold."""
    rectangle = cv2.minAreaRect(core)
    if _box(probability, rectangle):
        yield core
    elif max(rectangle[1]) > 2 * SHORTEST_PIECE:
        corners = cv2.boxPoints(rectangle)
        along = max(corners[1:3] - corners[:2], key=lambda side: float(np.linalg.norm(side)))
        place = (core - corners.mean(axis=0)) @ (along if along[np.abs(along).argmax()] > 0 else -along)
        for half in (core[place < 0], core[place >= 0]):
            yield from _parts(probability, half)


def _is_long(polygon: Polygon) -> bool:
    sides = np.linalg.norm(polygon[1:3] - polygon[:2], axis=1)
    return bool(sides.max() > LONG * sides.min())


def _corners(centre: Sequence[float], width: float, height: float, angle: float) -> Polygon:
    return np.asarray(cv2.boxPoints((centre, (width, height), angle)), np.float32)


def _mean_inside(probability: Floats, corners: Floats) -> float:
    left, top, width, height = cv2.boundingRect(corners)
    left, top, right, bottom = max(left, 0), max(top, 0), left + width, top + height
    window = np.ascontiguousarray(probability[top:bottom, left:right])
    mask = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(window, mask)[0])


def _in_order(corners: Floats) -> Polygon:
    """Clockwise from the top left, the first side along the line of text."""
    centre = corners.mean(axis=0)
    turn = np.arctan2(*(corners - centre).T[::-1])
    corners = corners[np.argsort(turn)]  # clockwise on a screen, from the upper left half
    along, across = corners[1] - corners[0], corners[2] - corners[1]
    if np.hypot(*along) < np.hypot(*across):
        corners, along = np.roll(corners, -1, axis=0), across
    # Of the two ends, a line starts at its left, and a steep one at its top.
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    return np.roll(corners, 2, axis=0) if angle <= -45 or angle > 135 else corners
