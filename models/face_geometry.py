"""Similarity transforms and sharp crops of faces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image


def similarity_transform(source: Floats, target: Floats) -> Floats:
    """float32 (2, 3): rotation, scale and shift that bring `source` (n, 2) closest to `target` (n, 2).

    Least squares (Umeyama, 1991), without reflection.
    """
    source_mean, target_mean = source.mean(0), target.mean(0)
    a, b = source - source_mean, target - target_mean
    norm = (a**2).sum()
    cosine = (a * b).sum() / norm
    sine = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / norm
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, target_mean - linear @ source_mean]).astype(np.float32)


def turned_square(centre: NDArray[np.floating], side: float, degrees: float, size: int) -> Floats:
    """float32 (2, 3): maps the square around `centre`, turned clockwise by `degrees`, to size x size pixels."""
    angle = np.radians(degrees)
    linear = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) * (size / side)
    return np.column_stack([linear, size / 2 - linear @ centre]).astype(np.float32)


def apply(transform: Floats, points: Floats) -> Floats:
    """float32 (n, 2): points after an affine transform (2, 3)."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float32)


def invert(transform: Floats) -> Floats:
    """float32 (2, 3): the affine transform back."""
    return np.asarray(cv2.invertAffineTransform(transform), np.float32)


def warp(image: Image, to_crop: Floats, size: int, interpolation: int = cv2.INTER_LINEAR) -> Image:
    """uint8 (size, size, 3): the crop that `to_crop` (2, 3) maps the image's pixels to.

    `interpolation` is OpenCV's. Edges are repeated outside of the image. Where the crop is much smaller than what
    it shows, the image is shrunk by area first: sampling alone would skip pixels and alias.
    """
    scale = float(np.sqrt(abs(np.linalg.det(to_crop[:, :2]))))
    if scale < 0.5:
        image, to_crop = _shrink_around(image, to_crop, size, 2 * scale)
    crop = cv2.warpAffine(image, to_crop, (size, size), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def _shrink_around(image: Image, to_crop: Floats, size: int, factor: float) -> tuple[Image, Floats]:
    square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    corners = apply(invert(to_crop), square)
    height, width = image.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(0)).astype(int) - 2, 0, [width - 2, height - 2])
    x1, y1 = np.clip(np.ceil(corners.max(0)).astype(int) + 2, [x0 + 2, y0 + 2], [width, height])
    small = cv2.resize(image[y0:y1, x0:x1], None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    x_factor, y_factor = small.shape[1] / (x1 - x0), small.shape[0] / (y1 - y0)
    from_small = np.array([[1 / x_factor, 0, x0], [0, 1 / y_factor, y0], [0, 0, 1]])
    return np.asarray(small, np.uint8), (to_crop @ from_small).astype(np.float32)
