"""Finds ID cards by their outline, where too few of their lines are seen for the pattern of lines to tell.

Small, dim print in tilted photos gives no lines until the card is flattened. Its outline on a plain ground is plain to
see, and says where to look: the flattened card's lines tell then which side it is, and which way up.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.arrays import Image, Polygon
from ocr.borders import snapped
from ocr.flat import FlatCard, flatten
from ocr.layout import CARD_CORNERS, SIDES, Side, score_in_place
from ocr.looks import Looks
from ocr.page_borders import outlines

TRIED = 3
"""Outlines that are flattened."""
PROPORTIONS = (1.15, 2.3)
"""Long side by short side; a card's are 1.59, seen from straight above."""
UNEQUAL = 1.6
"""How much longer than the opposite side a side may be seen."""
SAME = 0.1
"""Outlines whose middles are nearer than this share of their long side are of one card."""
LIKELY = 1.2
"""Score (`ocr.layout`) of a flattened card's lines from which it is read."""


def outlined_cards(looks: Looks) -> Iterator[FlatCard]:
    """Cards that outlines in the photo may be, those whose four borders are seen best first."""
    for corners in _framed(looks.small)[:TRIED]:
        polygon = corners * looks.factor
        card = flatten(looks.pyramid, polygon, "portrait", looks.reader)
        side, turned, score = _as_it_lies(card)
        if score >= LIKELY:
            upright = np.roll(polygon, 2, axis=0) if turned else polygon
            yield flatten(looks.pyramid, upright, side, looks.reader)


def _framed(small: Image) -> list[Polygon]:
    """Outlines of a card's proportions, of each card the one whose borders are seen best, those seen best first."""
    lying = [corners for quad, _ in outlines(small) if _like_a_card(corners := _lying(quad))]
    found = sorted((snapped(small, corners, []) for corners in lying), key=lambda framed: -framed[1])
    kept: list[Polygon] = []
    for corners, _ in found:
        near = SAME * float(np.linalg.norm(corners[1] - corners[0]))
        if all(np.linalg.norm((corners - other).mean(axis=0)) > near for other in kept):
            kept.append(corners)
    return kept


def _lying(quad: Polygon) -> Polygon:
    """The corners clockwise, from an end of a long side on."""
    around = np.arctan2(*(quad - quad.mean(axis=0)).T[::-1])
    corners = quad[np.argsort(around)]
    first, second, third, fourth = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return np.asarray(
        corners if first + third >= second + fourth else np.roll(corners, -1, axis=0), np.float32
    )


def _like_a_card(corners: Polygon) -> bool:
    first, second, third, fourth = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    even = max(first / third, third / first, second / fourth, fourth / second) < UNEQUAL
    return bool(even and PROPORTIONS[0] < (first + third) / (second + fourth) < PROPORTIONS[1])


def _as_it_lies(card: FlatCard) -> tuple[Side, bool, float]:
    """The side that the card's lines suggest, whether it is upside down, and the score of that."""
    turned = [np.roll(CARD_CORNERS[2] - box, 2, axis=0) for box in card.boxes]
    ways = [
        (side, upside_down, score_in_place(lines, side))
        for side in SIDES
        for upside_down, lines in ((False, card.boxes), (True, turned))
    ]
    return max(ways, key=lambda way: way[2])
