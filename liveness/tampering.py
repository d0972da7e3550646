"""Traces of a forged date or a pasted page: noise that does not fit what is around it.

A camera gives the paper inside and outside of the date line the same noise, and so does every later
compression. A patch that was laid over the photo brings its own, mostly too little.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from liveness.compression import saved_apart
from liveness.result import PoseCheck
from liveness.sentences import say
from models.arrays import Floats, Image, Polygon

Mask = NDArray[np.bool_]

LEAST_NOISE = 0.6
"""Noise of a date line or page, against its surroundings, below which it was laid over the photo. There is no upper
end: ink that is left in a line counts as noise."""
ALIKE = (0.6, 1.5)
"""Only spots about as light as the page are compared with it: dark ones are noisier in most cameras."""
MIN_PIXELS = 100
"""Fewer flat pixels say nothing about noise."""
MIN_NOISE = 0.25
"""Grey levels; below this compression has removed the noise, and there is nothing to compare."""
ENOUGH = 250_000
"""Pixels of a photo that its noise is measured on,"""
STRIPE = 48
"""in stripes of so many rows."""
SATURATED = 247
DARK = 25
FLAT = 10.0
"""Grey levels that a flat spot varies within, once its noise is blurred away."""


def date_line_intact(image: Image, line: Polygon) -> PoseCheck:
    """Noise of the paper within the date line (photo pixels) against the paper just around it."""
    height = float(np.linalg.norm(line[3] - line[0]))
    x, y, w, h = cv2.boundingRect(_grown(line, 4 * height, 3 * height).astype(np.float32))
    x, y = max(x, 0), max(y, 0)
    grey = cv2.cvtColor(np.ascontiguousarray(image[y : y + h, x : x + w]), cv2.COLOR_RGB2GRAY).astype(
        np.float32
    )
    inner = _filled(grey.shape, _grown(line, -0.1 * height, -0.1 * height) - (x, y))
    near = _filled(grey.shape, _grown(line, 4 * height, 2 * height) - (x, y))
    gap = _filled(grey.shape, _grown(line, 0.6 * height, 0.45 * height) - (x, y))
    flat = _flat(grey) & (grey > 0.6 * np.percentile(grey[near], 80))
    return _compare(grey, flat & inner, flat & near & ~gap, "date_line_noise")


def page_intact(image: Image, sheet: Polygon) -> PoseCheck:
    """Noise of the page against everything else in the photo, and whether all else was compressed before."""
    if saved_apart(image, sheet):
        return PoseCheck("fail", say("page_saved_apart"))
    across = float(np.linalg.norm(sheet[1] - sheet[0]))
    size, rows = image.shape[:2], _stripes(image)
    inner = _filled(size, _grown(sheet, -0.1 * across, -0.1 * across))[rows]
    outer = _filled(size, _grown(sheet, 0.05 * across, 0.05 * across))[rows]
    grey = _grey(image[rows])
    flat = _flat(grey)
    if not (flat & inner).any():
        return PoseCheck("unknown", say("page_without_flat_spots"))
    light = grey / np.median(grey[flat & inner])
    alike = flat & ~outer & (light > ALIKE[0]) & (light < ALIKE[1])
    return _compare(grey, flat & inner, alike, "page_noise")


def _stripes(image: Image) -> NDArray[np.intp]:
    """Rows in stripes all over the photo that hold at most about ENOUGH pixels: noise needs no more."""
    height, width = image.shape[:2]
    every = max(1, round(height * width / ENOUGH))
    return np.flatnonzero(np.arange(height) // STRIPE % every == 0)


def _compare(grey: Floats, inner: Mask, outer: Mask, code: str) -> PoseCheck:
    if min(np.count_nonzero(inner), np.count_nonzero(outer)) < MIN_PIXELS:
        return PoseCheck("unknown", say(f"{code}_unknown"))
    noise = _noise(grey)
    inside, outside = (float(np.median(noise[where])) for where in (inner, outer))
    if max(inside, outside) < MIN_NOISE:
        return PoseCheck("unknown", say(f"{code}_unknown"))
    ratio = max(inside, 0.05) / max(outside, 0.05)
    return PoseCheck("pass" if ratio >= LEAST_NOISE else "fail", say(code, ratio=round(ratio, 3)))


def _noise(grey: Floats) -> Floats:
    """Magnitude of the noise at each pixel, of which the median is its standard deviation in grey levels (kernel of
    Immerkaer, CVIU 64(2), 1996; the median, because ink that is left would count as noise)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / (6 * 0.6745)
    return np.asarray(np.abs(cv2.filter2D(grey, -1, kernel)), np.float32)


def _grey(image: Image) -> Floats:
    """The mean of the colours, unrounded: whole grey levels are too coarse for noise of one level."""
    third = np.full((1, 3), 1 / 3, np.float32)
    return np.asarray(cv2.transform(image.astype(np.float32), third), np.float32)


def _flat(grey: Floats) -> Mask:
    """Spots without edges, neither black nor burnt out."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    kernel = np.ones((5, 5), np.uint8)
    spread = cv2.dilate(soft, kernel) - cv2.erode(soft, kernel)
    return np.asarray((spread < FLAT) & (soft > DARK) & (soft < SATURATED))


def _filled(size: tuple[int, ...], polygon: Floats) -> Mask:
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], 1)
    return mask > 0


def _grown(polygon: Polygon, along: float, across: float) -> Floats:
    """The polygon moved outwards by so many pixels at its ends and at its sides."""
    right = polygon[1] - polygon[0]
    down = polygon[3] - polygon[0]
    u, v = right / max(float(np.linalg.norm(right)), 1e-6), down / max(float(np.linalg.norm(down)), 1e-6)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    return np.asarray(polygon + signs[:, :1] * along * u + signs[:, 1:] * across * v, np.float32)
