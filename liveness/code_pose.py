"""The code pose: six figures, written or printed on paper, held up by the seller."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from liveness.result import PoseCheck
from liveness.sentences import say
from models.arrays import Image, Polygon
from models.text_reader import Character, TextReader, line_crop

SEARCH_SIDES = (960, 1600)
"""Long sides at which lines are looked for; the larger one only where the smaller one shows no code."""
MAX_LINES = 40
MAX_DOUBTFUL = 2
"""Figures of the six that may be the reader's second choice: handwriting makes 1 of 7. A guessed code would
still have to agree in the other four."""
SECOND_CHOICE = 0.03
"""Probability that a second choice needs at least."""
_LOOKALIKES = str.maketrans("OoQDlI|!iZzSsBbqgG", "000011111225588996")


def read_code(image: Image, code: str, reader: TextReader) -> tuple[dict[str, PoseCheck], Polygon | None]:
    """The checks code_read (with the figures as `value`) and code_matches, and where the code stands."""
    other: tuple[str, Polygon] | None = None
    for side in SEARCH_SIDES:
        for characters, polygon in _rows(image, side, reader):
            if _agrees(characters, code):
                return _checks(code, code), polygon
            if (figures := _figures(characters)) and len(figures) == len(code):
                other = figures, polygon
        if other:
            break
    return _checks(other[0] if other else None, code), other[1] if other else None


def _rows(image: Image, side: int, reader: TextReader) -> Iterator[tuple[list[Character], Polygon]]:
    """Lines as read, then pieces of one row put together."""
    boxes = reader.detect(image, min(side / max(image.shape[:2]), 2.0))
    polygons = [b.polygon for b in sorted(boxes, key=lambda b: -_height(b.polygon))[:MAX_LINES]]
    texts = reader.recognise([line_crop(image, p) for p in polygons])
    lines = [([c for c in t.characters if c.text != " "], p) for t, p in zip(texts, polygons, strict=True)]
    yield from lines
    pieces = sorted((line for line in lines if _figures(line[0])), key=lambda line: line[1][:, 0].mean())
    for i, (_, polygon) in enumerate(pieces):
        row = [o for o in pieces[i:] if abs((o[1] - polygon)[:, 1].mean()) < 0.5 * _height(polygon)]
        if len(row) > 1:
            corners = np.array([polygon[0], row[-1][1][1], row[-1][1][2], polygon[3]], np.float32)
            yield [c for piece in row for c in piece[0]], corners
    for characters, polygon in lines:
        yield from (
            (characters[m.start() : m.end()], polygon)
            for m in re.finditer(r"(?<!\d)\d{6}(?!\d)", "".join(c.text for c in characters))
            if len(characters) > 6
        )


def _figures(characters: Sequence[Character]) -> str | None:
    text = "".join(c.text for c in characters).translate(_LOOKALIKES)
    return text if text.isdigit() and text.isascii() else None


def _agrees(characters: Sequence[Character], code: str) -> bool:
    if len(characters) != len(code):
        return False
    doubtful = 0
    for character, figure in zip(characters, code, strict=True):
        if character.text.translate(_LOOKALIKES) == figure:
            continue
        doubtful += 1
        second = [p for text, p in character.alternatives if text.translate(_LOOKALIKES) == figure]
        if doubtful > MAX_DOUBTFUL or max(second, default=0.0) < SECOND_CHOICE:
            return False
    return True


def _checks(read: str | None, code: str) -> dict[str, PoseCheck]:
    if read is None:
        return {
            "code_read": PoseCheck("fail", say("no_code")),
            "code_matches": PoseCheck("unknown", say("code_not_read")),
        }
    matches = (
        PoseCheck("pass", say("code_as_asked")) if read == code else PoseCheck("fail", say("code_differs"))
    )
    return {"code_read": PoseCheck("pass", say("paper_says", figures=read), read), "code_matches": matches}


def _height(polygon: Polygon) -> float:
    return float(np.linalg.norm(polygon[3] - polygon[0]))
