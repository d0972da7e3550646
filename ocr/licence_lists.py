"""Tells ； from ， where a scope's separators are blurred: the items of a list are separated by one mark.

Small print makes the comma of a semicolon. Which mark separates the items of this scope is counted in what was read of
it, outside brackets: each mark that is not sure becomes the likeliest of its readings with that known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from models.text_reader import Character

KINDS = {
    "；": "；",
    ";": "；",
    "：": "；",
    ":": "；",
    "，": "，",
    ",": "，",
    "、": "、",
    "。": "。",
    "．": "。",
}
"""What the readings of a mark stand for: the colon is a semicolon (`licence_phrases`)."""
SEPARATORS = "；，。"
"""One of these separates the items; 、 stands inside them."""
NEVER = "·・"
"""Read where blur makes a dot of a mark, and never printed in a scope."""
SURE = 0.98
"""A mark read more surely stays as it is."""
USED = 0.3
"""Marks of each kind that are counted before any is read."""


def as_in_lists(characters: Sequence[Character]) -> list[Character]:
    """The characters of a scope, each mark that is not sure as the scope's list has it."""
    places = list(_outside(characters))
    counts = dict.fromkeys(KINDS.values(), USED)
    for i in places:
        for kind, chance in _chances(characters[i]).items():
            counts[kind] += chance
    marks = {KINDS[c.text]: c.text for c in (characters[i] for i in places) if c.text in KINDS}
    read = list(characters)
    for i in places:
        read[i] = _likeliest(characters[i], counts, marks)
    return read


def _outside(characters: Sequence[Character]) -> Iterator[int]:
    """The places of marks that stand in no brackets."""
    depth = 0
    for i, character in enumerate(characters):
        depth = max(0, depth + (character.text in "(（") - (character.text in ")）"))
        if depth == 0 and (character.text in KINDS or character.text in NEVER):
            yield i


def _chances(character: Character) -> dict[str, float]:
    chances: dict[str, float] = {}
    for text, chance in ((character.text, character.confidence), *character.alternatives):
        if text in KINDS:
            chances[KINDS[text]] = chances.get(KINDS[text], 0.0) + chance
    return chances


def _likeliest(character: Character, counts: dict[str, float], marks: dict[str, str]) -> Character:
    """The mark as read, or as the list has it where that is likelier."""
    chances = _chances(character)
    own = KINDS.get(character.text)
    if own and chances[own] > SURE:
        return character
    usual = max(counts[kind] for kind in SEPARATORS)
    odds = {
        kind: chance * (counts[kind] / usual if kind in SEPARATORS else 1.0)
        for kind, chance in chances.items()
    }
    best = max(odds, key=lambda kind: odds[kind], default=own)
    if best is None or best == own:
        return character
    return replace(character, text=marks.get(best, best), confidence=odds[best] / sum(odds.values()))
