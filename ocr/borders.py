"""Moves the corners of an approximately known card onto its true borders in the photo."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from cv2.typing import MatLike

from models.arrays import Floats, Image, Polygon
from ocr.layout import CARD_CORNERS, CARD_HEIGHT, CARD_WIDTH

SCALE = 0.5
"""Pixels of the working picture for a tenth of a millimetre."""
PASSES = ((72, 4), (24, 2))
"""How far from its supposed place a border is looked for, both ways, and in which steps; tenths of a millimetre."""
MARGIN = 110
"""What the working picture shows around the card, tenths of a millimetre."""
SAMPLES = 40
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
    support = 0.0
    for reach, step in PASSES:
        to_card = cv2.getPerspectiveTransform(polygon, (CARD_CORNERS + MARGIN) * SCALE)
        size = [round((side + 2 * MARGIN) * SCALE) for side in (CARD_WIDTH, CARD_HEIGHT)]
        work = cv2.warpPerspective(
            photo, to_card, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        text = _text_mask(lines, polygon, to_card, size)
        offsets = np.arange(-reach, reach + 1, step) * SCALE
        sides, support = _sides(work.astype(np.uint8, copy=False), text, offsets)
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


def _sides(work: Image, text: Image, offsets: Floats) -> tuple[list[Floats], float]:
    """The four sides (2, 2) in pixels of the working picture: top, right, bottom, left; and their support."""
    smooth = cv2.GaussianBlur(work, (0, 0), 1.5)
    slopes = [np.where(text, np.float32(0), _slope(smooth, *direction)) for direction in ((0, 1), (1, 0))]
    corners = (CARD_CORNERS + MARGIN) * SCALE
    found, supports = [], []
    for i in range(4):
        side, support = _side(slopes[i % 2], corners[i], corners[(i + 1) % 4], offsets)
        found.append(side)
        supports.append(support)
    return found, float(np.mean(supports))


def _slope(image: MatLike, x: int, y: int) -> Floats:
    """The steepest of the three channels' slopes, grey levels a pixel."""
    channels = [np.abs(cv2.Sobel(c, cv2.CV_32F, x, y, ksize=3, scale=0.25)) for c in cv2.split(image)]
    return np.maximum(np.maximum(channels[0], channels[1]), channels[2])


def _side(edges: Floats, start: Floats, end: Floats, offsets: Floats) -> tuple[Floats, float]:
    """The best straight edge whose two ends are near `start` and `end`, and the share of it that is seen."""
    normal = np.array([0.0, 1.0]) if start[1] == end[1] else np.array([1.0, 0.0])
    t = np.linspace(0.08, 0.92, SAMPLES)
    places = start + (end - start) * t[:, None] + offsets[:, None, None] * normal
    column, row = np.round(places).astype(int).clip(0, np.array(edges.shape[1::-1]) - 1).transpose(2, 0, 1)
    strip = edges[row, column]  # (offsets, samples)
    first, last = np.meshgrid(np.arange(len(offsets)), np.arange(len(offsets)), indexing="ij")
    paths = np.round(first[..., None] * (1 - t) + last[..., None] * t).astype(int)
    seen = strip[paths, np.arange(SAMPLES)]  # every straight line from one end to the other
    strength = np.minimum(seen, STRONG).mean(axis=2) / STRONG
    middle, tilt = (offsets[first] + offsets[last]) / 2, (offsets[first] - offsets[last]) / 2
    prior = np.exp(-(middle**2 + tilt**2) / (2 * (DOUBT * SCALE) ** 2))
    best = np.unravel_index(np.argmax(strength * (0.3 + 0.7 * prior)), strength.shape)
    support = float((seen[best] > STRONG / 4).mean())
    if support < MIN_SUPPORT:
        return np.stack([start, end]), support
    return np.stack([start + offsets[best[0]] * normal, end + offsets[best[1]] * normal]), support


def _crossing(a: Floats, b: Floats) -> Floats:
    """Where two lines, each given by two points, meet."""
    p, r, q, s = a[0], a[1] - a[0], b[0], b[1] - b[0]
    t = ((q[0] - p[0]) * s[1] - (q[1] - p[1]) * s[0]) / (r[0] * s[1] - r[1] * s[0])
    return np.asarray(p + t * r)
