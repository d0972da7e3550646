"""The grid of a screen's pixels or of a printer's dots, on a photographed card.

A grid is the same all over what shows the card: on the flattened card it gives one isolated peak of the spectrum,
alike in every part. Writing, portraits and the bent lines of a genuine card differ from part to part. A grid finer
than two pixels of the photo is seen only where the camera turned it into moire; most are not.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image
from ocr.flat import FlatCard
from ocr.layout import CARD_HEIGHT, CARD_WIDTH

SMALLEST = 0.56
"""Pixels of the photo for a tenth of a millimetre on the card under which no grid can be in it."""
TILES = (4, 3)
LARGE, SMALL = 256, 128
"""Sides of the tiles on cards of more than LARGE_CARD pixels a tenth of a millimetre, and on others."""
LARGE_CARD = 0.95
DETAIL = 3.0
"""Standard deviation of the Gaussian that is taken off, pixels: what is coarser than a grid."""
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
    taper = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    total = np.zeros((side, side), np.float32)
    for tile in _tiles(card, side):
        grey = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY).astype(np.float32)
        detail = np.clip(grey - cv2.GaussianBlur(grey, (0, 0), DETAIL), -CLIPPED, CLIPPED)
        real, imaginary = cv2.split(cv2.dft(detail * taper, flags=cv2.DFT_COMPLEX_OUTPUT))
        total += cv2.log(real * real + imaginary * imaginary + np.float32(0.01 * side))
    count = TILES[0] * TILES[1]
    spectrum = np.asarray(cv2.GaussianBlur(np.fft.fftshift(total / count), (3, 3), 0.7), np.float32)
    return float((_above_median(spectrum) * np.sqrt(count) - _handicap(side)).max())


def _tiles(card: FlatCard, side: int) -> Iterator[Image]:
    length = side / card.scale
    for top in np.linspace(0, CARD_HEIGHT - length, TILES[1]):
        for left in np.linspace(0, CARD_WIDTH - length, TILES[0]):
            yield card.view((left, top, left + length, top + length), card.scale, fine=True)


def _above_median(spectrum: Floats) -> Floats:
    """What rises above the median of the neighbourhood; bytes are fine enough, and their median is fast."""
    low, high = float(spectrum.min()), float(spectrum.max())
    step = max(high - low, 1e-6) / 255
    ground = cv2.medianBlur(((spectrum - low) / step).astype(np.uint8), NEIGHBOURHOOD)
    return np.asarray(spectrum - (ground * np.float32(step) + np.float32(low)), np.float32)


def _handicap(side: int) -> NDArray[np.float32]:
    """By frequency, what is taken off a peak: all of it outside of the frequencies that count."""
    axis = np.fft.fftshift(np.fft.fftfreq(side))
    radius = np.hypot(*np.meshgrid(axis, axis))
    counted = np.where(radius >= FINE, 0.0, HANDICAP)
    return np.where((radius >= LOWEST) & (radius < 0.5), counted, 1e3).astype(np.float32)
