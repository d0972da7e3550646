"""Names of the PRC's provinces, prefectures and counties, past and present, and repairs that they prove."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from stdnum import numdb

from models.text_reader import Character

CODES = "cn/loc"
"""python-stdnum's table of region codes."""
MIN_CHANCE = 0.002
"""A character that the reader gives less than this is no misreading of the printed one."""


@cache
def place_names() -> frozenset[str]:
    """Every name of at least three characters that a region code has stood for."""
    return frozenset(name for name in _all_names() if len(name) >= 3)


def begins_with_place(text: str) -> bool:
    """Whether the text begins with a name that a region code has stood for."""
    return any(text[:end] in _all_names() for end in range(2, len(text) + 1))


@cache
def _all_names() -> frozenset[str]:
    return frozenset(
        name
        for _, _, _, properties, children in numdb.get(CODES).prefixes
        for entry in (properties, *(child[3] for child in children))
        for value in entry.values()
        for name in _names(value)
    )


def _names(value: str) -> Iterable[str]:
    return (re.sub(r"^\[[^\]]*\]", "", name) for name in value.split(","))


def repaired(characters: Sequence[Character], suffix: str) -> list[Character]:
    """The characters with one misread character of a place name put right, where the reader itself gave the
    right one as an alternative.

    `suffix`: a pattern of what ends a place name, such as "[省市县区旗州]".
    """
    text = "".join(c.text for c in characters)
    result = list(characters)
    start = 0
    for end in [match.end() for match in re.finditer(suffix, text)]:
        if not _ends_with_place(text[start:end]):
            found = _nearest(characters[start:end])
            if found is not None:
                place, better = found
                result[start + place] = better
                start = end
                continue
        else:
            start = end
    return result


def _ends_with_place(text: str) -> bool:
    return any(text[i:] in place_names() for i in range(len(text) - 2))


def _nearest(characters: Sequence[Character]) -> tuple[int, Character] | None:
    """Index and replacement of the one character that makes the end of the text a place name."""
    options: list[tuple[float, int, Character]] = []
    for i, character in enumerate(characters[:-1]):
        for other, chance in character.alternatives:
            if chance < MIN_CHANCE:
                continue
            changed = (
                "".join(c.text for c in characters[:i]) + other + "".join(c.text for c in characters[i + 1 :])
            )
            longest = next((changed[k:] for k in range(i + 1) if changed[k:] in place_names()), None)
            if longest:
                options.append((chance, i, Character(other, chance, character.x, ())))
    if not options:
        return None
    chance, index, better = max(options, key=lambda option: option[0])
    return index, better
