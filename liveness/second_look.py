"""Reads pieces of a date again with a margin, where the first reading of a page found no date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from liveness.dateline import ReadLine
from liveness.dates import find_weekdays
from models.arrays import Image, Polygon
from models.text_reader import LineText, TextReader, line_crop

ENDS = (2.5, 10.0)
"""Heights by which a line is read beyond either end, a little and far: detectors clip thin and round characters (1)
and break a line at others (〇),"""
SIDES = 0.15
"""and above and below it."""
_PIECE = re.compile(r"[年月日]|\d{4}|\d\s*[./-]\s*\d|^\s*\d{1,2}\s*$|[一二三四五六七八九十]{2}")
_MONTH = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)


def read_wider(image: Image, reader: TextReader, lines: Sequence[ReadLine]) -> list[ReadLine]:
    """The lines of a photo (RGB) that hold a piece of a date, read again."""
    pieces = [line for line in lines if _holds_a_piece(line.text)]
    wider = [(line, widened(line.polygon, ends)) for ends in ENDS for line in pieces]
    texts = reader.recognise([line_crop(image, polygon) for _, polygon in wider])
    return [_with_text(line, text) for (line, _), text in zip(wider, texts, strict=True)]


def _holds_a_piece(text: str) -> bool:
    return bool(_PIECE.search(text) or _MONTH.search(text) or find_weekdays(text))


def widened(line: Polygon, ends: float, sides: float = SIDES) -> Polygon:
    """The line's polygon with a margin at its ends and at its sides, in its heights."""
    down = line[3] - line[0]
    along = line[1] - line[0]
    along = along / max(float(np.linalg.norm(along)), 1e-6) * float(np.linalg.norm(down)) * ends
    down = down * sides
    outwards = np.stack([-along - down, along - down, along + down, down - along])
    return np.asarray(line + outwards, np.float32)


def _with_text(line: ReadLine, text: LineText) -> ReadLine:
    sure = tuple(c.confidence for c in text.characters for _ in c.text)
    return replace(line, text=text.text, confidences=sure)
