"""Is an eye open, by network: its first class is closed, its second open."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Floats, Image
from models.runtime import network

INPUT = 24
MARGIN = 1.6
"""Side of the crop, in widths of the eye."""
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
"""Of the 68 landmarks (iBUG 300-W); the person's own right and left."""


def eyes_open(image: Image, landmarks: Floats) -> tuple[float, float]:
    """The chance, 0 to 1, that the person's right and left eye are open.

    `landmarks` are the 68 of the face, float32 (68, 2), in a photo (RGB) that shows it about upright.
    """
    right, left = (_open(image, landmarks[eye]) for eye in (RIGHT_EYE, LEFT_EYE))
    return right, left


def _open(image: Image, points: Floats) -> float:
    side = max(float(np.ptp(points[:, 0])) * MARGIN, 2.0)
    x, y = points.mean(axis=0) - side / 2
    scale = INPUT / side
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(image, matrix, (INPUT, INPUT), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    logits = network("eye_state").run(grey[None, None])[0][0]
    weights = np.exp(logits - logits.max())
    return float(weights[1] / weights.sum())
