"""Traces of copies besides a grid: what scissors, printers and flat pages leave.

A card (ISO/IEC 7810, ID-1) is 0.76 mm thick and its corners are round, 3.18 mm: it throws a shadow, and what it lies
on is seen in its corners. Pictures are cropped and prints cut out with square corners, a page has no shadow around
what is copied on it, and a printer's black is paler than a card's, its colours weaker and its edges softer.
"""

from __future__ import annotations

import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from models.arrays import Floats
from ocr.authenticity_cues import quantile, to_lab
from ocr.flat import FlatCard
from ocr.layout import CARD_HEIGHT, CARD_WIDTH

SCALE = 0.5
"""Pixels for a tenth of a millimetre at which corners and edges are looked at."""
BEYOND, WITHIN = 60, 100
"""Tenths of a millimetre from a corner that are looked at, out of the card and into it."""
ALONG = slice(50, 80)
"""Where a corner's two edges are straight, pixels of its view."""
EDGE = round(BEYOND * SCALE)
"""Where a corner's edges are supposed, pixels of its view."""
ASTRAY = 12
"""Pixels that an edge may lie beside where it was found."""
CUT_OFF = ((2, 2), (3, 3), (4, 4), (2, 5), (5, 2))
"""Places from a card's edges that its round corner leaves free, pixels."""
OUTSIDE = ((-4, -4), (-5, -5), (-3, -6), (-6, -3))
"""Places that are outside of square corners too."""
LEAST_CONTRAST = 12.0
"""L*a*b* between the card and what it lies on, for its corners to be seen."""
LEAST_EDGE = 1.5
"""L*a*b* a pixel, the steepest change across an edge that is seen."""
FREE = 0.35
"""Share of the card's colour in a place, under which it shows what the card lies on."""
HALO = 40
"""Tenths of a millimetre around the card in which a shadow is looked for."""


def square_corners(card: FlatCard) -> float | None:
    """How far the card reaches into its corners: 0 as a card does, whose are round, 1 with square ones.

    Of two corners or three the least, of four the second least; None where less than two can be told from what lies
    behind them.
    """
    found = sorted(share for x in (0, 1) for y in (0, 1) if (share := _in_corner(card, x, y)) is not None)
    return found[(len(found) - 1) // 2] if len(found) > 1 else None


def _in_corner(card: FlatCard, right: int, low: int) -> float | None:
    """Share of the card's colour in what a round corner leaves free; None where it can't be told."""
    x0, x1 = (CARD_WIDTH - WITHIN, CARD_WIDTH + BEYOND) if right else (-BEYOND, WITHIN)
    y0, y1 = (CARD_HEIGHT - WITHIN, CARD_HEIGHT + BEYOND) if low else (-BEYOND, WITHIN)
    seen = card.view((x0, y0, x1, y1), SCALE)[:: -1 if low else 1, :: -1 if right else 1]
    lab = to_lab(np.ascontiguousarray(seen), blur=0.6)
    x, across = _edge(lab[ALONG])
    y, down = _edge(lab[:, ALONG].transpose(1, 0, 2))
    own = np.median(lab[y + 12 : y + 22, x + 12 : x + 22].reshape(-1, 3), axis=0)
    beside = np.median(lab[ALONG, x - 6 : x - 2].reshape(-1, 3), axis=0)
    above = np.median(lab[y - 6 : y - 2, ALONG].reshape(-1, 3), axis=0)
    contrast = min(float(np.linalg.norm(other - own)) for other in (beside, above))
    if contrast < LEAST_CONTRAST or min(across, down) < LEAST_EDGE:
        return None
    other = (beside + above) / 2
    way = (own - other) / np.sum((own - other) ** 2)
    inside, outside = (
        float(np.median([(lab[y + j, x + i] - other) @ way for i, j in places]))
        for places in (CUT_OFF, OUTSIDE)
    )
    return inside if abs(outside) < FREE else None


def _edge(strip: Floats) -> tuple[int, float]:
    """Where the steepest change across a strip (n, across, 3) is, near EDGE, and how steep."""
    middle = np.median(strip[:, EDGE - ASTRAY - 1 : EDGE + ASTRAY + 1], axis=0)
    slopes = np.linalg.norm(np.diff(middle, axis=0), axis=1)
    steepest = int(slopes.argmax())
    return EDGE - ASTRAY + steepest, float(slopes[steepest])


def shadow(card: FlatCard) -> float:
    """How much darker than card and ground it is just beside the card, on two sides at least, in L*."""
    seen = card.view((-HALO, -HALO, CARD_WIDTH + HALO, CARD_HEIGHT + HALO), SCALE)
    light = to_lab(seen, blur=0.6)[..., 0]
    edge, straight = round(HALO * SCALE), slice(60, -60)
    sides = (
        light[straight, : 2 * edge][:, ::-1],
        light[straight, -2 * edge :],
        light[: 2 * edge, straight].T[:, ::-1],
        light[-2 * edge :, straight].T,
    )
    return sorted(_dip(side, edge) for side in sides)[2]


def _dip(side: Floats, edge: int) -> float:
    """By how much the darkest line along a side is darker than both the card and what lies around it."""
    darkest = float(np.median(side[:, edge - 6 : edge + 8], axis=0).min())
    inside, outside = quantile(side[:, 2 : edge - 8], 0.5), quantile(side[:, edge + 10 : -2], 0.5)
    return min(inside, outside) - darkest


def like_a_print(paleness: float, colourfulness: float, sharpness: float) -> float:
    """The log odds that a card is a print of one, where one photo in two shows a print.

    From cues of the same names; the weights are of a logistic regression (authenticity_copies.toml).
    """
    measures = {
        "paleness": paleness,
        "colours": math.log(max(colourfulness, 1.0)),
        "sharpness": math.log(max(sharpness, 0.03)),
    }
    weights = _weights()
    parts = [
        (measures[name] - rule["mean"]) / rule["deviation"] * rule["weight"]
        for name, rule in weights["measures"].items()
    ]
    return float(weights["bias"] + sum(parts))


@cache
def _weights() -> dict[str, Any]:
    text = files("ocr").joinpath("authenticity_copies.toml").read_text("utf-8")
    return tomllib.loads(text)
