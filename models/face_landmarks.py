"""Landmarks of a face: 68 points (iBUG 300-W; Sagonas et al., 2013) and a mesh of 468 (MediaPipe)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Floats, Image
from models.face_geometry import apply, invert, turned_square, warp
from models.runtime import network

SIZE, MESH_SIZE = 64, 192

TILTED = 15.0
"""Degrees of roll from which the 68 points are found again on an upright crop."""

BOX_HEIGHT, BOX_RISE = 1.41, 0.18
"""Height of the detector's box, and of its centre above that of the 68 points, in heights of the points
(medians of 200 upright faces of LFW)."""

MESH_MARGIN, MESH_RISE = 1.6, 0.06
"""Side of the mesh's crop in heights of the 68 points, and its rise in its own sides."""

_LEFT_EYE = [33, 133, 159, 145, 158, 153, 160, 144]
_RIGHT_EYE = [362, 263, 386, 374, 385, 380, 387, 373]
_NOSE_TIP, _MOUTH_CORNERS = 1, [61, 291]


@dataclass(frozen=True)
class Mesh:
    """`points` float32 (468, 2) in the photo's pixels; `presence` 0 to 1, how much this is a face."""

    points: Floats
    presence: float


def landmarks(image: Image, box: Floats) -> Floats:
    """float32 (68, 2), in the image's pixels, of the face in `box` (x0, y0, x1, y1)."""
    side = float(box[3] - box[1])  # the network was trained on squares as high as the box
    points = _landmarks(image, turned_square((box[:2] + box[2:]) / 2, side, 0, SIZE))
    return points if abs(roll(points)) < TILTED else again(image, points)


def again(image: Image, points: Floats) -> Floats:
    """The 68 points (68, 2) found once more, on a crop that is upright and centred by the first ones."""
    centre, height = upright_extent(points)
    raised = centre - BOX_RISE * height * _down(roll(points))
    return _landmarks(image, turned_square(raised, BOX_HEIGHT * height, roll(points), SIZE))


def mesh(image: Image, points: Floats) -> Mesh:
    """The mesh of a face whose 68 points (68, 2) are known roughly."""
    centre, height = upright_extent(points)
    side = MESH_MARGIN * height
    to_crop = turned_square(centre - MESH_RISE * side * _down(roll(points)), side, roll(points), MESH_SIZE)
    crop = warp(image, to_crop, MESH_SIZE).astype(np.float32)[None] / 255
    found, presence = network("face_mesh").run(crop)
    flat = found.reshape(468, 3)[:, :2]
    return Mesh(apply(invert(to_crop), flat), float(1 / (1 + np.exp(-presence.item()))))


def five_points(points: Floats) -> Floats:
    """float32 (5, 2): centres of the eyes, tip of the nose, corners of the mouth (left means image left)."""
    eyes = [points[[37, 38, 40, 41]].mean(0), points[[43, 44, 46, 47]].mean(0)]
    mouth = [points[[48, 60]].mean(0), points[[54, 64]].mean(0)]
    return np.stack([*eyes, points[30], *mouth]).astype(np.float32)


def five_points_of_mesh(points: Floats) -> Floats:
    """As `five_points`, of a mesh (468, 2)."""
    eyes = [points[_LEFT_EYE].mean(0), points[_RIGHT_EYE].mean(0)]
    return np.stack([*eyes, points[_NOSE_TIP], *points[_MOUTH_CORNERS]]).astype(np.float32)


def roll(points: Floats) -> float:
    """Degrees that a head with these 68 points is turned clockwise in the photo, -180 to 180."""
    left, right, *_ = five_points(points)
    x, y = right - left
    return float(np.degrees(np.arctan2(y, x)))


def upright_extent(points: Floats) -> tuple[Floats, float]:
    """Centre (2,) and larger side of the 68 points' box, measured along the head's own axes."""
    upright = turned_square(np.zeros(2, np.float32), 1, roll(points), 1)
    along = apply(upright, points)
    low, high = along.min(0), along.max(0)
    return apply(invert(upright), ((low + high) / 2)[None])[0], float((high - low).max())


def _landmarks(image: Image, to_crop: Floats) -> Floats:
    grey = cv2.cvtColor(warp(image, to_crop, SIZE), cv2.COLOR_RGB2GRAY)
    (points,) = network("face_landmarks").run(grey.astype(np.float32)[None, None] / 256)
    return apply(invert(to_crop), points.reshape(68, 2) * SIZE)


def _down(degrees: float) -> Floats:
    """Unit vector (2,) from forehead to chin of a head with this roll."""
    angle = np.radians(degrees)
    return np.array([-np.sin(angle), np.cos(angle)], np.float32)
