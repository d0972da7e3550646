"""What makes a face photo too poor to compare, on a real photograph that is spoilt in one way at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.arrays import Image
from models.face_analysis import find_faces, main_face
from verifier.face_quality import Component, face_quality, retake_advice
from verifier.image import load
from verifier.match import match_faces, portrait_of


def quality_of(photo: Image) -> dict[str, Component]:
    faces = find_faces(photo)
    return face_quality(photo, main_face(photo, faces), faces)


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Image:
    return load(samples / "obama.jpg").pixels


def test_a_good_portrait_needs_no_retake(portrait: Image) -> None:
    """A seller with a good photo must not be sent round again."""
    quality = quality_of(portrait)
    assert retake_advice(quality) == ()
    assert (
        min(quality[name].score for name in ("sharpness", "illumination", "pose", "inter_eye_distance")) > 60
    )


def spoilt(photo: Image, box: tuple[float, float, float, float], colour: tuple[int, int, int]) -> Image:
    """The photo with a patch over a part of the face, given in parts of the face's box."""
    (face,) = find_faces(photo)
    x, y = face.box[:2]
    width, height = face.box[2:] - face.box[:2]
    copy = photo.copy()
    x0, y0, x1, y1 = box
    top, bottom, left, right = y + y0 * height, y + y1 * height, x + x0 * width, x + x1 * width
    copy[int(top) : int(bottom), int(left) : int(right)] = colour
    return copy


@pytest.mark.parametrize(
    ("component", "spoil"),
    [
        ("under_exposure", lambda photo: (photo * 0.1).astype(np.uint8)),
        ("over_exposure", lambda photo: np.clip(photo.astype(float) * 2 + 60, 0, 255).astype(np.uint8)),
        ("sharpness", lambda photo: cv2.GaussianBlur(photo, (0, 0), 18)),
        ("inter_eye_distance", lambda photo: cv2.resize(photo, None, fx=0.12, fy=0.12)),
        ("eyes_visible", lambda photo: spoilt(photo, (0.05, 0.3, 0.95, 0.5), (15, 15, 15))),
        ("mouth_visible", lambda photo: spoilt(photo, (0.1, 0.62, 0.9, 1.0), (120, 180, 240))),
    ],
)
def test_each_fault_is_named_with_advice(
    portrait: Image, component: str, spoil: Callable[[Image], Image]
) -> None:
    """The seller must learn what to change, not only that the photo was refused."""
    quality = quality_of(np.ascontiguousarray(spoil(portrait)))
    assert quality[component].score < 30
    assert quality[component].too_poor
    assert str(quality[component].advice) in retake_advice(quality)


def test_a_face_that_nobody_could_recognise_has_a_low_unified_score(portrait: Image) -> None:
    """Most genuine sellers who fail wear sunglasses, turn away or blur: they must be told, not refused."""
    spoilt_photos = (
        spoilt(portrait, (0.05, 0.3, 0.95, 0.5), (15, 15, 15)),
        cv2.GaussianBlur(portrait, (0, 0), 14),
    )
    good, covered, blurred = (
        portrait_of(photo, find_faces(photo)).quality["unified_quality_score"]
        for photo in (portrait, *spoilt_photos)
    )
    assert good.score > 90
    assert covered.score < good.score - 20
    assert blurred.too_poor


def test_a_poor_photo_of_another_person_is_not_a_refusal(samples: Path, portrait: Image) -> None:
    """Nobody is turned down for a bad camera: a poor photo leads to a retake or a review."""
    biden = load(samples / "biden.jpg").pixels
    dark = (portrait * 0.1).astype(np.uint8)
    assert match_faces(portrait, biden).decision == "no_match"
    result = match_faces(dark, biden)
    assert result.decision == "review"
    assert result.quality["image_a"]["retake"]
