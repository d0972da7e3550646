"""Compares the characters of a line of which the recogniser is not sure with drawn ones.

The recogniser has learnt from text, in which some characters of places and names hardly ever stand: it reads a
blurred 墕 as 场, however unlike they look. Drawn characters have no such habit. How well each of them covers the print,
smoothed and without its ground, changes the chance that the recogniser gave it; those that it did not think of have
next to none to begin with.

glyphs.npz holds 7,900 characters that stand in names of places or people or in GB 2312, and no traditional forms, as
drawn by Droid Sans Fallback (Apache-2.0): uint8 (n, 121), four pixels of four shades a byte, of SIDE x SIDE pixels
at EM to the em.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from statistics import median

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from models.arrays import Floats, Image, Polygon
from models.text_reader import Character
from ocr.flat import FlatCard, Line
from ocr.names import on_no_card
from ocr.places import MIN_CHANCE

EM, SIDE = 20, 22
PITCHES = (1.02, 1.1, 1.18)
"""From one printed character to the next, in ems."""
REACH = 3
"""How far, in pixels at EM, a character may stand from where the recogniser saw it."""
WIDE, HIGH = 1.5, 1.3
"""What is cut out around a character, in pitches and heights of the line."""
STROKES, GROUND = 0.75, 2.3
"""Blurs between which a print's strokes lie, in pixels at EM."""
UNSURE = 0.97
"""Characters of which the recogniser is less sure are compared."""
CLEAR = (0.45, 0.65)
"""Likeness of the likest character up to which the print is too noisy, or cut too far off, to say anything; and from
which it says all that it can."""
WEIGHT = 65.0
"""Log odds for a likeness (a correlation) greater by one. Of 114 unsure characters in drawn lines with villages of
counties that no table was made of, 87 are right as read, 89 with the names of places, 100 with this too; of 118 in
drawn names 84, and 108 with this and the weights of names. 40 to 80 differ little."""
UNTHOUGHT = 5e-5
"""Chance of each character that the recogniser did not think of, where it is not sure at all."""
AT_MOST = 0.8
"""What a character that is put in another's place is worth: of 49 five were wrong."""
LESS_LIKE = 0.05
"""A character that is so much less like the print than another may be one that the recogniser does not know."""
KEPT = 8
"""Readings that a character keeps, as many as the recogniser gives it."""


def by_shape(card: FlatCard, line: Line, characters: Sequence[Character]) -> list[Character]:
    """Characters of the line, the unsure ones with the chances that their shape gives them."""
    pitch = _pitch(line, characters)
    if pitch is None:
        return list(characters)
    return [
        _compared(card.crop(_around(line, c, pitch)), c, pitch * card.scale) if _unsure(c) else c
        for c in characters
    ]


def _unsure(character: Character) -> bool:
    return character.confidence < UNSURE and _ideograph(character)


def _ideograph(character: Character) -> bool:
    return "\u3400" <= character.text <= "\u9fff"


def _pitch(line: Line, characters: Sequence[Character]) -> float | None:
    """The usual way from one Chinese character to the next, tenths of a millimetre."""
    pairs = itertools.pairwise(characters)
    gaps = [b.x - a.x for a, b in pairs if _ideograph(a) and _ideograph(b)]
    return median(gaps) * (line.right - line.left) if gaps else None


def _around(line: Line, character: Character, pitch: float) -> Polygon:
    """A box around the character, in the unit of the line's."""
    along, down = line.box[1] - line.box[0], line.box[3] - line.box[0]
    middle = line.box[0] + along * character.x + down / 2
    along, down = along / np.linalg.norm(along) * pitch * WIDE / 2, down * HIGH / 2
    return np.stack(
        [middle - along - down, middle + along - down, middle + along + down, middle - along + down]
    )


def _compared(crop: Image, character: Character, pitch: float) -> Character:
    """The character with its chances anew. pitch: pixels of the crop, in whose middle it stands."""
    names, _ = _drawn()
    likeness = _likeness(crop, pitch)
    clear = float(np.clip((likeness.max() - CLEAR[0]) / (CLEAR[1] - CLEAR[0]), 0, 1))
    if clear == 0:
        return character
    seen = {character.text: character.confidence, **dict(character.alternatives)}
    likely = dict(zip(names, (WEIGHT * clear * likeness).tolist(), strict=True))
    most_likely = max((likely[c] for c in seen if c in likely), default=0.0)
    # Of those that are not drawn, traditional forms stand on no card.
    likely |= {c: 0.0 if on_no_card(c) else most_likely for c in seen if c not in likely}
    doubt = UNTHOUGHT * min(1.0, 10 * (1 - character.confidence))
    odds = {c: seen.get(c, doubt) * math.exp(likely[c]) for c in likely}
    share = sum(seen.values()) / sum(odds.values())
    (first, most), *others = sorted(odds.items(), key=lambda item: -item[1])
    others = [*others[:KEPT], *((c, odds[c]) for c, _ in others[KEPT:] if c in seen)]
    outdone = likely[first] < WEIGHT * clear * (likeness.max() - LESS_LIKE)
    limit = character.confidence if first == character.text else AT_MOST
    limit = min(limit, AT_MOST) if outdone else limit
    # What the recogniser thought possible stays so, however unlike the print is: the list of counties may know better.
    rest = tuple((c, max(chance * share, min(seen.get(c, 0.0), MIN_CHANCE))) for c, chance in others)
    return Character(first, min(most * share, limit), character.x, rest)


def _likeness(crop: Image, pitch: float) -> Floats:
    """How well each drawn character covers the one in the middle of the crop: correlations (n,)."""
    _, drawn = _drawn()
    dark = 255 - crop.min(axis=2)
    return np.asarray(
        (drawn @ np.concatenate([_windows(dark, EM * ems / pitch) for ems in PITCHES]).T).max(axis=1)
    )


def _windows(dark: Image, scale: float) -> Floats:
    """What the picture (h, w) shows around its middle at that scale, REACH pixels each way: (n, SIDE * SIDE)."""
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    sized = cv2.resize(dark, None, fx=scale, fy=scale, interpolation=method).astype(np.float32)
    room = SIDE // 2 + REACH
    wider = cv2.copyMakeBorder(_strokes(sized), room, room, room, room, cv2.BORDER_REPLICATE)
    y, x = wider.shape[0] // 2, wider.shape[1] // 2
    windows = sliding_window_view(wider[y - room : y + room, x - room : x + room], (SIDE, SIDE))
    return _levelled(np.asarray(windows.reshape(-1, SIDE * SIDE), np.float32))


def _strokes(image: Floats) -> Floats:
    fine = cv2.GaussianBlur(image, (0, 0), STROKES)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), GROUND), np.float32)


def _levelled(rows: Floats) -> Floats:
    """The rows with mean 0 and length 1."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


@cache
def _drawn() -> tuple[str, Floats]:
    """The characters, and their strokes (n, SIDE * SIDE)."""
    with as_file(files("ocr").joinpath("glyphs.npz")) as path, np.load(path) as table:
        names, packed = str(table["characters"]), table["ink"]
    ink = np.stack([packed >> shift & 3 for shift in (0, 2, 4, 6)], axis=2).reshape(-1, SIDE, SIDE)
    return names, _levelled(np.asarray([_strokes(one.astype(np.float32)).ravel() for one in ink], np.float32))
