"""The sheet that a page is printed on: it reaches beyond the print, and pictures on it have no lines of text."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from liveness.page import Page, rotation
from models.arrays import Floats, Image, Polygon
from models.scaling import shrunk

WORK_SIDE = 400
"""Long side of the image in which the sheet is looked for, pixels."""
COLOUR_REACH = 14.0
"""Distance in a and b of CIELAB (8 bits) within which a pixel has the paper's colour."""
DARKEST = 0.6
"""Share of the paper's lightness that its shaded parts keep."""
MAX_GROWTH = 0.45
"""The sheet reaches at most this far beyond the print, in widths of the print; what is farther is behind it,"""
MAX_HEIGHT = 1.7
"""but downwards it may be this high altogether: of a blurred page only the head is seen as print."""
MAX_RISE = 0.06
"""and upwards only so far: the head of a page is print, and above it comes the seller's face."""
MARGIN = 0.04
"""What the sheet is taken to reach where its edge can't be told from what is behind, in widths of the print."""


def paper_polygon(image: Image, page: Page) -> Polygon:
    """Corners of the sheet, float32 (4, 2), photo pixels, turned as the page is."""
    small, scale = _small(image)
    turn = rotation(-page.angle)
    print_ = _box(page.polygon @ turn.T)
    sheet = _sheet_mask(small, page.polygon * scale)
    y, x = np.nonzero(sheet)
    found = _box_of_most(turn @ (np.stack([x, y]) / scale).astype(np.float32)) if len(x) else print_
    width = float(print_[2] - print_[0])
    outwards = np.array([-1, -1, 1, 1], np.float32) * width
    nearest, furthest = print_ + MARGIN * outwards, print_ + MAX_GROWTH * outwards
    furthest[1] = print_[1] - MAX_RISE * width
    furthest[3] = max(furthest[3], print_[1] + MAX_HEIGHT * width)
    leaked = (found - furthest) * np.sign(outwards) > 0
    edges = np.where(leaked, nearest, _outer(found, nearest))
    x0, y0, x1, y1 = edges
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    return np.asarray(corners @ rotation(page.angle).T, np.float32)


def on_sheet(image: Image, page: Page, points: Floats) -> NDArray[np.bool_]:
    """Which of the points (n, 2), photo pixels, are on the sheet that the page is printed on?"""
    small, scale = _small(image)
    sheet = _sheet_mask(small, page.polygon * scale)
    at = np.clip((points * scale).astype(int), 0, np.array(sheet.shape[::-1]) - 1)
    return np.asarray(sheet[at[:, 1], at[:, 0]])


def _small(image: Image) -> tuple[Image, float]:
    scale = WORK_SIDE / max(image.shape[:2])
    return shrunk(image, scale), scale


def _sheet_mask(image: Image, print_: Polygon) -> NDArray[np.bool_]:
    """Pixels of the paper's colour that hang together with the print, holes of ink and pictures closed."""
    lightness, a, b = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32))
    inside = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(inside, [print_.astype(np.int32)], 1)
    if not inside.any():
        return inside > 0
    bright = (inside > 0) & (lightness >= np.percentile(lightness[inside > 0], 60))
    paper = [np.median(channel[bright]) for channel in (lightness, a, b)]
    colour = (a - paper[1]) ** 2 + (b - paper[2]) ** 2 < COLOUR_REACH**2
    alike = (colour & (lightness > DARKEST * paper[0])).astype(np.uint8)
    alike = cv2.morphologyEx(alike, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    joined = cv2.morphologyEx(np.maximum(alike, inside), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(joined)
    own = int(np.bincount(labels[inside > 0]).argmax())
    return np.asarray(labels == own)


def _box(points: Floats) -> Floats:
    return np.concatenate([points.min(axis=0), points.max(axis=0)]).astype(np.float32)


def _box_of_most(points: Floats) -> Floats:
    """Of points (2, n), without the outermost percent: slivers of something pale behind the sheet."""
    low, high = np.percentile(points, [1, 99], axis=1)
    return np.concatenate([low, high]).astype(np.float32)


def _outer(a: Floats, b: Floats) -> Floats:
    return np.concatenate([np.minimum(a[:2], b[:2]), np.maximum(a[2:], b[2:])])
