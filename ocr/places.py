"""Names of the PRC's provinces, prefectures and counties, past and present, and repairs that they prove."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache

from stdnum import numdb

from models.text_reader import Character
from ocr.names import simplified

CODES = "cn/loc"
"""python-stdnum's table of region codes."""
MIN_CHANCE = 0.002
"""A character that the reader gives less than this is no misreading of the printed one."""
LONG = 5
"""Characters of a name of which two may be put right: hardly any others differ from it in two."""
SUFFIXES = "省市县区旗州"
"""What the names of places end in."""
REGIONS = ("内蒙古", "广西", "西藏", "宁夏", "新疆")
"""What addresses call the autonomous regions."""
AUTONOMOUS = "族自治"
"""What names of autonomous places have before their ending. They name peoples, and no two differ in a people's last
character alone."""
ONLY_ONE = 0.9
"""Chance of that character where the reader did not think it possible (彝, which it reads as 舞)."""
HOME = 0.7
"""... and of an unsure character that alone keeps a name from that of the county of the person's citizen number, or of
the office that registered the business: most people live where they got it."""
UNSURE = 0.9
"""A character that the reader is surer of is not put right so."""
_BRANCH = re.compile(r"^(.+[市州盟])公安局(.{2,6})分局")


@cache
def place_names() -> frozenset[str]:
    """Every name of at least three characters that a region code has stood for."""
    return frozenset(name for name in _codes() if len(name) >= 3)


def begins_with_place(text: str) -> bool:
    """Whether the text begins with a name that a region code has stood for, or an autonomous region's short one."""
    return text.startswith(REGIONS) or any(text[:end] in _codes() for end in range(2, len(text) + 1))


def county_at_head(text: str) -> tuple[int, str]:
    """How many characters the places take up with which the text begins, and the last of their names."""
    start, name = 0, ""
    while True:
        ends = (end for end in range(len(text), start + 1, -1) if text[start:end] in _codes())
        end = next(ends, None)
        if end is None:
            short = next((region for region in REGIONS if text.startswith(region)), "")
            if start or not short:
                return start, name
            end = len(short)
        start, name = end, text[start:end]


@cache
def _codes() -> dict[str, frozenset[str]]:
    """The region codes (six digits; two of a province) that each name has stood for."""
    found: dict[str, set[str]] = {}
    for _, province, _, properties, children in numdb.get(CODES).prefixes:
        entries = [(province, properties), *((province + code, entry) for _, code, _, entry, _ in children)]
        for code, entry in entries:
            for value in entry.values():
                for name in _names(value):
                    found.setdefault(name, set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


def _provinces(name: str) -> set[str]:
    return {code[:2] for code in _codes()[name]}


def _names(value: str) -> Iterable[str]:
    return (re.sub(r"^\[[^\]]*\]", "", name) for name in value.split(","))


def repaired(characters: Sequence[Character], suffix: str, region: str = "") -> list[Character]:
    """The characters with one misread character of a place's name put right, or two of a long one, where the reader
    itself gave the right one as an alternative, or was unsure of it and `region` names the place.

    A place is never put into another province than those read before it. `suffix`: a pattern of what ends a place
    name, such as "[省市县区旗州]". `region`: a region code (six digits) that the person or the business is known to
    have; of several repairs one to that region or its city comes first, and they alone may name a place of two
    characters.
    """
    text = "".join(c.text for c in characters)
    result = list(characters)
    start, provinces = 0, set[str]()
    for end in [match.end() for match in re.finditer(suffix, text)]:
        place = _place_at_end(text[start:end])
        astray = place is not None and provinces and not provinces & _provinces(place)
        found = _nearest(characters[start:end], provinces, region) if place is None or astray else None
        if found is not None:
            read, place = found
            result[end - len(read) : end] = read
        if place is not None:
            provinces = provinces & _provinces(place) or _provinces(place)
            start = end
    return result


def repaired_head(characters: Sequence[Character], region: str) -> list[Character]:
    """The characters of a company's name with one unsure character of the place with which names begin put right: that
    of `region` (six digits), of its city or its province, with its ending or without (钦州 or 钦州市).
    """
    names = {name for code in _around(region) for name in _of_code().get(code, ())}
    heads = names | {name[:-1] for name in names if len(name) > 2}
    text = "".join(c.text for c in characters)
    if text.startswith((*heads, *REGIONS)):
        return list(characters)
    for head in sorted(heads, key=len, reverse=True):
        read = _read_as(characters[: len(head)], head, True) if len(head) <= len(characters) else None
        if read is not None:
            return [*read, *characters[len(head) :]]
    return list(characters)


def _around(region: str) -> set[str]:
    """The codes of a region (six digits), of its city and of its province; none of an empty one."""
    return {region, region[:4] + "00", region[:2]} if region else set()


@cache
def _of_code() -> dict[str, list[str]]:
    """The names that each region code has stood for."""
    found: dict[str, list[str]] = {}
    for name, codes in _codes().items():
        for code in codes:
            found.setdefault(code, []).append(name)
    return found


def repaired_branch(characters: Sequence[Character]) -> list[Character]:
    """The characters of a police office with one misread character of its branch put right: 阜阳市公安局颖州分局.

    A branch bears the name of a county of its city, with or without 区; the reader itself must have given the right
    character as an alternative.
    """
    result = list(characters)
    named = _BRANCH.search("".join(c.text for c in characters))
    if named is None:
        return result
    places = (named[1][k:] for k in range(len(named[1])))
    cities = tuple({code[:4] for place in places for code in _codes().get(place, ())})
    first, stem = named.start(2), named[2]
    if not cities or _county_of(stem, cities):
        return result
    options = [
        (chance, first + i, Character(other, chance, character.x, ()))
        for i, character in enumerate(result[first : named.end(2)])
        for other, chance in character.alternatives
        if chance >= MIN_CHANCE and _county_of(stem[:i] + other + stem[i + 1 :], cities)
    ]
    if options:
        _, index, better = max(options, key=lambda option: option[0])
        result[index] = better
    return result


def _county_of(stem: str, cities: tuple[str, ...]) -> bool:
    """Whether a county of that name, or of that name with its ending, belongs to one of the cities (first digits)."""
    names = (stem, *(stem + ending for ending in "区县市"))
    return any(code.startswith(cities) for name in names for code in _codes().get(name, ()))


def _place_at_end(text: str) -> str | None:
    return next((text[i:] for i in range(len(text) - 2) if text[i:] in place_names()), None)


def _nearest(
    characters: Sequence[Character], provinces: set[str], region: str
) -> tuple[list[Character], str] | None:
    """The name of a place that the end of the characters may be, and its characters."""
    last = characters[-1]
    endings = (
        [last.text] if last.text in SUFFIXES else [last.text, *(other for other, _ in last.alternatives)]
    )
    options: list[tuple[bool, float, list[Character], str]] = []
    for start in range(len(characters) - 1):
        for name in [name for ending in endings for name in _names_of(len(characters) - start, ending)]:
            home = bool(_around(region) & _codes()[name])
            # Too many names of two characters are alike.
            read = _read_as(characters[start:], name, home) if home or len(name) > 2 else None
            if read and (not provinces or provinces & _provinces(name)):
                changed = [
                    c.confidence for c, seen in zip(read, characters[start:], strict=True) if c != seen
                ]
                options.append((home, math.prod(changed), read, name))
    if not options:
        return None
    _, _, read, name = max(options, key=lambda option: option[:2])
    return read, name


def _read_as(characters: Sequence[Character], name: str, home: bool) -> list[Character] | None:
    """The characters as the name, if the reader thinks that possible and few of them are others then.

    home: whether the number of the person or the business names the place.
    """
    read = []
    left = 1 if len(name) < LONG else 2
    for i, (character, wanted) in enumerate(zip(characters, name, strict=True)):
        if character.text == wanted:
            read.append(character)
            continue
        chance = dict(character.alternatives).get(wanted, 0.0)
        if AUTONOMOUS in name and name[i + 1 :].startswith("族"):
            chance = max(chance, ONLY_ONE)
        if home and character.confidence < UNSURE:
            chance = max(chance, HOME)
        left -= simplified(character.text) != wanted  # no place is printed in traditional forms
        if left < 0 or chance < MIN_CHANCE:
            return None
        read.append(Character(wanted, chance, character.x, ()))
    return read


@cache
def _names_of_length() -> dict[tuple[int, str], list[str]]:
    found: dict[tuple[int, str], list[str]] = {}
    for name in sorted(_codes()):
        found.setdefault((len(name), name[-1]), []).append(name)
    return found


def _names_of(length: int, ending: str) -> list[str]:
    """The names of so many characters that end in that one."""
    return _names_of_length().get((length, ending), [])
