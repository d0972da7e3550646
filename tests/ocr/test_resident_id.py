"""Photographed resident ID cards are found, read and checked through the whole path."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.generators import people, photography
from benchmarks.generators.card_set import card_picture
from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from models.arrays import Image
from ocr.documents import read_document
from ocr.portrait_side import day_of_birth
from ocr.reading import Reading

TODAY = date(2026, 11, 24)


def _read(level: str, side: str, seed: int) -> tuple[Reading, dict[str, object]]:
    picture = card_picture(np.random.default_rng(seed), level, side, None, TODAY)
    return read_document(picture.pixels, today=TODAY), picture.truth


@pytest.mark.parametrize("side", ["portrait", "emblem"])
@pytest.mark.parametrize(("level", "seed"), [("easy", 3), ("medium", 4), ("medium", 9)])
def test_reads_every_field_of_a_photographed_card(level: str, seed: int, side: str) -> None:
    """The main job: a seller's card, photographed on a desk, becomes the fields of the form."""
    reading, truth = _read(level, side, seed)
    assert reading.document_type == "cn_resident_id"
    assert reading.side == side
    assert {name: field.value for name, field in reading.fields.items()} == truth["fields"]


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_orientation_does_not_matter(quarter_turns: int) -> None:
    """Phones save photos turned; a seller must not be asked to turn them back."""
    picture = card_picture(np.random.default_rng(5), "easy", "portrait", None, TODAY)
    turned = np.ascontiguousarray(np.rot90(picture.pixels, quarter_turns))
    reading = read_document(turned, today=TODAY)
    assert reading.value("id_number") == picture.truth["fields"]["id_number"]


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ("1974年8月12日", date(1974, 8, 12)),
        ("1998年10月11", date(1998, 10, 11)),
        ("19981011", date(1998, 10, 11)),
        ("1951年11", None),  # light hides the day
        ("1951年11日", None),
        ("1998年111日", None),
    ],
)
def test_a_birth_date_of_which_a_part_is_hidden_is_none(row: str, day: date | None) -> None:
    """Without this an 11 whose month or day light hides is the first of January, and sure."""
    assert day_of_birth(row) == day


def test_polygons_lie_on_the_values_in_the_photo() -> None:
    """Agents see the values marked in the photo; a box elsewhere makes them doubt a right reading."""
    reading, truth = _read("medium", "portrait", 6)
    assert reading.card is not None
    width = np.linalg.norm(np.subtract(truth["polygon"][0], truth["polygon"][1]))
    assert np.abs(reading.card.polygon - np.array(truth["polygon"])).max() < 0.03 * width
    for name in ("name", "birth_date", "id_number"):
        centre = reading.fields[name].box.mean(axis=0)
        expected = np.mean(truth["boxes"][name], axis=0)
        assert np.linalg.norm(centre - expected) < 0.05 * width, name


def test_a_genuine_card_passes_its_checks() -> None:
    """A check that fails on a right reading sends honest sellers to an agent."""
    for side in ("portrait", "emblem"):
        reading, _ = _read("easy", side, 8)
        assert {check.outcome for check in reading.checks} == {"pass"}, reading.checks


def test_a_photo_without_document_is_unknown() -> None:
    """A wrong upload gets a clear answer, never an exception or an invented card: not an agent but the seller has to send
    another photo.
    """
    desk = np.random.default_rng(1).integers(0, 255, (40, 60, 3)).astype(np.uint8)
    scene: Image = np.kron(desk, np.ones((20, 20, 1), np.uint8))
    reading = read_document(scene, today=TODAY)
    assert reading.document_type == "unknown"
    assert reading.fields == {}
    assert reading.warnings == ("document_not_found",)


def _expired(side: str) -> Reading:
    person = people.invent(np.random.default_rng(12), TODAY)
    card = render_card_emblem(person) if side == "emblem" else render_card_portrait(person)
    shot = photography.shoot(card, "easy", np.random.default_rng(2))
    return read_document(shot.pixels, today=date(2090, 1, 1))


def test_expiry_is_judged_against_the_day_given() -> None:
    """--date decides, so that a case can be judged again as of the day on which it was submitted."""
    reading = _expired("emblem")
    outcomes = {check.code: check.outcome for check in reading.checks}
    expected = "pass" if reading.value("valid_to") == "长期" else "fail"
    assert outcomes["not_expired"] == expected


def test_finds_a_card_by_its_number_alone() -> None:
    """Dark, blurred, tilted photos may show few lines but the number; it is enough for some, and never wrong."""
    harder = {"blur": [0.0018, 0.0018], "noise": [16, 16], "exposure": [0.55, 0.6], "contrast": [0.6, 0.6]}
    whole = {"fill": [0.5, 0.6], "motion_chance": 0, "finger_chance": 0, "glare_chance": 0}
    right = 0
    for seed in range(3):
        person = people.invent(np.random.default_rng(seed), TODAY)
        card = render_card_portrait(person)
        shot = photography.shoot(card, "extreme", np.random.default_rng(seed), (1600, 1200), harder | whole)
        number = read_document(shot.pixels, "cn_resident_id", TODAY).value("id_number")
        assert number in ("", person.id_number)
        right += number == person.id_number
    assert right >= 1


def test_a_side_that_cannot_be_read_is_still_known() -> None:
    """The seller is asked for a sharper photo of the same side, not told that it was no ID card."""
    person = people.invent(np.random.default_rng(1), TODAY)
    blurred = {"blur": [0.006, 0.006], "noise": [8, 8]}
    shot = photography.shoot(
        render_card_emblem(person), "hard", np.random.default_rng(1), (1600, 1200), blurred
    )
    reading = read_document(shot.pixels, today=TODAY)
    assert (reading.document_type, reading.side) == ("cn_resident_id", "emblem")
    assert {check.outcome for check in reading.checks} == {"unknown"}


def test_a_long_authority_takes_two_lines() -> None:
    """Sellers of autonomous counties, whose offices have the longest names, must not be sent to an agent for it."""
    rng = np.random.default_rng(21)
    person = replace(people.invent(rng, TODAY), issuing_authority="积石山保安族东乡族撒拉族自治县公安局")
    photo, _ = photography.photograph(render_card_emblem(person, rng), "easy", rng)
    assert read_document(photo, today=TODAY).value("issuing_authority") == person.issuing_authority


def test_a_temporary_card_is_read_and_rings() -> None:
    """It proves who somebody is for three months; taken for the ID card, its holder would stay verified for a year, and
    not read, an agent would have to type it.
    """
    rng = np.random.default_rng(1)
    picture = card_picture(rng, "medium", "temporary", None, TODAY)
    reading = read_document(picture.pixels, today=TODAY)
    assert (reading.document_type, reading.side) == ("cn_resident_id", "portrait")
    assert {name: field.value for name, field in reading.fields.items()} == picture.truth["fields"]
    assert {check.outcome for check in reading.checks} == {"pass"}
    assert [alarm.outcome for alarm in reading.alarms if alarm.code == "document_temporary"] == ["fail"]
    half_a_year_on = read_document(picture.pixels, today=date(2027, 5, 24))
    assert [check.code for check in half_a_year_on.checks if check.outcome == "fail"] == ["not_expired"]
    lasting, _ = _read("medium", "portrait", 4)
    assert [a.outcome for a in lasting.alarms if a.code == "document_temporary"] == ["pass"]
