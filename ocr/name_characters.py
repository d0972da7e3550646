"""Weighs the characters that the recogniser thinks possible in a name by what Chinese names are made of.

The recogniser knows characters from text of all kinds, where 理 is far commoner than 珵. Bayes' rule puts the
proportions of names in the place of those of text: the chance of each character that it thinks possible is multiplied
by a weight, which is high where a character of names stands where it may stand (surname first) and low elsewhere.
Nothing that the recogniser did not think possible is ever put in, and a character that it is sure of stays.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from models.text_reader import Character
from ocr.names import on_no_card

OUTSIDE = 0.1
"""Weight of a character that is not known to stand at such a place in names; 1 of one that is. Rare characters are
not known not to: among given names they keep 1."""
COMMON_UNTIL = 0xD8
"""First byte of GB 2312 from which on its characters are the rarer ones of its second level."""
NEVER_SEEN = 0.8
"""Chance that such a character, read for certain, stands there, rather than one that the recogniser does not know."""
TRADITIONAL = 0.3
"""... and one that no card bears."""
ONLY_IN_NAMES = 10.0
"""... and of one that stands in hardly any text but names. Where the other character of a look-alike pair is printed, the
recogniser gives it next to nothing (赟 for a printed 赞 0.0001 at most, the other way round 0.02 to 0.4): of 368 names
with common characters, drawn small and blurred, none changed or lost its confidence at up to 100; at 30 three of 440
with rare ones turned into others."""
UNREAD = 0.2
"""... and a name in which there is room for a character that was not read."""
GAP, TAIL = 1.6, 1.35
"""Room between two characters' centres, and from the last one's to the line's end, in pitches of the print: 1.35 and
0.93 at most in 172 names on photographed cards."""
LENGTHS = range(2, 5)
"""Names in which the surname comes first. Longer ones, and those with a dot, are not Han names."""


def as_in_names(characters: Sequence[Character]) -> list[Character]:
    """The characters of a name, each the likeliest of its possible readings in names, with its chance anew."""
    if len(characters) not in LENGTHS or any(not c.text.strip() or c.text in "·•" for c in characters):
        return list(characters)
    return [_weighed(character, _weights(characters, i)) for i, character in enumerate(characters)]


def leaves_room(centres: Sequence[float], right: float, pitch: float) -> bool:
    """Whether a character that the recogniser passed over has room between those that it read, or after them.

    Characters that it does not know leave such a hole. centres: where characters stand along the line; right: the
    line's end; pitch: the usual distance of two characters, all in the same unit.
    """
    gaps = [after - before for before, after in itertools.pairwise(centres)]
    return any(gap > GAP * pitch for gap in gaps) or right - centres[-1] > TAIL * pitch


def _weights(characters: Sequence[Character], place: int) -> dict[str, float]:
    """The weight of each possible reading at the place."""
    possible = _readings(characters[place])
    known = table()
    if place == 0:
        follows = _readings(characters[1])
        compound = {c for c in possible for d in follows if c + d in known.compound_surnames}
        return {c: 1.0 if c in known.surnames or c in compound else OUTSIDE for c in possible}
    ends_surname = {c for c in possible if place == 1 and characters[0].text + c in known.compound_surnames}
    return {c: _given(c) if c not in ends_surname else 1.0 for c in possible}


def _given(character: str) -> float:
    known = table()
    if character in known.given_only:
        return ONLY_IN_NAMES
    if character in known.given or (not _common(character) and not on_no_card(character)):
        return 1.0
    return OUTSIDE


def _common(character: str) -> bool:
    """Whether it is one of the 3755 characters of GB 2312's first level."""
    coded = character.encode("gb2312", "ignore")
    return bool(coded) and coded[0] < COMMON_UNTIL


def _readings(character: Character) -> dict[str, float]:
    return {character.text: character.confidence, **dict(character.alternatives)}


def _weighed(character: Character, weights: dict[str, float]) -> Character:
    """The character under the weights; never surer than the recogniser was of what it saw."""
    chances = {c: chance * weights[c] for c, chance in _readings(character).items()}
    unseen = OUTSIDE * max(0.0, 1 - sum(_readings(character).values()))
    total = sum(chances.values()) + unseen
    (first, chance), *others = sorted(chances.items(), key=lambda item: -item[1])
    sure = min(chance / total, character.confidence) if first == character.text else chance / total
    sure *= _credible(first, weights[first])
    return Character(first, sure, character.x, tuple((c, p / total) for c, p in others))


def _credible(character: str, weight: float) -> float:
    """What certainty is worth where the character should not stand there."""
    if on_no_card(character):
        return TRADITIONAL
    return NEVER_SEEN if weight == OUTSIDE else 1.0


class _Table:
    """name_characters.toml."""

    def __init__(self) -> None:
        lists = tomllib.loads(files("ocr").joinpath("name_characters.toml").read_text("utf-8"))
        words = {name: frozenset("".join(text.split())) for name, text in lists.items()}
        self.surnames, self.given, self.given_only = words["surnames"], words["given"], words["given_only"]
        self.compound_surnames = frozenset(lists["compound_surnames"].split())


@cache
def table() -> _Table:
    """The characters of names, from name_characters.toml."""
    return _Table()
