"""Cards of which something is hidden, lies askew or is small are read as far as a person could."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from benchmarks.generators.card_set import card_picture
from models.scaling import Pyramid
from models.text_reader import TextReader
from ocr import cn_resident_id
from ocr.documents import read_document
from ocr.flat import flatten

TODAY = date(2026, 11, 24)
PRINTED = ("name", "sex", "ethnicity", "birth_date", "address")


def test_a_thumb_over_the_number_leaves_the_rest() -> None:
    """The seller is asked for a photo without the thumb, not told that it was no ID card; no half number is shown."""
    picture = card_picture(np.random.default_rng(5), "easy", "portrait", None, TODAY)
    photo = cv2.resize(picture.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    number = np.array(picture.truth["boxes"]["id_number"]) / 2
    middle, reach = number.mean(axis=0), np.linalg.norm(number[1] - number[0]) / 6
    cv2.circle(photo, tuple(int(v) for v in middle), int(reach), (205, 160, 140), -1)
    reading = read_document(photo, today=TODAY)
    assert (reading.document_type, reading.side) == ("cn_resident_id", "portrait")
    assert {name: reading.value(name) for name in (*PRINTED, "id_number")} == {
        **{name: picture.truth["fields"][name] for name in PRINTED},
        "id_number": "",
    }


@pytest.mark.parametrize(("pulled", "side", "share"), [((0, 3), 1, 0.35), ((2, 3), 3, 0.25)])
def test_an_outline_pulled_aside_is_put_right_by_the_labels(
    pulled: tuple[int, int], side: int, share: float
) -> None:
    """Bricks or a shadow beside the card must not cost the seller the name and the address; worse are lines taken for
    those above them, the end of an address for all of it.
    """
    picture = card_picture(np.random.default_rng(5), "easy", "portrait", None, TODAY)
    corners = np.array(picture.truth["polygon"], np.float32)
    aside = corners.copy()
    aside[list(pulled)] -= share * (corners[side] - corners[0])
    reader = TextReader()
    card = flatten(Pyramid(picture.pixels), aside, "portrait", reader)
    fields = cn_resident_id.read_fields(card, reader)
    assert {name: field.value for name, field in fields.items()} != picture.truth["fields"]
    card, fields = cn_resident_id.completed(card, fields, reader)
    assert {name: field.value for name, field in fields.items()} == picture.truth["fields"]
    assert np.abs(card.polygon - corners).max() < 0.05 * np.linalg.norm(corners[1] - corners[0])


def test_a_small_card_in_a_large_photo_is_found() -> None:
    """Sellers photograph the table with the card on it; twelve megapixels show the print all the same."""
    picture = card_picture(np.random.default_rng(5), "easy", "portrait", None, TODAY)
    across = float(np.ptp(np.array(picture.truth["polygon"])[:, 0]))
    card = cv2.resize(picture.pixels, None, fx=480 / across, fy=480 / across, interpolation=cv2.INTER_AREA)
    photo = np.full((3000, 4000, 3), 120, np.uint8)
    photo[1000 : 1000 + card.shape[0], 2000 : 2000 + card.shape[1]] = card
    reading = read_document(photo, today=TODAY)
    assert reading.value("id_number") == picture.truth["fields"]["id_number"]
