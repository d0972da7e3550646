"""Finds rows of evenly set characters, at any angle and in arcs, without a network.

The text detector breaks the wide-set lines of machine-readable zones, and hardly sees them when they run up, down or from
corner to corner. Here each dark mark is taken for a character; a row is a chain of marks of about one size, each as far
from the one before as that from its own forerunner, and in nearly the same direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image, Polygon

SIZES = (6.0, 70.0)
"""Least and largest diagonal of a character, in pixels."""
STROKE = 15
"""Marks are thinner than this, in pixels."""
CONTRAST = 0.35
"""Ink is darker than its ground by this share of the most about it, and by FAINT at least."""
AROUND = 30
"""Pixels to each side in which that is looked for."""
FAINT = 10.0
"""Grey levels."""
MAX_MARKS = 6000
"""The darkest marks that are looked at."""
NEIGHBOURS = 8
"""Nearest marks of which one may be the next of the row."""
PITCH = (0.55, 2.0)
"""Distance of neighbours in sizes of a character."""
ALIKE = 1.8
"""Sizes of the characters of a row differ by less than this: 1 and < are smaller than M."""
AWRY = 0.3
"""A character stands at most so many pitches from where the row leads."""
ADAPTS = 0.3
"""Weight of the newest step in the step that is expected next."""
UNEVEN = 0.7
"""A character as awry as may be counts so much less than one in its place: texture makes chains too."""
LONGEST = 44
"""Characters of the longest rows."""
LEAST = 10
"""Characters of a chain that may be part of a row."""
NEW = 0.6
"""Share of a chain's characters that no longer chain has."""
MAX_ROWS = 6
"""Rows that are kept, the longest first: a zone has at most three, and other print makes rows too."""
MAX_PIECES = 12
"""Pieces of rows that are read to see whether they are of a zone."""
PIECE = 14
"""Characters in the pieces that a chain is cut into, so that those of an arc are straight."""
HEIGHT = 1.4
"""Height of a row's box in sizes of a character."""


@dataclass(frozen=True)
class _Marks:
    centres: Floats
    """(n, 2), (x, y)."""
    sizes: Floats
    """(n,): diagonals."""
    nearest: NDArray[np.int_]
    """(height, width): the mark whose centre is nearest to each pixel."""


def character_rows(image: Image) -> list[Polygon]:
    """Straight pieces of rows, the surest row's first, either way up; pixels of the image."""
    marks = _marks(image)
    pieces = [piece for row in _chains(marks) for piece in _pieces(row, marks)] if marks else []
    return pieces[:MAX_PIECES]


def _marks(image: Image) -> _Marks | None:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    ink = cv2.morphologyEx(
        grey, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STROKE, STROKE))
    )
    most = cv2.blur(cv2.dilate(ink, np.ones((AROUND, AROUND), np.uint8)), (AROUND, AROUND))
    dark = (ink > CONTRAST * most) & (ink > FAINT)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=4)
    left, top, width, height = (stats[1:, i].astype(np.float32) for i in range(4))
    sizes = np.hypot(width, height)
    good = (sizes > SIZES[0]) & (sizes < SIZES[1])
    darkest = np.zeros(len(stats), np.uint8)
    np.maximum.at(darkest, parts[dark].astype(int), ink[dark])
    good[np.argsort(-good.astype(int) * darkest[1:], kind="stable")[MAX_MARKS:]] = False
    if good.sum() < LEAST:
        return None
    centres = np.stack([left + (width - 1) / 2, top + (height - 1) / 2], axis=1)[good].astype(np.float32)
    empty = np.full(grey.shape, 255, np.uint8)
    at = np.rint(centres).astype(int)
    empty[at[:, 1], at[:, 0]] = 0
    _, labels = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    of_label = np.zeros(labels.max() + 1, int)
    of_label[labels[at[:, 1], at[:, 0]]] = np.arange(len(at))
    return _Marks(centres, sizes[good], of_label[labels])


def _chains(marks: _Marks) -> list[list[int]]:
    """Marks of each row in order, the longest row first."""
    first, second = _pairs(marks)
    steps, scores = _followed(marks, first, second)
    used: set[int] = set()
    chains: list[list[int]] = []
    for i in np.argsort(-scores, kind="stable"):
        chain = [int(mark) for mark in steps[i] if mark >= 0]
        if len(chain) < LEAST or len(chains) == MAX_ROWS:
            break
        if sum(mark not in used for mark in chain) >= NEW * len(chain):
            chains.append(chain)
            used.update(chain)
    return chains


def _pairs(marks: _Marks) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Neighbours of about one size, each pair in both orders."""
    order = np.argsort(marks.centres[:, 1], kind="stable")
    firsts, seconds = [], []
    centres, sizes = marks.centres[order], marks.sizes[order]
    reach = PITCH[1] * sizes
    ends = np.searchsorted(centres[:, 1], centres[:, 1] + reach, side="right")
    for i, end in enumerate(ends):
        apart = centres[i + 1 : end] - centres[i]
        distance = np.hypot(apart[:, 0], apart[:, 1])
        larger = np.maximum(sizes[i + 1 : end], sizes[i])
        smaller = np.minimum(sizes[i + 1 : end], sizes[i])
        near = (distance < PITCH[1] * larger) & (distance > PITCH[0] * larger) & (larger < ALIKE * smaller)
        found = np.flatnonzero(near)
        found = found[np.argsort(distance[found])[:NEIGHBOURS]]
        firsts += [i] * len(found)
        seconds += (found + i + 1).tolist()
    a, b = order[np.array(firsts, int)], order[np.array(seconds, int)]
    return np.concatenate([a, b]), np.concatenate([b, a])


def _followed(
    marks: _Marks, first: NDArray[np.int_], second: NDArray[np.int_]
) -> tuple[NDArray[np.int_], Floats]:
    """(pairs, LONGEST): the marks on which each pair leads, -1 after the end and where one is missing; (pairs,): how many
    they are, those that stand awry for less.
    """
    scores = np.full(len(first), 2.0)
    steps = np.full((len(first), LONGEST), -1)
    steps[:, 0], steps[:, 1] = first, second
    place, step = marks.centres[second].copy(), marks.centres[second] - marks.centres[first]
    size = np.maximum(marks.sizes[first], marks.sizes[second])
    alive = np.ones(len(first), bool)
    missed = np.zeros(len(first), bool)
    height, width = marks.nearest.shape
    for i in range(2, LONGEST):
        ahead = place + step
        x, y = np.rint(ahead).astype(int).T
        alive &= (x >= 0) & (x < width) & (y >= 0) & (y < height)
        found = marks.nearest[y.clip(0, height - 1), x.clip(0, width - 1)]
        off = np.hypot(*(marks.centres[found] - ahead).T) / (AWRY * np.hypot(*step.T))
        ratio = marks.sizes[found] / size
        fits = (off < 1) & (ratio < ALIKE) & (ratio > 1 / ALIKE)
        alive &= fits | ~missed
        steps[alive & fits, i] = found[alive & fits]
        scores += np.where(alive & fits, 1 - UNEVEN * off, 0)
        moved = marks.centres[found] - place
        step = np.where(fits[:, None], (1 - ADAPTS) * step + ADAPTS * moved, step)
        place = np.where(fits[:, None], marks.centres[found], ahead)
        missed = ~fits
        if not alive.any():
            break
    return steps, scores


def _pieces(row: Sequence[int], marks: _Marks) -> list[Polygon]:
    count = max(1, round(len(row) / PIECE))
    height = HEIGHT * float(np.median(marks.sizes[row]))
    return [_box(marks.centres[piece], height) for piece in np.array_split(np.array(row), count)]


def _box(points: Floats, height: float) -> Polygon:
    """The box around points that stand in a row, its first side along them, from the left or the top."""
    start, end = points[0], points[-1]
    if tuple(start) > tuple(end):
        start, end = end, start
    along = (end - start) / np.linalg.norm(end - start)
    down = np.array([-along[1], along[0]]) * height / 2
    start, end = start - along * height / 2, end + along * height / 2
    return np.array([start - down, end - down, end + down, start + down], np.float32)
