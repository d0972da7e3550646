"""A page of text cut from a photo: turned upright, its lines levelled and read in rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Image, Polygon
from models.text_reader import TextLine, TextReader, line_crop
from ocr.flat import upright
from ocr.page_bend import Bend, bend_of

LINE_HEIGHT = 40
"""Height in pixels that the page's ordinary lines get, if the photo has so many."""
DETECTION_HEIGHT = 25
"""... when lines are looked for."""
MAX_SIDE = 2560
MAX_ENLARGED = 1.7
FLATTENED = 2
"""Times that a bent page is flattened at most: more lines are found on one that is less bent, and say more of it."""
STEEP = 12.0
"""Lines at a larger angle to their neighbours, in degrees, belong to something else."""
LONG = 4.0
"""Lines at least this many times as long as high say how the page runs."""
SHARED = 0.5
"""Share of the shorter of two lines that may stand above or below the other, where both are of one row."""
MIN_CONFIDENCE = 0.5
"""Lines less sure than this are texture, not text (value of RapidOCR's pipeline)."""

Matrix = NDArray[np.float64]
Prepared = Callable[[Image], Image]


def as_it_is(image: Image) -> Image:
    """The picture itself."""
    return image


@dataclass(frozen=True)
class Page:
    """A part of a photo and the lines in it."""

    image: Image
    """The part, upright; flat where the paper was bent."""
    legible: Image
    """The same as the reader was given it."""
    to_photo: Matrix
    """float64 (3, 3): pixels of `image`, bent as it was, to pixels of the photo."""
    bends: tuple[Bend, ...]
    """How the paper was bent, and what the lines then still showed of it."""
    lines: tuple[TextLine, ...]
    """From top to bottom; polygons in levelled coordinates: about pixels of `image`, rows level."""
    levelled: Matrix
    """float64 (3, 3): pixels of `image` to levelled coordinates."""

    @property
    def outline(self) -> Polygon:
        """The part's corners in pixels of the photo, from its top left."""
        height, width = self.image.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        return _mapped(self.to_photo, corners)

    def in_photo(self, polygon: Polygon) -> Polygon:
        """A polygon of levelled coordinates in pixels of the photo."""
        seen = self._in_image(polygon)
        for bend in reversed(self.bends):
            seen = bend.seen(seen)
        return _mapped(self.to_photo, seen)

    def crop(self, polygon: Polygon) -> Image:
        """What a polygon of levelled coordinates shows."""
        return line_crop(self.image, self._in_image(polygon))

    def strip(self, polygon: Polygon) -> Image:
        """The same for the reader."""
        return line_crop(self.legible, self._in_image(polygon))

    def _in_image(self, polygon: Polygon) -> Polygon:
        return _mapped(np.asarray(np.linalg.inv(self.levelled), np.float64), polygon)


def read_page(
    photo: Image,
    corners: Polygon,
    line_height: float,
    reader: TextReader,
    cleaned: Prepared = as_it_is,
    lit: Prepared = as_it_is,
) -> Page:
    """The page with these corners (pixels of the photo), from its top left.

    line_height: height of its ordinary lines in the photo. cleaned: takes from the page what the reader must not see.
    lit: makes of that what lines are looked for in.
    """
    return _read(*_flat(photo, corners, line_height), reader, cleaned, lit)


def _read(image: Image, to_photo: Matrix, reader: TextReader, cleaned: Prepared, lit: Prepared) -> Page:
    legible = cleaned(image)
    polygons = _detected(lit(legible), reader)
    bends: list[Bend] = []
    while len(bends) < FLATTENED and (bend := bend_of(polygons, image.shape[1::-1])):
        bends.append(bend)
        image, legible = bend.flattened(image), bend.flattened(legible)
        polygons = _detected(lit(legible), reader)
    levelled = _levelling(polygons, image.shape[1])
    straight = [p for p in polygons if _is_level(_mapped(levelled, p))]
    texts = reader.recognise([line_crop(legible, polygon) for polygon in straight])
    lines = [
        TextLine(_mapped(levelled, polygon), text.text, text.confidence, text.characters)
        for polygon, text in zip(straight, texts, strict=True)
        if text.confidence >= MIN_CONFIDENCE
    ]
    lines.sort(key=middle)
    return Page(image, legible, to_photo, tuple(bends), tuple(lines), levelled)


def _detected(image: Image, reader: TextReader) -> list[Polygon]:
    """Lines of the upright page; the box of a single character does not show its direction."""
    boxes = [box.polygon for box in reader.detect(image, DETECTION_HEIGHT / LINE_HEIGHT, curved=True)]
    return [upright(box) if _is_short(box) else box for box in boxes]


def in_view(photo: Image, region: Polygon) -> Polygon:
    """The part of a rectangular region (from its top left) that lies in the photo, as a rectangle of the same turn."""
    sides = np.stack([region[1] - region[0], region[3] - region[0]]).astype(np.float64)
    lengths = np.linalg.norm(sides, axis=1)
    axes = sides / lengths[:, None]
    corners = np.array([[0, 0], [photo.shape[1], 0], photo.shape[1::-1], [0, photo.shape[0]]])
    seen = (corners - region[0]) @ axes.T
    (x0, y0), (x1, y1) = np.maximum(seen.min(axis=0), 0), np.minimum(seen.max(axis=0), lengths)
    return np.asarray(region[0] + np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ axes, np.float32)


def _flat(photo: Image, corners: Polygon, line_height: float) -> tuple[Image, Matrix]:
    """The page flattened, and the map (3, 3) from its pixels to the photo's."""
    width, height = _length(corners), _height(corners)
    scale = min(LINE_HEIGHT / line_height, MAX_ENLARGED, MAX_SIDE / max(width, height))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    # Shrunk first, or the warp would leave pixels out.
    step = min(1.0, 1.2 * scale)
    small = photo if step > 0.8 else cv2.resize(photo, None, fx=step, fy=step, interpolation=cv2.INTER_AREA)
    factor = small.shape[1] / photo.shape[1]
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform((corners * factor).astype(np.float32), target)
    image = cv2.warpPerspective(small, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    to_photo = np.diag([1 / factor, 1 / factor, 1.0]) @ np.linalg.inv(matrix)
    return image.astype(np.uint8, copy=False), np.asarray(to_photo, np.float64)


def _levelling(polygons: Sequence[Polygon], width: int) -> Matrix:
    """A projective map that makes the page's lines level: it sends the point where they meet far away.

    Lines of one page, seen at an angle, run towards one vanishing point. Their slopes give it: slope * (x - vx) is
    y - vy along each line.
    """
    points = [p for p in polygons if _length(p) > LONG * _height(p) and abs(_slope(p)) < 0.5]
    if len(points) < 4:
        return np.eye(3)
    centres = np.array([p.mean(axis=0) for p in points], np.float64)
    slopes = np.array([_slope(p) for p in points])
    weights = np.array([_length(p) for p in points])
    middle = np.array([width / 2, centres[:, 1].mean()])
    # slope = a + b (y - middle) + c (x - middle), of which the map below needs a and b
    known = np.column_stack([np.ones(len(points)), centres[:, 1] - middle[1]])
    for _ in range(3):
        a, b = np.linalg.lstsq(known * weights[:, None], slopes * weights, rcond=None)[0]
        wrong = np.abs(slopes - known @ (a, b))
        weights = np.array([_length(p) for p in points]) * np.exp(-((wrong / 0.03) ** 2))
        if weights.sum() < 1:
            return np.eye(3)
    b = float(np.clip(b, -0.6 / width, 0.6 / width))
    # y' = (y - slope at its place * (x - middle)), projectively: lines y = y0 + (a + b (y0 - m)) (x - middle)
    shift = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    level = np.array([[1, 0, 0], [-a, 1, 0], [b, 0, 1]])
    return np.asarray(np.linalg.inv(shift) @ level @ shift)


def _mapped(matrix: Matrix, polygon: Polygon) -> Polygon:
    return np.asarray(cv2.perspectiveTransform(polygon.astype(np.float64)[None], matrix)[0], np.float32)


def _is_level(polygon: Polygon) -> bool:
    return _is_short(polygon) or abs(float(np.degrees(np.arctan(_slope(polygon))))) < STEEP


def _is_short(polygon: Polygon) -> bool:
    return _length(polygon) < 1.6 * _height(polygon)


def _slope(polygon: Polygon) -> float:
    along = (polygon[1] + polygon[2] - polygon[0] - polygon[3]) / 2
    return float(along[1] / along[0]) if abs(along[0]) > 1e-3 else 1e3


def _length(polygon: Polygon) -> float:
    return float(np.linalg.norm(polygon[1] + polygon[2] - polygon[0] - polygon[3])) / 2


def _height(polygon: Polygon) -> float:
    return float(np.linalg.norm(polygon[3] + polygon[2] - polygon[0] - polygon[1])) / 2


def rows_of(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines in rows from top to bottom, each from left to right."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=middle):
        near = [
            row
            for row in rows[-6:]
            if abs(middle(row[-1]) - middle(line)) < 0.45 * _row_height(row[-1], line)
            and not any(_overlap(piece, line) for piece in row)
        ]
        if near:
            min(near, key=lambda row: abs(middle(row[-1]) - middle(line))).append(line)
        else:
            rows.append([line])
    return [sorted(row, key=left) for row in rows]


def _overlap(a: TextLine, b: TextLine) -> bool:
    """Whether two lines stand one above the other: then they are of two rows, however near."""
    shared = min(right(a), right(b)) - max(left(a), left(b))
    return shared > SHARED * min(right(a) - left(a), right(b) - left(b))


def _row_height(a: TextLine, b: TextLine) -> float:
    return min(height(a), height(b))


def left(line: TextLine) -> float:
    """Left end of a line."""
    return float(line.polygon[[0, 3], 0].mean())


def right(line: TextLine) -> float:
    """Right end of a line."""
    return float(line.polygon[[1, 2], 0].mean())


def middle(line: TextLine) -> float:
    """Middle height of a line."""
    return float(line.polygon[:, 1].mean())


def height(line: TextLine) -> float:
    """Height of a line."""
    return _height(line.polygon)
