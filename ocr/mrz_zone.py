"""Finds a machine-readable zone in a photo and reads its lines: at an angle, upside down, small among other text.

`ocr.mrz_lines` finds lines that carry fillers (<), and which way up. `ocr.mrz_strip` cuts out the strip around them
at the photo's resolution and straightens it, `ocr.mrz_bend` one whose rows are bent; then every row is read at its fixed
length (`ocr.fixed_text`) in each format of Doc 9303.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from models.arrays import Floats, Image, Polygon
from models.text_reader import TextReader, line_crop
from models.text_recognizer import HEIGHT, STEP
from ocr.fixed_text import FixedText, read_fixed
from ocr.mrz_bend import Unrolled, unrolled
from ocr.mrz_lines import FILLER, around, length_of, seeds_of
from ocr.mrz_parts import ALPHABET, FORMS, LENGTHS, TWINS, places
from ocr.mrz_strip import Strip, rows_of, rows_together, straightened, strip_around

DOUBTFUL = -1.2
"""Rows with a worse mean score than this are no zone."""
BESIDE = 0.7
"""Rows of a zone begin and end together, but for this many characters."""
SLIGHTLY = 0.1
"""A row read without the specks beside it may score so much worse and is taken."""


@dataclass(frozen=True)
class Row:
    """A line of the zone as read."""

    text: FixedText
    box: Polygon
    """float32 (4, 2), pixels of the photo."""
    crop: Image
    """RGB uint8, the row cut out of the straightened strip."""

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
    """TD1, TD2 or TD3."""
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
class _Seen:
    """A row of the straightened strip as the recogniser sees it, before a format is tried."""

    steps: Floats
    """float32 (n, 1 + len(ALPHABET)): probabilities along the row, of a blank first."""
    box: Polygon
    crop: Image


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
    strip, boxes = strip_around(photo, polygon, reader)
    return _read(photo, strip, rows_of(boxes), reader) or _read(
        photo, strip, rows_together(boxes, strip.image.shape[0] / 2), reader
    )


def _moved(zone: Zone, bent: Unrolled) -> Zone:
    """The zone of an unrolled picture, its places those of the photo."""
    rows = tuple(replace(row, box=bent.in_photo(row.box)) for row in zone.rows)
    return replace(zone, rows=rows, strip=bent.in_photo(zone.strip))


def _read(photo: Image, strip: Strip, rows: Sequence[Polygon], reader: TextReader) -> list[Zone]:
    """Readings of the rows of a strip, the likeliest first."""
    if len(rows) < 2:
        return []
    seen = _seen(*straightened(photo, strip, rows), reader)
    found = [zone for form in FORMS for zone in _zones(form, seen)]
    return sorted((z for z in found if z.score > DOUBTFUL), key=lambda zone: -zone.score)


def _seen(strip: Strip, rows: Sequence[Polygon], reader: TextReader) -> list[_Seen]:
    crops = [line_crop(strip.image, row) for row in rows]
    probabilities = reader.probabilities(crops)
    return [
        _Seen(_of_alphabet(steps, reader.characters), strip.in_photo(row), crop)
        for steps, row, crop in zip(probabilities, rows, crops, strict=True)
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


def _zones(form: str, seen: Sequence[_Seen]) -> Iterator[Zone]:
    """Neighbouring rows read as a zone of that format."""
    length, count = LENGTHS[form]
    allowed = places(form)
    for start in range(len(seen) - count + 1):
        window = seen[start : start + count]
        texts = _texts([row.steps for row in window], [allowed[i * length :][:length] for i in range(count)])
        if len(texts) == count:
            rows = [Row(text, row.box, row.crop) for text, row in zip(texts, window, strict=True)]
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
