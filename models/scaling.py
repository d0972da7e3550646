"""Makes pictures smaller, soon."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Image


def halved(image: Image, times: int) -> Image:
    """The picture with half the width and height, so many times; an odd last row or column falls away."""
    for _ in range(times):
        height, width = (side // 2 for side in image.shape[:2])
        even = image[: 2 * height, : 2 * width]
        image = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return image


def halvings(reduction: float) -> int:
    """How often a picture can be halved when it is to be `reduction` times smaller."""
    return max(0, int(np.floor(np.log2(max(reduction, 1.0)))))


def shrunk(image: Image, scale: float) -> Image:
    """The picture at `scale` times its size, by areas. Halving first costs a fraction of doing it at once."""
    size = [max(1, round(scale * length)) for length in image.shape[1::-1]]
    small = cv2.resize(halved(image, halvings(1 / scale)), size, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)
