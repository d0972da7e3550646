"""Cuts out and straightens the strip of a photo in which the rows of a machine-readable zone stand.

A zone's rows are equally long: their two ends tell how it is tilted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Image, Polygon
from models.text_reader import TextReader
from ocr.mrz_lines import LONG, height_of, length_of, parallel, slimness_of

NEARLY_PARALLEL = 0.995
"""Cosine of the angle between rows of one zone, seen at an angle or bent."""
ENDS = 2.5
"""Rows of a zone end together but for so many heights: slanted seen, or with a last filler that was not seen."""
WHOLE = 0.75
"""Rows of a zone are so long, as a share of the longest that the detector sees;"""
LEAST, NEXT = 0.35, 2.5
"""or so long, so many heights above or below a whole one, and begin with it."""
ROW = 40
"""Height in pixels that a row gets in the straightened strip."""
MAX_WIDTH = 2000
"""... and the strip at most, along its rows."""
DETECTION_WIDTHS = (1088, 608)
"""Widths in pixels at which text is looked for in the strip: the second where the first finds no two rows."""
MAX_CUTS = 3
WIDER = 0.3
"""A strip in which rows are cut off is cut anew with this share of its width more, at most MAX_CUTS times in all."""
MARGIN = 1.8
"""What the strip shows around its rows, in heights of a row."""


@dataclass(frozen=True)
class Strip:
    """A part of the photo, made level."""

    image: Image
    """RGB uint8, (height, width, 3)."""
    to_photo: NDArray[np.float64]
    """The projective map (3, 3) from its pixels to the photo's."""

    def in_photo(self, polygon: Polygon) -> Polygon:
        """A polygon of the strip, in pixels of the photo."""
        moved = cv2.perspectiveTransform(polygon.astype(np.float64)[None], self.to_photo)
        return np.asarray(moved[0], np.float32)


def strip_around(photo: Image, polygon: Polygon, reader: TextReader) -> tuple[Strip, list[Polygon]]:
    """The strip and the text in it; cut anew, wider, where a row goes on beyond its end."""
    for times in range(MAX_CUTS):
        strip = _cut(photo, polygon)
        height, width = strip.image.shape[:2]
        boxes = _text_in(strip.image, reader)
        rows = rows_of(boxes)
        size = max((height_of(row) for row in rows), default=0.0)
        left = any(row[:, 0].min() < size for row in rows)
        right = any(row[:, 0].max() > width - size for row in rows)
        if not (left or right) or times + 1 == MAX_CUTS:
            break
        more = WIDER * width
        start, end = -more * left, width + more * right
        wider = np.array([[start, 0], [end, 0], [end, height], [start, height]], np.float32)
        polygon = strip.in_photo(wider)
    return strip, boxes


def _text_in(strip: Image, reader: TextReader) -> list[Polygon]:
    """The text of a strip; print set so wide that the detector breaks it holds together in a smaller picture."""
    found: list[list[Polygon]] = []
    for width in DETECTION_WIDTHS:
        found.append([box.polygon for box in reader.detect(strip, width / strip.shape[1])])
        if len(rows_of(found[-1])) > 1:
            break
    return max(found, key=lambda boxes: len(rows_of(boxes)))


def _cut(photo: Image, polygon: Polygon, size: tuple[float, float] | None = None) -> Strip:
    """What the polygon holds, made level: of that size, or of about the photo's resolution."""
    width, height = size or (length_of(polygon), height_of(polygon))
    scale = 1.0 if size else min(1.5, MAX_WIDTH / width)
    pixels = (max(32, round(width * scale)), max(32, round(height * scale)))
    corners = np.array([[0, 0], [pixels[0], 0], [pixels[0], pixels[1]], [0, pixels[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(polygon, np.float32), corners)
    image = cv2.warpPerspective(photo, matrix, pixels, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return Strip(image.astype(np.uint8, copy=False), np.asarray(np.linalg.inv(matrix), np.float64))


def _level(boxes: Sequence[Polygon]) -> list[Polygon]:
    """The boxes that run along the strip."""
    return [
        b for b in boxes if b[1, 0] - b[0, 0] > 2 * height_of(b) and abs(b[1, 1] - b[0, 1]) < length_of(b) / 4
    ]


def rows_together(boxes: Sequence[Polygon], middle: float) -> list[Polygon]:
    """Boxes that begin and end with the one nearest to the strip's middle height: other text may lie beside them."""
    whole = [box for box in _level(boxes) if slimness_of(box) > LONG]
    first = min(whole, key=lambda box: abs(float(box[:, 1].mean()) - middle), default=None)
    rows = [box for box in whole if first is not None and _together(box, first)]
    return sorted(rows, key=lambda row: float(row[:, 1].mean()))


def _together(a: Polygon, b: Polygon) -> bool:
    ends = float(np.abs(a[:, 0] - b[:, 0]).max())
    return ends < ENDS * height_of(b) and parallel(a, b) > NEARLY_PARALLEL


def rows_of(boxes: Sequence[Polygon]) -> list[Polygon]:
    """Boxes of one row joined; of the rows, those about as long as the longest, from top to bottom, and a shorter one
    beside them that begins where they do: the detector loses the fillers at the end of a name.
    """
    rows: list[list[Polygon]] = []
    for box in sorted(_level(boxes), key=lambda b: -length_of(b)):
        row = next((row for row in rows if _in_row(box, row[0])), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    joined = [_joined(row) for row in rows]
    longest = max((length_of(row) for row in joined), default=0.0)
    whole = [row for row in joined if length_of(row) > WHOLE * longest]
    cut = [
        row for row in joined if length_of(row) <= WHOLE * longest and any(_cut_off(row, o) for o in whole)
    ]
    return sorted((*whole, *cut), key=lambda row: float(row[:, 1].mean()))


def _cut_off(row: Polygon, whole: Polygon) -> bool:
    """Whether a row may be the beginning of one next to a whole one."""
    x, y = row[[0, 3]].mean(axis=0) - whole[[0, 3]].mean(axis=0)
    size = height_of(whole)
    near = abs(x) < ENDS * size and abs(y) < NEXT * size
    return near and length_of(row) > LEAST * length_of(whole) and parallel(row, whole) > NEARLY_PARALLEL


def _in_row(box: Polygon, row: Polygon) -> bool:
    """Whether the box stands in the prolongation of the row."""
    slope = (row[1, 1] + row[2, 1] - row[0, 1] - row[3, 1]) / (row[1, 0] + row[2, 0] - row[0, 0] - row[3, 0])
    x, y = box.mean(axis=0) - row.mean(axis=0)
    return bool(abs(y - slope * x) < 0.5 * min(height_of(row), height_of(box)))


def _joined(row: Sequence[Polygon]) -> Polygon:
    first, last = min(row, key=lambda b: float(b[0, 0])), max(row, key=lambda b: float(b[1, 0]))
    return np.stack([first[0], last[1], last[2], first[3]])


def straightened(photo: Image, strip: Strip, rows: Sequence[Polygon]) -> tuple[Strip, list[Polygon]]:
    """The strip cut again so that its rows are level and equally long; and the rows in it, a little wider."""
    ends = _ends(rows)
    height = float(np.mean([height_of(row) for row in rows]))
    width, depth = length_of(ends), height_of(ends)
    # Of the same proportions, a row ROW pixels high.
    scale = min(ROW / height, MAX_WIDTH / width)
    width, depth, height = width * scale, depth * scale, height * scale
    margin = MARGIN * height
    size = (width + 2 * margin, depth + 2 * margin)
    target = np.array([[0, 0], [width, 0], [width, depth], [0, depth]], np.float32) + np.float32(margin)
    back = cv2.getPerspectiveTransform(target, ends)
    frame = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    in_strip = np.asarray(cv2.perspectiveTransform(frame[None], back)[0], np.float32)
    levelled = _cut(photo, strip.in_photo(in_strip), size)
    moved = [cv2.perspectiveTransform(row[None].astype(np.float64), np.linalg.inv(back))[0] for row in rows]
    return levelled, [_place(np.asarray(row, np.float32), levelled.image.shape[1], height) for row in moved]


def _ends(rows: Sequence[Polygon]) -> Polygon:
    """The ends of the first and the last row's middle line, square to the rows: a detector often loses a row's last
    characters, which must not make the strip a parallelogram.
    """
    middles = [np.array([(row[0] + row[3]) / 2, (row[1] + row[2]) / 2]) for row in rows]
    along = sum(end - start for start, end in middles)
    along = along / np.linalg.norm(along)
    left = min(float(start @ along) for start, _ in middles)
    right = max(float(end @ along) for _, end in middles)
    first, last = (
        [start + (end - start) * (x - start @ along) / ((end - start) @ along) for x in (left, right)]
        for start, end in (middles[0], middles[-1])
    )
    return np.array([first[0], first[1], last[1], last[0]], np.float32)


def _place(row: Polygon, width: int, height: float) -> Polygon:
    """The row's whole place in the levelled strip, as high as the rows are on average."""
    y, margin = float(row[:, 1].mean()), height * 0.2
    top, bottom, left, right = y - height / 2, y + height / 2, margin, width - margin
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
