"""From a photo to faces, from a face to an upright crop, from a crop to a template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from models.arrays import Floats, Image, Template
from models.face_detector import THRESHOLD, Detections, detect, detect_in_tiles
from models.face_embedder import Embedding, embed_crops
from models.face_geometry import apply, invert, similarity_transform, warp
from models.face_landmarks import Mesh, again, five_points, five_points_of_mesh, landmarks, mesh, roll

Profile = Literal["fast", "accurate"]
"""How much time a template may take."""

CROP = 112
ARCFACE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)
"""Where eyes, nose and mouth corners stand in a crop of 112 pixels (ArcFace, arXiv 1801.07698)."""

CERTAIN, SURE = 0.95, 0.9999
"""Detector's score and mesh network's presence above which this is a face, held this way up: 99% of
photos of LFW reach both."""

DOUBTFUL = 0.3
"""Presence under which a detection is not a face: of 4008 faces of LFW one had less."""

FAINT, LIKELY = 0.35, 0.9
"""Detector's score for faces that are printed faintly or covered, and the presence that they must have."""

ONE_FACE = 0.25
"""Distance between the centres of two faces' landmarks, in sizes of the smaller, under which they are one face."""

CLOSER = 2, 6
"""How many times a photo is enlarged in which small faces are looked for: each finds those of about a third of the
size that the look before needs, the last one 40 pixels in 12 megapixels."""

SMALLEST_TILE = 240
"""Pixels of a tile's shorter side: smaller ones would only enlarge what is not there."""

OBLIQUE = 40
"""Degrees that a photo is turned each way to look for small faces; the detector sees those within about 25 degrees."""


@dataclass(frozen=True)
class Face:
    """A face in a photo, in the photo's pixels.

    `box` float32 (4,): x0, y0, x1, y1. `score` is the detector's, 0 to 1. `landmarks` float32 (68, 2) in
    the order of iBUG 300-W, seen with the face upright, whatever way the photo was held. `mesh` has 468
    points more, and says how surely this is a face.
    """

    box: Floats
    score: float
    landmarks: Floats
    mesh: Mesh

    @cached_property
    def points(self) -> Floats:
        """float32 (5, 2): eyes, nose tip, mouth corners; of the mesh unless it is lost."""
        if self.mesh.presence > DOUBTFUL:
            return five_points_of_mesh(self.mesh.points)
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
        return roll(self.landmarks)


def find_faces(image: Image, threshold: float = THRESHOLD) -> tuple[Face, ...]:
    """The faces of a photo held any way up, largest first; empty if there are none.

    Looks once at the whole photo. Only where that finds no certain face does it turn the photo each way, then
    widen it for faces that fill it, look at tiles for small faces (from 40 pixels in 12 megapixels), at faint
    detections, also with the contrast stretched, and at tiles of the photo turned to both sides; the first look
    that finds a certain face is the last.
    """
    first = _look(image, detect(image, threshold))
    if _certain(first):
        return _real(first)
    best = max((first, *_turned_looks(image, threshold)), key=_confidence)
    if _certain(best):
        return _real(best)
    for looked in _closer_looks(image, threshold):
        if _certain(looked):
            return _real(looked)
        best = max((best, looked), key=_confidence)
    return _real(best)


def main_face(image: Image, faces: Sequence[Face]) -> Face:
    """The face that the photo is of: large and near its centre. There must be one face at least."""
    height, width = image.shape[:2]
    centre = np.array([width, height], np.float32) / 2

    def prominence(face: Face) -> float:
        aside = np.linalg.norm((face.box[:2] + face.box[2:]) / 2 - centre) / np.linalg.norm(centre)
        return face.size * (1 - 0.8 * float(aside))

    return max(faces, key=prominence)


def aligned(image: Image, face: Face, size: int = CROP) -> Image:
    """The face upright, uint8 (size, size, 3), eyes, nose and mouth where ArcFace networks expect them."""
    return align(image, face.points, size)


def align(image: Image, points: Floats, size: int = CROP) -> Image:
    """As `aligned`, by five points float32 (5, 2)."""
    target = (ARCFACE_POINTS * (size / CROP)).astype(np.float32)
    return warp(image, similarity_transform(points, target), size, cv2.INTER_CUBIC)


def embed(image: Image, face: Face, profile: Profile = "accurate") -> Template:
    """The face's template, float32 (705,); the dot product of two is their similarity (models.face_embedder).

    `accurate` adds the crop's mirror image, which cancels part of the pose and the lighting, at twice the time;
    templates of both profiles can be compared.
    """
    return embed_all([aligned(image, face)], profile)[0].template


def embed_all(crops: Sequence[Image], profile: Profile = "accurate") -> list[Embedding]:
    """As `embed`, and how recognisable each is, of aligned faces (112, 112, 3); `fast` runs two of them together."""
    if profile == "fast":
        return embed_crops(np.stack(crops))
    both = [view for crop in crops for view in (crop, crop[:, ::-1])]
    return embed_crops(np.stack(both), views=2)


def _turned_looks(image: Image, threshold: float) -> Iterator[list[Face]]:
    height, width = image.shape[:2]
    back = {
        1: [[0, -1, width], [1, 0, 0]],
        2: [[-1, 0, width], [0, -1, height]],
        3: [[0, 1, 0], [-1, 0, height]],
    }
    for quarter_turns in (1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(image, quarter_turns))
        yield _moved(_look(turned, detect(turned, threshold)), np.array(back[quarter_turns], np.float32))


def _closer_looks(image: Image, threshold: float) -> Iterator[list[Face]]:
    yield _wider_look(image, threshold)
    for tile in _tiles(image):
        yield _look_in_tiles(image, tile, threshold)
    for candidate in (image, _stretched(image)):
        yield _present(_look(candidate, detect(candidate, FAINT)))
    for tile in _tiles(image):
        for degrees in (OBLIQUE, -OBLIQUE):
            turned, back = _oblique(image, degrees)
            yield _moved(_look_in_tiles(turned, tile, threshold), back)


def _tiles(image: Image) -> list[tuple[int, int]]:
    """Height and width of tiles that are worth enlarging."""
    height, width = image.shape[:2]
    return [
        (height // times, width // times) for times in CLOSER if min(height, width) // times >= SMALLEST_TILE
    ]


def _look_in_tiles(image: Image, tile: tuple[int, int], threshold: float) -> list[Face]:
    return _present(_look(image, detect_in_tiles(image, tile, threshold)))


def _present(faces: list[Face]) -> list[Face]:
    """Without those that only the detector takes for faces, which so many looks would make more."""
    return [face for face in faces if face.mesh.presence > LIKELY]


def _wider_look(image: Image, threshold: float) -> list[Face]:
    """Of the photo within a border of its own edges' colours."""
    border = min(image.shape[:2]) // 3
    wider = np.pad(image, ((border, border), (border, border), (0, 0)), mode="edge")
    return _moved(
        _look(wider, detect(wider, threshold)), np.array([[1, 0, -border], [0, 1, -border]], np.float32)
    )


def _oblique(image: Image, degrees: float) -> tuple[Image, Floats]:
    """The photo turned anticlockwise, whole, and the map float32 (2, 3) from its pixels back to the photo's."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    sides = np.abs(turn[:, :2]) @ [width, height]
    turn[:, 2] += sides / 2 - [width / 2, height / 2]
    turned = cv2.warpAffine(image, turn, [int(side) for side in sides], flags=cv2.INTER_LINEAR)
    return np.asarray(turned, np.uint8), invert(turn.astype(np.float32))


def _certain(faces: list[Face]) -> bool:
    return any(face.score > CERTAIN and face.mesh.presence > SURE for face in faces)


def _confidence(faces: list[Face]) -> float:
    return max((face.score * face.mesh.presence for face in faces), default=0.0)


def _real(faces: list[Face]) -> tuple[Face, ...]:
    """Those that one of the two networks is certain of, or that neither doubts, each once; largest first."""
    real: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        sure = face.mesh.presence > DOUBTFUL or face.score > CERTAIN
        if sure and not any(_same_place(face, other) for other in real):
            real.append(face)
    return tuple(sorted(real, key=lambda face: -face.size))


def _same_place(face: Face, other: Face) -> bool:
    """Do the landmarks of two boxes, perhaps beside each other, lie on one face?"""
    apart = np.linalg.norm(face.landmarks.mean(0) - other.landmarks.mean(0))
    return float(apart) < ONE_FACE * min(face.size, other.size)


def _look(image: Image, found: Detections) -> list[Face]:
    return [_face(image, box, float(score)) for box, score in zip(found.boxes, found.scores, strict=True)]


def _face(image: Image, box: Floats, score: float) -> Face:
    points = landmarks(image, box)
    face = Face(box, score, points, mesh(image, points))
    if face.mesh.presence > SURE:
        return face
    points = again(image, points)
    other = Face(box, score, points, mesh(image, points))
    return max(face, other, key=lambda tried: tried.mesh.presence)


def _stretched(image: Image) -> Image:
    """The same photo with its contrast equalised from place to place (CLAHE; Zuiderveld, 1994), its noise smoothed."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.2)
    lightness, a, b = cv2.split(cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB))
    even = cv2.createCLAHE(clipLimit=10, tileGridSize=(4, 4)).apply(lightness)
    return np.asarray(cv2.cvtColor(cv2.merge([even, a, b]), cv2.COLOR_LAB2RGB), np.uint8)


def _moved(faces: list[Face], to: Floats) -> list[Face]:
    """The same faces in other pixels, by a turn and a shift float32 (2, 3)."""
    return [
        Face(
            _moved_box(face.box, to),
            face.score,
            apply(to, face.landmarks),
            Mesh(apply(to, face.mesh.points), face.mesh.presence),
        )
        for face in faces
    ]


def _moved_box(box: Floats, to: Floats) -> Floats:
    """The box about the ellipse that filled the turned one: a face's corners are empty."""
    middle = apply(to, box.reshape(2, 2).mean(0, dtype=np.float32))
    half = np.sqrt(to[:, :2] ** 2 @ ((box[2:] - box[:2]) / 2) ** 2)
    return np.concatenate([middle - half, middle + half]).astype(np.float32)
