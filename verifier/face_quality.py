"""How good a face photo is for comparing, part by part, and what the seller can do about it.

The parts are named as in ISO/IEC 29794-5; how each is put on a scale of 0 to 100 stands in face_quality.toml.
These are simple measures with thresholds set on LFW, not the networks of the OFIQ reference software.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image
from models.eye_state import eyes_open
from models.face_analysis import Face, aligned
from models.face_geometry import apply, similarity_transform, turned_square, warp
from models.face_landmarks import upright_extent
from models.sentences import Sentence
from verifier.sentences import say

SCALES = Path(__file__).with_suffix(".toml")
SIDE = 112
WIDE = 2.2
"""Side of the square around the head on which the background is judged, in heights of the landmarks."""

_CHEEKS = ((20, 62, 36, 78), (76, 62, 92, 78))
_EYES = ((28, 42, 48, 60), (64, 42, 84, 60))
_MOUTH = (34, 82, 78, 108)
"""Boxes x0, y0, x1, y1 in the aligned crop of 112 pixels."""


@dataclass(frozen=True)
class Component:
    """One part of quality: 0 to 100, the sentence that tells how to better it, and whether it is too poor."""

    score: int
    advice: Sentence
    too_poor: bool


@dataclass(frozen=True)
class _Scale:
    worst: float
    best: float
    retake_below: int = 0

    def component(self, name: str, value: float) -> Component:
        """The component of that name for a measured value, 0 to 100."""
        score = round(100 * float(np.clip((value - self.worst) / (self.best - self.worst), 0, 1)))
        return Component(score, say(f"advice_{name}"), score < self.retake_below)


def face_quality(
    photo: Image, face: Face, faces: Sequence[Face], recognisability: float | None = None
) -> dict[str, Component]:
    """The parts of quality of one face of a photo, by their names in face_quality.toml.

    `faces` are all the faces of the photo; `recognisability` is its embedding's (models.face_embedder), without
    which there is no unified quality score.
    """
    values = {**_of_crop(aligned(photo, face)), **_of_face(photo, face), "single_face": _rivals(face, faces)}
    if recognisability is not None:
        values["unified_quality_score"] = recognisability
    return {name: scale.component(name, values[name]) for name, scale in _scales().items() if name in values}


def too_poor(quality: dict[str, Component]) -> list[Component]:
    """The parts for which another photo is asked for, worst first; empty where it is good enough to compare."""
    return sorted((part for part in quality.values() if part.too_poor), key=lambda part: part.score)


def least_unified_quality() -> int:
    """The unified quality score, 0 to 100, under which a photo is too poor to compare."""
    return _scales()["unified_quality_score"].retake_below


def retake_advice(quality: dict[str, Component]) -> tuple[str, ...]:
    """English sentences for the seller on the parts that are too poor."""
    return tuple(str(part.advice) for part in too_poor(quality))


@cache
def _scales() -> dict[str, _Scale]:
    return {name: _Scale(**entry) for name, entry in tomllib.loads(SCALES.read_text("utf-8")).items()}


def _of_crop(crop: Image) -> dict[str, float]:
    """What the aligned crop (112, 112, 3) tells: light and sharpness of the inner face."""
    inner = crop[28:108, 20:92]
    light = cv2.cvtColor(inner, cv2.COLOR_RGB2GRAY).astype(np.float32)
    edges = cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32), cv2.CV_32F)[
        28:108, 20:92
    ]
    left, right = (_mean(crop, box) for box in _CHEEKS)
    cheek = (left + right) / 2
    bright = max(float(cheek.mean()), 1.0)
    eyes = np.mean([_mean(crop, box).mean() for box in _EYES])
    return {
        "sharpness": float(edges.std() / max(light.std(), 1.0)),
        "illumination": abs(float(np.median(light)) / 255 - 0.5),
        "illumination_uniformity": abs(float(left.mean() - right.mean())) / bright,
        "over_exposure": float((light > 250).mean()),
        "under_exposure": float((light < 25).mean()),
        "eyes_visible": max(0.0, 1 - float(eyes) / bright),
        "mouth_visible": _colour_difference(_mean(crop, _MOUTH), cheek),
    }


def _of_face(photo: Image, face: Face) -> dict[str, float]:
    """What the face's place in the photo tells."""
    upright = apply(similarity_transform(face.points[:2], _LEVEL), face.points)
    return {
        "inter_eye_distance": face.inter_eye_distance,
        "pose": abs(float(upright[2, 0])),
        "eyes_open": 1 - min(_eyes_open(photo, face)),
        "face_certainty": face.mesh.presence,
        "background_uniformity": _clutter(photo, face),
    }


_LEVEL = np.array([[-0.5, 0], [0.5, 0]], np.float32)
"""The eyes, one distance apart, level: the nose then stands as far aside as its x tells."""


def _eyes_open(photo: Image, face: Face) -> tuple[float, float]:
    centre, height = upright_extent(face.landmarks)
    to_crop = turned_square(centre, 1.5 * height, face.roll, 2 * SIDE)
    return eyes_open(warp(photo, to_crop, 2 * SIDE), apply(to_crop, face.landmarks))


def _clutter(photo: Image, face: Face) -> float:
    centre, height = upright_extent(face.landmarks)
    around = warp(photo, turned_square(centre, WIDE * height, face.roll, SIDE), SIDE)
    light = cv2.cvtColor(around, cv2.COLOR_RGB2GRAY).astype(np.float32)
    strength = cv2.magnitude(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)) / 4
    return float(np.concatenate([strength[:70, :18].ravel(), strength[:70, -18:].ravel()]).mean())


def _rivals(face: Face, faces: Sequence[Face]) -> float:
    return float(any(other is not face and other.size > face.size / 2 for other in faces))


def _mean(crop: Image, box: tuple[int, int, int, int]) -> NDArray[np.float64]:
    x0, y0, x1, y1 = box
    return np.asarray(crop[y0:y1, x0:x1].reshape(-1, 3).mean(axis=0))


def _colour_difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Distance in CIELAB, without a third of its lightness: shadows are no masks."""
    both = np.array([[a, b]], np.float32) / 255
    first, second = cv2.cvtColor(both, cv2.COLOR_RGB2LAB)[0]
    weights: Floats = np.array([0.67, 1, 1], np.float32)
    return float(np.linalg.norm((first - second) * weights))
