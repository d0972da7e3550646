"""How wide a licence's punctuation is printed: readers take （ for ( after a full stop, and a name is not the same then.

A wide mark takes a whole square, a narrow one about half: the distance between the ideographs around it tells them
apart. Where a mark has none on both sides it is as wide as most of the value's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import mean

from models.text_reader import Character, TextLine

NARROW = dict(zip("（），：；", "(),:;", strict=True))
WIDE = {narrow: wide for wide, narrow in NARROW.items()}
ALWAYS_WIDE = "。、"
Run = tuple[Character, list[Character], Character]
"""Marks, and the ideographs before and after them."""


def as_wide_as_printed(characters: Sequence[Character], lines: Sequence[TextLine]) -> list[Character]:
    """The characters of a value that stands in the lines, each mark in the width in which it is printed."""
    value = {id(character) for character in characters}
    own = [[c for c in line.characters if id(c) in value] for line in lines]
    seen = {id(mark): wide for line in own for mark, wide in _widths(line)}
    if not seen:
        return list(characters)
    usual = 2 * sum(seen.values()) >= len(seen)
    lists = [seen[id(c)] for c in characters if id(c) in seen and _separates(c)]
    listed = 2 * sum(lists) >= len(lists) if lists else usual
    return [_in_width(c, listed if _separates(c) else seen.get(id(c), usual)) for c in characters]


def _separates(character: Character) -> bool:
    """Whether a mark stands between the items of a list: all of a value are of one width."""
    return character.text in ";；"


def _widths(line: Sequence[Character]) -> Iterator[tuple[Character, bool]]:
    """The marks of a line whose width is seen, and whether that is wide."""
    steps = [b.x - a.x for a, b in pairwise(line) if _ideograph(a) and _ideograph(b)]
    if not steps:
        return
    square = mean(steps)  # the recogniser's places are too coarse for a median
    for before, marks, after in _runs(line):
        narrow = round(2 * (len(marks) + 1 - (after.x - before.x) / square))
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
