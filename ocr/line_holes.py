"""Finds places in a printed line where a character was passed over, by the room that it left.

A hyphen or a figure that the recogniser drops changes an address without any sign in its probabilities: 4-6-4 becomes
4-64. Print has steady pitches, so that the hole shows. Lengths are in tenths of a millimetre on the card.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from models.text_reader import Character, TextReader
from ocr.flat import FlatCard, Line
from ocr.other_cuts import from_other_cuts, lengthened

LIMITS = {"figures": (27.0, 1.3), "mixed": (38.0, 1.25), "characters": (48.0, 1.5)}
"""From which distance of two neighbours on there is a hole between them, by what they are; and how many usual distances
it must be, for some cards are set wider. Of 3600 neighbours in right addresses the most were 25, 34 and 45."""
ENDS = {"figures": 20.0, "characters": 34.0}
"""The same from the last character's centre to the end of the line's box: at most 18 and 29 in 425 lines."""
HYPHEN = 20.0
"""How far beyond a line's box a hyphen at its end is looked for."""
SURE = 0.9
"""Chance from which on a hyphen that only a longer cut shows is taken."""

Values = Callable[[Line], Sequence[Character]]
"""The characters of a line that count: those of its value, not of its label."""


def made_whole(
    card: FlatCard, lines: Sequence[Line], values: Values, reader: TextReader
) -> tuple[list[Line], bool]:
    """The lines, those with holes as another cut shows them without; and whether any hole is left."""
    usual = usual_gaps(lines, values)
    found = []
    for seen, below in itertools.zip_longest(lines, lines[1:]):
        line = _with_hyphen(card, seen, reader) if _begins_with_figure(below, values) else seen
        doubtful = has_hole(line, values, usual) or _breaks_figures(line, below, values)
        others = from_other_cuts(card, line, reader) if doubtful else []
        whole = [o for o in others if len(values(o)) > len(values(line)) and not has_hole(o, values, usual)]
        found.append(max(whole, key=lambda other: other.confidence, default=line))
    return found, any(has_hole(line, values, usual) for line in found)


def _begins_with_figure(line: Line | None, values: Values) -> bool:
    return line is not None and any(c.text.isdigit() for c in values(line)[:1])


def _with_hyphen(card: FlatCard, line: Line, reader: TextReader) -> Line:
    """The line with a hyphen at its end, if a longer cut shows one: the detector's box ends before so faint a mark."""
    (again,) = card.read([lengthened(line.box, HYPHEN)], reader)
    shows = again.text == line.text + "-" and again.characters[-1].confidence > SURE
    return again if shows else line


def _breaks_figures(line: Line, below: Line | None, values: Values) -> bool:
    """Whether figures go on from one line to the next: a hyphen at the line's end is easily lost."""
    ends = [*values(line)[-1:], *(values(below)[:1] if below else ())]
    return len(ends) == 2 and all(c.text.isascii() for c in ends)


def has_hole(line: Line, values: Values, usual: Mapping[str, float]) -> bool:
    """Whether there is room between two characters, or after the last one, where one must have been passed over."""
    if any(gap > max(LIMITS[kind][0], LIMITS[kind][1] * usual[kind]) for kind, gap in _gaps(line, values)):
        return True
    last = next(reversed(values(line)), None)
    if last is None:
        return False
    return (1 - last.x) * (line.right - line.left) > ENDS["figures" if last.text.isascii() else "characters"]


def usual_gaps(lines: Sequence[Line], values: Values) -> dict[str, float]:
    """The median distance by kind; between a figure and a character, no more than between two characters."""
    gaps = [gap for line in lines for gap in _gaps(line, values)]
    found = {kind: median([gap for k, gap in gaps if k == kind] or [0.0]) for kind in LIMITS}
    return found | {"mixed": min(found["mixed"], found["characters"])}


def _gaps(line: Line, values: Values) -> Iterator[tuple[str, float]]:
    width = line.right - line.left
    for before, after in itertools.pairwise(values(line)):
        narrow = before.text.isascii() + after.text.isascii()
        yield ("characters", "mixed", "figures")[narrow], (after.x - before.x) * width
