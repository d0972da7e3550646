"""Finds a machine-readable zone in a photo and reads its lines: at an angle, upside down, small among other text.

`ocr.mrz_lines` finds lines that carry fillers (<), and which way up. The strip around them is cut out at the photo's
resolution and straightened by the two ends of its rows, which a zone's equal lengths allow; then every row is read at its
fixed length (`ocr.fixed_text`) in each format of Doc 9303.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image, Polygon
from models.text_reader import TextReader, line_crop
from models.text_recognizer import HEIGHT, STEP
from ocr.fixed_text import FixedText, read_fixed
from ocr.mrz_bend import Unrolled, unrolled
from ocr.mrz_lines import FILLER, LONG, around, height_of, length_of, parallel, seeds_of, slimness_of

ALPHABET = string.digits + string.ascii_uppercase + "<"
LETTERS = string.ascii_uppercase + "<"
DIGITS = string.digits + "<"
FORMS = {
    "TD3": (
        ("PV", 1), (LETTERS, 43),
        (ALPHABET, 9), (string.digits, 1), (LETTERS, 3), (DIGITS, 6), (string.digits, 1), ("MFX<", 1),
        (DIGITS, 6), (string.digits, 1), (ALPHABET, 14), (DIGITS, 1), (string.digits, 1),
    ),
    "TD2": (
        ("ACIPV", 1), (LETTERS, 35),
        (ALPHABET, 9), (DIGITS, 1), (LETTERS, 3), (DIGITS, 6), (string.digits, 1), ("MFX<", 1),
        (DIGITS, 6), (string.digits, 1), (ALPHABET, 7), (string.digits, 1),
    ),
    "TD1": (
        ("ACI", 1), (ALPHABET, 1), (LETTERS, 3), (ALPHABET, 9), (DIGITS, 1), (ALPHABET, 15),
        (DIGITS, 6), (string.digits, 1), ("MFX<", 1), (DIGITS, 6), (string.digits, 1), (LETTERS, 3),
        (ALPHABET, 11), (string.digits, 1),
        (LETTERS, 30),
    ),
}  # fmt: skip
"""Characters that may stand at the places of each format, its lines joined (Doc 9303 parts 4 to 7); travel permits in
the size of TD2 begin with the P of passports too."""
TWINS = ("0O", "0Q", "0D", "1I", "5S", "8B", "2Z", "6G")
"""Characters that look alike in OCR-B and the fonts that stand for it."""
LENGTHS = {"TD1": (30, 3), "TD2": (36, 2), "TD3": (44, 2)}
"""Characters in a line and lines, by format."""
NEARLY_PARALLEL = 0.995
"""... and rows of one zone, seen at an angle or bent."""
ENDS = 2.5
"""Rows of a zone end together but for so many heights: slanted seen, or with a last filler that was not seen."""
ROW = 40
"""Height in pixels that a row gets in the straightened strip."""
MAX_WIDTH = 2000
DETECTION_WIDTHS = (1088, 608)
MAX_CUTS = 3
WIDER = 0.3
"""A strip in which rows are cut off is cut anew with this share of its width more, at most MAX_CUTS times in all."""
DOUBTFUL = -1.2
"""Rows with a worse mean score than this are no zone."""


MARGIN = 1.8
"""What the strip shows around its rows, in heights of a row."""
BESIDE = 0.7
"""Rows of a zone begin and end together, but for this many characters."""
SLIGHTLY = 0.1


@dataclass(frozen=True)
class Row:
    """A line of the zone as read."""

    text: FixedText
    box: Polygon
    """float32 (4, 2), pixels of the photo."""
    crop: Image

    def cut(self, start: int, end: int) -> Image:
        """The crop of the characters from `start` to before `end`, from gap to gap."""
        step = STEP * self.crop.shape[0] / HEIGHT
        steps = self.text.steps
        half = (steps[-1] - steps[0]) / (len(steps) - 1) / 2
        left, right = (round((place + 0.5) * step) for place in (steps[start] - half, steps[end - 1] + half))
        return self.crop[:, max(left, 0) : right]


@dataclass(frozen=True)
class Zone:
    """A zone as read, before check digits are looked at."""

    form: str
    rows: tuple[Row, ...]
    strip: Polygon
    """The upright strip around the zone in the photo: its first side runs along the lines."""

    @property
    def score(self) -> float:
        """Mean score of the rows; 0 is certain."""
        return float(np.mean([row.text.score for row in self.rows]))

    @property
    def chances(self) -> list[Mapping[str, float]]:
        """At each place of the joined lines the characters that may stand there, with their probabilities."""
        return [chance for row in self.rows for chance in row.text.chances]

    def cut(self, start: int, end: int) -> Image:
        """The crop of a stretch of the joined lines that lies in one row."""
        row, place = divmod(start, LENGTHS[self.form][0])
        return self.rows[row].cut(place, place + end - start)


@dataclass(frozen=True)
class _Strip:
    image: Image
    to_photo: NDArray[np.float64]

    def in_photo(self, polygon: Polygon) -> Polygon:
        """A polygon of the strip, in pixels of the photo."""
        moved = cv2.perspectiveTransform(polygon.astype(np.float64)[None], self.to_photo)
        return np.asarray(moved[0], np.float32)


def twins(a: str, b: str) -> bool:
    """Whether the characters look alike."""
    return a + b in TWINS or b + a in TWINS


def find_zones(photo: Image, candidates: Sequence[Polygon], reader: TextReader) -> Iterator[list[Zone]]:
    """Readings of the zone that some of the candidates (lines, pixels of the photo) belong to, the likeliest first: of a
    straight strip of the photo, and, where those do not satisfy, of a strip cut out along a row.
    """
    seeds = seeds_of(photo, candidates, reader)
    if not seeds:
        return
    yield _in_strip(photo, around(seeds), reader)
    bent = unrolled(photo, max(seeds, key=length_of))
    height, width = bent.image.shape[:2]
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    yield [_moved(zone, bent) for zone in _in_strip(bent.image, whole, reader)]


def _in_strip(photo: Image, polygon: Polygon, reader: TextReader) -> list[Zone]:
    """Readings of the zone that stands there, the likeliest first."""
    strip, boxes = _whole_strip(photo, polygon, reader)
    return _read(photo, strip, _rows(boxes), reader) or _read(
        photo, strip, _rows_together(boxes, strip.image.shape[0] / 2), reader
    )


def _moved(zone: Zone, bent: Unrolled) -> Zone:
    """The zone of an unrolled picture, its places those of the photo."""
    rows = tuple(replace(row, box=bent.in_photo(row.box)) for row in zone.rows)
    return replace(zone, rows=rows, strip=bent.in_photo(zone.strip))


def _read(photo: Image, strip: _Strip, rows: Sequence[Polygon], reader: TextReader) -> list[Zone]:
    """Readings of the rows of a strip, the likeliest first."""
    if len(rows) < 2:
        return []
    levelled = _straightened(photo, strip, rows)
    steps = _steps(levelled, reader)
    found = [zone for form in FORMS for zone in _zones(form, steps)]
    return sorted((z for z in found if z.score > DOUBTFUL), key=lambda zone: -zone.score)


def _whole_strip(photo: Image, polygon: Polygon, reader: TextReader) -> tuple[_Strip, list[Polygon]]:
    """The strip and the text in it; cut anew, wider, where a row goes on beyond its end."""
    for times in range(MAX_CUTS):
        strip = _cut(photo, polygon)
        height, width = strip.image.shape[:2]
        boxes = _text_in(strip.image, reader)
        rows = _rows(boxes)
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
        if len(_rows(found[-1])) > 1:
            break
    return max(found, key=lambda boxes: len(_rows(boxes)))


def _cut(photo: Image, polygon: Polygon, size: tuple[float, float] | None = None) -> _Strip:
    """What the polygon holds, made level: of that size, or of about the photo's resolution."""
    width, height = size or (length_of(polygon), height_of(polygon))
    scale = 1.0 if size else min(1.5, MAX_WIDTH / width)
    pixels = (max(32, round(width * scale)), max(32, round(height * scale)))
    corners = np.array([[0, 0], [pixels[0], 0], [pixels[0], pixels[1]], [0, pixels[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(polygon, np.float32), corners)
    image = cv2.warpPerspective(photo, matrix, pixels, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return _Strip(image.astype(np.uint8, copy=False), np.asarray(np.linalg.inv(matrix), np.float64))


def _level(boxes: Sequence[Polygon]) -> list[Polygon]:
    """The boxes that run along the strip."""
    return [
        b for b in boxes if b[1, 0] - b[0, 0] > 2 * height_of(b) and abs(b[1, 1] - b[0, 1]) < length_of(b) / 4
    ]


def _rows_together(boxes: Sequence[Polygon], middle: float) -> list[Polygon]:
    """Boxes that begin and end with the one nearest to the strip's middle height: other text may lie beside them."""
    whole = [box for box in _level(boxes) if slimness_of(box) > LONG]
    first = min(whole, key=lambda box: abs(float(box[:, 1].mean()) - middle), default=None)
    rows = [box for box in whole if first is not None and _together(box, first)]
    return sorted(rows, key=lambda row: float(row[:, 1].mean()))


def _together(a: Polygon, b: Polygon) -> bool:
    ends = float(np.abs(a[:, 0] - b[:, 0]).max())
    return ends < ENDS * height_of(b) and parallel(a, b) > NEARLY_PARALLEL


def _rows(boxes: Sequence[Polygon]) -> list[Polygon]:
    """Boxes of one row joined; of the rows, those about as long as the longest, from top to bottom."""
    rows: list[list[Polygon]] = []
    for box in sorted(_level(boxes), key=lambda b: -length_of(b)):
        row = next((row for row in rows if _in_row(box, row[0])), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    joined = [_joined(row) for row in rows]
    longest = max((length_of(row) for row in joined), default=0.0)
    return sorted((r for r in joined if length_of(r) > 0.75 * longest), key=lambda r: float(r[:, 1].mean()))


def _in_row(box: Polygon, row: Polygon) -> bool:
    """Whether the box stands in the prolongation of the row."""
    slope = (row[1, 1] + row[2, 1] - row[0, 1] - row[3, 1]) / (row[1, 0] + row[2, 0] - row[0, 0] - row[3, 0])
    x, y = box.mean(axis=0) - row.mean(axis=0)
    return bool(abs(y - slope * x) < 0.5 * min(height_of(row), height_of(box)))


def _joined(row: Sequence[Polygon]) -> Polygon:
    first, last = min(row, key=lambda b: float(b[0, 0])), max(row, key=lambda b: float(b[1, 0]))
    return np.stack([first[0], last[1], last[2], first[3]])


def _straightened(photo: Image, strip: _Strip, rows: Sequence[Polygon]) -> tuple[_Strip, list[Polygon]]:
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


def _steps(levelled: tuple[_Strip, list[Polygon]], reader: TextReader) -> list[tuple[Floats, Polygon, Image]]:
    """Probabilities of the zone's alphabet along each row, its box in the photo, its crop."""
    strip, rows = levelled
    crops = [line_crop(strip.image, row) for row in rows]
    probabilities = reader.probabilities(crops)
    return [
        (_of_alphabet(p, reader.characters), strip.in_photo(row), crop)
        for p, row, crop in zip(probabilities, rows, crops, strict=True)
    ]


def _of_alphabet(steps: Floats, characters: Sequence[str]) -> Floats:
    """(n, 1 + len(ALPHABET)): what the recogniser takes for a character or for a look-alike of it."""
    columns = _columns(tuple(characters))
    letters = np.stack([steps[:, columns[c]].sum(axis=1) for c in ALPHABET], axis=1)
    return np.concatenate([steps[:, :1], letters], axis=1)


@cache
def _columns(characters: tuple[str, ...]) -> dict[str, list[int]]:
    alike = {c: {c, c.lower()} for c in ALPHABET} | {"<": set(FILLER)}
    return {c: [i for i, other in enumerate(characters) if other in same] for c, same in alike.items()}


def places(form: str) -> list[str]:
    """The characters that may stand at each place of the joined lines."""
    return [characters for characters, times in FORMS[form] for _ in range(times)]


def _zones(form: str, steps: Sequence[tuple[Floats, Polygon, Image]]) -> Iterator[Zone]:
    """Neighbouring rows read as a zone of that format."""
    length, count = LENGTHS[form]
    allowed = places(form)
    for start in range(len(steps) - count + 1):
        window = steps[start : start + count]
        texts = _texts([row[0] for row in window], [allowed[i * length :][:length] for i in range(count)])
        if len(texts) == count:
            rows = [Row(text, box, crop) for text, (_, box, crop) in zip(texts, window, strict=True)]
            yield Zone(form, tuple(rows), _strip_of(rows))


def _texts(rows: Sequence[Floats], allowed: Sequence[Sequence[str]]) -> list[FixedText]:
    """The rows read; specks beside one of them do not count where the surest row does not reach so far."""
    texts = [read_fixed(row, ALPHABET, place, TWINS) for row, place in zip(rows, allowed, strict=True)]
    found = [text for text in texts if text is not None]
    if len(found) < len(rows):
        return []
    surest = max(found, key=lambda text: text.score)
    first, last = surest.steps[0], surest.steps[-1]
    reach = round(BESIDE * (last - first) / (len(surest.steps) - 1))
    for i, (row, place) in enumerate(zip(rows, allowed, strict=True)):
        inside = row.copy()
        for part in (inside[: max(first - reach, 0)], inside[last + reach + 1 :]):
            part[:] = np.eye(1, row.shape[1])
        again = read_fixed(inside, ALPHABET, place, TWINS)
        if again is not None and again.score > found[i].score - SLIGHTLY:
            found[i] = again
    return found


def _strip_of(rows: Sequence[Row]) -> Polygon:
    return np.stack([rows[0].box[0], rows[0].box[1], rows[-1].box[2], rows[-1].box[3]])
