"""Copies, screens and altered cards are the commonest fraud of all; a seller whose card glares needs to be told."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from benchmarks.generators.attack_set import attack_picture
from ocr.documents import read_document

DAY = date(2026, 11, 24)
ALARMS = {
    "photocopy_bw": "document_photocopy",
    "cropped": "document_incomplete",
    "occluded": "document_occluded",
    "glare": "document_glare",
    "altered_portrait": "document_tampered",
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
