"""Weighs the characters that the recogniser thinks possible in a scope of business by the words that they make.

Small print is blurred: 仪器 is read as 仅器, 货物 as 贷物. Which of two look-alikes stands there is told by the character
beside it. words.npz holds the 47,000 pairs of characters that stand together in words at least e times as often as they
would by chance, with the natural logarithm of that ratio, counted in the word frequencies of PyPI's jieba 0.42.1
(dict.txt, MIT) without its names of people and places. Nothing that the recogniser did not think possible is put in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from models.text_reader import Character

SURE = 0.98
"""A character read more surely stays as it is."""
POSSIBLE = 0.003
"""Chance from which on a reading is weighed."""
Way = tuple[float, list[str]]


def as_in_words(characters: Sequence[Character]) -> list[Character]:
    """The characters, those that are not sure in the likeliest of their possible readings together."""
    ways: list[Way] = [(0.0, [])]
    for character in characters:
        ways = [_best_way(ways, text, chance) for text, chance in _options(character)]
    _, texts = max(ways, key=lambda way: way[0], default=(0.0, []))
    around = zip(characters, ["", *texts], texts, [*texts[1:], ""], strict=False)
    return [_read_as(*place) for place in around]


def _best_way(ways: Sequence[Way], text: str, chance: float) -> Way:
    """The likeliest way to a reading."""
    scored = [(score + together(texts[-1] if texts else "", text), texts) for score, texts in ways]
    score, texts = max(scored, key=lambda way: way[0])
    return score + math.log(chance), [*texts, text]


def _options(character: Character) -> list[tuple[str, float]]:
    read = (character.text, max(character.confidence, POSSIBLE))
    if character.confidence > SURE or not _ideograph(character.text):
        return [read]
    return [read, *(o for o in character.alternatives if o[1] > POSSIBLE and _ideograph(o[0]))]


def _read_as(character: Character, before: str, text: str, after: str) -> Character:
    """The character in that reading, with its chance between these neighbours."""
    if text == character.text:
        return character
    readings = {character.text: character.confidence, **dict(character.alternatives)}
    odds = {c: p * math.exp(together(before, c) + together(c, after)) for c, p in readings.items()}
    total = sum(odds.values()) + max(0.0, 1 - sum(readings.values()))
    others = sorted(((c, p / total) for c, p in odds.items() if c != text), key=lambda o: -o[1])
    return Character(text, odds[text] / total, character.x, tuple(others))


def together(a: str, b: str) -> float:
    """How much more often b follows a in words than by chance: natural logarithm, 0 where hardly."""
    return _table().get(a + b, 0.0)


def _ideograph(text: str) -> bool:
    return "\u4e00" <= text <= "\u9fff"


@cache
def _table() -> dict[str, float]:
    with as_file(files("ocr").joinpath("words.npz")) as path, np.load(path) as kept:
        pairs, odds = np.cumsum(kept["pairs"], dtype=np.uint32).tolist(), kept["odds"].tolist()
    return {chr(p >> 16) + chr(p & 0xFFFF): float(o) for p, o in zip(pairs, odds, strict=True)}
