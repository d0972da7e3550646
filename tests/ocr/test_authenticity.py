"""Copies, screens and altered cards are the commonest fraud of all; a seller whose card glares needs to be told."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from benchmarks.generators.attack_set import attack_picture
from benchmarks.generators.cards import render_card_portrait
from benchmarks.generators.people import invent
from models.arrays import Image
from models.scaling import Pyramid
from ocr.authenticity import alarms
from ocr.authenticity_grid import grid
from ocr.documents import read_document
from ocr.flat import FlatCard
from ocr.layout import CARD_CORNERS, CARD_WIDTH

DAY = date(2026, 11, 24)
ALARMS = {
    "photocopy_bw": "document_photocopy",
    "cropped": "document_incomplete",
    "occluded": "document_occluded",
    "glare": "document_glare",
    "altered_portrait": "document_tampered",
    "altered_field": "document_tampered",
}


def raised(attack: str, side: str, seed: int) -> set[str]:
    picture = attack_picture(np.random.default_rng([seed, 3]), attack, side, "easy", None, DAY)
    reading = read_document(picture.pixels, "cn_resident_id", DAY)
    assert reading.document_type == "cn_resident_id"
    assert all(0 <= alarm.score <= 1 and alarm.crop.size for alarm in reading.alarms)
    return {alarm.code for alarm in reading.alarms if alarm.outcome == "fail"}


@pytest.mark.parametrize("attack", ALARMS)
def test_an_attack_raises_its_alarm(attack: str) -> None:
    """Of three photos at least two: no alarm is certain, and docs/documents.md says how far each is."""
    rung = [ALARMS[attack] in raised(attack, "portrait", seed) for seed in range(3)]
    assert sum(rung) >= 2


@pytest.mark.parametrize("side", ["portrait", "emblem"])
def test_a_genuine_card_raises_none(side: str) -> None:
    """A false alarm costs an agent's minute and a seller's trust."""
    assert raised("bona_fide", side, 11) == set()


def test_a_burnt_out_photo_has_scores_too() -> None:
    """A score that is no number would make the whole reading no JSON."""
    white = np.full((600, 900, 3), 255, np.uint8)
    card = FlatCard("portrait", Pyramid(white), 1.0, CARD_CORNERS + 20, ())
    assert all(0 <= alarm.score <= 1 for alarm in alarms(card, {}))


def test_a_grid_over_the_whole_card_is_seen() -> None:
    """A card on a screen is nobody's card; a genuine card's own fine lines must not be taken for pixels."""
    rng = np.random.default_rng(4)
    drawn = cv2.resize(render_card_portrait(invent(rng, DAY), None, rng).pixels, (1284, 810))
    genuine = np.clip(drawn + rng.normal(0, 3, drawn.shape), 0, 255).astype(np.uint8)
    rows, columns = np.mgrid[0 : drawn.shape[0], 0 : drawn.shape[1]]
    pixels = 6 * (np.cos(2 * np.pi * columns / 3.3) + np.cos(2 * np.pi * rows / 3.3))[..., None]
    shown = np.clip(genuine + pixels, 0, 255).astype(np.uint8)

    def seen(image: Image) -> float | None:
        polygon = CARD_CORNERS * np.float32(image.shape[1] / CARD_WIDTH)
        return grid(FlatCard("portrait", Pyramid(image), image.shape[1] / CARD_WIDTH, polygon, ()))

    assert (seen(genuine) or 0) < 8.6 < (seen(shown) or 0)
    assert seen(shown[::3, ::3]) is None, "so small a card can't show one: not known"


@pytest.mark.parametrize("laid_over", [False, True])
def test_a_printed_frame_is_no_alarm_and_one_laid_over_the_photo_is(laid_over: bool) -> None:
    """A portrait with a blue ground has a frame too, as soft as the camera saw the type: no seller is accused for it."""
    rng = np.random.default_rng(4)
    flat = render_card_portrait(invent(rng, DAY), None, rng)
    drawn = cv2.resize(flat.pixels, (1284, 810))
    x0, y0, x1, y1 = (round(v * 1284 / flat.pixels.shape[1]) for v in flat.boxes["portrait"])

    def framed(image: Image) -> Image:
        cv2.rectangle(image, (x0, y0), (x1, y1), (90, 140, 200), -1)
        return image

    def seen(image: Image) -> Image:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), np.uint8)

    photo = framed(seen(drawn)) if laid_over else seen(framed(drawn))
    polygon = CARD_CORNERS * np.float32(photo.shape[1] / CARD_WIDTH)
    card = FlatCard("portrait", Pyramid(photo), photo.shape[1] / CARD_WIDTH, polygon, ())
    tampered = next(alarm for alarm in alarms(card, {}) if alarm.code == "document_tampered")
    assert tampered.outcome == ("fail" if laid_over else "unknown")
