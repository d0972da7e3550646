"""From a photo to faces, from a face to an upright crop, from a crop to a template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import Floats, Image, Template
from models.face_detector import THRESHOLD, Detections, detect
from models.face_embedder import embed_crop
from models.face_geometry import similarity_transform, warp
from models.face_landmarks import five_points, landmarks

CROP = 112
ARCFACE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)
"""Where eyes, nose and mouth corners stand in a crop of 112 pixels (ArcFace, arXiv 1801.07698)."""


@dataclass(frozen=True)
class Face:
    """A face in a photo, in the photo's pixels.

    `box` float32 (4,): x0, y0, x1, y1. `score` is the detector's, 0 to 1. `landmarks` float32 (68, 2) in
    the order of iBUG 300-W, seen with the face upright, whatever way the photo was held.
    """

    box: Floats
    score: float
    landmarks: Floats

    @cached_property
    def points(self) -> Floats:
        """float32 (5, 2): eyes, nose tip, mouth corners."""
        return five_points(self.landmarks)

    @property
    def size(self) -> float:
        """Geometric mean of the box's sides, pixels."""
        return float(np.sqrt(np.prod(self.box[2:] - self.box[:2])))

    @property
    def inter_eye_distance(self) -> float:
        """Pixels between the centres of the eyes."""
        return float(np.linalg.norm(self.points[1] - self.points[0]))

    @property
    def roll(self) -> float:
        """Degrees that the head is turned clockwise in the photo, -180 to 180."""
        x, y = self.points[1] - self.points[0]
        return float(np.degrees(np.arctan2(y, x)))


def find_faces(image: Image, threshold: float = THRESHOLD) -> tuple[Face, ...]:
    """The faces of a photo held any way up, largest first; empty if there are none."""
    for quarter_turns in (0, 1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(image, quarter_turns))
        found = detect(turned, threshold)
        if len(found.scores):
            faces = [_turn_back(f, quarter_turns, image) for f in _faces(turned, found)]
            return tuple(sorted(faces, key=lambda face: -face.size))
    return ()


def aligned(image: Image, face: Face) -> Image:
    """The face upright, uint8 (112, 112, 3), eyes, nose and mouth where ArcFace networks expect them."""
    return align(image, face.points)


def align(image: Image, points: Floats) -> Image:
    """As `aligned`, by five points float32 (5, 2)."""
    return warp(image, similarity_transform(points, ARCFACE_POINTS), CROP)


def embed(image: Image, face: Face) -> Template:
    """The face's template, float32 (704,), unit length."""
    return embed_crop(aligned(image, face))


def _faces(image: Image, found: Detections) -> list[Face]:
    return [
        Face(box, float(score), landmarks(image, box))
        for box, score in zip(found.boxes, found.scores, strict=True)
    ]


def _turn_back(face: Face, quarter_turns: int, image: Image) -> Face:
    """The same face in the photo's own pixels, found after np.rot90(image, quarter_turns)."""
    height, width = image.shape[:2]
    points = np.concatenate([face.landmarks, face.box.reshape(2, 2)])
    for side in [width, height, width][3 - quarter_turns :]:
        points = np.column_stack([side - points[:, 1], points[:, 0]])
    corners = points[68:]
    box = np.concatenate([corners.min(0), corners.max(0)])
    return Face(box.astype(np.float32), face.score, points[:68].astype(np.float32))
