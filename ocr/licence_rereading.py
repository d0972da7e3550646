"""Reads the lines of a licence's values that are not sure from two more cuts, and lets the three readings vote.

A small blurred character falls on the recogniser's grid differently in each cut (`ocr.other_cuts`). Lines of a licence
are long, and readings of them differ in length where a mark was passed over, so that they are aligned first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from models.text_reader import Character, TextLine, TextReader
from ocr.other_cuts import mean_of, sharpened, widened
from ocr.page import Page

SURE = 0.9
"""A line all of whose characters are surer than this is read once."""


def reread(page: Page, lines: Iterable[TextLine], reader: TextReader) -> Page:
    """The page with those of the lines that are not sure as three readings of them say."""
    unsure = [line for line in lines if min((c.confidence for c in line.characters), default=1.0) < SURE]
    crops = [
        crop
        for line in unsure
        for crop in (page.strip(widened(line.polygon)), sharpened(page.strip(line.polygon)))
    ]
    texts = [text.characters for text in reader.recognise(crops)]
    pairs = zip(texts[::2], texts[1::2], strict=True)
    better = {
        id(line): _spoken(line, voted([line.characters, *pair]))
        for line, pair in zip(unsure, pairs, strict=True)
    }
    return replace(page, lines=tuple(better.get(id(line), line) for line in page.lines))


def voted(looks: Sequence[Sequence[Character]]) -> list[Character]:
    """The characters of the first look, each with its mean chances over the looks that are like it around there.

    What all other looks pass over is left out, and what all of them read between two characters is put in.
    """
    first, *others = looks
    columns = [[character] for character in first]
    dropped = [0] * len(first)
    added: list[dict[str, list[Character]]] = [{} for _ in range(len(first) + 1)]
    for other in others:
        for tag, start, end, begin, stop in _aligned(first, other):
            if end - start == stop - begin:
                for column, character in zip(columns[start:end], other[begin:stop], strict=True):
                    column.append(character)
            elif tag == "delete":
                dropped[start:end] = [count + 1 for count in dropped[start:end]]
            elif tag == "insert":
                added[start].setdefault(_text(other[begin:stop]), []).extend(other[begin:stop])
    kept: list[Character] = []
    for i, column in enumerate(columns):
        kept += _put_in(added[i], len(others), first, i)
        kept += [mean_of(column)] if dropped[i] < len(others) else []
    return kept + _put_in(added[-1], len(others), first, len(first))


def _aligned(a: Sequence[Character], b: Sequence[Character]) -> list[tuple[str, int, int, int, int]]:
    texts = [[c.text for c in look] for look in (a, b)]
    return list(SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes())


def _put_in(
    seen: dict[str, list[Character]], looks: int, first: Sequence[Character], place: int
) -> list[Character]:
    """What all other looks read before a place of the first one."""
    before = first[place - 1].x if place else 0.0
    after = first[place].x if place < len(first) else 1.0
    for text, characters in seen.items():
        if len(characters) == looks * len(text):
            step = (after - before) / (len(text) + 1)
            columns = [characters[i :: len(text)] for i in range(len(text))]
            return [replace(mean_of(c), x=before + step * (i + 1)) for i, c in enumerate(columns)]
    return []


def _text(characters: Sequence[Character]) -> str:
    return "".join(c.text for c in characters)


def _spoken(line: TextLine, characters: Sequence[Character]) -> TextLine:
    confidence = sum(c.confidence for c in characters) / max(len(characters), 1)
    return TextLine(line.polygon, _text(characters), confidence, tuple(characters))
