"""Was a page pasted into a photo that had been compressed before? Looks at what JPEG leaves in the spectra of its blocks.

A photo that is saved twice has been quantised twice: its coefficients keep near the multiples of the first steps, all
over the photo. A page that was pasted in between was quantised once, with the second steps alone (Popescu and Farid,
"Statistical Tools for Digital Forensics", 2004).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image, Polygon

BLOCK = 8
"""Side of JPEG's blocks, pixels."""
ENOUGH = 7_800
"""Blocks of a photo that are looked at, about,"""
STRIPE = 6
"""in stripes of so many rows of blocks."""
INSIDE, OUTSIDE = 0.94, 1.08
"""Blocks this far from the sheet's middle, in its size, are the page's; and beyond this all others are not."""
FEWEST = 60
"""Fewer coefficients say nothing of a step."""
LARGEST = 256
STEPS = np.arange(3, 40)
"""Quantisation steps that are looked for."""
APART = 0.65
"""How much more the photo keeps to a step than the page does, 0 to 2, from which they were not saved together."""
_FREQUENCIES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1))
"""The lowest, which are quantised least: down and across."""


def saved_apart(image: Image, sheet: Polygon) -> bool:
    """Was all but the page, whose sheet has these corners, saved as JPEG before? Photo RGB, in the pixels of its file."""
    rows = _block_rows(image)
    spectra = _spectra(image, rows)
    inner, outer = (_within(image, sheet, grown)[rows].ravel() for grown in (INSIDE, OUTSIDE))
    gaps = [_gap(magnitudes[inner], magnitudes[~outer]) for magnitudes in spectra]
    found = [gap for gap in gaps if gap is not None]
    return len(found) > len(gaps) / 2 and float(np.median(found)) > APART


def _block_rows(image: Image) -> NDArray[np.intp]:
    height, width = (side // BLOCK for side in image.shape[:2])
    every = max(1, round(height * width / ENOUGH))
    return np.flatnonzero(np.arange(height) // STRIPE % every == 0)


def _spectra(image: Image, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Magnitudes of the low frequencies of the blocks in these rows of blocks, (frequencies, blocks), LARGEST at most."""
    across = image.shape[1] // BLOCK
    pixels = image[(BLOCK * rows[:, None] + np.arange(BLOCK)).ravel(), : BLOCK * across]
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    blocks = grey.reshape(len(rows), BLOCK, across, BLOCK).transpose(0, 2, 1, 3).reshape(-1, BLOCK**2)
    waves = np.stack([np.outer(_wave(down), _wave(along)).ravel() for down, along in _FREQUENCIES])
    magnitudes = np.minimum(np.round(np.abs(waves @ blocks.T)), LARGEST - 1)
    return np.asarray(magnitudes, np.intp)


def _wave(frequency: int) -> Floats:
    """Of the discrete cosine transform, float32 (8,)."""
    wave = np.cos((2 * np.arange(BLOCK) + 1) * frequency * np.pi / (2 * BLOCK))
    return np.asarray(wave * np.sqrt((1 if frequency == 0 else 2) / BLOCK), np.float32)


def _within(image: Image, sheet: Polygon, grown: float) -> NDArray[np.bool_]:
    """Which blocks lie within the sheet, grown about its middle; (rows, columns)."""
    middle = sheet.mean(axis=0)
    mask = np.zeros([side // BLOCK for side in image.shape[:2]], np.uint8)
    corners = ((sheet - middle) * grown + middle) / BLOCK
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    return mask > 0


def _gap(page: NDArray[np.intp], photo: NDArray[np.intp]) -> float | None:
    """How much more the photo's magnitudes keep to some step than the page's; None where there are too few."""
    size = np.arange(LARGEST)
    # What is rounded to zero keeps to every step; what is larger than all stands in the last place.
    counted = (size > 0.6 * STEPS[:, None]) & (size < LARGEST - 1)
    near = np.where(counted, np.cos(2 * np.pi * size / STEPS[:, None]), 0)
    shown = [np.bincount(magnitudes, minlength=LARGEST) for magnitudes in (page, photo)]
    amounts = [counted @ histogram for histogram in shown]
    enough = np.minimum(*amounts) > FEWEST
    if not enough.any():
        return None
    kept = [
        (near @ histogram)[enough] / amount[enough] for histogram, amount in zip(shown, amounts, strict=True)
    ]
    return float((kept[1] - kept[0]).max())
