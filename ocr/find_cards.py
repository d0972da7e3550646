"""Finds ID cards in a photo: lines of text, then the pattern that they make, then the card's borders."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from models.arrays import Image, Polygon
from models.text_reader import TextReader
from ocr.borders import snapped
from ocr.flat import FlatCard, flatten
from ocr.layout import Placement, placements

LOOKS = ((608, False), (1024, True))
"""Long side in pixels at which lines are looked for, and whether contrast is evened out before. The second
look, which is slower, is for small, dark and blurred cards."""
BORDER_SIDE = 1024
"""Long side at which the borders are looked for."""
MAX_CARDS = 4
"""Cards tried for each look."""
BORDERS_WEIGHT = 3.0
"""Four clear borders count as much as this many lines at their places."""
TIE = 1.0
MAX_TIES = 4
WELL_FRAMED = 0.97
"""Share of the four borders that is seen, from which no other placement is tried."""


def find_cards(photo: Image, reader: TextReader) -> Iterator[FlatCard]:
    """Cards that the photo may show, the likeliest first; a later one costs time only when asked for."""
    small = _shrunk(photo, BORDER_SIDE)
    factor = photo.shape[1] / small.shape[1]
    for side, even in LOOKS:
        image = _evened(small) if even else small
        lines = [box.polygon for box in reader.detect(image, side / max(image.shape[:2]))]
        framed = [_framed(small, ties, lines) for ties in _by_card(placements(lines))[:MAX_CARDS]]
        for card in sorted(framed, key=lambda card: -card.score):
            yield flatten(photo, card.polygon * np.float32(factor), card.side)


def _by_card(found: list[Placement]) -> list[list[Placement]]:
    """Placements of the same card together, those as good as its best."""
    cards: list[list[Placement]] = []
    for placement in found:
        for ties in cards:
            if _same_card(placement, ties[0]):
                if placement.score >= ties[0].score - TIE:
                    ties.append(placement)
                break
        else:
            cards.append([placement])
    return cards


def _same_card(a: Placement, b: Placement) -> bool:
    size = float(np.linalg.norm(a.polygon[0] - a.polygon[2]))
    same_place = np.linalg.norm(a.polygon.mean(axis=0) - b.polygon.mean(axis=0)) < size / 4
    same_way = np.dot(a.polygon[1] - a.polygon[0], b.polygon[1] - b.polygon[0]) > 0
    return bool(a.side == b.side and same_place and same_way)


def _framed(image: Image, ties: list[Placement], lines: list[Polygon]) -> Placement:
    """Of placements that explain the text equally well, the one whose borders are seen best, moved to them."""
    best, best_support = ties[0].polygon, 0.0
    for placement in ties[:MAX_TIES]:
        polygon, support = snapped(image, placement.polygon, lines)
        if support > best_support:
            best, best_support = polygon, support
        if support >= WELL_FRAMED:
            break
    return Placement(ties[0].side, best, ties[0].score + BORDERS_WEIGHT * best_support)


def _shrunk(photo: Image, side: int) -> Image:
    scale = side / max(photo.shape[:2])
    if scale >= 1:
        return photo
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _evened(image: Image) -> Image:
    """The same picture with its contrast made equal everywhere."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(lab[:, :, 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB).astype(np.uint8, copy=False)
