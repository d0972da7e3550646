"""Business licences: what a value is worth of which words are hidden, and what confidences say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from benchmarks.generators.document_sets import licence_picture
from models.text_reader import Character, TextLine
from ocr.calibration import document_table
from ocr.documents import read_document
from ocr.licence_gaps import has_gap

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("hidden", [False, True])
def test_words_hidden_by_glare_make_the_scope_unsure(hidden: bool) -> None:
    """A scope joined over a hole reads well: without this an agent would believe what the licence does not say."""
    picture = licence_picture(np.random.default_rng(5), "2019_landscape", "easy", TODAY)
    photo = picture.pixels.copy()
    box = np.array(picture.truth["boxes"]["scope"], np.float64)
    if hidden:
        corners = [(0.35, 0.0), (0.6, 0.0), (0.6, 1.0), (0.35, 1.0)]
        across, down = box[1] - box[0], box[3] - box[0]
        glare = np.array([box[0] + x * across + y * down for x, y in corners])
        cv2.fillPoly(photo, [glare.astype(np.int32)], (250, 250, 248))
    reading = read_document(photo, today=TODAY)
    assert reading.document_type == "cn_business_licence"
    outcomes = {check.code: check.outcome for check in reading.checks}
    assert outcomes["print_whole"] == ("fail" if hidden else "pass")
    assert (reading.fields["scope"].confidence < 0.1) is hidden


@pytest.mark.parametrize("document_type", ["mrz", "cn_business_licence"])
def test_confidences_of_other_documents_rise_with_the_readers_own(document_type: str) -> None:
    """Calibration must not turn an unsure value into the surer one."""
    for curve in document_table(document_type).fields.values():
        values = [curve.log_odds(own) for own in (0.0, 0.2, 0.5, 0.9, 0.99, 1.0)]
        assert values == sorted(values)


def test_name_and_type_are_read_where_their_labels_are_too_faint() -> None:
    """In dim light the grey labels go first; the seller need not be asked for another photo of a legible name."""
    picture = licence_picture(np.random.default_rng(5), "2019_landscape", "easy", TODAY)
    photo = picture.pixels.copy()
    first, second = (np.array(picture.truth["boxes"][name], np.float64) for name in ("name", "type"))
    height = np.linalg.norm(first[3] - first[0])
    along = (first[1] - first[0]) / np.linalg.norm(first[1] - first[0])
    ends = np.array([first[0], second[3]]) - 0.3 * height * along
    labels = np.array([ends[0], ends[1], ends[1] - 6 * height * along, ends[0] - 6 * height * along])
    paper = np.median(photo[int(ends[0][1]), int(ends[0][0]) - 20 : int(ends[0][0])], axis=0)
    cv2.fillPoly(photo, [labels.astype(np.int32)], tuple(float(v) for v in paper))
    reading = read_document(photo, today=TODAY)
    assert {name: reading.value(name) for name in ("name", "type", "legal_representative")} == {
        name: picture.truth["fields"][name] for name in ("name", "type", "legal_representative")
    }


def test_characters_put_right_leave_no_gap() -> None:
    """A scope of which a traditional character was simplified must not be sent to an agent as hidden by glare."""
    characters = tuple(Character(c, 0.9, (i + 0.5) / 8, ()) for i, c in enumerate("经营范围服裝鞋帽"))
    box = np.array([[0, 0], [360, 0], [360, 40], [0, 40]], np.float32)
    line = TextLine(box, "经营范围服裝鞋帽", 0.9, characters)
    simplified = [replace(c, text="装") if c.text == "裝" else c for c in characters[4:]]
    assert not has_gap([line], simplified)
    assert has_gap([line], [*simplified[:1], *simplified[3:]])
