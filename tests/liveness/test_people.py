"""Who poses: the seller, somebody beside, or a stranger who walks past."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.people import seller_first, single_person
from liveness.result import FaceComparison
from models.arrays import Image
from models.face_analysis import Face, find_faces
from tests.liveness.scenes import person


def beside(main: Image, other: Image, share: float, x: int, y: int = 0) -> Image:
    """Another person at a share of their size, their picture's left edge at x."""
    small = cv2.resize(other[:900], None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    photo = np.full((main.shape[0], main.shape[1] + small.shape[1], 3), 96, np.uint8)
    photo[:, : main.shape[1]] = main
    width = min(small.shape[1], photo.shape[1] - x)
    photo[y : y + len(small), x : x + width] = small[:, :width]
    return photo


@pytest.fixture(scope="module")
def pair(samples: Path) -> tuple[Image, Image]:
    """Two people, each in a photo of their own."""
    return person(samples, "obama.jpg"), person(samples, "biden.jpg")


@pytest.mark.parametrize(("share", "outcome"), [(0.5, "pass"), (1.0, "fail")])
def test_somebody_beside_counts_and_somebody_behind_does_not(
    pair: tuple[Image, Image], share: float, outcome: str
) -> None:
    """Shops and streets are full of people: only one who poses too is a reason to ask."""
    photo = beside(*pair, share, pair[0].shape[1])
    faces = find_faces(photo)
    assert len(faces) == 2
    assert single_person(photo, faces).outcome == outcome


def test_somebody_whom_the_frame_cuts_does_not_pose(pair: tuple[Image, Image]) -> None:
    """Half a face at the photo's edge is a passer-by."""
    whole = beside(*pair, 1.0, pair[0].shape[1])
    other = max(find_faces(whole), key=lambda face: float(face.box[0]))
    middle = round(float(other.box[0] + other.box[2]) / 2 + 0.1 * other.size)
    photo = np.ascontiguousarray(whole[:, :middle])
    assert single_person(photo, find_faces(photo)).outcome == "pass"


def test_the_seller_is_the_one_of_the_selfie(pair: tuple[Image, Image]) -> None:
    """Of two people the larger face may be the companion's: the seller is not refused as a stranger."""
    photo = beside(*pair, 1.0, pair[0].shape[1])
    faces = find_faces(photo)
    seller = faces[1]

    def compare(face: Face) -> FaceComparison:
        return FaceComparison("match", 0.8) if face is seller else FaceComparison("no_match", 0.1)

    assert seller_first(photo, faces, compare)[0] is seller
    assert seller_first(photo, faces, None)[0] is faces[0]


def test_a_poster_beside_the_seller_is_not_the_seller(pair: tuple[Image, Image]) -> None:
    """A larger face on the wall at the photo's edge must not be the one that is asked to turn its head."""
    main, poster = pair
    wall = np.full((main.shape[0], 3 * main.shape[1], 3), 96, np.uint8)
    wall[:, main.shape[1] : 2 * main.shape[1]] = main
    larger = cv2.resize(poster[:900], None, fx=1.3, fy=1.3)[: len(wall), 250:]
    wall[: len(larger), 2 * main.shape[1] :] = larger[:, : main.shape[1]]
    faces = find_faces(wall)
    assert faces[0].box[0] > 2 * main.shape[1], "the poster's face is the larger one"
    seller = seller_first(wall, faces, None)[0]
    assert main.shape[1] < seller.box[0] < 2 * main.shape[1]
