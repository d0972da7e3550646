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

from models.arrays import Floats, Image
from models.scaling import halvings
from ocr.flat import FlatCard
from ocr.layout import CARD_HEIGHT, CARD_WIDTH

SMALLEST = 0.56
"""Pixels of the photo for a tenth of a millimetre on the card under which no grid can be in it."""
TILES = (4, 2)
"""Tiles across the card, and down it."""
LARGE, SMALL = 256, 128
"""Sides of the tiles, pixels, on cards of more than LARGE_CARD and on others."""
LARGE_CARD = 0.95
"""Pixels of the photo for a tenth of a millimetre."""
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

    In standard deviations of chance. None where the card is too small in the photo to hold a grid. The parts are cut
    from the photo as they are, and their spectra are flattened instead: that interpolates no pixels.
    """
    side = LARGE if card.scale > LARGE_CARD else SMALL
    spectra = [_flattened(tile, way * card.scale) for tile, way in _tiles(card, side)]
    if card.scale < SMALLEST or not spectra:
        return None
    mean = sum(spectra[1:], spectra[0]) / np.float32(len(spectra))
    spectrum = np.asarray(cv2.GaussianBlur(mean, (3, 3), 0.7), np.float32)
    return float((_above_median(spectrum) * np.sqrt(len(spectra)) - _handicap(side)).max())


def _tiles(card: FlatCard, side: int) -> Iterator[tuple[Image, Floats]]:
    """Square parts of the photo, evenly over the card, and by which matrix a frequency on the card is one there."""
    times = halvings(card.resolution / card.scale)
    photo = card.photo.halved(times)
    to_photo = np.diag([0.5**times, 0.5**times, 1.0]) @ card.to_photo
    reach = side / 2 * 2**times / card.resolution
    for y in np.linspace(reach, CARD_HEIGHT - reach, TILES[1]):
        for x in np.linspace(reach, CARD_WIDTH - reach, TILES[0]):
            near = np.array([[(x, y), (x + 1, y), (x, y + 1)]])
            middle, right, below = cv2.perspectiveTransform(near, to_photo)[0]
            left, top = np.round(middle - side / 2).astype(int).clip(0)
            tile = photo[top : top + side, left : left + side]
            if tile.shape[:2] == (side, side):
                yield tile, np.linalg.inv([right - middle, below - middle])


def _flattened(tile: Image, way: Floats) -> Floats:
    """The logarithm of the tile's squared spectrum on the card: (side, NEIGHBOURHOOD + side / 2).

    Frequency 0 is in the middle of the rows; before it stands what median and blur look at beside it.
    """
    side = len(tile)
    grey = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.clip(grey - cv2.GaussianBlur(grey, BLUR_KERNEL, DETAIL), -CLIPPED, CLIPPED)
    half = np.asarray(cv2.log(_power(detail * _taper(side)) + np.float32(0.01 * side)), np.float32)
    order = np.fft.fftshift(np.arange(side))
    whole = np.hstack([half[-order % side, :0:-1], half[order]])
    start = way @ (-NEIGHBOURHOOD, -side / 2) + (side / 2 - 1, side / 2)
    return np.asarray(
        cv2.warpAffine(
            whole,
            np.column_stack([way, start]),
            (NEIGHBOURHOOD + side // 2, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def _power(tile: Floats) -> Floats:
    """The squared spectrum (side, side / 2) of a square tile: frequencies across from 0 on, all those down.

    OpenCV packs the spectrum of real numbers: its first column holds the frequencies down in turn.
    """
    spectrum = cv2.dft(tile)
    packed = cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True)
    down = np.append(packed[0, 0], packed[1::2, 0])
    return np.column_stack([np.append(down, down[-2:0:-1]), packed[:, 1:-1:2]])


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
