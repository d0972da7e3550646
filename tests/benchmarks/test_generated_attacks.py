"""The generated attacks: each leaves the trace that it is named for, and the truth says where."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.generators import attack_set, code_set, face_set
from benchmarks.generators.dataset import Picture

TODAY = date(2026, 11, 24)


def _made(attack: str, seed: int = 3) -> Picture:
    return attack_set.attack_picture(np.random.default_rng(seed), attack, "portrait", "easy", None, TODAY)


def _card(picture: Picture) -> NDArray[np.uint8]:
    frame = np.array([(0, 0), (856, 0), (856, 540), (0, 540)], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(picture.truth["polygon"], np.float32), frame)
    return np.asarray(cv2.warpPerspective(picture.pixels, matrix, (856, 540)), np.uint8)


@pytest.mark.parametrize("attack", ["bona_fide", *attack_set.ATTACKS])
def test_every_attack_names_itself_and_shows_a_card(attack: str) -> None:
    """The polygon of the card is a real quadrilateral, in the frame unless the frame is the attack."""
    picture = _made(attack)
    polygon = np.array(picture.truth["polygon"], np.float32)
    assert picture.truth["attack"] == attack
    assert cv2.contourArea(polygon) > 0.01 * picture.pixels.shape[0] * picture.pixels.shape[1]
    height, width = picture.pixels.shape[:2]
    inside = (polygon >= 0).all() and (polygon <= (width, height)).all()
    assert inside == (attack != "cropped")


def test_a_grey_photocopy_has_no_colour() -> None:
    """Chroma of the copy is that of the light alone, far under the card's."""

    def colourfulness(attack: str) -> float:
        lab = cv2.cvtColor(_card(_made(attack)), cv2.COLOR_RGB2LAB).astype(np.float32)
        return float(lab[..., 1:].std(axis=(0, 1)).sum())

    assert colourfulness("photocopy_bw") < 0.6 * colourfulness("bona_fide")


def test_an_altered_field_has_its_new_value_in_the_truth() -> None:
    """A reader that reads what is written must not be called wrong, and the place of the edit is known."""
    picture = _made("altered_field")
    genuine = _made("bona_fide")
    field = picture.truth["altered"]
    assert picture.truth["fields"][field] != genuine.truth["fields"][field]
    others = set(genuine.truth["fields"]) - {field}
    assert all(picture.truth["fields"][name] == genuine.truth["fields"][name] for name in others)
    assert len(picture.truth["altered_polygon"]) == 4


def test_occlusion_hides_fields() -> None:
    """The truth lists what the fingers cover."""
    assert any(_made("occluded", seed).truth["hidden"] for seed in range(12))


def test_face_sets_hold_live_people_and_copies() -> None:
    """Half bona fide; a copy says where its medium is."""
    assert [face_set.face_attack_of(i) for i in range(4)] == ["bona_fide", "print", "bona_fide", "screen"]
    for attack in ("bona_fide", *face_set.FACE_ATTACKS):
        picture = face_set.face_picture(np.random.default_rng(1), attack, "easy", None)
        assert (picture.truth["medium"] is None) == (attack == "bona_fide")


@pytest.mark.parametrize("variant", code_set.CODE_VARIANTS)
def test_codes_agree_with_the_challenge_only_where_they_should(variant: str, tmp_path: Path) -> None:
    """What is written is what was asked for, but in the variant that is there for the difference."""
    picture = code_set.code_picture(np.random.default_rng(1), 0, variant, "easy", None, tmp_path)
    asked = picture.truth["challenge"].removeprefix("code:")
    assert len(asked) == 6
    assert (picture.truth["written"] == asked) == (variant in {"genuine", "wrong_person"})
