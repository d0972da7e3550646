"""Finds room in a licence's value where print must have been: glare or a fold that hides words leaves no other sign.

What is joined over such a hole reads well and is sure of every character it has. Print has a steady pitch and fills
its column, so that the room shows. Distances are in heights of a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Image, Polygon
from models.text_reader import Character, TextLine
from ocr.page import Page, height, left, middle, right, rows_of

APART = 1.5
"""Room between two pieces of a row, and before a row's end or its beginning, that no print leaves: in 173 right values of
32 licences of an outside generator and 20 of level hard pieces were never apart, ends at most 0.45 short."""
PITCH = 3.0
"""The same between the centres of two characters of a piece: at most 2.5, where the print is blurred."""

BURNT, BRIGHTER = 245, 15
"""Darkest colour of mirrored light, and how much brighter than the paper it is at least."""
AFTER, MOST = 3.0, 0.7
"""How far behind a line's end light is looked for, in half heights, and which share of that it fills."""

FARTHEST = 30.0
"""How far beyond a line's end print is looked for, in heights of the line."""
AS_DARK = 0.5
"""Contrast of print, as a share of that of the line's own end."""
SPACE, LEAST = 1.2, 0.12
"""Room that print does not leave between characters, and the width that it has at least, in heights of the line."""
UNREAD = 0.5
"""Print as wide as this, in heights of the line, is more than the edge of the last character."""
SMOOTH = 8
"""Part of the line's height over which noise is smoothed."""


def has_gap(lines: Sequence[TextLine], characters: Sequence[Character]) -> bool:
    """Whether words must be missing from a value that stands in the lines; characters: those of the value itself."""
    rows = rows_of(lines)
    size = max(height(line) for line in lines)
    apart = [left(b) - right(a) for row in rows for a, b in pairwise(row)]
    # The first row begins at its label, the last may end anywhere.
    ends = [_end(row[-1], characters) for row in rows]
    starts = [left(row[0]) for row in rows[1:]]
    short = [max(ends) - end for end in ends[:-1]] + [start - min(starts) for start in starts]
    return max([*apart, *short], default=0.0) > APART * size or any(
        _widest(line, characters) > PITCH * height(line) for line in lines
    )


def ends_in_glare(page: Page, lines: Sequence[TextLine]) -> bool:
    """Whether mirrored light begins where one of the lines ends, so that more may stand there."""
    paper = float(np.median(page.image[::8, ::8].min(axis=2)))
    if paper > BURNT - BRIGHTER:
        return False  # the whole page is as bright
    ends = [page.crop(_after(row[-1])) for row in rows_of(lines)]
    return any(float((end.min(axis=2) > BURNT).mean()) > MOST for end in ends)


def goes_on(page: Page, lines: Sequence[TextLine], until: float) -> bool:
    """Whether print that was not read stands beyond the end of one of the value's lines; until: the next column."""
    ends = [row[-1] for row in rows_of(lines)]
    return any(print_after(page, end, until) > UNREAD * height(end) for end in ends)


def print_after(page: Page, line: TextLine, until: float) -> float:
    """How far print goes on beyond a line's end (levelled coordinates) that is as dark as the line; 0 where it ends.

    until: where the next column begins.
    """
    size = height(line)
    room = min(until - size - right(line), FARTHEST * size, _end_of(page) - right(line))
    if room < LEAST * size:
        return 0.0
    # Paper before a line of one character would count the ground's pattern as print.
    own = contrast(page.strip(_beside(line, -min(3 * size, right(line) - left(line)), 0)))
    beyond = contrast(page.strip(_beside(line, 0, room)))
    dark = np.flatnonzero(beyond > AS_DARK * np.percentile(own, 75))
    broken = np.flatnonzero(np.diff(dark, prepend=0) > SPACE * size)
    dark = dark[: broken[0]] if len(broken) else dark
    return float(dark[-1] + 1) if len(dark) > LEAST * size else 0.0


def _end_of(page: Page) -> float:
    return float(page.image.shape[1])


def _beside(line: TextLine, start: float, end: float) -> Polygon:
    """The box as high as the line from so far beyond its end to so far."""
    top, bottom = line.polygon[1], line.polygon[2]
    along = (top - line.polygon[0]) / max(float(np.linalg.norm(top - line.polygon[0])), 1.0)
    return np.array(
        [top + start * along, top + end * along, bottom + end * along, bottom + start * along], np.float32
    )


def contrast(crop: Image) -> NDArray[np.float64]:
    """Float64 (width,): how much the print in each column of pixels differs from its ground."""
    smooth = cv2.blur(crop.min(axis=2), (max(1, crop.shape[0] // SMOOTH),) * 2)
    low, high = np.percentile(smooth, (5, 95), axis=0)
    return np.asarray(high - low, np.float64)


def _after(line: TextLine) -> Polygon:
    x, y, size = right(line), middle(line), height(line) / 2
    box = [(x, y - size), (x + AFTER * size, y - size), (x + AFTER * size, y + size), (x, y + size)]
    return np.array(box, np.float32)


def _widest(line: TextLine, characters: Sequence[Character]) -> float:
    own = _own(line, characters)
    return max(((b.x - a.x) * (right(line) - left(line)) for a, b in pairwise(own)), default=0.0)


def _end(line: TextLine, characters: Sequence[Character]) -> float:
    """Where the value ends in the line: the next column's label may have been read together with it."""
    own = _own(line, characters)
    if not own or own[-1] is line.characters[-1]:
        return right(line)
    return left(line) + own[-1].x * (right(line) - left(line)) + height(line) / 2


def _own(line: TextLine, characters: Sequence[Character]) -> list[Character]:
    places = {c.x for c in characters}  # the characters may have been put right since
    return [c for c in line.characters if c.x in places]
