"""How wide a licence's punctuation is printed: readers take （ for ( after a full stop, and a name is not the same then.

A wide mark takes a whole square, a narrow one about half: the distance between the ideographs around it tells them
apart. A wide bracket's stroke also stands farther from the ideograph outside it, and brackets of a pair are of one
width. A mark of which nothing is known is as wide as most of the value's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from math import inf
from statistics import mean

from models.text_reader import Character, TextLine

NARROW = dict(zip("（），：；", "(),:;", strict=True))
WIDE = {narrow: wide for wide, narrow in NARROW.items()}
ALWAYS_WIDE = "。、"
OPENING, CLOSING = "(（", ")）"
LOOSE = 0.1
"""Narrow marks have a little more room than half a square."""
OUTSIDE = 0.9
"""A wide bracket stands farther from the ideograph outside it, in squares: 248 of 252 wide ones of 60 licences of two
outside generators and ours, and 2 of 65 narrow ones."""
Run = tuple[Character, list[Character], Character]
"""Marks, and the ideographs before and after them."""


def as_wide_as_printed(characters: Sequence[Character], lines: Sequence[TextLine]) -> list[Character]:
    """The characters of a value that stands in the lines, each mark in the width in which it is printed."""
    value = {id(character) for character in characters}
    own = [[c for c in line.characters if id(c) in value] for line in lines]
    seen = {id(mark): wide for line in own for mark, wide in (*_brackets(line), *_widths(line))}
    seen |= _partners(characters, seen)
    if not seen:
        return list(characters)
    usual = 2 * sum(seen.values()) >= len(seen)
    lists = [seen[id(c)] for c in characters if id(c) in seen and _separates(c)]
    listed = 2 * sum(lists) >= len(lists) if lists else usual
    return [_in_width(c, listed if _separates(c) else seen.get(id(c), usual)) for c in characters]


def _separates(character: Character) -> bool:
    """Whether a mark stands between the items of a list: all of a value are of one width."""
    return character.text in ";；"


def _square(line: Sequence[Character]) -> float:
    """The step from one ideograph of a line to the next; 0 where none follows on another."""
    steps = [b.x - a.x for a, b in pairwise(line) if _ideograph(a) and _ideograph(b)]
    return mean(steps) if steps else 0.0  # the recogniser's places are too coarse for a median


def _brackets(line: Sequence[Character]) -> Iterator[tuple[Character, bool]]:
    """The brackets of a line that have an ideograph outside them, and whether they are wide."""
    square = _square(line) or inf
    for a, b in pairwise(line):
        if b.text in OPENING and _ideograph(a):
            yield b, b.x - a.x > OUTSIDE * square
        if a.text in CLOSING and _ideograph(b):
            yield a, b.x - a.x > OUTSIDE * square


def _partners(characters: Sequence[Character], seen: dict[int, bool]) -> dict[int, bool]:
    """Whether the brackets are wide whose width is not seen, but that of the other one of their pair."""
    opened: list[int] = []
    found: dict[int, bool] = {}
    for character in characters:
        if character.text in OPENING:
            opened.append(id(character))
        elif character.text in CLOSING and opened:
            pair = (opened.pop(), id(character))
            known = [seen[bracket] for bracket in pair if bracket in seen]
            found |= {bracket: known[0] for bracket in pair if known and bracket not in seen}
    return found


def _widths(line: Sequence[Character]) -> Iterator[tuple[Character, bool]]:
    """The marks of a line whose width is seen, and whether that is wide."""
    square = _square(line)
    if not square:
        return
    for before, marks, after in _runs(line):
        narrow = round(2 * (len(marks) + 1 - (after.x - before.x) / square) - LOOSE)
        either = [mark for mark in marks if mark.text not in ALWAYS_WIDE]
        if narrow <= 0 or narrow >= len(either):
            yield from ((mark, narrow <= 0) for mark in either)


def _runs(line: Sequence[Character]) -> Iterator[Run]:
    groups = [(kind, list(group)) for kind, group in groupby(line, key=_kind)]
    for (a, before), (kind, marks), (b, after) in zip(groups, groups[1:], groups[2:], strict=False):
        if kind == "mark" and a == b == "ideograph":
            yield before[-1], marks, after[0]


def _kind(character: Character) -> str:
    known = (*NARROW, *WIDE, *ALWAYS_WIDE)
    return "mark" if character.text in known else "ideograph" if _ideograph(character) else "other"


def _ideograph(character: Character) -> bool:
    return unicodedata.category(character.text[0]) == "Lo"


def _in_width(character: Character, wide: bool) -> Character:
    return replace(character, text=(WIDE if wide else NARROW).get(character.text, character.text))
