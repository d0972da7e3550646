"""Raised fingers on real photos, and hands that hold a paper."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

from liveness.challenges import parse_challenge
from liveness.fingers import count_fingers
from liveness.hands_pose import fingers_raised, held_by_hands
from models.arrays import Image
from models.hands import find_hands
from models.install import fetch
from models.manifest import models_folder, package

THUMB_UP = (0, 14, 15, 16, 17, 18, 19, 20, 38, 39, 40, 41)
VICTORY = (3, 4, 5, 6, 7, 8, 9, 10, 11, 26, 27, 28, 29, 30, 31, 32, 33, 34)
"""Frames of the picture in which the hand is still, by eye."""


@pytest.fixture(scope="module")
def hand_photos() -> dict[str, Image]:
    """A man who raises his thumb, then two fingers, frame by frame, and three photos of a hand."""
    folder = models_folder() / "samples"
    names = ("fingers-lq.gif", "fullcurl.jpg", "halfcurl.jpg", "nocurl.jpg")
    missing = {f"package/assets/{n}": folder / n for n in names if not (folder / n).exists()}
    if missing:
        fetch(package("fingerpose"), missing)
    photos = {n: np.asarray(Pictures.open(folder / n).convert("RGB")) for n in names[1:]}
    with Pictures.open(folder / names[0]) as film:
        for frame in range(film.n_frames):
            film.seek(frame)
            picture = np.asarray(film.convert("RGB")).copy()
            picture[10:70, 250:] = picture[10:70, 200:250].mean(axis=1, keepdims=True)  # the drawn hand
            photos[f"frame {frame}"] = picture
    return photos


def test_fingers_are_counted(hand_photos: dict[str, Image]) -> None:
    """A seller who raises two fingers must not be told that it was one."""
    expected = {f"frame {i}": 1 for i in THUMB_UP} | {f"frame {i}": 2 for i in VICTORY}
    expected |= {"fullcurl.jpg": 0, "nocurl.jpg": 1}
    counts = {name: [count_fingers(h) for h in find_hands(hand_photos[name])] for name in expected}
    wrong = {name: counts[name] for name, count in expected.items() if counts[name] != [count]}
    assert len(wrong) <= 0.1 * len(expected), wrong


def test_a_hand_in_a_mirror_is_the_other_hand(hand_photos: dict[str, Image]) -> None:
    """The challenge names a hand: left and right must not be a guess."""
    (hand,) = find_hands(hand_photos["frame 5"])
    (mirrored,) = find_hands(np.ascontiguousarray(hand_photos["frame 5"][:, ::-1]))
    assert (hand.side, mirrored.side) == ("left", "right")


def test_the_challenge_compares_number_and_hand(hand_photos: dict[str, Image]) -> None:
    """A photo taken for another challenge fails."""
    hands = find_hands(hand_photos["frame 5"])
    outcomes = {text: fingers_raised(hands, parse_challenge(text)).outcome for text in (
        "fingers:2", "fingers:2:left", "fingers:2:right", "fingers:3",
    )}  # fmt: skip
    assert outcomes == {
        "fingers:2": "pass",
        "fingers:2:left": "pass",
        "fingers:2:right": "unknown",
        "fingers:3": "fail",
    }


def test_a_hand_at_the_edge_holds_and_a_hand_elsewhere_does_not(hand_photos: dict[str, Image]) -> None:
    """A paper that was pasted into a photo is held by nobody."""
    photo = cv2.resize(hand_photos["frame 40"], None, fx=3, fy=3)
    hands = find_hands(photo)
    x0, y0, x1, y1 = hands[0].box
    at_edge = np.array([[x0 - 400, y0 - 50], [x0 + 30, y0 - 50], [x0 + 30, y1 + 300], [x0 - 400, y1 + 300]])
    far = at_edge - (300, 0)
    around = np.array(
        [[x0 - 400, y0 - 400], [x1 + 400, y0 - 400], [x1 + 400, y1 + 400], [x0 - 400, y1 + 400]]
    )
    assert held_by_hands(hands, at_edge.astype(np.float32)).outcome == "pass"
    assert held_by_hands(hands, far.astype(np.float32)).outcome == "unknown"  # the other one may hold it
    assert held_by_hands(hands * 2, far.astype(np.float32)).outcome == "fail"
    assert held_by_hands(hands, around.astype(np.float32)).outcome == "unknown"  # printed on the page
    assert held_by_hands((), at_edge.astype(np.float32)).outcome == "unknown"
