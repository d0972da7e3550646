"""Reads the name on the portrait side of the resident ID card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from models.text_reader import Character, TextReader
from ocr.burnt_ground import may_go_on
from ocr.flat import FlatCard, Line
from ocr.glyphs import Twins, by_shape, twins
from ocr.lines import alternatives, certainty, field_of, joined
from ocr.name_characters import LENGTHS, UNREAD, as_in_names, leaves_room
from ocr.other_cuts import averaged, from_other_cuts
from ocr.portrait_grid import ADDRESS_RIGHT, PITCH, Grid, values_of
from ocr.reading import Field

SURE = 0.9
"""A name that is less sure (product over its characters) is read in other ways too."""
TWIN = 0.04
"""Chance of each rarer twin of a character (twins.toml), before their shapes are compared. Of 497 drawn names, nearly all
with a rare character, four are wrong and surer than 0.9 with it, six with half of it, eight without twins; of 151 right
ones on photos 18, 16 and 17 are less sure than that."""
_DOTS = str.maketrans("•．・‧∙", "·····")


def read_name(card: FlatCard, row: list[Line], grid: Grid, reader: TextReader) -> Field | None:
    """The name among the lines of its row; None where none was read."""
    lines = [line for line in row if line.left < grid.column + 60 and values_of(line, grid)]
    if not lines:
        return None
    # The second script of a bilingual card stands beside the name, smaller.
    best = max(lines, key=lambda line: line.height * certainty(values_of(line, grid)) ** 0.5)
    lines = [
        line
        for line in row
        if abs(line.middle - best.middle) < best.height / 3 and line.right < ADDRESS_RIGHT
    ]
    characters = _name_characters(lines, grid)
    if not characters:
        return None
    if certainty(characters) < SURE:
        cuts = zip(*(from_other_cuts(card, line, reader) for line in lines), strict=True)
        characters = averaged([characters, *(_name_characters(cut, grid) for cut in cuts)])
    if len(lines) == 1:
        characters = by_shape(card, lines[0], characters, _twins(characters))
    characters = as_in_names(characters)
    hidden = _has_hole(lines, grid) or any(may_go_on(card, line) for line in lines)
    hidden = hidden or len(characters) < min(LENGTHS)
    sure = certainty(characters) * (UNREAD if hidden else 1.0)
    found = field_of(card, joined(characters).translate(_DOTS), sure, lines)
    return replace(found, alternatives=alternatives(characters, belongs_to_name))


def _twins(characters: Sequence[Character]) -> Twins:
    """Transcribed names are written in common characters."""
    han = len(characters) in LENGTHS and all(c.text not in "·•" for c in characters)
    return Twins(twins("names") if han else {}, TWIN)


def _name_characters(lines: Sequence[Line], grid: Grid) -> list[Character]:
    values = [no_kana(c) for line in lines for c in values_of(line, grid)]
    characters = [c for c in values if belongs_to_name(c.text)]
    # Neither is a surname: what the label left of itself where it was read together with the name.
    label = re.match("姓?名(?=..)|姓(?=..)", joined(characters))
    return characters[len(label[0]) :] if label else characters


def no_kana(character: Character) -> Character:
    """The likeliest Chinese character where the recogniser saw a kana that looks like one (オ for 才)."""
    if not "\u3041" <= character.text <= "\u30fa":
        return character
    chinese = [c for c in character.alternatives if belongs_to_name(c[0])]
    if not chinese:
        return character
    return Character(chinese[0][0], chinese[0][1], character.x, tuple(chinese[1:]))


def _has_hole(lines: Sequence[Line], grid: Grid) -> bool:
    return any(
        leaves_room([line.left + c.x * (line.right - line.left) for c in values], line.right, PITCH)
        for line in lines
        if (values := [c for c in values_of(line, grid) if belongs_to_name(no_kana(c).text)])
    )


def belongs_to_name(text: str) -> bool:
    """Whether a character may stand in a name: Chinese ones, and the middle dot of transcribed names."""
    return "\u3400" <= text <= "\u9fff" or text > "\U00020000" or text in "·•．・‧∙〇"
