"""Which of a photo's lines of text may be those of a machine-readable zone.

A few long lines are read to see whether they carry fillers (<), and which way up. Polygons are float32 (4, 2), clockwise
from the top left of the text as read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.arrays import Image, Polygon
from models.text_reader import TextReader, line_crop

FILLER = "<＜〈《«‹"
"""What a filler may be read as; upside down it is a >."""
MAX_LONG = 8
"""Lines of a photo that are read because their proportions are a zone's."""
OF_A_PRINT = 2
"""Lines of one print (way and height) that are read before any of another: a zone may lie on a page of text."""
LIKE = 1.2
"""Heights of the lines of one print differ by less than this."""
LONG = 7.0
"""A line of a zone, or a good part of one, is this many times as long as high."""
WHOLE = 12.0
"""... and a whole one at least so many."""
PARALLEL = 0.998
"""Cosine of the angle, between 3 and 4 degrees, up to which lines run the same way."""
MIN_FILLERS = 3
"""Fewer may be misread in any text."""


def could_be_zone(lines: Sequence[Polygon]) -> bool:
    """Whether two lines have the proportions of a whole row, so that reading some is worth its time."""
    return sum(slimness_of(line) > WHOLE for line in lines) >= 2


def seeds_of(photo: Image, lines: Sequence[Polygon], reader: TextReader) -> list[Polygon]:
    """Those of the lines that have fillers, upright."""
    seeds = []
    for line, text in zip(lines, reader.recognise([line_crop(photo, line) for line in lines]), strict=True):
        plain = "".join(text.text.split())
        fillers, backwards = sum(plain.count(c) for c in FILLER), plain.count(">")
        if max(fillers, backwards) >= MIN_FILLERS:
            seeds.append(line if fillers > backwards else np.roll(line, 2, axis=0))
    return seeds


def slimmest(lines: Sequence[Polygon]) -> list[Polygon]:
    """The slimmest lines of each print, of the print with the slimmest first."""
    prints: list[list[Polygon]] = []
    for line in sorted((line for line in lines if slimness_of(line) > LONG), key=slimness_of, reverse=True):
        alike = next((found for found in prints if _of_one_print(line, found[0])), None)
        if alike is None:
            prints.append([line])
        else:
            alike.append(line)
    first = [line for found in prints for line in found[:OF_A_PRINT]]
    return [*first, *(line for found in prints for line in found[OF_A_PRINT:])][:MAX_LONG]


def _of_one_print(a: Polygon, b: Polygon) -> bool:
    """Whether lines run the same way, either way up, and are about as high."""
    heights = sorted((height_of(a), height_of(b)))
    return parallel(a, b) > PARALLEL and heights[1] < LIKE * heights[0]


def parallel(a: Polygon, b: Polygon) -> float:
    """Cosine of the angle between two lines, either way up."""
    along, other = a[1] - a[0], b[1] - b[0]
    return abs(float(along @ other)) / float(np.linalg.norm(along) * np.linalg.norm(other))


def slimness_of(line: Polygon) -> float:
    """How many times as long as high a line is."""
    return length_of(line) / max(height_of(line), 1.0)


def length_of(line: Polygon) -> float:
    """Mean length of the two long sides, in the polygon's pixels."""
    return float(np.linalg.norm(line[0] + line[3] - line[1] - line[2])) / 2


def height_of(line: Polygon) -> float:
    """Mean length of the two short sides, in the polygon's pixels."""
    return float(np.linalg.norm(line[0] + line[1] - line[2] - line[3])) / 2


def around(seeds: Sequence[Polygon]) -> Polygon:
    """The upright rectangle that holds the seeds and every line of their zone, even one that was not found."""
    longest = max(seeds, key=length_of)
    along = (longest[1] - longest[0]) / np.linalg.norm(longest[1] - longest[0])
    axes = np.stack([along, [-along[1], along[0]]])
    points = np.concatenate(list(seeds)) @ axes.T
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    height = float(np.median([height_of(seed) for seed in seeds]))
    missing = max(0.0, 18 * height - (right - left)) if slimness_of(longest) < WHOLE else 0.0
    side = 0.06 * (right - left) + height + missing
    left, right, top, bottom = left - side, right + side, top - 3.5 * height, bottom + 3.5 * height
    return np.asarray([[left, top], [right, top], [right, bottom], [left, bottom]] @ axes, np.float32)
