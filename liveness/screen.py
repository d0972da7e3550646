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
NOWHERE = -1
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
    white = float(np.percentile(luma[::3, REACH:-REACH:3], 80))
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
    flat = cv2.warpPerspective(image, matrix, (w, h), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY)
    return cv2.GaussianBlur(grey, (0, 0), 1.2, sigmaY=3.0).astype(np.float32)


def _band(outwards: Floats, white: float) -> float | None:
    """Width of the dark band beside the print, whose rows run outwards from it; None where there is none."""
    starts = _frame_starts(outwards < DARK * white)
    a, b = _line(starts), _line(_frame_ends(outwards, starts))
    if a is None or b is None or abs(a.slope - b.slope) > 0.03:
        return None
    width = b.middle - a.middle
    return width if WIDTHS[0] < width < WIDTHS[1] else None


def _frame_starts(dark: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each row the first of SOLID dark pixels, NOWHERE without them."""
    counted = np.cumsum(np.pad(dark, ((0, 0), (1, 0))), axis=1)
    solid: NDArray[np.bool_] = counted[:, SOLID:] - counted[:, :-SOLID] == SOLID
    return np.where(solid.any(axis=1), solid.argmax(axis=1), NOWHERE)


def _frame_ends(rows: Floats, starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each row where its luma leaves that of the frame's first pixels, NOWHERE if it never does."""
    first = starts[:, None] + np.arange(2, SOLID)
    frame = np.take_along_axis(rows, first, axis=1).mean(axis=1, keepdims=True)
    away = (np.abs(rows - frame) > STEP) & (np.arange(rows.shape[1]) >= starts[:, None] + 4)
    return np.where(away.any(axis=1) & (starts != NOWHERE), away.argmax(axis=1), NOWHERE)


def _line(edges: NDArray[np.intp]) -> _Edge | None:
    """The line on which most rows' edges lie."""
    needed = MOST_ROWS * len(edges)
    y = np.flatnonzero(edges != NOWHERE)
    x = edges[y]
    if len(x) < needed:
        return None
    i, j = np.random.default_rng(0).integers(0, len(x), (200, 2)).T
    apart = np.abs(y[i] - y[j]) > len(edges) / 6
    i, j = i[apart], j[apart]
    slopes = (x[j] - x[i]) / (y[j] - y[i])
    hits = (np.abs(x - x[i, None] - slopes[:, None] * (y - y[i, None])) < STRAIGHT).sum(axis=1)
    if hits.max(initial=0) < needed:
        return None
    best = int(hits.argmax())
    return _Edge(float(slopes[best]), float(x[i[best]] + slopes[best] * (len(edges) / 2 - y[i[best]])))
