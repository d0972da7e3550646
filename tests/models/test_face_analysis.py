"""Finding faces and making templates, on real photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from models.arrays import Image
from models.face_analysis import aligned, embed, find_faces


def load(path: Path) -> Image:
    return np.asarray(PillowImage.open(path).convert("RGB"))


def test_one_face_is_found_with_its_eyes_level(samples: Path) -> None:
    """A seller whose face is not found can't be verified at all."""
    photo = load(samples / "obama.jpg")
    (face,) = find_faces(photo)
    assert face.score > 0.9
    assert abs(face.roll) < 5
    x0, y0, x1, y1 = face.box
    assert np.all((face.points > [x0, y0]) & (face.points < [x1, y1]))
    crop = aligned(photo, face)
    assert crop.shape == (112, 112, 3)
    assert crop.dtype == np.uint8


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_photo_held_sideways_gives_the_same_template(samples: Path, quarter_turns: int) -> None:
    """Phones store photos in any orientation; a turned photo of the same face must not look like another."""
    photo = load(samples / "biden.jpg")
    turned = np.ascontiguousarray(np.rot90(photo, quarter_turns))
    upright, lying = find_faces(photo)[0], find_faces(turned)[0]
    assert float(embed(photo, upright) @ embed(turned, lying)) > 0.9


def test_templates_tell_people_apart(samples: Path) -> None:
    """A seller must match the own card and nobody else's."""
    names = ("obama.jpg", "obama2.jpg", "biden.jpg")
    photos = [load(samples / name) for name in names]
    obama, obama2, biden = (embed(photo, find_faces(photo)[0]) for photo in photos)
    assert obama @ obama == pytest.approx(1, abs=0.1)
    assert obama @ obama2 > 0.6
    assert obama @ biden < 0.3


def test_a_faint_print_is_found_and_recognised(samples: Path) -> None:
    """A worn card's portrait has an eighth of a photo's contrast; without it the card proves nothing."""
    photo = load(samples / "obama.jpg")
    noise = np.random.default_rng(2).normal(0, 2, photo.shape)
    faint = np.clip(photo * 0.12 + 210 + noise, 0, 255).astype(np.uint8)
    (printed, *_), (face, *_) = find_faces(faint), find_faces(photo)
    assert float(embed(faint, printed) @ embed(photo, face)) > 0.7


@pytest.mark.parametrize("degrees", [45, -45])
def test_a_small_face_in_a_large_photo_is_found_whichever_way_it_is_turned(
    samples: Path, degrees: float
) -> None:
    """A seller who stands far from a phone held askew would be told that nobody is in the photo."""
    photo = load(samples / "obama.jpg")
    face = find_faces(photo)[0]
    scale = 40 / float(face.box[3] - face.box[1])
    middle = face.landmarks.mean(0)
    to = cv2.getRotationMatrix2D([float(at) for at in middle], degrees, scale)
    to[:, 2] += np.array([3000, 2200]) - middle
    wall = np.full((3000, 4000, 3), 120, np.uint8)
    cv2.warpAffine(photo, to, (4000, 3000), wall, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    (small, *_) = find_faces(wall)
    assert np.linalg.norm(small.landmarks.mean(0) - [3000, 2200]) < 8
    assert small.roll == pytest.approx(face.roll - degrees, abs=12)
    assert float(embed(wall, small) @ embed(photo, face)) > 0.5


def test_no_face_where_there_is_none() -> None:
    """A wall must not become a person."""
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    assert find_faces(noise) == ()
    assert find_faces(np.full((300, 300, 3), 128, np.uint8)) == ()
