"""The card beside the face is read again: a borrowed card's photo and one's own card in the hand do not go together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.demo import HOLDER, face_box
from benchmarks.generators.cards import CardData, render_card_portrait
from models.arrays import Image
from verifier.image import CaptureMetadata, Photo, load
from verifier.report import Report
from verifier.verification import Evidence, verify


def card_of(person: CardData, portrait: Image) -> Image:
    flat = render_card_portrait(person, portrait, np.random.default_rng(3), face_box(portrait))
    return np.asarray(flat.pixels, np.uint8)


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Image:
    return load(samples / "obama.jpg").pixels


def verified(portrait: Image, sent: Image, shown: Image) -> Report:
    """Of a card's photo, and a pose with a card beside the face."""
    pose = np.full((1200, 1500, 3), 150, np.uint8)
    person = cv2.resize(portrait[:900], (800, round(800 * 900 / portrait.shape[1])))[:1200]
    pose[: person.shape[0], :800] = person
    small = cv2.resize(
        shown, (680, round(680 * shown.shape[0] / shown.shape[1])), interpolation=cv2.INTER_AREA
    )
    pose[300 : 300 + small.shape[0], 800:1480] = small
    desk = np.full((sent.shape[0] + 300, sent.shape[1] + 400, 3), (90, 80, 70), np.uint8)
    desk[150:-150, 200:-200] = sent
    photos = {"card_portrait": desk, "pose": pose}
    taken = {
        kind: Photo(kind, photo, kind, CaptureMetadata("JPEG", *photo.shape[1::-1]))
        for kind, photo in photos.items()
    }
    return verify(Evidence(**taken, challenge="card_beside_face"))


def test_the_card_that_was_sent(portrait: Image) -> None:
    card = card_of(HOLDER, portrait)
    pose = verified(portrait, card, card).parts.pose
    assert pose is not None
    assert pose.checks["card_matches"].outcome == "pass"


def test_another_card(portrait: Image) -> None:
    other = replace(
        HOLDER, name="李娜", sex="女", birth_date=date(1949, 12, 31), id_number="11010519491231002X"
    )
    report = verified(portrait, card_of(HOLDER, portrait), card_of(other, portrait))
    assert report.parts.pose is not None
    assert report.parts.pose.checks["card_matches"].outcome == "fail"
    assert "review" in {r.effect for r in report.reasons if r.code == "pose_card_matches"}
