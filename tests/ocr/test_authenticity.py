"""Copies, screens and altered cards are the commonest fraud of all; a seller whose card glares needs to be told."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from benchmarks.generators.attack_set import attack_picture
from benchmarks.generators.cards import render_card_portrait
from benchmarks.generators.people import invent
from benchmarks.generators.photography import rounded
from models.arrays import Image
from models.scaling import Pyramid
from ocr.authenticity import alarms, appearance
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
    assert all(0 <= alarm.score <= 1 for alarm in alarms(appearance(card), {}))


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

    assert (seen(genuine) or 0) < 11.05 < (seen(shown) or 0)
    assert seen(shown[::3, ::3]) is None, "so small a card can't show one: not known"


def lying(drawn: Image, ground: int, radius: float, shadow: bool = False) -> FlatCard:
    """A card (or what has its size) photographed from above on an even ground, with some noise."""
    edge, (height, width) = 120, drawn.shape[:2]
    cover = (
        cv2.copyMakeBorder(rounded((width, height), radius), *[edge] * 4, cv2.BORDER_CONSTANT)[..., None]
        / 255
    )
    scene = np.full((height + 2 * edge, width + 2 * edge, 3), ground, np.float64)
    if shadow:
        scene *= 1 - 0.4 * cv2.GaussianBlur(np.roll(cover, (5, 5), (0, 1)), (0, 0), 4)[..., None]
    card = cv2.copyMakeBorder(drawn, *[edge] * 4, cv2.BORDER_REPLICATE)
    scene = cv2.GaussianBlur(scene * (1 - cover) + card * cover, (0, 0), 1.0)
    scene += np.random.default_rng(2).normal(0, 2, scene.shape)
    resolution = width / CARD_WIDTH
    polygon = CARD_CORNERS * np.float32(resolution) + edge
    return FlatCard("portrait", Pyramid(np.clip(scene, 0, 255).astype(np.uint8)), resolution, polygon, ())


def outcome(card: FlatCard, code: str) -> str:
    return next(alarm.outcome for alarm in alarms(appearance(card), {}) if alarm.code == code)


def card_drawing() -> Image:
    rng = np.random.default_rng(4)
    return np.asarray(
        cv2.resize(render_card_portrait(invent(rng, DAY), None, rng).pixels, (1284, 810)), np.uint8
    )


def test_a_picture_cut_out_along_the_card_has_square_corners() -> None:
    """Whoever cuts a print out, or crops the picture that a screen shows, leaves corners that no card has: an agent
    is told, and a seller whose card is in a sleeve is not accused."""
    drawn = card_drawing()
    assert outcome(lying(drawn, 60, radius=48), "document_recaptured") == "pass"
    assert outcome(lying(drawn, 60, radius=0), "document_recaptured") == "unknown"


def test_pale_ink_is_a_print() -> None:
    """Paper that a printer inked reflects more in the black and less colour: a copy cut out with round corners."""
    drawn = card_drawing().astype(np.float32)
    grey = drawn.mean(axis=2, keepdims=True)
    printed = np.clip(105 + 0.48 * (grey + 0.6 * (drawn - grey)), 0, 255).astype(np.uint8)
    assert outcome(lying(printed, 60, radius=48), "document_recaptured") == "fail"


def test_a_card_on_a_white_desk_is_no_page() -> None:
    """Most desks are white: a card on one throws a shadow, what is printed on the page itself does not."""
    drawn = card_drawing()
    ground = int(np.median(drawn))
    assert outcome(lying(drawn, ground, radius=0), "document_on_page") == "fail"
    assert outcome(lying(drawn, ground, radius=48, shadow=True), "document_on_page") == "unknown"


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
    tampered = alarms(appearance(card), {})[-1]
    assert tampered.outcome == ("fail" if laid_over else "unknown")
