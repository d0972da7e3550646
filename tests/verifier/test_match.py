"""Comparing two photos, on real photographs."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from models.arrays import Image
from models.face_analysis import find_faces
from verifier.match import MatchError, MatchErrorCode, match_faces


def load(path: Path) -> Image:
    return np.asarray(PillowImage.open(path).convert("RGB"))


def test_two_photos_of_one_person_match(samples: Path) -> None:
    """A genuine seller must get through."""
    result = match_faces(load(samples / "obama.jpg"), load(samples / "obama2.jpg"))
    assert result.decision == "match"
    assert result.false_match_rate < 1e-3


def test_two_people_do_not_match(samples: Path) -> None:
    """An impostor with a borrowed card must not get through."""
    result = match_faces(load(samples / "obama.jpg"), load(samples / "biden.jpg"))
    assert result.decision == "no_match"
    assert result.false_match_rate > 0.1


def test_the_main_face_is_compared_and_the_note_says_so(samples: Path) -> None:
    """A bystander in the background must not take the seller's place."""
    obama, biden = load(samples / "obama.jpg"), load(samples / "biden.jpg")
    scene = np.full((1137, 1400, 3), 200, np.uint8)
    scene[:, :910] = obama
    bystander = biden[:1000:3, ::3]
    scene[: bystander.shape[0], 1000 : 1000 + bystander.shape[1]] = bystander
    result = match_faces(scene, load(samples / "obama2.jpg"))
    assert result.decision == "match"
    assert result.quality["image_a"]["faces"] == 2
    assert any("2 faces" in note for note in result.notes)


def test_a_larger_face_on_a_poster_is_not_the_person(samples: Path) -> None:
    """The seller stands in the middle of the photo; what hangs beside them must not be compared."""
    obama, biden = load(samples / "obama.jpg"), load(samples / "biden.jpg")
    poster = cv2.resize(biden[:1200], None, fx=1.3, fy=1.3)
    scene = np.full((1600, 2 * poster.shape[1] + 910, 3), 200, np.uint8)
    scene[400:1537, poster.shape[1] : poster.shape[1] + 910] = obama
    scene[: poster.shape[0], -poster.shape[1] :] = poster
    result = match_faces(scene, load(samples / "obama2.jpg"))
    assert result.portraits[0].face.size < max(face.size for face in find_faces(scene))
    assert result.decision == "match"


def test_a_photo_without_a_face_is_named() -> None:
    """The seller must learn which of the two photos to take again."""
    wall = np.full((400, 400, 3), 90, np.uint8)
    with pytest.raises(MatchError) as caught:
        match_faces(wall, wall)
    assert caught.value.code == MatchErrorCode.NO_FACE
    assert caught.value.photo == "a"


def test_the_result_is_json(samples: Path) -> None:
    """Callers read the documented fields."""
    result = match_faces(load(samples / "obama.jpg"), load(samples / "obama2.jpg")).as_json()
    assert json.loads(json.dumps(result)) == result
    assert {"similarity", "decision", "false_match_rate", "quality"} <= set(result)
