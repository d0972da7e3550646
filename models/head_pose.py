"""Which way a head is turned, by network (Hopenet: Ruiz et al., arXiv 1710.00925)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Floats, Image
from models.runtime import network

INPUT = 224
MARGIN = 0.25
"""Share of the face's box that is added on each side."""
BIN_DEGREES, FIRST_BIN = 3.0, -99.0
"""Each angle comes as 66 classes of three degrees; their mean is the angle (section 3 of the paper)."""
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Degrees, 0 for a face that looks into the camera."""

    yaw: float
    """Positive when the nose points to the right of the photo: the person's own left, if not mirrored."""
    pitch: float
    """Positive when the chin is raised."""
    roll: float
    """Positive when the head leans clockwise in the photo."""


def head_pose(image: Image, box: Floats) -> HeadPose:
    """The pose of the face in `box` (float32 (4,): x0, y0, x1, y1) of an upright photo (RGB)."""
    margin = MARGIN * (box[2:] - box[:2])
    x0, y0 = np.maximum(box[:2] - margin, 0).astype(int)
    x1, y1 = np.ceil(box[2:] + margin).astype(int)
    crop = cv2.resize(np.ascontiguousarray(image[y0:y1, x0:x1]), (INPUT, INPUT), interpolation=cv2.INTER_AREA)
    normal = (crop.astype(np.float32) / 255 - _MEAN) / _DEVIATION
    outputs = network("head_pose").run(np.ascontiguousarray(normal.transpose(2, 0, 1)[None]))
    yaw, pitch, roll = (_degrees(logits[0]) for logits in outputs)
    return HeadPose(yaw=-yaw, pitch=pitch, roll=roll)


def _degrees(logits: Floats) -> float:
    weights = np.exp(logits - logits.max())
    return float(weights @ np.arange(len(logits)) / weights.sum() * BIN_DEGREES + FIRST_BIN)
