"""Edits in a finished photo, as an image editor makes them: patches with their own light, noise and type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.generators.drawing import Colour, Pixels, Type, put_text, text_width


def ground(pixels: Pixels, polygon: NDArray[np.float64]) -> Colour:
    """The colour of the paper around a text: the median of the brighter part of the polygon."""
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, [polygon.astype(np.int32)], 1)
    inside = pixels[mask > 0]
    if not len(inside):
        return 220, 218, 210
    bright = inside[inside.sum(-1) >= np.percentile(inside.sum(-1), 60)]
    red, green, blue = (int(c) for c in np.median(bright, axis=0))
    return red, green, blue


def text_patch(
    rows: Sequence[str],
    size: tuple[int, int],
    face: tuple[str, int],
    height: float,
    paper: Colour,
    spread: bool = False,
) -> Pixels:
    """A smooth patch of (width, height) in the colour of the paper with lines of type of at most `height` pixels.

    `spread` spaces the letters so that a line fills the width, as the number on a card does.
    """
    patch = Image.new("RGB", size, paper)
    ink: Colour = (38, 37, 38) if sum(paper) > 250 else (16, 16, 16)
    step = size[1] / len(rows)
    for number, row in enumerate(rows):
        style = Type(face, max(8, round(min(height, step * 0.9))), ink)
        while text_width(row, style) > size[0] and style.size > 8:
            style = replace(style, size=style.size - 1)
        if spread:
            style = replace(style, spacing=(size[0] * 0.97 - text_width(row, style)) / (len(row) - 1))
        put_text(patch, (size[0] / 2, step * (number + 0.5)), row, style, "mm")
    return np.asarray(patch)


def stamp(
    pixels: Pixels,
    patch: Pixels,
    polygon: NDArray[np.float64],
    rng: np.random.Generator,
    grow: tuple[float, float] = (1.03, 1.12),
) -> Pixels:
    """The photo with a patch laid over a polygon (4, 2), a little larger and softer than what was there."""
    middle = polygon.mean(axis=0)
    target = (middle + (polygon - middle) * grow).astype(np.float32)
    height, width = patch.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    size = (pixels.shape[1], pixels.shape[0])
    soft = cv2.GaussianBlur(patch, (0, 0), rng.uniform(0.6, 1.6))
    laid = cv2.warpPerspective(soft, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size)
    return np.asarray(cv2.copyTo(laid, mask, pixels.copy()), np.uint8)


def recompressed(pixels: Pixels, quality: int) -> Pixels:
    """The photo as it comes back from a first JPEG: what an editor opened."""
    _, buffer = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(buffer, cv2.IMREAD_COLOR)[..., ::-1])
