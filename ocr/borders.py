"""Moves the corners of an approximately known card onto its true borders in the photo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.arrays import Floats, Image, Polygon
from ocr.layout import CARD_CORNERS, CARD_HEIGHT, CARD_WIDTH

SCALE = 0.5
"""Pixels of the working picture for a tenth of a millimetre."""
PASSES = ((72, 4), (24, 2))
"""How far from its supposed place a border is looked for, both ways, and in which steps; tenths of a millimetre."""
MARGIN = 110
"""What the working picture shows around the card, tenths of a millimetre."""
SAMPLES = 40
"""Places along a side at which its edge is looked for."""
_ALONG = np.linspace(0.08, 0.92, SAMPLES)
"""Where along a side these are; its corners are round."""
STRONG = 24.0
"""A border's contrast counts up to this many grey levels: strong clutter must not outweigh its length."""
DOUBT = 40.0
"""Standard deviation of the supposed place, tenths of a millimetre."""
MIN_SUPPORT = 0.5
"""Share of a border's length that must show an edge for the border to move."""


def snapped(photo: Image, polygon: Polygon, lines: Sequence[Polygon]) -> tuple[Polygon, float]:
    """The polygon with each side moved to the border seen near it, and the mean support of its sides, 0 to 1.

    `lines` are the lines of text, whose edges are no borders of the card. All polygons are pixels of `photo`; the
    card's are clockwise from the top left of the upright card.
    """
    corners = (CARD_CORNERS + MARGIN) * np.float32(SCALE)
    to_card = cv2.getPerspectiveTransform(polygon, corners)
    size = [round((side + 2 * MARGIN) * SCALE) for side in (CARD_WIDTH, CARD_HEIGHT)]
    work = cv2.warpPerspective(photo, to_card, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    slopes = _slopes(work.astype(np.uint8, copy=False), _text_mask(lines, polygon, to_card, size))
    support = 0.0
    for reach, step in PASSES:
        offsets = np.arange(-reach, reach + 1, step) * SCALE
        found = [_side(slopes[i % 2], i % 2, corners[i], corners[(i + 1) % 4], offsets) for i in range(4)]
        sides, support = [side for side, _ in found], float(np.mean([share for _, share in found]))
        corners = np.array([_crossing(sides[i - 1], sides[i]) for i in range(4)], np.float32)
    polygon = cv2.perspectiveTransform(corners[None], np.linalg.inv(to_card))[0].astype(np.float32)
    return polygon, support


def _text_mask(lines: Sequence[Polygon], polygon: Polygon, to_card: MatLike, size: Sequence[int]) -> Image:
    """Where the working picture shows lines of text of the card: 1, else 0."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for line in lines:
        x, y = line.mean(axis=0)
        if cv2.pointPolygonTest(polygon, (float(x), float(y)), False) > 0:
            there = cv2.perspectiveTransform(line[None], to_card)[0]
            cv2.fillConvexPoly(mask, np.round(there).astype(np.int32), 1)
    return mask


def _slopes(work: Image, text: Image) -> tuple[Image, Image]:
    """The slopes down the picture and across it, quarters of a grey level a pixel, up to 255; none inside text."""
    smooth = cv2.GaussianBlur(work, (0, 0), 1.5)
    down, across = (_slope(smooth, *direction) for direction in ((0, 1), (1, 0)))
    down[text > 0] = across[text > 0] = 0
    return down, across


def _slope(image: MatLike, x: int, y: int) -> Image:
    """The steepest of the three channels' slopes."""
    red, green, blue = cv2.split(cv2.convertScaleAbs(cv2.Sobel(image, cv2.CV_16S, x, y, ksize=3)))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def _side(edges: Image, across: int, start: Floats, end: Floats, offsets: Floats) -> tuple[Floats, float]:
    """The best straight edge whose two ends are near `start` and `end`, and the share of it that is seen.

    across: 0 where the side runs along the picture's rows, 1 where it runs down.
    """
    normal = np.array([0.0, 1.0]) if across == 0 else np.array([1.0, 0.0])
    places = start + (end - start) * _ALONG[:, None] + offsets[:, None, None] * normal
    column, row = np.round(places).astype(int).clip(0, np.array(edges.shape[1::-1]) - 1).transpose(2, 0, 1)
    strip = np.minimum(edges[row, column] / np.float32(4 * STRONG), 1)  # (offsets, samples), 1 is strong
    seen = strip.ravel()[
        _paths(len(offsets))
    ]  # (first, last, samples): every straight line from one end to the other
    first, last = offsets[:, None], offsets[None, :]
    middle, tilt = (first + last) / 2, (first - last) / 2
    prior = np.exp(-(middle**2 + tilt**2) / (2 * (DOUBT * SCALE) ** 2))
    worth = seen.sum(axis=2) * (0.3 + 0.7 * prior)
    best = np.unravel_index(np.argmax(worth), worth.shape)
    support = float((seen[best] > 1 / 4).mean())
    if support < MIN_SUPPORT:
        return np.stack([start, end]), support
    return np.stack([start + offsets[best[0]] * normal, end + offsets[best[1]] * normal]), support


@cache
def _paths(count: int) -> NDArray[np.intp]:
    """Places in a flat strip (count, SAMPLES) of the lines from each offset at one end to each at the other."""
    first, last = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    rows = np.round(first[..., None] * (1 - _ALONG) + last[..., None] * _ALONG).astype(np.intp)
    return np.asarray(rows * SAMPLES + np.arange(SAMPLES))


def _crossing(a: Floats, b: Floats) -> Floats:
    """Where two lines, each given by two points, meet."""
    p, r, q, s = a[0], a[1] - a[0], b[0], b[1] - b[0]
    t = ((q[0] - p[0]) * s[1] - (q[1] - p[1]) * s[0]) / (r[0] * s[1] - r[1] * s[0])
    return np.asarray(p + t * r)
