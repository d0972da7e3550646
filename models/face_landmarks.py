"""68 landmarks of a face, in the order of iBUG 300-W (Sagonas et al., 2013)."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Floats, Image
from models.face_geometry import warp
from models.runtime import network

SIZE = 64


def landmarks(image: Image, box: Floats) -> Floats:
    """float32 (68, 2), in the image's pixels, of the face in `box` (x0, y0, x1, y1)."""
    centre = (box[:2] + box[2:]) / 2
    side = float(box[3] - box[1])  # the network was trained on squares as high as the box
    corner = centre - side / 2
    to_crop = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]], np.float32) * np.float32(SIZE / side)
    grey = cv2.cvtColor(warp(image, to_crop, SIZE), cv2.COLOR_RGB2GRAY)
    (points,) = network("face_landmarks").run(grey.astype(np.float32)[None, None] / 256)
    return (points.reshape(68, 2) * side + corner).astype(np.float32)


def five_points(points: Floats) -> Floats:
    """float32 (5, 2): centres of the eyes, tip of the nose, corners of the mouth (left means image left)."""
    eyes = [points[[37, 38, 40, 41]].mean(0), points[[43, 44, 46, 47]].mean(0)]
    mouth = [points[[48, 60]].mean(0), points[[54, 64]].mean(0)]
    return np.stack([*eyes, points[30], *mouth]).astype(np.float32)
