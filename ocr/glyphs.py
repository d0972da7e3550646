"""Compares the characters of a line of which the recogniser is not sure with drawn ones.

The recogniser has learnt from text, in which some characters of places and names hardly ever stand: it reads a
blurred 墕 as 场, however unlike they look. Drawn characters have no such habit. How well each of them covers the print,
smoothed and without its ground, changes the chance that the recogniser gave it; those that it did not think of have
next to none to begin with.

Where a rarer character is hardly told from a commoner one, the recogniser reads the commoner one for sure (哲 for 晢):
twins.toml lists such pairs, and of them sure characters are compared with the rarer ones too.

glyphs.npz holds 7,900 characters that stand in names of places or people or in GB 2312, and no traditional forms, as
drawn by Droid Sans Fallback (Apache-2.0): uint8 (n, 121), four pixels of four shades a byte, of SIDE x SIDE pixels
at EM to the em.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
PITCHES = (0.7, 0.78, 0.86, 0.94, 1.02, 1.1, 1.18, 1.26)
"""From one printed character to the next, in ems; less than 1 where the recogniser saw two nearer than they stand."""
ASIDE, UP = 7, 3
"""How far, in pixels at EM, a character may stand from where the recogniser saw it."""
NEARBY = (0.93, 1.0, 1.07)
"""Sizes of other characters, to that at which one that the recogniser thought of covers the print best."""
AROUND = 2
"""... and how far from there they may stand, in pixels at EM."""
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
AT_MOST = 0.7
"""What a character that is put in another's place is worth: of 49 five were wrong."""
LESS_LIKE = 0.05
"""A character that is so much less like the print than another may be one that the recogniser does not know."""
KEPT = 8
"""Readings that a character keeps, as many as the recogniser gives it."""


@dataclass(frozen=True)
class Twins:
    """Which characters are compared with rarer ones that the recogniser takes for them."""

    of: Mapping[str, str]
    """The rarer ones of each character."""
    chance: float
    """That of each rarer one before their shapes are compared, as surely as the recogniser may have read the other."""
    up_to: float = 1.0
    """A surer character is not compared."""


def by_shape(card: FlatCard, line: Line, characters: Sequence[Character], twins: Twins) -> list[Character]:
    """Characters of the line with the chances that their shape gives them: unsure ones compared with all that are drawn,
    others with their twins, if not too sure.
    """
    pitch = _pitch(line, characters)
    if pitch is None:
        return list(characters)
    return [
        _compared(card.crop(_around(line, c, pitch)), c, pitch * card.scale, twins)
        if _ideograph(c) and (c.confidence < UNSURE or (c.text in twins.of and c.confidence <= twins.up_to))
        else c
        for c in characters
    ]


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


def _compared(crop: Image, character: Character, pitch: float, kin: Twins) -> Character:
    """The character with its chances anew. pitch: pixels of the crop, in whose middle it stands."""
    unsure = character.confidence < UNSURE
    readings = {character.text: character.confidence, **dict(character.alternatives)}
    twins = dict.fromkeys(kin.of.get(character.text, ""), kin.chance * character.confidence)
    seen = {c: max(readings.get(c, 0.0), twins.get(c, 0.0)) for c in readings | twins}
    among = _drawn()[0] if unsure else [c for c in (character.text, *twins) if c in _places()]
    likeness = _likeness(crop, pitch, tuple(seen), among)
    clear = float(np.clip((likeness.max() - CLEAR[0]) / (CLEAR[1] - CLEAR[0]), 0, 1))
    if unsure and clear == 0:
        return character
    likely = dict(zip(among, (WEIGHT * clear * likeness).tolist(), strict=True))
    most_likely = max((likely[c] for c in seen if c in likely), default=0.0)
    # Of those that are not compared, traditional forms stand on no card.
    likely |= {c: 0.0 if on_no_card(c) else most_likely for c in seen if c not in likely}
    doubt = UNTHOUGHT * min(1.0, 10 * (1 - character.confidence))
    odds = {c: seen.get(c, doubt) * math.exp(likely[c]) for c in likely}
    share = sum(readings.values()) / sum(odds.values())
    (first, most), *others = sorted(odds.items(), key=lambda item: -item[1])
    others = [*others[:KEPT], *((c, odds[c]) for c, _ in others[KEPT:] if c in readings)]
    outdone = likely[first] < WEIGHT * clear * (likeness.max() - LESS_LIKE)
    limit = character.confidence if first == character.text else AT_MOST
    limit = min(limit, AT_MOST) if outdone else limit
    # What the recogniser thought possible stays so, however unlike the print is: the list of counties may know better.
    rest = tuple((c, max(chance * share, min(readings.get(c, 0.0), MIN_CHANCE))) for c, chance in others)
    return Character(first, min(most * share, limit), character.x, rest)


def _likeness(crop: Image, pitch: float, seen: Sequence[str], among: Sequence[str]) -> Floats:
    """How well each of the characters `among` the drawn ones covers the one in the middle of the crop: correlations (n,).

    Where it stands, and how large, those show that the recogniser thought of: they resemble it.
    """
    places, drawn = _places(), _drawn()[1]
    dark = 255 - crop.min(axis=2)
    resembling = drawn[[places[c] for c in seen if c in places] or slice(None)]
    aligned = [_aligned(resembling, dark, EM * ems / pitch) for ems in PITCHES]
    _, scale, middle = max(aligned, key=lambda found: found[0])
    windows = [_windows(dark, scale * more, AROUND, AROUND, middle) for more in NEARBY]
    rows = np.concatenate([one.reshape(-1, SIDE * SIDE) for one in windows])
    compared = drawn if len(among) == len(drawn) else drawn[[places[c] for c in among]]
    return np.asarray((compared @ rows.T).max(axis=1))


def _aligned(drawn: Floats, dark: Image, scale: float) -> tuple[float, float, tuple[int, int]]:
    """How well one of the drawn characters covers the print at that scale, and by how much (x, y) off its middle."""
    windows = _windows(dark, scale, ASIDE, UP)
    likeness = (windows.reshape(-1, SIDE * SIDE) @ drawn.T).max(axis=1)
    down, along = divmod(int(likeness.argmax()), windows.shape[1])
    return float(likeness.max()), scale, (along - ASIDE, down - UP)


def _windows(dark: Image, scale: float, aside: int, up: int, off: tuple[int, int] = (0, 0)) -> Floats:
    """What the picture (h, w) shows at that scale, so many pixels each way of `off` its middle: (rows, columns,
    SIDE * SIDE), each with mean 0 and length 1.
    """
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    sized = cv2.resize(dark, None, fx=scale, fy=scale, interpolation=method).astype(np.float32)
    room = SIDE + ASIDE
    wider = cv2.copyMakeBorder(_strokes(sized), room, room, room, room, cv2.BORDER_REPLICATE)
    x, y = wider.shape[1] // 2 + off[0] - SIDE // 2, wider.shape[0] // 2 + off[1] - SIDE // 2
    part = wider[y - up : y + up + SIDE, x - aside : x + aside + SIDE]
    windows = sliding_window_view(part, (SIDE, SIDE))
    return _levelled(np.asarray(windows.reshape(*windows.shape[:2], -1), np.float32))


def _strokes(image: Floats) -> Floats:
    fine = cv2.GaussianBlur(image, (0, 0), STROKES)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), GROUND), np.float32)


def _levelled(rows: Floats) -> Floats:
    """The rows (..., n) with mean 0 and length 1."""
    rows = rows - rows.mean(axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6), np.float32)


@cache
def _drawn() -> tuple[str, Floats]:
    """The characters, and their strokes (n, SIDE * SIDE)."""
    with as_file(files("ocr").joinpath("glyphs.npz")) as path, np.load(path) as table:
        names, packed = str(table["characters"]), table["ink"]
    ink = np.stack([packed >> shift & 3 for shift in (0, 2, 4, 6)], axis=2).reshape(-1, SIDE, SIDE)
    return names, _levelled(np.asarray([_strokes(one.astype(np.float32)).ravel() for one in ink], np.float32))


@cache
def _places() -> dict[str, int]:
    """The row of each drawn character."""
    return {character: place for place, character in enumerate(_drawn()[0])}


@cache
def twins(of: str) -> dict[str, str]:
    """Which rarer characters of "names" or of "places" the recogniser reads as a commoner one (twins.toml)."""
    words = tomllib.loads(files("ocr").joinpath("twins.toml").read_text("utf-8"))[of].split()
    return {word[0]: word[1:] for word in words}
