"""One room behind two people is seen; other rooms, plain walls and logos are not taken for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.backgrounds import draw_room, photograph_before
from models.arrays import Image
from verifier.background import Background, background, same_background
from verifier.image import load

Photograph = Callable[[Image, str], Background | None]


@pytest.fixture
def before(samples: Path) -> Photograph:
    rng = np.random.default_rng(6)

    def photograph(room: Image, name: str) -> Background | None:
        return background(photograph_before(room, load(samples / name).pixels, rng))

    return photograph


def test_one_room_behind_two_people(before: Photograph) -> None:
    """From other places, in other light: the wall is the same, and so is who paid for the photos."""
    rng = np.random.default_rng(4)
    room, other = draw_room(6, rng), draw_room(6, rng)
    first, second, elsewhere = (
        before(room, "obama.jpg"),
        before(room, "biden.jpg"),
        before(other, "biden.jpg"),
    )
    assert first is not None
    assert second is not None
    assert elsewhere is not None
    assert same_background(first, second)
    assert not same_background(second, elsewhere), "the same person before another wall"
    stored = Background.from_bytes(first.to_bytes())
    assert same_background(stored, second), "what is stored serves as well"


def test_two_photos_of_one_person_elsewhere(samples: Path) -> None:
    first, second = (background(load(samples / name).pixels) for name in ("obama.jpg", "obama2.jpg"))
    assert first is not None
    assert second is not None
    assert not same_background(first, second)


def test_a_plain_wall_says_nothing(before: Photograph) -> None:
    """Half of all sellers stand before a white wall: they must not all be suspects."""
    assert before(np.full((900, 1200, 3), 220, np.uint8), "obama.jpg") is None


def test_a_logo_is_no_room(before: Photograph) -> None:
    """An app's watermark or one poster in the corner is in thousands of photos."""
    rng = np.random.default_rng(8)
    logo = draw_room(6, rng)[:300:3, :300:3]

    def marked(name: str) -> Background | None:
        room = draw_room(6, rng)
        room[40:140, 280:380] = logo
        return before(room, name)

    first, second = marked("obama.jpg"), marked("biden.jpg")
    assert first is not None
    assert second is not None
    assert not same_background(first, second)
