"""Moves the corners of an approximately known card onto its true borders in the photo."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Floats, Image, Polygon
from ocr.layout import CARD_CORNERS, CARD_HEIGHT, CARD_WIDTH

SCALE = 0.5
"""Pixels of the working picture for a tenth of a millimetre."""
REACH = 84
"""How far from its supposed place a border is looked for, tenths of a millimetre, both ways."""
STEP = 4
SAMPLES = 48
STRONG = 24.0
"""A border's contrast counts up to this many grey levels: strong clutter must not outweigh its length."""
DOUBT = 60.0
"""Standard deviation of the supposed place, tenths of a millimetre."""
PASSES = 2
MIN_SUPPORT = 0.3
"""Share of a border's length that must show an edge for the border to move."""


def snapped(photo: Image, polygon: Polygon) -> tuple[Polygon, float]:
    """The polygon with each side moved to the border seen near it, and the mean support of its sides, 0 to 1.

    `polygon` and the result are pixels of `photo`, clockwise from the top left of the upright card.
    """
    support = 0.0
    for _ in range(PASSES):
        margin = REACH * 1.25
        to_card = cv2.getPerspectiveTransform(polygon, (CARD_CORNERS + margin) * SCALE)
        size = [round((side + 2 * margin) * SCALE) for side in (CARD_WIDTH, CARD_HEIGHT)]
        work = cv2.warpPerspective(
            photo, to_card, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        sides, support = _sides(work.astype(np.uint8, copy=False), margin)
        corners = np.array([_crossing(sides[i - 1], sides[i]) for i in range(4)], np.float32)
        polygon = cv2.perspectiveTransform(corners[None], np.linalg.inv(to_card))[0].astype(np.float32)
    return polygon, support


def _sides(work: Image, margin: float) -> tuple[list[Floats], float]:
    """The four sides (2, 2) in pixels of the working picture: top, right, bottom, left; and their support."""
    smooth = cv2.GaussianBlur(work, (0, 0), 1.5).astype(np.float32)
    across = np.abs(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3)).max(axis=2) / 4
    down = np.abs(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3)).max(axis=2) / 4
    corners = (CARD_CORNERS + margin) * SCALE
    found, supports = [], []
    for i in range(4):
        side, support = _side(down if i % 2 == 0 else across, corners[i], corners[(i + 1) % 4], i % 2 == 0)
        found.append(side)
        supports.append(support)
    return found, float(np.mean(supports))


def _side(edges: Floats, start: Floats, end: Floats, level: bool) -> tuple[Floats, float]:
    """The best straight edge whose two ends are near `start` and `end`, and the share of it that is seen."""
    offsets = np.arange(-REACH, REACH + 1, STEP) * SCALE
    first, last = np.meshgrid(offsets, offsets, indexing="ij")
    t = np.linspace(0.08, 0.92, SAMPLES)
    shift = first[..., None] * (1 - t) + last[..., None] * t
    x, y = start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t
    columns, rows = (x + 0 * shift, y + shift) if level else (x + shift, y + 0 * shift)
    seen = cv2.remap(
        edges,
        columns.reshape(len(offsets) ** 2, -1).astype(np.float32),
        rows.reshape(len(offsets) ** 2, -1).astype(np.float32),
        cv2.INTER_LINEAR,
    ).reshape(shift.shape)
    strength = np.minimum(seen, STRONG).mean(axis=2) / STRONG
    middle, tilt = (first + last) / 2, (first - last) / 2
    prior = np.exp(-(middle**2 + tilt**2) / (2 * (DOUBT * SCALE) ** 2))
    best = np.unravel_index(np.argmax(strength * (0.3 + 0.7 * prior)), strength.shape)
    support = float((seen[best] > STRONG / 4).mean())
    moved = (offsets[best[0]], offsets[best[1]]) if support >= MIN_SUPPORT else (0.0, 0.0)
    normal = np.array([0.0, 1.0]) if level else np.array([1.0, 0.0])
    return np.stack([start + moved[0] * normal, end + moved[1] * normal]), support


def _crossing(a: Floats, b: Floats) -> Floats:
    """Where two lines, each given by two points, meet."""
    p, r, q, s = a[0], a[1] - a[0], b[0], b[1] - b[0]
    t = ((q[0] - p[0]) * s[1] - (q[1] - p[1]) * s[0]) / (r[0] * s[1] - r[1] * s[0])
    return np.asarray(p + t * r)
