"""Finds hands and their 21 landmarks (MediaPipe's BlazePalm and hand landmark networks).

Sources: Zhang et al., "MediaPipe Hands", arXiv 2006.10214; the anchors and the crop around a palm follow the
parameters published with the networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import cv2
import numpy as np

from models.arrays import Floats, Image, Polygon
from models.runtime import network
from models.scaling import Pyramid, halvings, shrunk

PALM_INPUT = 192
HAND_INPUT = 224
PALM_SCORE = 0.5
HAND_SCORE = 0.5
OVERLAP = 0.3
"""Palms that overlap by more than this (intersection over union) are one."""
HAND_TO_PALM = 2.6
"""Side of the crop that holds the hand, in sides of the palm's box; it is moved half a box to the fingers."""
WRIST, MIDDLE_KNUCKLE = 0, 2
"""Of the seven points of a palm."""

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Palm:
    """A palm, in photo pixels."""

    box: Floats
    """float32 (4,): x0, y0, x1, y1."""
    points: Floats
    """float32 (7, 2): wrist, knuckles of index, middle, ring and little finger, two joints of the thumb."""
    score: float


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand, in photo pixels."""

    landmarks: Floats
    """float32 (21, 3): wrist, then four points of thumb, index, middle, ring and little finger, from the palm
    to the tip; x, y in pixels, z in pixels towards the camera (negative is nearer)."""
    score: float
    """That it is a hand, 0 to 1."""
    side: Side
    """Whose it is if the photo is not mirrored: the person's own left or right hand."""
    polygon: Polygon
    """The crop that was looked at, float32 (4, 2)."""

    @property
    def box(self) -> Floats:
        """float32 (4,) around the landmarks."""
        xy = self.landmarks[:, :2]
        return np.concatenate([xy.min(axis=0), xy.max(axis=0)]).astype(np.float32)


def find_hands(image: Image, windows: Sequence[Floats] = ()) -> tuple[Hand, ...]:
    """The hands of a photo (RGB), surest first.

    A palm needs about 15 of the network's 192 pixels, so a hand that is small in the photo is found only in
    one of `windows`, boxes x0, y0, x1, y1 that are looked at apart (default: the whole photo).
    """
    height, width = image.shape[:2]
    boxes = list(windows) or [np.array([0, 0, width, height], np.float32)]
    photo = Pyramid(image)
    palms = _distinct([palm for box in boxes for palm in find_palms(photo, box)])
    hands = [hand for palm in palms if (hand := _hand(image, palm)) is not None]
    return tuple(sorted(_distinct_hands(hands), key=lambda h: -h.score))


def find_palms(photo: Pyramid, window: Floats) -> tuple[Palm, ...]:
    """Palms within a window (x0, y0, x1, y1) of the photo, surest first."""
    x0, y0, x1, y1 = (float(v) for v in window)
    side = max(x1 - x0, y1 - y0, 1.0)
    origin = np.array([(x0 + x1 - side) / 2, (y0 + y1 - side) / 2], np.float32)
    crop = _square(photo, origin, side, PALM_INPUT)
    raw, logits = network("palm_detector").run(crop[None].astype(np.float32) / 255)
    scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -50, 50)))
    palms = []
    for i in np.flatnonzero(scores >= PALM_SCORE):
        values = raw[0, i].reshape(9, 2) / PALM_INPUT
        middle, size = values[0] + _anchors()[i], values[1]
        points = values[2:] + _anchors()[i]
        box = np.concatenate([middle - size / 2, middle + size / 2]) * side + np.tile(origin, 2)
        palms.append(Palm(box.astype(np.float32), points * side + origin, float(scores[i])))
    return tuple(_distinct(palms))


def _hand(image: Image, palm: Palm) -> Hand | None:
    """The landmarks of the hand around a palm, or None where it is none."""
    corners = _hand_corners(palm)
    target = np.array([[0, 0], [HAND_INPUT, 0], [HAND_INPUT, HAND_INPUT]], np.float32)
    matrix = cv2.getAffineTransform(corners[:3], target)
    crop = cv2.warpAffine(image, matrix, (HAND_INPUT, HAND_INPUT), flags=cv2.INTER_LINEAR)
    points, presence, handedness, _ = network("hand_landmarks").run(crop[None].astype(np.float32) / 255)
    score = float(presence[0, 0])
    if score < HAND_SCORE:
        return None
    local = points.reshape(21, 3)
    back = cv2.invertAffineTransform(matrix)
    scale = float(np.linalg.norm(back[:, 0]))
    xy = local[:, :2] @ back[:, :2].T + back[:, 2]
    landmarks = np.column_stack([xy, local[:, 2] * scale]).astype(np.float32)
    # The network gives the chance of a left hand in a mirrored selfie, which in a photo is a right one.
    return Hand(landmarks, score, "right" if handedness[0, 0] > 0.5 else "left", corners)


def _hand_corners(palm: Palm) -> Polygon:
    """A square around the hand, its fingers up: the palm's box grown, turned and moved along the hand."""
    along = palm.points[MIDDLE_KNUCKLE] - palm.points[WRIST]
    up = along / max(float(np.linalg.norm(along)), 1e-6)
    right = np.array([-up[1], up[0]])
    size = float(max(palm.box[2] - palm.box[0], palm.box[3] - palm.box[1]))
    centre = (palm.box[:2] + palm.box[2:]) / 2 + up * 0.5 * size
    half = size * HAND_TO_PALM / 2
    corners = [centre + half * (up - right), centre + half * (up + right)]
    corners += [centre + half * (right - up), centre - half * (up + right)]
    return np.array(corners, np.float32)


def _square(photo: Pyramid, origin: Floats, side: float, size: int) -> Image:
    """A square of the photo at `size` pixels, black outside the photo."""
    times = halvings(side / size / 2)
    origin, side = origin / 2**times, side / 2**times
    corner = np.maximum(np.floor(origin), 0).astype(int)
    x1, y1 = np.ceil(origin + side).astype(int)
    part = photo.halved(times)[corner[1] : y1, corner[0] : x1]
    origin, scale = origin - corner, size / side
    if part.size and scale < 0.5:  # a plain warp would alias
        small = shrunk(part, 2 * scale)
        factor = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]], np.float32)
        part, origin, scale = small, origin * factor, 0.5
    if not part.size:
        return np.zeros((size, size, 3), np.uint8)
    matrix = np.array([[scale, 0, -origin[0] * scale], [0, scale, -origin[1] * scale]], np.float32)
    return cv2.warpAffine(part, matrix, (size, size), flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


@cache
def _anchors() -> Floats:
    """Centres of the 2016 anchors, 0 to 1: two on each cell of 24 x 24, six on each of 12 x 12."""
    layers = []
    for cells, repeats in ((24, 2), (12, 6)):
        y, x = np.mgrid[:cells, :cells]
        centres = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells
        layers.append(np.repeat(centres, repeats, axis=0))
    return np.concatenate(layers).astype(np.float32)


def _distinct(palms: Sequence[Palm]) -> list[Palm]:
    kept: list[Palm] = []
    for palm in sorted(palms, key=lambda p: -p.score):
        if all(_iou(palm.box, other.box) < OVERLAP for other in kept):
            kept.append(palm)
    return kept


def _distinct_hands(hands: Sequence[Hand]) -> list[Hand]:
    kept: list[Hand] = []
    for hand in sorted(hands, key=lambda h: -h.score):
        if all(_iou(hand.box, other.box) < OVERLAP for other in kept):
            kept.append(hand)
    return kept


def _iou(a: Floats, b: Floats) -> float:
    inner = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if (inner <= 0).any():
        return 0.0
    shared = float(np.prod(inner))
    return shared / (float(np.prod(a[2:] - a[:2])) + float(np.prod(b[2:] - b[:2])) - shared)
