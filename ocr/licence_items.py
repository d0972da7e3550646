"""Puts unsure characters of a scope's items right by the registry's standard wordings.

Since 2019 the items of a scope are chosen from a catalogue of wordings (经营范围规范表述目录, State Administration for
Market Regulation). scope_items.txt holds some 980 of them, those of shops, makers, carriers and services that sell on
marketplaces first. An item that reads like one of them but for a few characters which are not sure is that one; two that
were joined over a mark which was passed over are two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from itertools import pairwise
from statistics import median

from models.text_reader import Character

SURE = 0.9
"""A character read more surely stays as it is."""
MISREAD = 0.34
"""Share of a wording's characters that may be misread: the items of a trade differ in their last two of four or more."""
FLOOR = 0.002
"""Chance of a character that the recogniser did not think possible."""
RIVAL = 3.0
"""How much likelier the best wording is than the next, or neither is taken."""
TAKEN = 0.9
"""Chance that a character is right which only the wording says."""
ROOM = 1.6
"""A character is missing where the next one stands so many steps away, or on the next line."""
SIDE = 8
"""Characters on each side from which the step is taken."""
MARKS = "（）、"
"""Marks inside items."""
_ITEM = re.compile(r"(?:[^；;：:。，,（(]|[（(](?!除?依法|除许可)[^（()）]*[)）])+")
"""An item, with brackets that belong to it; the standing sentences are none."""
_LAST = re.compile("^.*[；;：:。]", re.DOTALL)
_WIDE = str.maketrans("()", "（）")


@dataclass(frozen=True)
class _Way:
    """An item read as one of the wordings."""

    characters: tuple[Character, ...]
    score: float
    """Natural logarithm of the chance of its changed characters."""


def as_in_catalogue(characters: Sequence[Character]) -> list[Character]:
    """The characters of a scope, its items in the catalogue's wording where only unsure characters differ from it."""
    text = "".join(c.text[:1] for c in characters).translate(_WIDE)
    characters, text = _with_inner_marks(characters, text)
    read: list[Character] = []
    end = 0
    for found in _ITEM.finditer(text):
        read += characters[end : found.start()]
        read += _as_worded(characters, found, text)
        end = found.end()
    return [*read, *characters[end:]]


def ends_on_item(text: str) -> bool:
    """Whether the last thing that a scope says so far is an item of the catalogue."""
    return _LAST.sub("", text).translate(_WIDE) in catalogue()


def _with_inner_marks(characters: Sequence[Character], text: str) -> tuple[list[Character], str]:
    """The characters with the mark inside an item that has one (广告设计、代理), which blur makes a comma of."""
    read = list(characters)
    for blurred, wording in _with_commas().items():
        for found in re.finditer(re.escape(blurred), text):
            for i, mark in enumerate(wording, found.start()):
                read[i] = read[i] if read[i].text == mark or mark != "、" else _taken(read[i], mark)
        text = text.replace(blurred, wording)
    return read, text


def _as_worded(characters: Sequence[Character], item: re.Match[str], scope: str) -> Sequence[Character]:
    """The item as the wording that it is most like; as it was read where there is none, or two."""
    as_read = characters[item.start() : item.end()]
    if item[0] in catalogue():
        return as_read
    found = (_as(wording, characters, item) for wording in _near(item[0]))
    ways = sorted((way for way in found if way is not None), key=lambda way: -way.score)
    if ways and (len(ways) == 1 or ways[0].score - ways[1].score > math.log(RIVAL)):
        return ways[0].characters
    return as_read if ways else _parted(as_read, item[0], scope)


def _near(text: str) -> Iterator[str]:
    """The wordings that have most characters of the text, and not many others."""
    for wording in catalogue():
        most = MISREAD * len(wording)
        if abs(len(wording) - len(text)) <= most and len(set(wording) - set(text)) <= most:
            yield wording


def _as(wording: str, characters: Sequence[Character], item: re.Match[str]) -> _Way | None:
    """The item as that wording; None where a sure character would be another, or too many."""
    read: list[Character] = []
    score, changed = 0.0, 0
    for tag, start, end, begin, stop in SequenceMatcher(None, item[0], wording, autojunk=False).get_opcodes():
        place, new = item.start() + start, wording[begin:stop]
        old = characters[place : item.start() + end]
        if tag == "equal":
            read += old
            continue
        more = len(new) - len(old)
        if (
            any(map(_is_sure, old))
            or more > 1
            or (more == 1 and not _fits(new[-1], characters, place, len(old)))
        ):
            return None
        changed += max(sum(map(_is_ideograph, old)), len(new))
        score += sum(math.log(_chance(a, b)) for a, b in zip(old, new, strict=False)) + abs(more) * math.log(
            FLOOR
        )
        read += [_taken(a, b) for a, b in zip(old, new, strict=False)]
        read += [_added(characters[max(place - 1, 0)], text) for text in new[len(old) :]]
    return _Way(tuple(read), score) if changed <= MISREAD * len(wording) else None


def _is_sure(character: Character) -> bool:
    return character.confidence > SURE and _is_ideograph(character)


def _is_ideograph(character: Character) -> bool:
    return "\u4e00" <= character.text <= "\u9fff"


def _chance(character: Character, text: str) -> float:
    return max(dict(character.alternatives).get(text, 0.0), FLOOR)


def _taken(character: Character, text: str) -> Character:
    others = ((character.text, character.confidence), *(o for o in character.alternatives if o[0] != text))
    return Character(text, max(TAKEN, _chance(character, text)), character.x, others)


def _added(beside: Character, text: str) -> Character:
    return Character(text, TAKEN, beside.x, ())


def _fits(text: str, characters: Sequence[Character], place: int, count: int) -> bool:
    """Whether there is room for one character more than those from that place on: a wide step, or the end of a line.
    A mark needs hardly any.
    """
    if text in MARKS:
        return True
    near = characters[max(place - SIDE, 0) : place + count + SIDE]
    step = median([b.x - a.x for a, b in pairwise(near) if b.x > a.x] or [1.0])
    around = characters[max(place - 1, 0) : place + count + 1]
    return any(b.x < a.x or b.x - a.x > ROOM * step for a, b in pairwise(around))


def _parted(item: Sequence[Character], text: str, scope: str) -> Sequence[Character]:
    """The item as two with a mark between them, where both are wordings of the catalogue."""
    for place in range(2, len(item) - 1):
        if text[:place] in catalogue() and text[place:] in catalogue():
            mark = max("；;，,。", key=scope.count)
            return [*item[:place], _added(item[place - 1], mark), *item[place:]]
    return item


@cache
def _with_commas() -> dict[str, str]:
    """The wordings that have marks in them, by what blur makes of these."""
    return {wording.replace("、", "，"): wording for wording in catalogue() if "、" in wording}


@cache
def catalogue() -> frozenset[str]:
    """The wordings, with wide brackets."""
    return frozenset(files("ocr").joinpath("scope_items.txt").read_text("utf-8").split("\n")) - {""}
