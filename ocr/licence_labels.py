"""Labels of a business licence and the values after them: found by what they say, however wide they are set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.text_reader import Character, TextLine
from ocr.page import height, left, middle, right, rows_of

LABELS = {
    "registration_number": ("统一社会信用代码", "注册号"),
    "name": ("企业名称", "名称"),
    "type": ("主体类型", "公司类型", "类型"),
    "legal_representative": ("法定代表人", "负责人", "经营者", "投资人", "执行事务合伙人"),
    "registered_capital": ("成员出资总额", "注册资本", "出资总额", "出资额", "资金数额"),
    "established_on": ("成立日期", "注册日期"),
    "business_term": ("营业期限", "合伙期限", "经营期限"),
    "address": ("主要经营场所", "经营场所", "营业场所", "住所"),
    "scope": ("经营范围", "业务范围"),
    "": ("登记机关", "组成形式", "证照编号", "编号", "扫描二维码", "核准日期"),
}
"""What is printed before each value; the last are labels of nothing that is read."""
HALVES = {"名": "name", "称": "name", "类": "type", "型": "type", "住": "address", "所": "address"}
"""Labels of two characters are set so wide apart that one of them may be all that a reader finds."""
MAX_LABEL_PIECES = 5
"""Letter-spaced labels come as several pieces."""
LABEL_GAP = 6.0
"""Gap between the pieces of a label, in heights of the line."""
LABEL_WIDTH = 4.0
"""From one half of a wide label to the other, at most."""
HALF_GAP = 1.3
"""... and from half a label to its value."""
NEAR = 0.5
"""... but where the value begins at most this far from where others do."""
ONE_LINE = ("registration_number", "legal_representative", "registered_capital", "established_on")
MAYBE = 0.01
"""A label's last character that is so likely, beside the one that was read, is no part of the value."""
UNSURE = 0.9
"""A character read more surely than this is no half of a label that it may be."""
RUNNING = ("name", "type", "address")
SHORT = 3.5
"""Values of one paragraph: a line of them that ends so many heights before the longest of the column is the last."""
CLOSE = 0.8
"""... unless the next one is so much nearer than a column's labels are to each other: then it goes on below."""
BEYOND = 0.6
"""A character so many heights beyond the ends of a value's full lines is not the value's."""
HANGING, CLOSING = 1.8, "，。；：、）)】,.;:"
"""... but for marks that no line may begin with: they are set beyond its end."""
NEXT_LINE = 2.0
"""Greatest step to the next line of a value, in heights of the line."""
ALIGNED = 2.5
"""The next line begins at most this far right of the value, in heights of the line."""
LEGIBLE = 0.8
"""A line less sure than this under a value is a seal or the background."""
SAME_ROW, TWICE = 0.5, 2.0
"""Pieces of a row share about a character, in heights of a line, where a curved line was parted."""
SAME_COLUMN = 1.0
"""Values of one column begin at the same place, but for so many heights of a line."""


@dataclass(frozen=True)
class Value:
    """A label's value: its characters and the lines that hold them."""

    characters: list[Character]
    lines: list[TextLine]

    @property
    def text(self) -> str:
        """The value's characters, without the colon after its label."""
        return "".join(c.text for c in self.characters).lstrip(":：")


@dataclass(frozen=True)
class Label:
    """A label in a row, with the characters and pieces that follow it there."""

    name: str
    row: int
    line: TextLine
    value: Value


def labels_of(rows: Sequence[Sequence[TextLine]]) -> list[Label]:
    """All labels, each with what follows it in its row up to the next."""
    found = list(_labels(rows, ()))
    # Half a label that its value touches is told by where the other values begin.
    starts = [value_left(label) for label in found if label.name and label.value.lines]
    return list(_labels(rows, starts))


def _labels(rows: Sequence[Sequence[TextLine]], starts: Sequence[float]) -> Iterator[Label]:
    for number, row in enumerate(rows):
        begun = [(i, found) for i in range(len(row)) if (found := _label_at(row, i, starts)) is not None]
        begun = [s for k, s in enumerate(begun) if k == 0 or s[0] > begun[k - 1][1][2]]
        for k, (i, (name, size, last)) in enumerate(begun):
            if k + 1 < len(begun) and begun[k + 1][1][0] == name:
                continue  # the other half of the label comes after a speck
            end = begun[k + 1][0] if k + 1 < len(begun) else len(row)
            characters = [c for piece in row[i : last + 1] for c in piece.characters if c.text.strip()][size:]
            value = Value(characters, [row[last]] if characters else [])
            for piece in row[last + 1 : end]:
                value = joined(value, piece)
            yield Label(name, number, row[i], value)


def whole_value(label: Label, rows: Sequence[Sequence[TextLine]], labels: Sequence[Label]) -> Value:
    """The label's value, of its own column, with the lines below it that go on."""
    if not label.value.lines:
        return label.value
    start, end = value_left(label), column_end(label, labels)
    value = _left_of(label.value, end)
    if label.name in ONE_LINE and not _goes_on(value.text):
        return value
    # The first half of a wide label may be what was not found.
    column = left(label.line) - (LABEL_WIDTH * height(label.line) if is_half(label.line) else 0)
    last, row = value.lines[-1], value.lines[0]
    widest, close = _widest(start, end, rows, labels), CLOSE * _pitch(column, start, labels)
    for number in range(label.row + 1, len(rows)):
        size = height(last)
        if label.name in ONE_LINE and not _goes_on(value.text):
            break
        if any(o.row == number and _in_column(o, column - size, start) for o in labels):
            break
        pieces = [p for p in rows[number] if start - 1.5 * size < left(p) < end - size]
        if not pieces:
            continue
        if left(pieces[0]) > start + ALIGNED * size:
            continue  # what stands beside the value, between two of its lines
        if pieces[0].confidence < LEGIBLE and not _in_block(label, pieces[0], start):
            break
        if not 0.4 * size < middle(pieces[0]) - middle(row) < NEXT_LINE * size:
            break
        if _ended(label, last, widest) and middle(pieces[0]) - middle(row) > close:
            break
        for piece in pieces:
            value = joined(value, piece)
        last, row = pieces[-1], pieces[0]
    return _within_column(value)


def _reach(character: Character) -> float:
    """How far beyond the end of a full line a character may stand, in heights of the line."""
    return HANGING if character.text in CLOSING else BEYOND


def _widest(start: float, end: float, rows: Sequence[Sequence[TextLine]], labels: Sequence[Label]) -> float:
    """Where the longest line ends of those that begin at the start of a column of values."""
    begun = [
        o.value.lines[0]
        for o in labels
        if o.name and o.value.lines and abs(value_left(o) - start) < height(o.line)
    ]
    lines = [*begun, *(p for row in rows for p in row if abs(left(p) - start) < height(p))]
    return max((right(line) for line in lines if left(line) < end - height(line)), default=start)


def _pitch(column: float, start: float, labels: Sequence[Label]) -> float:
    """How far apart the labels of a column are that are nearest to each other; 0 where it has only one."""
    own = sorted(middle(o.line) for o in labels if o.name and _in_column(o, column - height(o.line), start))
    return min((b - a for a, b in pairwise(own)), default=0.0)


def _ended(label: Label, last: TextLine, widest: float) -> bool:
    """Whether a line of the value ends so far before the longest of its column that the next is another's.

    Print goes on below where a line is full; a scope may begin a new paragraph."""
    return label.name in RUNNING and right(last) < widest - SHORT * height(last)


def _in_block(label: Label, line: TextLine, start: float) -> bool:
    """Whether a line begins where those of a scope do: small print that is hard to read."""
    return label.name == "scope" and abs(left(line) - start) < NEAR * height(line)


def _within_column(value: Value) -> Value:
    """The value without what stands beyond the ends of its full lines: the seal's date, the authority."""
    rows = rows_of(value.lines)
    held: set[int] = set()
    for number, row in enumerate(rows):
        ends = sorted(right(other[-1]) for k, other in enumerate(rows[:-1]) if k != number)
        end = ends[(len(ends) - 1) // 2] if ends else float("inf")
        for line in row:
            width, size = right(line) - left(line), height(line)
            if left(line) < end - BEYOND * size:
                held |= {id(c) for c in line.characters if left(line) + c.x * width < end + _reach(c) * size}
    characters = [c for c in value.characters if id(c) in held]
    kept = {id(c) for c in characters}
    return Value(characters, [o for o in value.lines if any(id(c) in kept for c in o.characters)])


def column_end(label: Label, labels: Sequence[Label]) -> float:
    """Where the next column's labels begin; infinite where there is none."""
    beyond = value_left(label) + 3 * height(label.line)
    others = [left(o.line) for o in labels if o.name and o.name != "registration_number"]
    return min((other for other in others if other > beyond), default=float("inf"))


def _left_of(value: Value, end: float) -> Value:
    """The value without the pieces that stand in the next column."""
    first, *rest = value.lines
    lines = [first, *(line for line in rest if left(line) < end - height(line))]
    held = {id(character) for line in lines for character in line.characters}
    return Value([c for c in value.characters if id(c) in held], lines)


def _in_column(label: Label, begin: float, start: float) -> bool:
    """Whether a label stands in the column with labels from `begin` and values from `start` on, or its value does."""
    beside = bool(label.value.lines) and abs(value_left(label) - start) < SAME_COLUMN * height(label.line)
    return beside or begin < left(label.line) < start


def _goes_on(text: str) -> bool:
    """Whether a bracket is open: a partner that is a company names its delegate in one."""
    return len(re.findall("[(（]", text)) > len(re.findall("[)）]", text))


def _label_at(row: Sequence[TextLine], start: int, starts: Sequence[float]) -> tuple[str, int, int] | None:
    """The label that begins with a piece of the row: name of its value, length, its last piece."""
    text = ""
    for i in range(start, min(start + MAX_LABEL_PIECES, len(row))):
        if i > start and left(row[i]) - right(row[i - 1]) > LABEL_GAP * height(row[i]):
            break
        text += bare(row[i].text)
        for name, labels in LABELS.items():
            for label in labels:
                if _begins(text, label):
                    pieces = row[start : i + 1]
                    lost = not _ends(pieces, label) and _starts_value(pieces, len(label), starts)
                    return name, len(label) - lost, i
        if not any(label.startswith(text) for labels in LABELS.values() for label in labels):
            break
    return (HALVES[_half(row[start])], 1, start) if is_half(row[start], starts) else None


def _ends(pieces: Sequence[TextLine], label: str) -> bool:
    """Whether the last character of a label may stand where its place is."""
    last = [c for piece in pieces for c in piece.characters if c.text.strip()][len(label) - 1]
    return _may_be(last, label[-1])


def _may_be(character: Character, text: str) -> bool:
    return character.text == text or dict(character.alternatives).get(text, 0.0) > MAYBE


def _starts_value(pieces: Sequence[TextLine], number: int, starts: Sequence[float]) -> bool:
    """Whether the character of that number stands where values begin: the label's own last one was not read."""
    places = [
        left(piece) + c.x * (right(piece) - left(piece)) - height(piece) / 2
        for piece in pieces
        for c in piece.characters
        if c.text.strip()
    ]
    return any(abs(places[number - 1] - start) < NEAR * height(pieces[0]) for start in starts)


def is_label(text: str) -> bool:
    """Whether the text is a label and nothing else; a half of one is."""
    text = text.rstrip(":：")
    return text in HALVES or any(
        len(text) == len(label) and _begins(text, label)
        for name, labels in LABELS.items()
        if name
        for label in labels
    )


def is_half(piece: TextLine, starts: Sequence[float] = ()) -> bool:
    """Whether a piece is, or begins with, half of a wide label. starts: where values begin."""
    half = _half(piece)
    if not half:
        return False
    first, *rest = (c for c in piece.characters if c.text.strip())
    if not rest:
        return first.text == half
    width, size = right(piece) - left(piece), height(piece)
    value = left(piece) + rest[0].x * width - size / 2
    return (rest[0].x - first.x) * width > HALF_GAP * size or any(
        abs(value - x) < NEAR * size for x in starts
    )


def _half(piece: TextLine) -> str:
    """The half of a wide label that a piece's first character is or, unsure, may be; none otherwise."""
    first = next((c for c in piece.characters if c.text.strip()), None)
    if first is None or first.text in HALVES:
        return first.text if first else ""
    return next((half for half in HALVES if first.confidence < UNSURE and _may_be(first, half)), "")


def _begins(text: str, label: str) -> bool:
    """Whether the text begins with the label; one of four characters may be misread."""
    same = sum(a == b for a, b in zip(text, label, strict=False))
    return len(text) >= len(label) and same >= len(label) - (len(label) >= 4)


def joined(value: Value, piece: TextLine) -> Value:
    """The value with a further piece of print; a character that the piece before it has too counts once."""
    characters = [c for c in piece.characters if c.text.strip()]
    twice = value.lines and _overlap(value.lines[-1], piece) and value.text[-1:] == bare(piece.text)[:1]
    return Value([*value.characters, *characters[1 if twice else 0 :]], [*value.lines, piece])


def _overlap(line: TextLine, piece: TextLine) -> bool:
    """Whether a piece of a row begins before the one before it ends."""
    size = height(piece)
    return abs(middle(piece) - middle(line)) < SAME_ROW * size and (
        0 < right(line) - left(piece) < TWICE * size < right(piece) - left(line)
    )


def value_left(label: Label) -> float:
    """Where the value begins: after the label in the label's own piece, or at the next piece's left end."""
    first = label.value.lines[0]
    own = [c for c in first.characters if c in label.value.characters]
    if len(own) == len([c for c in first.characters if c.text.strip()]):
        return left(first)
    return left(first) + own[0].x * (right(first) - left(first)) - 0.5 * height(first)


def bare(text: str) -> str:
    """The text without white space, its punctuation as printed."""
    return "".join(text.split())
