"""Documents that are not read into fields: their text, line by line, for a person to look at."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from models.arrays import Image, Polygon
from models.text_reader import TextReader, line_crop
from ocr.page import Page, in_view, read_page, rows_of
from ocr.reading import PrintedLine, Reading

NOTHING_FOUND = Reading("unknown", warnings=("document_not_found",))
"""The reading of a photo in which no document is seen."""
FEW_LINES = 3
"""A photo with fewer lines of text than this shows no document."""
PROBED = 4
"""Lines that are read both ways to see which way up the page is."""
_LABELLED = re.compile(r"^([^:：\d]{1,16})[:：](.+)$")


def read_whole(photo: Image, lines: Sequence[Polygon], reader: TextReader) -> Page | None:
    """All text of the photo, turned so that most of its lines (pixels of the photo) are level; None without lines."""
    if len(lines) < FEW_LINES:
        return None
    long = sorted(lines, key=_length, reverse=True)
    along = _direction(long)
    if _upside_down(photo, long[:PROBED], along, reader):
        along = -along
    down = np.array([-along[1], along[0]])
    size = float(sum(photo.shape[:2]))
    middle = np.array(photo.shape[1::-1]) / 2
    region = [middle + along * x * size + down * y * size for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    heights = [_height(line) for line in lines]
    return read_page(photo, in_view(photo, np.array(region, np.float32)), float(np.median(heights)), reader)


def unknown(page: Page | None) -> Reading:
    """What the page says, without a claim to what it is."""
    if page is None or len(page.lines) < FEW_LINES:
        return NOTHING_FOUND
    printed = []
    for line in (line for row in rows_of(page.lines) for line in row):
        labelled = _LABELLED.match(line.text)
        label, text = labelled.groups() if labelled else ("", line.text)
        printed.append(PrintedLine(label.strip(), text.strip(), line.confidence, page.in_photo(line.polygon)))
    kind = other_kind(page)
    return Reading("unknown", warnings=("document_unsupported",), kind=kind, lines=tuple(printed))


def other_kind(page: Page | None) -> str | None:
    """What the document calls itself, if that is one of other_documents.toml."""
    texts = ["".join(line.text.split()).upper() for line in page.lines] if page else []
    return next(
        (
            kind
            for kind, titles in _others().items()
            if any(title in text for title in titles for text in texts)
        ),
        None,
    )


@cache
def _others() -> dict[str, list[str]]:
    return tomllib.loads(files("ocr").joinpath("other_documents.toml").read_text("utf-8"))


def _direction(lines: Sequence[Polygon]) -> NDArray[np.float64]:
    """The way that most of the text runs, as a unit vector; forwards or backwards."""
    along = np.array([line[1] - line[0] for line in lines], np.float64)
    doubled = (along[:, 0] + 1j * along[:, 1]) ** 2
    angles = np.angle(doubled) / 2
    votes = [float((np.abs(doubled) * (np.cos(2 * (angles - a)) > np.cos(np.pi / 9))).sum()) for a in angles]
    near = np.cos(2 * (angles - angles[int(np.argmax(votes))])) > np.cos(np.pi / 9)
    angle = float(np.angle(doubled[near].sum()) / 2)
    return np.array([np.cos(angle), np.sin(angle)])


def _upside_down(
    photo: Image, lines: Sequence[Polygon], along: NDArray[np.float64], reader: TextReader
) -> bool:
    ways = [line if float((line[1] - line[0]) @ along) > 0 else np.roll(line, 2, axis=0) for line in lines]
    both = reader.recognise(
        [line_crop(photo, way) for way in (*ways, *(np.roll(w, 2, axis=0) for w in ways))]
    )
    worth = [text.confidence * len(text.text) for text in both]
    return sum(worth[len(ways) :]) > sum(worth[: len(ways)])


def _length(line: Polygon) -> float:
    return float(np.linalg.norm(line[1] - line[0]))


def _height(line: Polygon) -> float:
    return float(np.linalg.norm(line[3] - line[0]))
