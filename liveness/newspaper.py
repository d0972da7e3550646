"""Finds a newspaper in a photo and reads its name and date.

A page holds hundreds of lines of small print. They are detected on a small image, which shows that it is a
newspaper, and only the lines of its head are recognised, at the photo's full resolution.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from liveness.backdrop import without_backdrop
from liveness.dateline import DateLine, ReadLine, confirm, find_date_line
from liveness.mastheads import Masthead, find_masthead
from liveness.page import Block, Page, find_pages, is_above, joined, rotation, turn_to_page
from liveness.paper import on_sheet, paper_polygon
from liveness.second_look import read_wider, widened
from models.arrays import Image, Polygon
from models.face_analysis import Face
from models.text_reader import LineText, TextReader, line_crop

SEARCH_SIDE = 832
"""Long side, in pixels, of the image in which lines are looked for first."""
FINE_SIDE = 1408
"""Long side of the second look, where print is too small for the first."""
FEW_LINES = 25
"""Fewer lines than this on a page ask for the second look."""
SPARSE_REACH = 0.09
"""Where body text is too small or blurred to be seen, headlines this far apart are of one page; in long sides
of the photo."""
HEAD_LINES = 14
"""Lines of the page's head that are read first; the dates of most papers are among them."""
MAX_LINES = 56
"""Lines read at most, so that no page can hold a worker for long."""
HEAD_DEPTH = 0.45
"""Where no date was found, this much of the page from its top, in its widths, is looked at closely,"""
HEAD_SIDE = 1280
"""on an image with this long side."""
MIN_CONFIDENCE = 0.5
PIECE = 0.6
"""Pieces of a name in one row are this high at least against each other."""
SURE_DATE = 0.9
"""A date less sure than this, or without a weekday that fits it, is read a second time,"""
WEEKDAY_REACH = 0.8
"""with this much of its own width on either side;"""
CLOSE_MARGIN = (0.5, 0.25)
"""and where that leaves a doubt, with this margin at its ends and sides, in its heights."""


@dataclass(frozen=True)
class Newspaper:
    """What a photo shows of a newspaper."""

    page: Page
    sheet: Polygon
    """Corners of the paper, float32 (4, 2), photo pixels."""
    lines: tuple[ReadLine, ...]
    """The lines that were recognised, head first."""
    masthead: Masthead | None
    date_line: DateLine | None

    @property
    def is_dense(self) -> bool:
        """Many lines of small print in columns, under a line that is much larger."""
        tall = max((b.height for b in self.page.blocks), default=0.0)
        many = len(self.page.blocks) >= FEW_LINES
        return many and self.page.columns >= 2 and tall > 2 * self.page.body_height


def find_newspaper(image: Image, reader: TextReader, faces: Sequence[Face] = ()) -> Newspaper | None:
    """The newspaper of a photo (RGB), or None where there is no page of print. `faces` are all faces of the photo: what
    is written on the wall behind one is not of the page."""
    page, polygons = _find_page(image, reader, faces)
    if page is None:
        return None
    lines: list[ReadLine] = []
    masthead = date_line = None
    for blocks in _in_reading_order(page):
        lines += _read(image, reader, page, blocks, polygons)
        masthead = masthead or find_masthead(_prominent(lines))
        date_line = find_date_line(lines, masthead.day_order if masthead else None)
        if date_line and (masthead or len(lines) >= HEAD_LINES):
            break
    order = masthead.day_order if masthead else None
    if date_line is None:
        date_line = find_date_line(read_wider(image, reader, lines), order)
    sheet = paper_polygon(image, page)
    if date_line is None:
        lines += _read_head_closely(image, reader, page, sheet)
        date_line = find_date_line(lines, order)
    if masthead is None and date_line is None:
        mirrored = _read_mirrored(image, reader, page, polygons)
        masthead = find_masthead(_prominent(mirrored))
        date_line = find_date_line(mirrored, masthead.day_order if masthead else None)
        lines = mirrored if masthead or date_line else lines
    if date_line and not (date_line.weekday_agrees and date_line.confidence >= SURE_DATE):
        date_line = _read_again(image, reader, page, date_line)
    return Newspaper(page, sheet, tuple(lines), masthead, date_line)


def _find_page(image: Image, reader: TextReader, faces: Sequence[Face]) -> tuple[Page | None, list[Polygon]]:
    """The page with most print, looked for again on a larger image where little was found."""
    best: tuple[Page | None, list[Polygon]] = (None, [])
    for side in (SEARCH_SIDE, FINE_SIDE):
        boxes = reader.detect(image, min(side / max(image.shape[:2]), 1.0))
        polygons = [box.polygon for box in boxes]
        pages = _with_head(image, _pages(polygons, SPARSE_REACH * max(image.shape[:2])))
        page = without_backdrop(pages[0], faces) if pages else None
        if page and (best[0] is None or len(page.blocks) > len(best[0].blocks)):
            best = page, polygons
        if page is None or len(page.blocks) >= FEW_LINES:
            break
    return best


def _pages(polygons: Sequence[Polygon], sparse_reach: float) -> tuple[Page, ...]:
    dense = find_pages(polygons)
    if dense and len(dense[0].blocks) >= FEW_LINES:
        return dense
    return find_pages(polygons, sparse_reach)


def _with_head(image: Image, pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """The first page with its head, where hands or pictures part the two: both are on one sheet."""
    if len(pages) < 2:
        return pages
    page, rest = pages[0], []
    for other in pages[1:]:
        centres = np.array([(b.x, b.y) for b in other.blocks], np.float32) @ rotation(page.angle).T
        if is_above(other, page) and on_sheet(image, pages[0], centres).any():
            page = joined(page, other)
        else:
            rest.append(other)
    return (page, *rest)


def _in_reading_order(page: Page) -> Iterator[list[Block]]:
    """The head of the page, then what could still hold a date: its upper half, then its foot."""
    top_down = sorted(page.blocks, key=lambda b: b.y - b.height / 2)
    alone = [b for b, column in zip(top_down, _in_columns(top_down), strict=True) if not column]
    head = _head(top_down, alone)
    yield head
    rest = [b for b in alone if b not in head][: (MAX_LINES - len(head)) // 2]
    yield rest
    left = [b for b in top_down if b not in head and b not in rest]
    yield left[: (MAX_LINES - len(head) - len(rest)) // 2] + left[-8:]


def _head(top_down: list[Block], alone: list[Block]) -> list[Block]:
    """The first lines of the page, and with them the largest ones, one of which is its name."""
    first = top_down[:HEAD_LINES]
    large = sorted(alone, key=lambda b: -b.height)[:3]
    return first + [b for b in large if b not in first]


def _in_columns(blocks: Sequence[Block]) -> NDArray[np.bool_]:
    """For each line: does one of its own size and left edge stand close above and close below it, as in body text?"""
    left, y, height = (np.array([getattr(b, k) for b in blocks]) for k in ("left", "y", "height"))
    below = y - y[:, None]
    like = (np.abs(left - left[:, None]) < 1.5 * height[:, None]) & (np.abs(below) < 2.2 * height[:, None])
    like &= (height > 0.7 * height[:, None]) & (height < 1.4 * height[:, None])
    return np.asarray((like & (below < 0)).any(axis=1) & (like & (below > 0)).any(axis=1))


def _read(
    image: Image, reader: TextReader, page: Page, blocks: Sequence[Block], polygons: Sequence[Polygon]
) -> list[ReadLine]:
    texts = reader.recognise([line_crop(image, polygons[b.index]) for b in blocks])
    return [
        _line(text, block, page, polygons[block.index])
        for block, text in zip(blocks, texts, strict=True)
        if text.confidence >= MIN_CONFIDENCE
    ]


def _read_mirrored(
    image: Image, reader: TextReader, page: Page, polygons: Sequence[Polygon]
) -> list[ReadLine]:
    """The lines of the page's head as they read in a mirror: front cameras may save what their screen showed."""
    head = next(_in_reading_order(page))
    crops = (line_crop(image, polygons[b.index]) for b in head)
    texts = reader.recognise([np.ascontiguousarray(crop[:, ::-1]) for crop in crops])
    return [
        _line(text, replace(block, x=-block.x), page, polygons[block.index])
        for block, text in zip(head, texts, strict=True)
        if text.confidence >= MIN_CONFIDENCE
    ]


def _line(text: LineText, block: Block, page: Page, polygon: Polygon) -> ReadLine:
    return ReadLine(
        text=text.text,
        confidences=tuple(c.confidence for c in text.characters for _ in c.text),
        x=block.x,
        y=block.y,
        width=block.width,
        height=block.height,
        depth=page.depth(block),
        polygon=polygon,
    )


def _read_head_closely(image: Image, reader: TextReader, page: Page, sheet: Polygon) -> list[ReadLine]:
    """Small lines of the page's head that the first look missed, found at the photo's full resolution."""
    down, across = sheet[3] - sheet[0], sheet[1] - sheet[0]
    deep = min(1.0, HEAD_DEPTH * float(np.linalg.norm(across)) / max(float(np.linalg.norm(down)), 1.0))
    head = np.array([sheet[0], sheet[1], sheet[1] + deep * down, sheet[0] + deep * down], np.float32)
    upright = line_crop(image, head)
    boxes = reader.detect(upright, min(HEAD_SIDE / max(upright.shape[:2]), 2.0))
    first = sorted(boxes, key=lambda b: float(b.polygon[:, 1].mean()))[:HEAD_LINES]
    texts = reader.recognise([line_crop(upright, b.polygon) for b in first])
    back = np.stack([across / upright.shape[1], deep * down / upright.shape[0]])
    placed = [(b.polygon @ back + sheet[0]).astype(np.float32) for b in first]
    turned = turn_to_page(placed, page.angle)
    lines = zip(texts, turned, placed, strict=True)
    return [_line(t, block, page, polygon) for t, block, polygon in lines if t.confidence >= MIN_CONFIDENCE]


def _read_again(image: Image, reader: TextReader, page: Page, line: DateLine) -> DateLine:
    """The date line with what stands to its left and right: a detector may miss a weekday apart from its date.
    A reading that agrees makes the first one surer; where neither is sure, a third one is made more closely."""
    own = line.lines[0]
    block = Block(0, own.x, own.y, own.width, own.height)
    reach = WEEKDAY_REACH * (own.polygon[1] - own.polygon[0])
    wide = (own.polygon + np.array([-reach, reach, reach, -reach])).astype(np.float32)
    for place in (wide, widened(own.polygon, *CLOSE_MARGIN)):
        (text,) = reader.recognise([line_crop(image, place)])
        line = confirm(line, _line(text, block, page, place))
        if line.is_sure:
            break
    return line


def _prominent(lines: Sequence[ReadLine]) -> Iterator[str]:
    """Texts, the largest lines first, each after the row that it is part of: a name may stand in pieces."""
    for line in sorted(lines, key=lambda o: -o.height):
        row = [o for o in lines if abs(o.y - line.y) < line.height / 2 and o.height > PIECE * line.height]
        if len(row) > 1:
            yield " ".join(o.text for o in sorted(row, key=lambda o: o.x))
        yield line.text
