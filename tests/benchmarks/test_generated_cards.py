"""The generated ID cards: what their truth says must be what they show."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from stdnum.cn import ric

from benchmarks.generators import camera, cards, dataset, fonts, newspaper, people, photography
from benchmarks.generators.card_set import card_picture

TODAY = date(2026, 11, 24)


def _person(seed: int) -> people.CardData:
    return people.invent(np.random.default_rng(seed), TODAY)


def test_people_have_numbers_that_agree_with_their_data() -> None:
    """Otherwise a parser that checks numbers would be called wrong for being right."""
    for seed in range(300):
        person = _person(seed)
        assert ric.is_valid(person.id_number)
        assert person.id_number[6:14] == f"{person.birth_date:%Y%m%d}"
        assert (int(person.id_number[16]) % 2 == 1) == (person.sex == "男")
        assert person.issuing_authority.endswith(("公安局", "分局"))


def test_validity_fits_the_age_at_issue() -> None:
    """5, 10, 20 years or without end, as the law has it; else the validity check can't be measured."""
    for seed in range(300):
        person = _person(seed)
        birth, issued = person.birth_date, person.valid_from
        age = issued.year - birth.year - ((issued.month, issued.day) < (birth.month, birth.day))
        years = person.valid_to.year - issued.year if person.valid_to else None
        assert years == (5 if age < 16 else 10 if age < 26 else 20 if age < 46 else None)


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """A figure in a report must be reproducible on another day: picture 2 of 3 is picture 2 of 4."""

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        side = ("portrait", "emblem")[number % 2]
        return card_picture(rng, camera.LEVELS[number % 4], side, None, TODAY)

    dataset.write(tmp_path / "a", "card", 3, 5, make)
    dataset.write(tmp_path / "b", "card", 4, 5, make)
    for name in ("card_00000.jpg", "card_00001.jpg", "card_00002.jpg"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    lines = [json.loads(line) for line in (tmp_path / "b" / "truth.jsonl").read_text("utf-8").splitlines()]
    assert [line["image"] for line in lines] == [f"card_0000{i}.jpg" for i in range(4)]


@pytest.mark.parametrize("level", camera.LEVELS)
def test_polygon_is_the_card_in_the_photo(level: str) -> None:
    """The polygon lies in the frame, and the photo unwarped by it is the drawing."""
    flat = cards.render_card_emblem(_person(1), np.random.default_rng(1))
    for seed in range(4):
        shot = photography.shoot(flat, level, np.random.default_rng(seed), size=(1200, 900))
        height, width = shot.pixels.shape[:2]
        assert (shot.polygon >= 0).all()
        assert (shot.polygon <= [width, height]).all()
        frame = np.array([(0, 0), (856, 0), (856, 540), (0, 540)], np.float32)
        matrix = cv2.getPerspectiveTransform(shot.polygon.astype(np.float32), frame)
        seen = cv2.warpPerspective(shot.pixels, matrix, (856, 540))
        drawn = cv2.resize(flat.pixels, (856, 540), interpolation=cv2.INTER_AREA)
        a, b = (cv2.GaussianBlur(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), (0, 0), 4) for x in (seen, drawn))
        heading = (slice(20, 280), slice(330, 830))
        agreement = cv2.matchTemplate(a[heading], b[heading], cv2.TM_CCOEFF_NORMED)[0, 0]
        assert agreement > 0.4, (level, seed)


def test_field_boxes_hold_ink() -> None:
    """The box of each value holds its dark strokes."""
    flat = cards.render_card_portrait(_person(3), rng=np.random.default_rng(3))
    assert set(flat.boxes) == {"name", "sex", "ethnicity", "birth_date", "address", "id_number", "portrait"}
    for x0, y0, x1, y1 in flat.boxes.values():
        patch = flat.pixels[round(y0) : round(y1), round(x0) : round(x1)].mean(-1)
        assert (patch < 90).mean() > 0.05


def test_missing_font_says_what_to_install() -> None:
    """Someone without fonts learns which package has them, not that a file is missing somewhere."""
    with pytest.raises(fonts.FontMissingError, match="fonts-ocr-b"):
        fonts.choose(np.random.default_rng(0), "\U000f1234", "ocr_b")


def test_one_cjk_font_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo runs on a machine that has nothing but a CJK font."""
    face = fonts.available("hei")[:1]
    monkeypatch.setattr(fonts, "available", lambda role: face if role == "hei" else ())
    rng = np.random.default_rng(1)
    assert set(cards.render_card_portrait(_person(4), rng=rng).boxes) >= {"name", "id_number"}
    assert set(cards.render_card_emblem(_person(4), rng).boxes) == {
        "issuing_authority",
        "valid_from",
        "valid_to",
    }
    assert newspaper.front_page(TODAY, rng).date_box is not None
