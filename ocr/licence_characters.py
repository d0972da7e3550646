"""Weighs the characters that the recogniser thinks possible in a licence's values by what such values are made of.

An amount is written with few characters, and the types of enterprise are listed by the registration rules
(`licence_values.toml`). Nothing that the recogniser did not think possible is put in, but into the listed name of a type.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

from models.text_reader import Character
from ocr.licence_labels import Value
from ocr.lines import certainty
from ocr.name_characters import as_in_names

OUTSIDE = 0.003
"""Weight of a character with which such a value is not written; 1 of the others."""
STRANGER = 0.02
"""Weight of one at the value's ends, where a seal or a watermark may have been read."""
DOUBTED = 0.5
"""What the surest character of a value is worth from which characters were cut: they may be its own, misread."""
SURE = 0.9
"""A character read more surely than this is not taken for another of a type's name."""
MISREAD = 0.25
"""Share of a type's characters that may be misread."""
UNLIKE = 0.5
"""Share of an ending's characters that may be misread."""
_DATE = re.compile(r"\d{4}年(\d{1,2})月(\d{1,2})日")
_BRACKETS = str.maketrans("（）", "()")


def as_in_values(name: str, characters: Sequence[Character]) -> list[Character]:
    """The characters of a value, each the likeliest of its possible readings in values of that name."""
    allowed = table()["characters"].get(name)
    if allowed is not None:
        return _with_real_days(_as_ended(name, [_within(character, allowed) for character in characters]))
    if name == "legal_representative":
        return as_in_names(characters)
    return as_listed(characters) if name == "type" else list(characters)


def without_strangers(name: str, value: Value) -> Value:
    """The value without what it can't be written with before or behind it, and symbols: a seal, a watermark."""
    allowed = table()["characters"].get(name)
    strays = ("So", "Sm") if allowed else ("So",)  # a fold may be read as |
    characters = [c for c in value.characters if unicodedata.category(c.text[0]) not in strays]
    own = [i for i, c in enumerate(characters) if allowed and _possible(c, allowed)]
    cut = (*characters[: own[0]], *characters[own[-1] + 1 :]) if own else ()
    characters = characters[own[0] : own[-1] + 1] if own else characters
    held = {id(c) for c in characters}
    if any(unicodedata.category(c.text[0]) == "Lo" for c in cut):
        surest = max(range(len(characters)), key=lambda i: characters[i].confidence)
        characters[surest] = replace(characters[surest], confidence=DOUBTED)
    return Value(characters, [o for o in value.lines if any(id(c) in held for c in o.characters)])


def _possible(character: Character, allowed: str) -> bool:
    least = STRANGER * character.confidence
    return any(text in allowed for text, chance in _readings(character) if chance > least)


def _readings(character: Character) -> tuple[tuple[str, float], ...]:
    return ((character.text, character.confidence), *character.alternatives)


def _as_ended(name: str, characters: list[Character]) -> list[Character]:
    """The characters of a value, the unsure ones of its last words as the only listed ending wants them."""
    text = _text(characters)
    endings = table()["endings"].get(name, ())
    if any(text.endswith(ending) for ending in endings):
        return characters
    tails = [(ending, characters[-len(ending) :]) for ending in endings if len(characters) >= len(ending)]
    put = [made for ending, tail in tails if (made := _put(tail, ending)) is not None]
    return [*characters[: -len(put[0])], *put[0]] if len(put) == 1 else characters


def _put(tail: Sequence[Character], ending: str) -> list[Character] | None:
    """The ending in the place of a value's last characters; None where it is not like them or they are sure."""
    other = [c for c, wanted in zip(tail, ending, strict=True) if c.text != wanted]
    if len(other) > UNLIKE * len(ending) or any(c.confidence >= SURE for c in other):
        return None
    return [replace(c, text=wanted) for c, wanted in zip(tail, ending, strict=True)]


def _with_real_days(characters: list[Character]) -> list[Character]:
    """The characters with the likeliest digits that make a month and a day of each date that has none."""
    made = list(characters)
    for date in _DATE.finditer(_text(characters)):
        for part, most in ((1, 12), (2, 31)):
            start, end = date.span(part)
            if not 1 <= int(date[part]) <= most:
                made[start:end] = _real(characters[start:end], most)
    return made


def _real(digits: Sequence[Character], most: int) -> Sequence[Character]:
    """The likeliest reading of the digits as a number from 1 to `most`, one of them changed."""
    changed = [
        [*digits[:i], replace(digits[i], text=text, confidence=chance), *digits[i + 1 :]]
        for i in range(len(digits))
        for text, chance in digits[i].alternatives
        if text.isdecimal()
    ]
    real = [number for number in changed if 1 <= int("".join(c.text for c in number)) <= most]
    return max(real, key=certainty, default=digits)


def as_listed(characters: Sequence[Character]) -> list[Character]:
    """The characters of a type, those that are not sure as the only listed type wants them that is like it."""
    characters = _without_label(characters)
    text = _text(characters)
    alike = [(t, put) for t in types() if (put := _mended(characters, text, t)) is not None]
    if text in types() or len(alike) != 1:
        return list(characters)
    return alike[0][1]


def _without_label(characters: Sequence[Character]) -> Sequence[Character]:
    """A listed type without the half of its label and the ornaments that were read before or behind it."""
    text = _text(characters)
    listed = max((t for t in types() if t in text), key=len, default="")
    before, _, after = text.partition(listed) if listed else ("", "", "")
    stray = (not before or before.endswith("型")) and not any(
        unicodedata.category(c) == "Lo" or c in "()" for c in after
    )
    return characters[len(before) : len(before) + len(listed)] if listed and stray else characters


def _mended(characters: Sequence[Character], text: str, listed: str) -> list[Character] | None:
    """The characters as the listed type has them; None where sure ones or too many would change."""
    made: list[Character] = []
    changed = 0
    for tag, start, end, begin, stop in SequenceMatcher(None, text, listed, autojunk=False).get_opcodes():
        part, wanted = characters[start:end], listed[begin:stop]
        if tag == "equal":
            made += part
        elif len(part) == len(wanted) and all(c.confidence < SURE for c in part):
            made += [replace(c, text=t) for c, t in zip(part, wanted, strict=True)]
            changed += len(part)
        elif wanted == ")" and not part and begin == len(listed) - 1:
            made.append(
                replace(made[-1], text=_closing(characters))
            )  # the bracket that the edge of a cut took
        else:
            return None
    return made if changed <= MISREAD * len(listed) else None


def _closing(characters: Sequence[Character]) -> str:
    return "）" if any(c.text == "（" for c in characters) else ")"


def _text(characters: Sequence[Character]) -> str:
    return "".join(c.text for c in characters).translate(_BRACKETS)


def _within(character: Character, allowed: str) -> Character:
    if character.text in allowed:
        return character
    readings = _readings(character)
    chances = {text: chance * (1.0 if text in allowed else OUTSIDE) for text, chance in readings}
    (first, chance), *others = sorted(chances.items(), key=lambda item: -item[1])
    total = sum(chances.values()) + OUTSIDE * max(0.0, 1 - sum(chance for _, chance in readings))
    sure = min(chance / total, (1 + dict(readings)[first]) / 2, SURE)
    return Character(first, sure, character.x, tuple((t, c / total) for t, c in others))


@cache
def types() -> tuple[str, ...]:
    """All listed types of enterprise, with narrow brackets."""
    listed = table()["types"]
    inside = (f"{company}({kind})" for company in listed["companies"] for kind in listed["kinds"])
    return (*listed["whole"], *inside)


@cache
def table() -> dict[str, dict]:  # type: ignore[type-arg]
    """licence_values.toml."""
    return tomllib.loads(files("ocr").joinpath("licence_values.toml").read_text("utf-8"))
