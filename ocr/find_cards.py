"""Finds ID cards in a photo: lines of text, then the pattern that they make, then the card's borders."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from models.arrays import Image
from models.text_reader import TextReader
from ocr.borders import snapped
from ocr.flat import FlatCard, flatten
from ocr.layout import placements

LOOKS = ((608, False), (1120, True))
"""Long side in pixels at which lines are looked for, and whether contrast is evened out before. The second
look, which is slower, is for small, dark and blurred cards."""
BORDER_SIDE = 1024
"""Long side at which the borders are looked for."""
MAX_CARDS = 4
"""Placements tried for each look."""


def find_cards(photo: Image, reader: TextReader) -> Iterator[FlatCard]:
    """Cards that the photo may show, the likeliest first; a later one costs time only when asked for."""
    small = _shrunk(photo, BORDER_SIDE)
    factor = photo.shape[1] / small.shape[1]
    for side, even in LOOKS:
        image = _evened(small) if even else small
        lines = [box.polygon for box in reader.detect(image, side / max(image.shape[:2]))]
        for placement in placements(lines)[:MAX_CARDS]:
            polygon, _ = snapped(small, placement.polygon)
            yield flatten(photo, polygon * np.float32(factor), placement.side)


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
