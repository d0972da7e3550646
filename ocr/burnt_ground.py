"""Tells where light has burnt out the ground beside a line, so that characters of it may be hidden.

What glare takes from the end of a name or an address leaves no sign in the probabilities of what is left: 朱艳辉 becomes
朱艳. But print that can be read has ground that is not burnt out.
"""

from __future__ import annotations

import numpy as np

from ocr.flat import FlatCard, Line, luma

GROUND = 80
"""Percentile of a place's grey values that is its ground: print covers less of it."""
BURNT = 252
"""Grey value from which on print on a place may be lost, where it is brighter than the line's own ground."""
BRIGHTER = 1.04
"""... by so much: of 98 right names on cards of an outside generator, most of them in bad light, 1 ends beside such a
place, and both of 2 that glare has shortened."""
INK = 4
"""Percentile of a place's grey values that is its ink."""
PALE = 172
"""Grey value of the ink from which on light has taken most of a character: beside it others may be lost altogether.
Of 25 right values on burnt-out ground 2 end on such print, of 6 shortened ones all."""
CELL = 36
"""Width of a character, and the height that is looked at, tenths of a millimetre."""
SCALE = 0.5


def may_go_on(card: FlatCard, line: Line) -> bool:
    """Whether a character after the line may be hidden."""
    after = _grey(card, line, line.right + 2, line.right + 2 + CELL, GROUND)
    if after < BURNT:
        return False
    own = _grey(card, line, line.right - 2 * CELL, line.right, GROUND)
    return after > BRIGHTER * own or _grey(card, line, line.right - CELL, line.right, INK) > PALE


def _grey(card: FlatCard, line: Line, left: float, right: float, percentile: float) -> float:
    part = (left, line.middle - CELL / 2, right, line.middle + CELL / 2)
    return float(np.percentile(card.view(part, SCALE, one=luma), percentile))
