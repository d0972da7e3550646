"""Finds the marks of a scope that its last line had no room for: they stand alone on the next one.

Neither the detector nor the recogniser sees a full stop without a character beside it. Where the last line is full, one
or two marks and nothing else at the place where the next line would begin are what is missing: the bracket that is still
open, and a full stop.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import mean, median

import numpy as np

from models.arrays import Polygon
from models.text_reader import Character, TextLine
from ocr.licence_gaps import AS_DARK, contrast
from ocr.licence_labels import Value, bare, labels_of, whole_value
from ocr.page import Page, height, left, middle, right, rows_of

FULL = 0.8
"""A last line that ends so near to the end of the longest one, in heights of a line, has no room for a mark."""
BEFORE, WIDTH = 0.3, 4.0
"""Where the next line is looked at: from so far before the beginning of the others on, in heights of a line."""
MARK, MARKS = 0.6, 1.8
"""A mark is no wider, and two of them reach no farther."""
INSIDE = 0.15
"""Room inside a mark: a full stop is a ring."""
SEEN = 0.99
"""Chance that a mark is the one that must stand there: no separator ends a scope."""


def with_last_marks(page: Page) -> Page:
    """The page with the marks that stand alone under its scope."""
    rows = rows_of(page.lines)
    labels = labels_of(rows)
    scopes = [whole_value(o, rows, labels) for o in labels if o.name == "scope" and o.value.lines]
    found = [line for scope in scopes for line in [_last_marks(page, scope)] if line is not None]
    return replace(page, lines=tuple(sorted((*page.lines, *found), key=middle)))


def _last_marks(page: Page, scope: Value) -> TextLine | None:
    text, rows = bare(scope.text), rows_of(scope.lines)
    last = rows[-1][-1]
    size, full = height(last), max(right(row[-1]) for row in rows)
    if len(rows) < 2 or text.endswith("。") or right(last) < full - FULL * size:
        return None
    opened = text.count("（") + text.count("(") > text.count("）") + text.count(")")
    marks = ("）" if opened else "") + "。"
    place = _next_line(rows)
    spans = _dark(page, place, last)
    if (
        not 0 < len(spans) <= len(marks)
        or spans[-1][1] > BEFORE + MARKS
        or max(b - a for a, b in spans) > MARK
    ):
        return None
    first, end = spans[0][0], spans[-1][1]
    across = np.array([size, 0], np.float32)
    box = np.array(
        [place[i] + across * x for i, x in ((0, first), (0, end), (3, end), (3, first))], np.float32
    )
    places = ((a + b - 2 * first) / 2 / (end - first) for a, b in spans)
    read = tuple(Character(mark, SEEN, x, ()) for mark, x in zip(marks, places, strict=False))
    return TextLine(box, "".join(c.text for c in read), SEEN, read)


def _next_line(rows: list[list[TextLine]]) -> Polygon:
    """The beginning of the line that would follow those of a value."""
    size = height(rows[-1][-1])
    places = [mean(map(middle, row)) for row in rows]
    y = middle(rows[-1][0]) + median(np.diff(places))
    x = min(left(row[0]) for row in rows[1:])
    x0, x1, y0, y1 = x - BEFORE * size, x + WIDTH * size, y - size / 2, y + size / 2
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _dark(page: Page, place: Polygon, line: TextLine) -> list[tuple[float, float]]:
    """From where to where something as dark as the line stands in that part of the page, in its heights."""
    crop = page.strip(place)
    own = np.percentile(contrast(page.strip(line.polygon)), 75)
    dark = np.flatnonzero(contrast(crop) > AS_DARK * own)
    pieces = np.split(dark, np.flatnonzero(np.diff(dark) > INSIDE * crop.shape[0]) + 1)
    return [(piece[0] / crop.shape[0], (piece[-1] + 1) / crop.shape[0]) for piece in pieces if len(piece)]
