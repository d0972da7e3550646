"""Makes the print of a page easier to find and to read: in even light, without the red ink of seals.

The text detector passes over print that is much fainter than what it was trained on: in dim light and behind glass whole
paragraphs. A seal breaks the lines that it crosses.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Floats, Image

RED = (40, 80)
"""How much redder than green and blue, on white paper, ink begins to be and surely is a seal's. Gold is below."""
SHRUNK, NEAR = 8, 15
"""The paper's brightness is taken at this part of the size, from the brightest around, over so many pixels there."""
EQUAL = 200
"""Value that stands for the paper's own brightness on the way: the brightest may be a quarter brighter."""
PAPER, STRONGER = 235, 1.6
"""Grey value that the paper gets, and how much more print differs from it than it did."""


def without_seals(image: Image) -> Image:
    """The page with red ink as light as the paper; print that crosses it stays as dark as it is in red light."""
    paper = np.median(image[::8, ::8].reshape(-1, 3), axis=0).clip(1)
    red, green, blue = cv2.split(cv2.LUT(image, _on_white(paper)))
    redder = cv2.subtract(red, cv2.max(green, blue))
    inked = np.nonzero(redder > RED[0])
    share = np.minimum((redder[inked].astype(np.float32) - RED[0]) / (RED[1] - RED[0]), 1)[:, None]
    clean = image.copy()
    grey = red[inked][:, None] * (paper / 255)
    clean[inked] = image[inked] * (1 - share) + grey * share
    return clean


def _on_white(paper: Floats) -> Image:
    """A table (1, 256, 3) that makes the paper's colour white."""
    values = np.arange(256)[None, :, None] * (255 / paper)
    return np.clip(values, 0, 255).astype(np.uint8)


def in_even_light(image: Image) -> Image:
    """The page with its paper equally white everywhere, and its print as dark as print on it is."""
    small = cv2.resize(image, None, fx=1 / SHRUNK, fy=1 / SHRUNK, interpolation=cv2.INTER_AREA)
    ground = cv2.medianBlur(cv2.dilate(small, np.ones((3, 3), np.uint8)), NEAR)
    ground = cv2.resize(cv2.GaussianBlur(ground, (0, 0), NEAR / 2), image.shape[1::-1])
    lit = cv2.divide(image, np.maximum(ground, 8), scale=EQUAL)
    shown = (1 - STRONGER + STRONGER * np.arange(256) / EQUAL) * PAPER
    return np.asarray(cv2.LUT(lit, np.clip(shown, 0, 255).astype(np.uint8)), np.uint8)
