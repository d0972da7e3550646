"""Tells a live face from a photo of a photo or of a screen, by network (MiniFASNet)."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Floats, Image
from models.runtime import network

MINIFASNET_INPUT = 128
MINIFASNET_SCALE = 2.7
"""Side of its crop, in sides of the face's box: it looks for the edges of paper and screens."""
MINIFASNET_LIVE = 0
"""Class of a live face; the other two are kinds of attacks."""


def minifasnet_attack(image: Image, box: Floats, scale: float = MINIFASNET_SCALE) -> float:
    """MiniFASNet's chance, 0 to 1, that the face in `box` (x0, y0, x1, y1) of a photo (RGB) is an attack.

    `scale` is the side of the crop in sides of the box; 1 leaves the face's own texture alone. Where the photo
    is too tight for the crop, the crop is as large as the photo allows.
    """
    crop = _around(image, box, scale)
    shrinks = max(crop.shape[:2]) > MINIFASNET_INPUT
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(crop, (MINIFASNET_INPUT, MINIFASNET_INPUT), interpolation=interpolation)
    planes = small[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
    logits = network("attack_minifasnet").run(np.ascontiguousarray(planes))[0][0]
    weights = np.exp(logits - logits.max())
    return float(1 - weights[MINIFASNET_LIVE] / weights.sum())


def _around(image: Image, box: Floats, scale: float) -> Image:
    """The box grown by `scale`, or by as much as fits, and moved so that it lies inside the photo."""
    height, width = image.shape[:2]
    w, h = np.maximum(box[2:] - box[:2], 2)
    scale = min(scale, (width - 1) / w, (height - 1) / h)
    w, h = w * scale, h * scale
    x = float(np.clip((box[0] + box[2] - w) / 2, 0, width - w))
    y = float(np.clip((box[1] + box[3] - h) / 2, 0, height - h))
    return image[int(y) : int(y + h) + 1, int(x) : int(x + w) + 1]
