"""Head turns on real photos."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from liveness.head_turn import measure_turn
from liveness.pose import check_pose
from models.eye_state import eyes_open
from models.face_analysis import find_faces
from tests.liveness.scenes import person


def test_a_face_to_the_camera_is_not_turned(samples: Path) -> None:
    """A portrait must not pass for a head turn."""
    photo = person(samples, "obama.jpg")
    faces = find_faces(photo)
    assert measure_turn(photo, faces[0]).direction is None
    for asked in ("left", "right", "up"):
        result = check_pose(photo, faces, f"head_turn:{asked}", date(2026, 11, 24))
        assert result.checks["head_turned"].outcome != "pass"


def test_a_mirror_turns_the_head_the_other_way(data: Path) -> None:
    """Left and right are the seller's own: swapped, half of all honest sellers fail."""
    photos = sorted((data / "lfw" / "images").rglob("*.jpg"))[::40]
    turned = 0
    for path in photos:
        photo = np.asarray(Pictures.open(path).convert("RGB"))
        faces = find_faces(photo)
        mirrored = np.ascontiguousarray(photo[:, ::-1])
        other = find_faces(mirrored)
        if not faces or not other:
            continue
        direction, opposite = (
            measure_turn(p, f[0]).direction for p, f in ((photo, faces), (mirrored, other))
        )
        if direction in ("left", "right") and opposite is not None:
            turned += 1
            assert {direction, opposite} == {"left", "right"}, path.name
    assert turned >= 5


def test_open_eyes_are_open(samples: Path) -> None:
    """Blinks over time are evidence of life; they are counted from this."""
    for name in ("obama.jpg", "biden.jpg"):
        photo = person(samples, name)
        assert min(eyes_open(photo, find_faces(photo)[0].landmarks)) > 0.5
