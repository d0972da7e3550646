"""Weighs the characters that the recogniser thinks possible in an address by what names of places are made of.

The recogniser knows characters from text of all kinds, where 场 is a hundred thousand times as common as 墕. In names of
villages it is fifty times. Bayes' rule puts the one proportion in the place of the other, and characters that stand
beside each other in names of places (庄屯, hardly 庄电) count for each other. Nothing that the recogniser did not think
possible is ever put in.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from models.text_reader import Character
from ocr.names import on_no_card

PRIOR = 0.5
"""What the ratio of the proportions is worth: the recogniser has learnt from drawn text too, in which rare characters are
commoner than in print. Of 600 lines with the names of real villages, a tenth of which have a rare character, 557 are
right with this, 550 without."""
TOGETHER = 1.0
"""Log odds for each neighbour with which a character stands in names of places."""
HOUSES = frozenset("组号栋幢座楼层单元室户弄附院门排社队第")
"""What follows the names of places in an address, which has the weight IN_ADDRESSES."""
IN_ADDRESSES = 6.0
"""The greatest that place_characters.toml has."""
NO_PLACE = -5.0
"""Weight of a traditional form, which no card bears."""


def as_in_places(characters: Sequence[Character], start: int) -> list[Character]:
    """The characters of an address, from `start` on each the likeliest of its possible readings in names of places."""
    weighed = [_weighed(characters, i) for i in range(start, len(characters))]
    return [*characters[:start], *weighed]


def _weighed(characters: Sequence[Character], place: int) -> Character:
    character = characters[place]
    if not _ideograph(character.text):
        return character
    before = characters[place - 1].text if place else ""
    after = characters[place + 1].text if place + 1 < len(characters) else ""
    readings = {character.text: character.confidence, **dict(character.alternatives)}
    odds = {c: chance * math.exp(_weight(before, c, after)) for c, chance in readings.items()}
    # What the recogniser saw and did not name weighs as it does.
    total = sum(odds.values()) + max(0.0, 1 - sum(readings.values()))
    (first, most), *others = sorted(odds.items(), key=lambda item: -item[1])
    sure = most / total if first != character.text else min(most / total, character.confidence)
    return Character(first, sure, character.x, tuple((c, p / total) for c, p in others))


def _weight(before: str, character: str, after: str) -> float:
    if not _ideograph(character):
        return 0.0
    known = table()
    if character in HOUSES:
        own = IN_ADDRESSES
    else:
        own = NO_PLACE if on_no_card(character) else known.weights.get(character, 0.0)
    together = (character in known.follows.get(before, "")) + (after in known.follows.get(character, ()))
    return PRIOR * own + TOGETHER * together


def _ideograph(text: str) -> bool:
    return "\u3400" <= text <= "\u9fff"


class _Table:
    """place_characters.toml."""

    def __init__(self) -> None:
        read = tomllib.loads(files("ocr").joinpath("place_characters.toml").read_text("utf-8"))
        self.weights = {c: float(w) for w, text in read["weights"].items() for c in "".join(text.split())}
        self.follows = {word[0]: frozenset(word[1:]) for word in read["pairs"]["follows"].split()}


@cache
def table() -> _Table:
    """What names of places are made of."""
    return _Table()
