"""Flattens a page of text that is not flat: paper that is bent, curled or folded makes its lines run in curves.

The slopes of the detected lines give a smooth field of slopes over the page; its integral says how far each point has
moved up or down from where the page's middle is. Only such shifts are undone: of a sheet that is bent round an upright
or slanting axis they are nearly all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Image, Polygon

DEGREES = (4, 2)
"""Powers of x and of y in the field of slopes, both measured from the page's middle in halves of its size."""
STIFF = 0.02
"""How much the higher powers are held back, as the weight of one line: where no print is, paper is taken as flat."""
PRINT = 2.5
"""Lines shorter than so many times their height have no sure slope."""
LEAST_LINES = 10
OUTLIER = 0.04
"""A slope so far from the field's belongs to something else: a seal, a texture."""
BENT = 0.4
"""A page is bent where a line would leave its row by so many heights of a line."""
GRID = 16
"""Step in pixels at which the shift is worked out."""


@dataclass(frozen=True, eq=False)
class Bend:
    """How far the points of a page have moved up or down."""

    coefficients: NDArray[np.float64]
    """float64 (4, 2): the slope's share of each power of x and y."""
    size: tuple[int, int]
    """Width and height of the page in pixels."""

    def shift(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far below its place on the flat page a point (pixels) is seen."""
        u, v = _units(x, self.size[0]), _units(y, self.size[1])
        slopes = sum(c * u ** (j + 1) / (j + 1) * v**k for (j, k), c in np.ndenumerate(self.coefficients))
        return np.asarray(slopes * self.size[0] / 2, np.float64)

    def flattened(self, image: Image) -> Image:
        """The page with its lines straight."""
        width, height = self.size
        xs = np.arange(0, width + GRID, GRID, dtype=np.float64)
        ys = np.arange(0, height + GRID, GRID, dtype=np.float64)
        shift = self.shift(*np.meshgrid(xs, ys)).astype(np.float32)
        fine = cv2.warpAffine(
            shift, np.array([[GRID, 0, 0], [0, GRID, 0]], np.float64), (width, height), flags=cv2.INTER_LINEAR
        )
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        seen = cv2.remap(image, x, y + fine, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.uint8)

    def seen(self, polygon: Polygon) -> Polygon:
        """Where points of the flat page (pixels) are seen on the bent one."""
        x, y = polygon.astype(np.float64).T
        return np.stack([x, y + self.shift(x, y)], axis=1).astype(np.float32)


def bend_of(lines: Sequence[Polygon], size: tuple[int, int]) -> Bend | None:
    """The bend of a page with these lines (pixels); None where it is as good as flat, or too few lines tell.

    size: the page's width and height.
    """
    sides = [((line[0] + line[3]) / 2, (line[1] + line[2]) / 2, _height(line)) for line in lines]
    told = [(a, b, h) for a, b, h in sides if b[0] - a[0] > PRINT * h]
    if len(told) < LEAST_LINES:
        return None
    starts, ends, heights = (np.array(part, np.float64) for part in zip(*told, strict=True))
    coefficients = _fitted(starts, ends, size)
    curved = coefficients.copy()
    curved[0] = 0  # what a projective map levels
    corners = [np.tile(np.linspace(starts[:, 0].min(), ends[:, 0].max(), 9), 2)]
    corners.append(np.repeat([starts[:, 1].min(), starts[:, 1].max()], 9))
    moved = Bend(curved, size).shift(*corners).reshape(2, 9)
    return Bend(coefficients, size) if np.ptp(moved, axis=1).max() > BENT * np.median(heights) else None


def _fitted(
    starts: NDArray[np.float64], ends: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    """The field whose mean along each line is the line's slope: least squares, lines that do not fit left out."""
    slopes = (ends[:, 1] - starts[:, 1]) / (ends[:, 0] - starts[:, 0])
    a, b = _units(starts[:, 0], size[0]), _units(ends[:, 0], size[0])
    v = _units((starts[:, 1] + ends[:, 1]) / 2, size[1])
    columns = [
        (b ** (j + 1) - a ** (j + 1)) / ((j + 1) * (b - a)) * v**k
        for j in range(DEGREES[0])
        for k in range(DEGREES[1])
    ]
    known, lengths = np.stack(columns, axis=1), b - a
    stiff = np.diag([STIFF * j for j in range(DEGREES[0]) for _ in range(DEGREES[1])])
    weights = lengths
    found = np.zeros(len(columns))
    for _ in range(4):
        found = np.linalg.lstsq(
            np.vstack([known * weights[:, None], stiff]),
            np.append(slopes * weights, np.zeros(len(columns))),
            rcond=None,
        )[0]
        weights = lengths * np.exp(-(((slopes - known @ found) / OUTLIER) ** 2))
    return found.reshape(DEGREES)


def _units(places: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.asarray(2 * places / size - 1)


def _height(line: Polygon) -> float:
    return float(np.linalg.norm(line[3] + line[2] - line[0] - line[1])) / 2
