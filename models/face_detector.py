"""Finds faces: UltraFace RFB (Linzaer, "Ultra-Light-Fast-Generic-Face-Detector-1MB"), 320x240."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from models.arrays import Floats, Image
from models.runtime import network

WIDTH, HEIGHT = 320, 240
THRESHOLD = 0.7
"""Score above which a box counts as a face."""

OVERLAP = 0.4
"""Intersection over union above which two boxes are the same face."""


SHARED = 0.25
"""Part of a tile's side that the next tile shows too."""


@dataclass(frozen=True)
class Detections:
    """Faces of one image: `boxes` float32 (n, 4) x0, y0, x1, y1 in its pixels; `scores` float32 (n,)."""

    boxes: Floats
    scores: Floats


NONE = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


def detect(image: Image, threshold: float = THRESHOLD) -> Detections:
    """Faces in one look at the whole image; those under a thirtieth of its width go unseen."""
    scale = min(WIDTH / image.shape[1], HEIGHT / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((HEIGHT, WIDTH, 3), 127, np.uint8)
    height, width = min(small.shape[0], HEIGHT), min(small.shape[1], WIDTH)
    canvas[:height, :width] = small[:height, :width]
    planes = ((canvas.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
    scores, boxes = network("face_detector").run(np.ascontiguousarray(planes))
    likely = scores[0, :, 1] > threshold
    pixels = boxes[0, likely] * np.array([WIDTH, HEIGHT] * 2, np.float32) / np.float32(scale)
    return suppress(Detections(pixels, scores[0, likely, 1]))


def detect_in_tiles(image: Image, tile: tuple[int, int], threshold: float = THRESHOLD) -> Detections:
    """Small faces: looks at tiles of (height, width) pixels, each enlarged to what the network takes.

    They overlap by `SHARED` of their sides: larger faces are seen in larger tiles. Wholly black ones are skipped.
    """
    boxes, scores = [NONE.boxes], [NONE.scores]
    for y, x in product(*map(_starts, image.shape[:2], tile)):
        part = image[y : y + tile[0], x : x + tile[1]]
        if part.any():
            found = detect(part, threshold)
            boxes.append(found.boxes + np.array([x, y] * 2, np.float32))
            scores.append(found.scores)
    return suppress(Detections(np.concatenate(boxes), np.concatenate(scores)))


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles start that cover the length evenly."""
    count = 1 + math.ceil((length - tile) / (tile * (1 - SHARED)))
    return [int(start) for start in np.linspace(0, length - tile, count)]


def suppress(found: Detections, overlap: float = OVERLAP) -> Detections:
    """The best-scored of each group of overlapping boxes, best first (non-maximum suppression)."""
    if not len(found.scores):
        return NONE
    x0, y0, x1, y1 = found.boxes.T
    area = (x1 - x0) * (y1 - y0)
    order = np.argsort(-found.scores)
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        width = np.minimum(x1[best], x1[rest]) - np.maximum(x0[best], x0[rest])
        height = np.minimum(y1[best], y1[rest]) - np.maximum(y0[best], y0[rest])
        common = np.maximum(width, 0) * np.maximum(height, 0)
        order = rest[common / (area[best] + area[rest] - common) <= overlap]
    return Detections(found.boxes[kept], found.scores[kept])
