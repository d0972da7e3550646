"""Weighs the characters that the recogniser thinks possible in a licence's values by what such values are made of.

An amount is written with few characters, and the types of enterprise are listed by the registration rules
(`licence_values.toml`). Nothing that the recogniser did not think possible is put in, but into the listed name of a type.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

from models.text_reader import Character
from ocr.licence_labels import Value
from ocr.name_characters import as_in_names

OUTSIDE = 0.02
"""Weight of a character with which such a value is not written; 1 of the others."""
POSSIBLE = 0.1
"""Chance from which on a character may be one that the value is written with."""
SURE = 0.9
"""A character read more surely than this is not taken for another of a type's name."""
MISREAD = 0.25
"""Share of a type's characters that may be misread."""
_BRACKETS = str.maketrans("（）", "()")


def as_in_values(name: str, characters: Sequence[Character]) -> list[Character]:
    """The characters of a value, each the likeliest of its possible readings in values of that name."""
    allowed = table()["characters"].get(name)
    if allowed is not None:
        return [_within(character, allowed) for character in characters]
    if name == "legal_representative":
        return as_in_names(characters)
    return as_listed(characters) if name == "type" else list(characters)


def without_strangers(name: str, value: Value) -> Value:
    """The value without what it can't be written with before or behind it, and symbols: a seal, a watermark."""
    allowed = table()["characters"].get(name)
    characters = [c for c in value.characters if unicodedata.category(c.text[0]) != "So"]
    own = [i for i, c in enumerate(characters) if allowed and _possible(c, allowed)]
    if own:
        characters = characters[own[0] : own[-1] + 1]
    held = {id(c) for c in characters}
    return Value(characters, [o for o in value.lines if any(id(c) in held for c in o.characters)])


def _possible(character: Character, allowed: str) -> bool:
    return any(text in allowed for text, chance in _readings(character) if chance > POSSIBLE)


def _readings(character: Character) -> tuple[tuple[str, float], ...]:
    return ((character.text, character.confidence), *character.alternatives)


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
    return Character(first, min(chance / total, SURE), character.x, tuple((t, c / total) for t, c in others))


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
