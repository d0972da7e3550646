"""Reads the address on the portrait side of the resident ID card."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.text_reader import Character, TextReader
from ocr.burnt_ground import may_go_on
from ocr.flat import FlatCard, Line
from ocr.glyphs import Twins, by_shape, twins
from ocr.line_holes import made_whole
from ocr.lines import certainty, field_of, joined
from ocr.name_characters import UNREAD
from ocr.other_cuts import averaged, from_other_cuts
from ocr.place_characters import as_in_places
from ocr.places import begins_with_place, county_at_head, repaired
from ocr.portrait_grid import ADDRESS_RIGHT, PITCH, ROWS, Grid, value_start, values_of, zone
from ocr.portrait_name import belongs_to_name
from ocr.reading import Field
from ocr.towns import with_known_town

MIN_WORD = 5
"""Letters of a line that are a word rather than the name of a building."""
SURE_LINE = 0.9
"""A line whose value is less sure (product over its characters) is read in other ways too."""
TWIN = 0.001
"""Chance of each rarer twin of a character (twins.toml), before their shapes are compared."""
SURE_CHARACTER = 0.995
"""A surer character of an address is not compared with its twins."""
DOUBTFUL_LINE = 0.8
"""A line less sure than this may be in a script that the reader does not know."""
MIN_LENGTH = 5
"""No address has fewer characters: what was read is its label, misread (在址)."""
MIN_AFTER_COUNTY = 4
"""Characters at least in which an address goes on after its county: a town or a road, and a village or a house."""
LATE = 28.0
"""A line that begins so far right of another, in tenths of a millimetre, has lost its head to light or a finger: of 36
right addresses of an outside generator, on cards cut askew too, the most was 24."""
INDENT = 30
"""A line begins no further right of the column of values."""
SURE_PIECE = 0.8
"""Print in the address's rows that is less sure may be a pattern of the ground."""
FULL_LINE = 310
"""A line at least this long may go on in another one."""


def read_address(
    card: FlatCard, row: list[Line], grid: Grid, reader: TextReader, region: str
) -> Field | None:
    """The address among the lines of its rows; None where none was read. region: the first six digits of the citizen
    number, or none.
    """
    lines = [line for line in row if _is_address(line, grid)]
    lines = in_chinese(lines, lambda line: joined(values_of(line, grid)))
    if lines and lines[-1].right - grid.column > FULL_LINE:
        lines += _last_line(card, lines, grid, reader)
    lines, holes = made_whole(card, lines, lambda line: values_of(line, grid), reader)
    lines = [_seen_again(card, line, grid, reader) for line in lines]
    characters = [
        c
        for line in lines
        for c in values_of(line, grid)
        if line.left + c.x * (line.right - line.left) < ADDRESS_RIGHT
    ]
    characters = without_second_script(characters)
    if len(characters) < MIN_LENGTH:
        return None
    characters = repaired(characters, "[省市县区旗州]", region)
    characters = as_in_places(*with_known_town(characters))
    # Beside a full line stands the portrait.
    short = [line for line in lines if line.right < ADDRESS_RIGHT - PITCH]
    hidden = holes or any(may_go_on(card, line) for line in short)
    hidden = hidden or _begins_late(lines) or _has_piece_apart(row, grid) or breaks_off(joined(characters))
    return field_of(card, joined(characters), certainty(characters) * (UNREAD if hidden else 1.0), lines)


def _is_address(line: Line, grid: Grid) -> bool:
    """Address lines begin in the column of values, and are sure enough not to be texture."""
    values = values_of(line, grid)
    begins = line.left < grid.column + INDENT and not in_letters(joined(values))
    return begins and bool(values) and certainty(values) ** (1 / len(values)) > 0.5


def in_chinese(lines: list[Line], text: Callable[[Line], str]) -> list[Line]:
    """An address's lines without the second script of a bilingual card, which stands above them: smaller, or read as
    characters that make no sense before the line with which the address begins. `text` gives a line's address.
    """
    tallest = max((line.height for line in lines), default=0.0)
    lines = [line for line in lines if line.height > 0.8 * tallest or line.confidence > 0.95]
    begins = [begins_with_place(text(line)) for line in lines]
    senseless = len(lines) > 1 and lines[0].confidence < DOUBTFUL_LINE and begins[:2] == [False, True]
    return lines[1:] if senseless else lines


def in_letters(text: str) -> bool:
    """Whether a line is the second script of a card in Zhuang, which is written in Latin letters."""
    letters = sum(c.isascii() and c.isalpha() for c in text)
    return letters >= MIN_WORD and letters > len(text) / 2 and not any(map(belongs_to_name, text))


def without_second_script(characters: list[Character]) -> list[Character]:
    """The characters without the letters before the place with which they begin: tails of Zhuang's, which hang so low."""
    text = joined(characters)
    start = next((i for i, c in enumerate(text) if not (c.isascii() and c.isalpha())), 0)
    return characters[start:] if begins_with_place(text[start:]) else characters


def _last_line(card: FlatCard, lines: list[Line], grid: Grid, reader: TextReader) -> list[Line]:
    """A last line of one or two characters, which the detector likes to miss."""
    step = lines[-1].middle - lines[-2].middle if len(lines) > 1 else 44.0
    middle = lines[-1].middle + step
    if middle + 24 > grid.at(ROWS["id_number"][0]):
        return []
    (line,) = card.read([zone(grid.column - 8, grid.column + 80, middle, min(step, 46.0))], reader)
    sure = line.characters and min(c.confidence for c in line.characters) > 0.85
    # No address ends on a letter or a figure alone: that is a line of the background.
    ends = sure and belongs_to_name(line.characters[-1].text)
    return [line] if ends and len(line.characters) <= 2 else []


def _seen_again(card: FlatCard, line: Line, grid: Grid, reader: TextReader) -> Line:
    """The line, in the mean of several cuts and by its characters' shapes where one cut was not sure."""
    characters: Sequence[Character] = line.characters
    if certainty(values_of(line, grid)) < SURE_LINE:
        readings = [line, *from_other_cuts(card, line, reader)]
        characters = averaged([reading.characters for reading in readings])
    return Line(
        line.box, tuple(by_shape(card, line, characters, Twins(twins("places"), TWIN, SURE_CHARACTER)))
    )


def _begins_late(lines: Sequence[Line]) -> bool:
    """Whether a line begins where one that is whole does not: all of them begin in the column of values."""
    starts = [value_start(line) for line in lines]
    return max(starts) - min(starts) > LATE


def _has_piece_apart(row: Sequence[Line], grid: Grid) -> bool:
    """Whether print stands left of the portrait that begins in no column: what stood before it is hidden."""
    apart = [line for line in row if line.left >= grid.column + INDENT and line.right < ADDRESS_RIGHT]
    return any(line.confidence > SURE_PIECE for line in apart)


def breaks_off(address: str) -> bool:
    """Whether next to nothing follows the county: the rest of the address was not read."""
    county_end, county = county_at_head(address)
    return bool(county) and len(address) - county_end < MIN_AFTER_COUNTY
