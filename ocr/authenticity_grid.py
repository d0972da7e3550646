"""The grid of a screen's pixels or of a printer's dots, on a photographed card.

A grid is the same all over what shows the card: on the flattened card it gives one isolated peak of the spectrum,
alike in every part. Writing, portraits and the bent lines of a genuine card differ from part to part. A grid finer
than two pixels of the photo is seen only where the camera turned it into moire; most are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from models.arrays import Floats
from ocr.flat import FlatCard
from ocr.layout import CARD_HEIGHT, CARD_WIDTH

SMALLEST = 0.56
"""Pixels of the photo for a tenth of a millimetre on the card under which no grid can be in it."""
TILES = (4, 3)
LARGE, SMALL = 192, 128
"""Sides of the tiles on cards of more than LARGE_CARD pixels a tenth of a millimetre, and on others."""
LARGE_CARD = 0.95
DETAIL = 3.0
"""Standard deviation of the Gaussian that is taken off, pixels: what is coarser than a grid."""
BLUR_KERNEL = (19, 19)
"""What of that Gaussian counts."""
CLIPPED = 12.0
"""Grey levels of detail at which edges of writing are cut off."""
LOWEST, FINE = 0.1, 0.17
"""Frequencies, cycles a pixel, from which peaks count, and from which they count fully: bent lines are coarser."""
HANDICAP = 1.5
"""What a peak between the two must have more, in standard deviations."""
NEIGHBOURHOOD = 21
"""Frequencies across, whose median is what a peak stands out of."""


def grid(card: FlatCard) -> float | None:
    """How far the strongest peak that the parts of the card share stands out of its surroundings.

    In standard deviations of chance. None where the card is too small in the photo to hold a grid.
    """
    if card.scale < SMALLEST:
        return None
    side = LARGE if card.scale > LARGE_CARD else SMALL
    total = np.zeros((side, side // 2), np.float32)
    for tile in _tiles(card, side):
        detail = tile - cv2.GaussianBlur(tile, BLUR_KERNEL, DETAIL)
        clipped = np.clip(detail, -CLIPPED, CLIPPED)
        total += cv2.log(_power(clipped * _taper(side)) + np.float32(0.01 * side))
    count = TILES[0] * TILES[1]
    spectrum = np.asarray(cv2.GaussianBlur(_shifted(total / np.float32(count)), (3, 3), 0.7), np.float32)
    return float((_above_median(spectrum) * np.sqrt(count) - _handicap(side)).max())


def _tiles(card: FlatCard, side: int) -> Iterator[Floats]:
    length = side / card.scale
    for top in np.linspace(0, CARD_HEIGHT - length, TILES[1]):
        for left in np.linspace(0, CARD_WIDTH - length, TILES[0]):
            tile = card.view((left, top, left + length, top + length), card.scale, fine=True, grey=True)
            yield tile.astype(np.float32)


def _power(tile: Floats) -> Floats:
    """The squared spectrum (side, side / 2) of a square tile: frequencies across from 0 on, all those down.

    OpenCV packs the spectrum of real numbers: its first column holds the frequencies down in turn.
    """
    spectrum = cv2.dft(tile)
    packed = cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True)
    down = np.append(packed[0, 0], packed[1::2, 0])
    return np.column_stack([np.append(down, down[-2:0:-1]), packed[:, 1:-1:2]])


def _shifted(half: Floats) -> Floats:
    """The half spectrum with frequency 0 in the middle of its rows, and before it what median and blur look at."""
    rows = np.fft.fftshift(half, axes=0)
    mirrored = np.roll(rows[::-1, NEIGHBOURHOOD:0:-1], 1, axis=0)
    return np.hstack([mirrored, rows])


def _above_median(spectrum: Floats) -> Floats:
    """What rises above the median of the neighbourhood; bytes are fine enough, and their median is fast."""
    low, high = float(spectrum.min()), float(spectrum.max())
    step = max(high - low, 1e-6) / 255
    ground = cv2.medianBlur(((spectrum - low) / step).astype(np.uint8), NEIGHBOURHOOD)
    return np.asarray(spectrum - (ground * np.float32(step) + np.float32(low)), np.float32)


@cache
def _taper(side: int) -> Floats:
    return np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)


@cache
def _handicap(side: int) -> Floats:
    """By frequency, what is taken off a peak: all of it outside of the frequencies that count."""
    down = np.fft.fftshift(np.fft.fftfreq(side))
    across = np.arange(-NEIGHBOURHOOD, side // 2) / side
    radius = np.hypot(*np.meshgrid(across, down))
    counted = np.where(radius >= FINE, 0.0, HANDICAP)
    return np.where((radius >= LOWEST) & (radius < 0.5), counted, 1e3).astype(np.float32)
