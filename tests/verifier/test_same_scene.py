"""Clothes and background tie a pose to its selfie: evidence that an agent sees, and that refuses nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.backgrounds import draw_room, photograph_before
from models.arrays import Image
from models.face_analysis import find_faces, main_face
from verifier.image import CaptureMetadata, Photo, load
from verifier.same_scene import Shot, scene_checks
from verifier.verification import Evidence, verify


def shot(photo: Image) -> Shot:
    return Shot(photo, main_face(photo, find_faces(photo)))


@pytest.fixture
def photos(samples: Path) -> dict[str, Image]:
    """Obama before one room twice, and Biden before another."""
    rng = np.random.default_rng(7)
    room, other = draw_room(6, rng), draw_room(6, rng)
    obama, biden = (load(samples / name).pixels for name in ("obama.jpg", "biden.jpg"))
    taken = {"selfie": (room, obama), "pose": (room, obama), "elsewhere": (other, biden)}
    return {name: photograph_before(place, person, rng) for name, (place, person) in taken.items()}


def test_one_session_is_seen(photos: dict[str, Image]) -> None:
    selfie, pose, elsewhere = (shot(photos[name]) for name in ("selfie", "pose", "elsewhere"))
    same, other = scene_checks(selfie, pose), scene_checks(selfie, elsewhere)
    assert {check.outcome for check in same.values()} == {"pass"}
    assert other["background_agrees"].outcome == "fail"
    assert all(float(other[name].value or 1) < float(same[name].value or 0) for name in same)


def test_what_is_hidden_or_plain_is_unknown(photos: dict[str, Image]) -> None:
    """A newspaper before the body, a white wall: neither speaks for nor against a seller."""
    selfie, pose = shot(photos["selfie"]), shot(photos["pose"])
    height, width = pose.photo.shape[:2]
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    hidden = scene_checks(selfie, replace(pose, held=(whole,)))
    assert {(check.outcome, check.value) for check in hidden.values()} == {("unknown", None)}
    wall = photograph_before(
        np.full((900, 1200, 3), 220, np.uint8), photos["selfie"], np.random.default_rng(1)
    )
    assert scene_checks(shot(wall), shot(wall))["background_agrees"].outcome == "unknown"


def test_another_place_is_a_note(photos: dict[str, Image]) -> None:
    """People take the selfie at home and the pose in the shop: the report says so, and nothing is decided by it."""
    selfie, pose = (
        Photo(kind, photos[name], kind, CaptureMetadata("JPEG", 720, 960))
        for kind, name in (("selfie", "selfie"), ("pose", "elsewhere"))
    )
    report = verify(Evidence(selfie=selfie, pose=pose, challenge="head_turn:left")).as_json()
    assert report["pose"]["checks"]["background_agrees"]["outcome"] == "fail"
    assert [r["effect"] for r in report["reasons"] if r["code"] == "pose_background_agrees"] == ["note"]
