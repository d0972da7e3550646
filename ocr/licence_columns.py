"""Reads labels and values of a business licence by where those of their column stand.

Long labels are set so narrow that they touch the value, and a recogniser that can't read the one spoils the other:
执行事务合伙人高宇荣 comes out as 执行事务合高字荣. Where other values begin says where to cut. A value whose label was
read alone is looked for there: the detector passes over names of two characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import combinations
from statistics import median

import cv2
import numpy as np

from models.arrays import Polygon
from models.text_reader import Character, LineText, TextLine, TextReader
from ocr.licence_labels import LABELS, LEGIBLE, SAME_COLUMN, Label, bare, is_half, labels_of, value_left
from ocr.page import Page, height, left, middle, right, rows_of

LEAST = 3
"""Values that begin below each other say where those of their column do."""
BEFORE, AFTER = 0.8, 0.8
"""A line of a label and a value reaches so far before that place and behind it at least, in heights of the line."""
ROOM = 0.2
"""Before the value, in heights of the line: where it is cut."""
WIDEST = 7.5
"""A label begins so far before the values of its column at most, in heights of the line."""
RINGS, MANY = ("0", "O", "o", "〇"), 8
"""No licence has so many of these characters alone."""
REACH = 12.0
"""How far behind a label a short value is looked for, in heights of the line."""
SHORT_VALUES = ("legal_representative", "registered_capital", "established_on", "business_term")
"""Values of one line, which stand right behind their labels."""
ALIKE = 0.6
"""Share of a label's characters that are read at least."""
LEANING = 0.3
"""Columns lean by at most so much to the right for each pixel down."""
UPRIGHT = 0.01
"""... and are taken as upright where they lean by less."""


def with_upright_columns(page: Page) -> Page:
    """The page with the left ends of its labels below each other: seen at an angle, level rows still leave columns
    leaning.
    """
    lean = _lean(labels_of(rows_of(page.lines)))
    if abs(lean) < UPRIGHT:
        return page
    upright = np.array([[1, -lean, lean * page.image.shape[0] / 2], [0, 1, 0], [0, 0, 1]])
    lines = (
        replace(line, polygon=cv2.perspectiveTransform(line.polygon[None], upright)[0]) for line in page.lines
    )
    return replace(page, lines=tuple(lines), levelled=upright @ page.levelled)


def _lean(labels: Sequence[Label]) -> float:
    """How far columns run to the right for each pixel down: the lean on which most pairs of labels agree."""
    named = [label.line for label in labels if label.name and label.name != "registration_number"]
    pairs = [(left(b) - left(a), middle(b) - middle(a), height(a)) for a, b in combinations(named, 2)]
    steps = np.array([pair for pair in pairs if abs(pair[0]) < LEANING * pair[1]]).reshape(-1, 3)
    if len(steps) < LEAST:
        return 0.0
    along, down, size = steps.T
    leans = along / down
    misses = (along - leans[:, None] * down) / size
    return float(leans[np.exp(-((misses / SAME_COLUMN) ** 2)).sum(axis=1).argmax()])


def by_columns(page: Page, reader: TextReader) -> Page:
    """The page with labels and values apart, misread labels put right, and values that were passed over read."""
    return _with_values(_parted(_without_rings(page), reader), reader)


def _without_rings(page: Page) -> Page:
    """The page without the rings of an ornament or of what it lies on, which read as zeros in every row."""
    rings = [line for line in page.lines if bare(line.text) in RINGS]
    lines = [line for line in page.lines if len(rings) < MANY or not any(line is ring for ring in rings)]
    return replace(page, lines=tuple(lines))


def _parted(page: Page, reader: TextReader) -> Page:
    """The page with lines of a label and a value as two, both read anew where the label was not known."""
    rows = rows_of(page.lines)
    known = labels_of(rows)
    crossing = [found for column in _columns(known) for found in _crossing(rows, known, column)]
    whole = [found for found in crossing if found.reaches]
    cuts = [_cut(found.line, found.start) for found in whole]
    texts = reader.recognise([page.strip(part) for cut in cuts for part in cut])
    named = {label.name for label in known}
    wanted = [o for name, labels in LABELS.items() if name and name not in named for o in labels]
    parts: dict[int, tuple[TextLine, ...]] = {}
    for found, cut, label, value in zip(whole, cuts, texts[::2], texts[1::2], strict=True):
        name = "" if found.half else _label_like((bare(label.text), bare(found.line.text)), wanted)
        if found.half or name:
            parts[id(found.line)] = (*_label(cut[0], name), _line(cut[1], value))
    for found in crossing:
        name = "" if found.reaches else _label_like((bare(found.line.text),), wanted)
        parts |= {id(found.line): tuple(_label(found.line.polygon, name))} if name else {}
    parts |= {id(label.line): _apart(label) for label in known if _misread(label)}
    lines = [part for line in page.lines for part in parts.get(id(line), (line,))]
    return replace(page, lines=tuple(sorted(lines, key=middle)))


def _with_values(page: Page, reader: TextReader) -> Page:
    """The page with what stands behind labels of which no value was found."""
    known = labels_of(rows_of(page.lines))
    places = [
        _behind(label, median(map(value_left, column)), known)
        for column in _columns(known)
        for label in known
        if label.name in SHORT_VALUES and not label.value.lines and _of_column(label, value_left(column[0]))
    ]
    texts = reader.recognise([page.strip(place) for place in places])
    found = [
        _line(fitted(place, text), text)
        for place, text in zip(places, texts, strict=True)
        if text.confidence > LEGIBLE
    ]
    return replace(page, lines=tuple(sorted((*page.lines, *found), key=middle)))


def _behind(label: Label, start: float, known: Sequence[Label]) -> Polygon:
    """Where a label's value must stand: from where values begin to the next column, or as far as short ones reach."""
    size = height(label.line)
    top, bottom = (float(label.line.polygon[list(at), 1].mean()) for at in ((0, 1), (2, 3)))
    others = [left(o.line) for o in known if o.name and left(o.line) > start + size]
    begin, end = start - ROOM * size, min([start + REACH * size, *(other - size for other in others)])
    return np.array([[begin, top], [end, top], [end, bottom], [begin, bottom]], np.float32)


def fitted(place: Polygon, text: LineText) -> Polygon:
    """The part of a box that holds the text."""
    along, across = place[1] - place[0], place[3] - place[0]
    half = along / max(float(np.linalg.norm(along)), 1.0) * float(np.linalg.norm(across)) / 2
    start, end = (place[0] + c.x * along for c in (text.characters[0], text.characters[-1]))
    corners = (start - half, end + half, end + half + across, start - half + across)
    return np.array(corners, np.float32)


@dataclass(frozen=True)
class _Crossing:
    """A line that begins where labels do."""

    line: TextLine
    start: float
    """Where the values of its column begin."""
    reaches: bool
    """Whether it ends where values do."""
    half: bool
    """Half of its label stands before it; otherwise no label was read."""


def _crossing(
    rows: Sequence[Sequence[TextLine]], known: Sequence[Label], column: Sequence[Label]
) -> Iterator[_Crossing]:
    """The lines of a column at the place of labels of which none was read."""
    start = median(value_left(label) for label in column)
    first, last = min(label.row for label in column) - 1, max(label.row for label in column) + 1
    for number in range(max(first, 0), min(last + 1, len(rows))):
        labels = [o for o in known if o.row == number and _of_column(o, start)]
        for line in rows[number]:
            size = height(line)
            begins = start - WIDEST * size < left(line) < start - BEFORE * size
            if not begins:
                continue
            reaches = right(line) > start + AFTER * size
            half = [o for o in labels if is_half(o.line) and o.line is not line and _begun_by(o, line)]
            if half and reaches and value_left(half[0]) < start - BEFORE * size:
                yield _Crossing(line, start, reaches, True)
            elif not labels:
                yield _Crossing(line, start, reaches, False)


def _misread(label: Label) -> bool:
    """Whether a label and its value are one line, and the end of the label is not read as it is printed."""
    text = bare(label.line.text)
    labels = LABELS[label.name] if label.name else ()
    return (
        bool(labels)
        and _begun_by(label, label.line)
        and not any(text[len(o) - 1 :][:1] == o[-1] for o in labels)
    )


def _apart(label: Label) -> tuple[TextLine, ...]:
    """A label and its value, read as one line, as two: a further look at the line may no longer know the label."""
    line = label.line
    own = [c for c in line.characters if any(c is o for o in label.value.characters)]
    start = left(line) + own[0].x * (right(line) - left(line)) - height(line) / 2
    share = (start - left(line)) / (right(line) - left(line))
    head, tail = _cut(line, start + ROOM * height(line))
    moved = tuple(replace(c, x=(c.x - share) / (1 - share)) for c in own)
    printed = _label_like((bare(line.text),), LABELS[label.name]) or LABELS[label.name][0]
    text = "".join(c.text for c in moved)
    return (*_label(head, printed), TextLine(tail, text, line.confidence, moved))


def _begun_by(label: Label, line: TextLine) -> bool:
    return bool(label.value.lines) and label.value.lines[0] is line


def _of_column(label: Label, start: float) -> bool:
    return start - WIDEST * height(label.line) < left(label.line) < start


def _columns(known: Sequence[Label]) -> list[list[Label]]:
    """Labels whose values begin below each other, where there are enough of them."""
    columns: list[list[Label]] = []
    for label in sorted((o for o in known if o.name and o.value.lines), key=value_left):
        if columns and value_left(label) - value_left(columns[-1][-1]) < SAME_COLUMN * height(label.line):
            columns[-1].append(label)
        else:
            columns.append([label])
    return [column for column in columns if len(column) >= LEAST]


def _cut(line: TextLine, start: float) -> tuple[Polygon, Polygon]:
    """The boxes of the label and of the value."""
    place = start - ROOM * height(line)
    share = (place - left(line)) / (right(line) - left(line))
    top, bottom = (line.polygon[a] + (line.polygon[b] - line.polygon[a]) * share for a, b in ((0, 1), (3, 2)))
    first = np.array([line.polygon[0], top, bottom, line.polygon[3]], np.float32)
    return first, np.array([top, line.polygon[1], line.polygon[2], bottom], np.float32)


def _label_like(texts: Sequence[str], wanted: Sequence[str]) -> str:
    """The label that one of the texts begins like; none where two are as likely."""
    scores = {label: max(_alike(text[: len(label)], label) for text in texts) for label in wanted}
    best = sorted(scores, key=lambda label: scores[label], reverse=True)
    if not best or scores[best[0]][0] < ALIKE or (len(best) > 1 and scores[best[1]] == scores[best[0]]):
        return ""
    return best[0]


def _alike(text: str, label: str) -> tuple[float, int]:
    """Share of the label's characters, two at least, that the text has in their order; and how many in their places."""
    blocks = SequenceMatcher(None, text, label, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    places = sum(a == b for a, b in zip(text, label, strict=False))
    return (same / len(label), places) if same > 1 else (0.0, 0)


def _label(box: Polygon, name: str) -> Iterator[TextLine]:
    """The label as it must have been printed; none where half of it stands before."""
    if name:
        places = [(i + 0.5) / len(name) for i in range(len(name))]
        yield TextLine(
            box, name, 1.0, tuple(Character(c, 1.0, x, ()) for c, x in zip(name, places, strict=True))
        )


def _line(box: Polygon, text: LineText) -> TextLine:
    return TextLine(box, text.text, text.confidence, text.characters)
