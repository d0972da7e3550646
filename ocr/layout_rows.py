"""Finds an ID card of which the number or the titles are hidden, by two of its rows.

`ocr.layout` starts from a line of two known ends. Where glare or a finger takes that, two lines of print say as much:
each begins in a column of the card and stands in a row of it, so that two rows give the scale, the place and, with the
lines' own direction, the tilt.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np

from models.arrays import Floats, Polygon
from ocr.layout import NARROW, SIDES, STRETCHES, Placement, Side, Zone, layout, likeliest

NEAR = 14.0
"""Two rows of a card stand at most so many heights of their lines apart."""
PARALLEL = 0.97
"""Cosine of the angle between two rows of a card in perspective."""
MAX_SHEAR = 0.3
"""Most that the direction down the card leans, as in `ocr.layout.SHEARS`, with room for how rows were measured."""
MIN_ROWS = 3.5
"""Score (`ocr.layout.Placement`) of a card without its number or title: four lines in place, none that fits nowhere."""


def placements_on_rows(lines: Sequence[Polygon]) -> list[Placement]:
    """Cards two of whose rows are among the lines (polygons of a text detector, pixels), best first, all distinct."""
    if len(lines) < MIN_ROWS:
        return []
    quads = np.stack(lines).astype(np.float32)
    found = likeliest({side: _suggestions(quads, side) for side in SIDES}, quads)
    return [placement for placement in found if placement.score >= MIN_ROWS]


def _suggestions(quads: Floats, side: Side) -> Floats:
    """Affine maps (n, 2, 3) from card to photo that lay two rows of the side on two of the lines (m, 4, 2)."""
    turned = np.roll(quads, 2, axis=1)
    return np.concatenate([_laid(_pairs(way), side) for way in (quads, turned)])


def _pairs(quads: Floats) -> Floats:
    """Lines that could be an upper and a lower row of a card (4, n, 2): where the upper begins, the way from there to
    where the lower begins, the direction of both, and their heights.
    """
    starts, ends = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
    heights = np.linalg.norm(quads[:, 0] - quads[:, 3], axis=1)
    along = (ends - starts) / np.maximum(np.linalg.norm(ends - starts, axis=1, keepdims=True), 1.0)
    ways = starts[None] - starts[:, None]
    below = (ways * _down(along)[:, None]).sum(axis=2)
    apart = (below > 0) & (np.linalg.norm(ways, axis=2) < NEAR * np.maximum(heights[:, None], heights))
    upper, lower = np.nonzero(apart & (along @ along.T > PARALLEL))
    both = along[upper] + along[lower]
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    sizes = np.stack([heights[upper], heights[lower]], axis=1)
    return np.stack([starts[upper], ways[upper, lower], both, sizes]).astype(np.float32)


def _laid(pairs: Floats, side: Side) -> Floats:
    """Maps (n, 2, 3) that lay pairs of rows of the card on the pairs of lines (4, k, 2), seen from all sides."""
    starts, ways, along, heights = pairs
    places, steps, stretches = _views(side)
    down = (ways * _down(along)).sum(axis=1)[:, None]
    scale = down / (steps[:, 1] * stretches)  # pixels of the photo for card units (pairs, views)
    shear = ((ways * along).sum(axis=1)[:, None] / scale - steps[:, 0]) / steps[:, 1]
    sizes = heights[:, None] / scale[..., None]
    least, most = np.array([zone.height for zone in layout(side)]).T
    tall = ((sizes > least.min()) & (sizes < most.max())).all(axis=2)
    pair, view = np.nonzero(tall & (np.abs(shear) < MAX_SHEAR))
    across = scale[pair, view][:, None] * along[pair]
    downwards = stretches[view][:, None] * _down(across) + shear[pair, view][:, None] * across
    origin = starts[pair] - places[view, :1] * across - places[view, 1:] * downwards
    return np.asarray(np.stack([across, downwards, origin], axis=2), np.float32)


def _down(along: Floats) -> Floats:
    """Directions (n, 2) turned a quarter clockwise, as seen in a photo."""
    return np.asarray(along[..., ::-1] * np.array([-1.0, 1.0], np.float32))


@cache
def _views(side: Side) -> tuple[Floats, Floats, Floats]:
    """Where an upper row of the card begins (n, 2), the way from there to a lower one (n, 2), and the stretch (n,)."""
    begins = sorted({place for zone in layout(side) for place in _begins(zone)})
    pairs = [(a, b, stretch) for a, b, stretch in product(begins, begins, STRETCHES) if a[1] < b[1]]
    upper, lower, stretches = (np.array(column, np.float32) for column in zip(*pairs, strict=True))
    return upper, lower - upper, stretches


def _begins(zone: Zone) -> list[tuple[float, float]]:
    """Where on the card a line of the zone begins, if that is known."""
    if zone.middle[1] - zone.middle[0] > NARROW:
        return []
    columns = (sum(zone.left) / 2,) if zone.anchor else zone.columns
    return [(x, sum(zone.middle) / 2) for x in columns]
