"""Looks again where a business licence's page must have print that the detector passed over.

Labels are printed in gold or grey, which dim light takes first: the place before each value that begins a column is
cut out, strengthened and read. A last line of one or two characters under a full one, and punctuation at the end of a
line, are passed over too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

import cv2
import numpy as np

from models.arrays import Image, Polygon
from models.text_reader import LineText, TextLine, TextReader
from ocr.flat import upright
from ocr.licence_columns import by_columns, fitted, with_upright_columns
from ocr.licence_gaps import APART, print_after
from ocr.licence_labels import (
    LEGIBLE,
    SAME_COLUMN,
    Label,
    Value,
    bare,
    column_end,
    is_half,
    is_label,
    labels_of,
    value_left,
    whole_value,
)
from ocr.licence_last_mark import with_last_marks
from ocr.licence_rereading import reread
from ocr.page import Page, height, left, middle, right, rows_of
from ocr.page_print import in_even_light

EVERY_LICENCE = {"name", "type", "legal_representative", "established_on", "address", "scope"}
"""Values whose labels are looked for where they were not found; and the capital, but for the one-person business."""
LEAST_LABELS = 2
"""A page with fewer of them is no licence, and nothing is looked for."""
WIDEST = 7.5
"""Where the left half of the labels was not found: how far before the values they begin at most."""
BEFORE_VALUE = 0.2
"""Room between a label's crop and the value."""
CONTRAST = (2, 98)
"""Percentiles of a faint label's brightness that become black and white."""
MANY_LINES = ("name", "type", "address", "scope")
"""Values that may take several lines."""
READ = (*MANY_LINES, "legal_representative", "registered_capital", "business_term")
FULL = 1.3
"""A line that ends so near to its column's end, in heights of a line, may go on below."""
BELOW = 1.8
"""How far below a line the next one reaches at most."""
MISSING = 4
"""Rows of a scope farther apart than so many lines are not both its own."""
TALL = 1.5
"""A box so many times as high as its line holds two."""
MARK = 0.8
"""Room for a mark, in heights of a line."""
UNEVEN = 0.3
"""Lines of a value that begin or end farther from where the others do are read again over the whole width."""
SAME = 0.8
"""Share of a line's characters that another reading of it has too."""


def looked_again(page: Page, reader: TextReader) -> Page:
    """The page with what its lines lack; as it is where it has hardly any labels of a licence."""
    if len({label.name for label in labels_of(rows_of(page.lines)) if label.name}) < LEAST_LABELS:
        return page
    page = _with_faint_labels(by_columns(with_upright_columns(page), reader), reader)
    page = _with_last_lines(_with_lines_between(page, reader), reader)
    page = with_last_marks(_with_even_ends(page, reader))
    return reread(page, [line for value, _ in _values(page, READ) for line in value.lines], reader)


def _with_faint_labels(page: Page, reader: TextReader) -> Page:
    """The page with the labels that its lines lack, where they are there to be read."""
    rows = rows_of(page.lines)
    known = labels_of(rows)
    if not _wanted(known, page):
        return page
    places = [place for column in _columns(known) for place in _before_values(rows, known, column)]
    texts = reader.recognise([_strengthened(page.strip(place)) for place in places])
    found = [
        TextLine(fitted(place, text), text.text, text.confidence, text.characters)
        for place, text in zip(places, texts, strict=True)
        if is_label(bare(text.text))
    ]
    parts = [line for line in page.lines if not any(_holds(label, line) for label in found)]
    return replace(page, lines=tuple(sorted((*parts, *found), key=middle)))


def _holds(label: TextLine, line: TextLine) -> bool:
    """Whether the line is a part of the label that the detector had found."""
    top, bottom = _span(label)
    return left(label) < (left(line) + right(line)) / 2 < right(label) and top < middle(line) < bottom


def _wanted(known: Sequence[Label], page: Page) -> bool:
    """Whether labels are missing that the licence must have."""
    names = {label.name for label in known}
    alone = any("个体" in line.text for line in page.lines)
    return bool(EVERY_LICENCE - names) or not (alone or "registered_capital" in names)


def _columns(known: Sequence[Label]) -> list[tuple[float, float]]:
    """Where labels begin and where their values do, for each column that has one of both."""
    columns: list[tuple[float, float]] = []
    for label in sorted((o for o in known if o.name and o.value.lines), key=value_left):
        size, start = height(label.line), value_left(label)
        begin = start - WIDEST * size if is_half(label.line) else left(label.line) - size / 2
        if columns and start - columns[-1][1] < SAME_COLUMN * size:
            columns[-1] = (min(columns[-1][0], begin), columns[-1][1])
        else:
            columns.append((begin, start))
    return columns


def _before_values(
    rows: Sequence[Sequence[TextLine]], known: Sequence[Label], column: tuple[float, float]
) -> Iterator[Polygon]:
    """Boxes in which a label may stand: before the lines at the left end of a column that have none."""
    begin, start = column
    for number, row in enumerate(rows):
        for piece in row:
            size = height(piece)
            labelled = any(o.row == number and begin - size < left(o.line) < start + size for o in known)
            if abs(left(piece) - start) < SAME_COLUMN * size and not labelled:
                end, top, bottom = left(piece) - BEFORE_VALUE * size, *_span(piece)
                yield np.array([[begin, top], [end, top], [end, bottom], [begin, bottom]], np.float32)


def _span(piece: TextLine) -> tuple[float, float]:
    return float(piece.polygon[[0, 1], 1].mean()), float(piece.polygon[[2, 3], 1].mean())


def _strengthened(crop: Image) -> Image:
    """The crop in grey with all of its contrast; gold on white is darkest in blue."""
    dark = crop.min(axis=2)
    low, high = np.percentile(dark, CONTRAST)
    grey = np.clip((dark - low) / max(high - low, 1.0) * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _with_last_lines(page: Page, reader: TextReader) -> Page:
    """The page with a further line under each value whose last one is full, if it is there."""
    found: list[TextLine] = []
    for value, end in _values(page, MANY_LINES):
        place = _below(page, value, end)
        if place is not None:
            found += _lines_in(page, place, height(max(value.lines, key=middle)), reader)
    return replace(page, lines=tuple(sorted((*page.lines, *found), key=middle)))


def _with_lines_between(page: Page, reader: TextReader) -> Page:
    """The page with the lines of a scope that stand between its label and its last line and were not found."""
    rows = rows_of(page.lines)
    labels = labels_of(rows)
    places = [place for label in labels if label.name == "scope" for place in _between(label, rows, labels)]
    texts = reader.recognise([page.strip(place) for place in places])
    found = [
        TextLine(fitted(place, text), text.text, text.confidence, text.characters)
        for place, text in zip(places, texts, strict=True)
        if text.confidence > LEGIBLE
    ]
    return replace(page, lines=tuple(sorted((*page.lines, *found), key=middle)))


def _between(label: Label, rows: Sequence[Sequence[TextLine]], labels: Sequence[Label]) -> Iterator[Polygon]:
    """Where lines of a scope were passed over: from its label's row on, as far apart as its others are.

    A line that begins late, for the mark that it begins with was passed over, is none of them.
    """
    start = _start(label, labels)
    own = [[p for p in row if abs(left(p) - start) < height(p)] for row in rows[label.row + 1 :]]
    lines = [pieces[0] for pieces in own if pieces]
    if len(lines) < 2:
        return
    end, size = max(map(right, lines)), float(np.median([height(line) for line in lines]))
    places = [middle(label.line), *map(middle, lines)]
    pitch = max(min(b - a for a, b in pairwise(places)), size / 2)
    for number, (above, below) in enumerate(pairwise(places)):
        count = round((below - above) / pitch)
        if count > MISSING:
            return
        first = 0 if number == 0 and not label.value.lines else 1
        for y in above + (below - above) * np.arange(first, count) / max(count, 1):
            top, bottom = y - size / 2, y + size / 2
            pieces = (piece for row in rows for piece in row if left(piece) < end and right(piece) > start)
            if not any(top < middle(piece) < bottom for piece in pieces):
                yield np.array([[start, top], [end, top], [end, bottom], [start, bottom]], np.float32)


def _start(label: Label, labels: Sequence[Label]) -> float:
    """Where the lines of a label's value begin: where its own does, or those of the labels above it."""
    near = [o for o in labels if abs(left(o.line) - left(label.line)) < height(o.line)]
    starts = [value_left(o) for o in ([label] if label.value.lines else near) if o.value.lines]
    return float(np.median(starts)) if starts else right(label.line)


def _values(page: Page, names: Sequence[str]) -> Iterator[tuple[Value, float]]:
    """The values of these names, and where the next column begins."""
    rows = rows_of(page.lines)
    labels = labels_of(rows)
    for label in labels:
        if label.name in names and label.value.lines:
            yield whole_value(label, rows, labels), column_end(label, labels)


def _below(page: Page, value: Value, end: float) -> Polygon | None:
    """Where a value goes on, if its last line is as long as any of its column and nothing was found there."""
    last = max(value.lines, key=middle)
    size, start = height(last), min(map(left, value.lines))
    widest = max(right(line) for line in page.lines if start - size < left(line) < end - size)
    top = _span(last)[1]
    bottom = top + BELOW * size
    found = any(
        top < middle(line) < bottom and left(line) < widest and right(line) > start for line in page.lines
    )
    if found or right(last) < widest - FULL * size:
        return None
    begin = start - size / 2
    return np.array([[begin, top], [widest, top], [widest, bottom], [begin, bottom]], np.float32)


def _lines_in(page: Page, place: Polygon, size: float, reader: TextReader) -> Iterator[TextLine]:
    """The legible lines in a part of the page that is level. size: height of its lines."""
    crop = page.strip(place)
    boxes = [box.polygon for box in reader.detect(in_even_light(crop))]
    unit = (place[2] - place[0]) / np.array(crop.shape[1::-1], np.float32)
    polygons = [_of_height((place[0] + upright(box) * unit).astype(np.float32), size) for box in boxes]
    for polygon, text in zip(polygons, reader.recognise([page.strip(p) for p in polygons]), strict=True):
        if text.confidence > LEGIBLE:
            yield TextLine(polygon, text.text, text.confidence, text.characters)


def _of_height(box: Polygon, size: float) -> Polygon:
    """The box, its top alone where it has the next line's print in it too: one character stands on another."""
    along, down = box[1] - box[0], box[3] - box[0]
    if abs(along[1]) > abs(along[0]):  # taken for a line that runs down
        (x0, y0), (x1, y1) = box.min(axis=0), box.max(axis=0)
        box = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
        down = box[3] - box[0]
    tall = float(np.linalg.norm(down))
    kept = np.clip(size / tall, 0, 1) if tall > TALL * size else 1.0
    return np.array([box[0], box[1], box[1] + (box[2] - box[1]) * kept, box[0] + down * kept], np.float32)


def _with_even_ends(page: Page, reader: TextReader) -> Page:
    """The page with lines that begin late or end short read again over the whole width of their value."""
    short = [part for value, _ in _values(page, ("scope",)) for part in _without_end(value)]
    short += [part for value, end in _values(page, READ) for part in _uneven(page, value, end)]
    texts = reader.recognise([page.strip(place) for _, place in short])
    longer = {
        id(line): TextLine(fitted(place, text), text.text, text.confidence, text.characters)
        for (line, place), text in zip(short, texts, strict=True)
        if _goes_farther(text, line)
    }
    return replace(page, lines=tuple(longer.get(id(line), line) for line in page.lines))


def _uneven(page: Page, value: Value, column: float) -> Iterator[tuple[TextLine, Polygon]]:
    """Lines of a value that do not fill its width, or after which print is seen, with the places where they may go on.

    column: where the next column begins.
    """
    rows = rows_of(value.lines)
    start = min((left(row[0]) for row in rows[1:]), default=0.0)
    end = max(right(row[-1]) for row in rows)
    for number, row in enumerate(rows):
        line, size = row[-1], height(row[-1])
        late = left(line) - start if number and len(row) == 1 else 0.0
        late = late if UNEVEN * size < late < APART * size else 0.0
        early = end - right(line) if number < len(rows) - 1 and len(row) == 1 else 0.0
        early = early if UNEVEN * size < early < APART * size else 0.0
        printed = print_after(page, line, column)
        early = max(early, printed + UNEVEN * size if printed > UNEVEN * size else 0.0)
        if late or early:
            yield line, _widened(line, late, early)


def _without_end(value: Value) -> Iterator[tuple[TextLine, Polygon]]:
    """A scope's last line that ends on no full stop, with the place where that or a bracket may stand."""
    line = rows_of(value.lines)[-1][-1]
    if not bare(line.text).endswith("。"):
        yield line, _widened(line, 0.0, MARK * height(line))


def _widened(line: TextLine, before: float, after: float) -> Polygon:
    """The line's box, longer at its ends."""
    side = line.polygon[1] - line.polygon[0]
    along = side / max(float(np.linalg.norm(side)), 1.0)
    moves = np.array([-before, after, after, -before], np.float32)[:, None] * along
    return np.asarray(line.polygon + moves, np.float32)


def _goes_farther(text: LineText, line: TextLine) -> bool:
    """Whether a reading says about what the line does, and more before or after it that is sure."""
    printed = [c for c in text.characters if c.text.strip()]
    whole, part = "".join(c.text for c in printed), bare(line.text)
    blocks = SequenceMatcher(None, part, whole, autojunk=False).get_matching_blocks()[:-1]
    if sum(block.size for block in blocks) < SAME * len(part):
        return False
    before = max(0, blocks[0].b - blocks[0].a)
    after = blocks[-1].b + len(part) - blocks[-1].a
    more = printed[:before] + printed[after:]
    return bool(more) and all(c.confidence > LEGIBLE for c in more)
