"""Is the page shown on a phone or a tablet? Looks for the device's frame around it and the clock above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from liveness.dateline import ReadLine
from liveness.page import Page
from models.arrays import Floats, Image

PRINT_WIDTH = 400
"""Width of the print when its surroundings are measured, pixels; the lengths below are of that size."""
REACH = 140
"""How far on either side of the print a frame is looked for."""
START = 25
"""The print's outermost pixels, in which the edge is looked for too: a page that is turned reaches into them."""
DARK = 0.32
"""A frame is darker than this share of the page's white."""
SOLID = 6
"""and so are this many pixels in a row, other than ink."""
STEP = 9.0
"""Change of luma at which the frame's outer edge is taken to be passed."""
STRAIGHT = 2.5
"""Pixels within which a row's edge lies on the straight line through all rows' edges."""
MOST_ROWS = 0.5
"""Share of the rows, hands apart, whose edges must lie on one line."""
WIDTHS = (5.0, 60.0)
"""A frame is this wide."""
_CLOCK = re.compile(r"^\W*([01]?\d|2[0-3])[:：][0-5]\d(\s*[AP]M)?\W*$|^\W*\d{1,3}\s?%\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class _Edge:
    """A straight line through edges of many rows, as x over y."""

    slope: float
    middle: float
    """x at the middle row."""


def has_frame(image: Image, page: Page) -> bool:
    """A dark band of one width, with straight edges, left and right of the print (photo: RGB)."""
    luma = _surroundings(image, page)
    white = float(np.percentile(luma[:, REACH:-REACH], 80))
    left = _band(luma[:, : REACH + START][:, ::-1], white)
    right = _band(luma[:, -REACH - START :], white)
    return left is not None and right is not None and 0.65 < left / right < 1.55


def has_clock(lines: Iterable[ReadLine]) -> bool:
    """A line at the page's head that holds nothing but the time or a battery's charge."""
    return any(_CLOCK.match(line.text) for line in lines if line.depth < 0.08)


def _surroundings(image: Image, page: Page) -> Floats:
    """Luma of the print, upright, PRINT_WIDTH wide, and of REACH pixels on its left and right, float32."""
    across, down = page.polygon[1] - page.polygon[0], page.polygon[3] - page.polygon[0]
    width, height = float(np.linalg.norm(across)), float(np.linalg.norm(down))
    margin = across * (REACH / PRINT_WIDTH)
    corners = page.polygon + np.array([-margin, margin, margin, -margin], np.float32)
    w, h = PRINT_WIDTH + 2 * REACH, max(40, min(1000, round(height * PRINT_WIDTH / max(width, 1.0))))
    target = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    flat = cv2.warpPerspective(grey, matrix, (w, h), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(flat, (0, 0), 1.2, sigmaY=3.0).astype(np.float32)


def _band(outwards: Floats, white: float) -> float | None:
    """Width of the dark band beside the print, whose rows run outwards from it; None where there is none."""
    inner = [_frame_start(row < DARK * white) for row in outwards]
    outer = [None if at is None else _frame_end(row, at) for row, at in zip(outwards, inner, strict=True)]
    a, b = _line(inner), _line(outer)
    if a is None or b is None or abs(a.slope - b.slope) > 0.03:
        return None
    width = b.middle - a.middle
    return width if WIDTHS[0] < width < WIDTHS[1] else None


def _frame_start(dark: NDArray[np.bool_]) -> int | None:
    """The first of SOLID dark pixels in a row."""
    solid = np.convolve(dark, np.ones(SOLID), "valid") > SOLID - 0.5
    return int(solid.argmax()) if solid.any() else None


def _frame_end(row: Floats, start: int) -> int | None:
    """Where the row's luma leaves that of the frame's first pixels."""
    away = np.abs(row[start + 4 :] - row[start + 2 : start + SOLID].mean()) > STEP
    return start + 4 + int(away.argmax()) if away.any() else None


def _line(edges: list[int | None]) -> _Edge | None:
    """The line on which most rows' edges lie."""
    y = np.array([i for i, x in enumerate(edges) if x is not None], np.float32)
    x = np.array([x for x in edges if x is not None], np.float32)
    if len(x) < MOST_ROWS * len(edges):
        return None
    rows = np.random.default_rng(0).integers(0, len(x), (200, 2))
    rows = rows[np.abs(y[rows[:, 0]] - y[rows[:, 1]]) > len(edges) / 6]
    best, slope = 0, 0.0
    for i, j in rows:
        tried = float((x[j] - x[i]) / (y[j] - y[i]))
        hits = int((np.abs(x - x[i] - tried * (y - y[i])) < STRAIGHT).sum())
        if hits > best:
            best, slope, at = hits, tried, float(x[i] + tried * (len(edges) / 2 - y[i]))
    return _Edge(slope, at) if best >= MOST_ROWS * len(edges) else None
