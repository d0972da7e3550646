"""Labels and values of a business licence are known by their columns where they are misread or passed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.generators.document_sets import licence_picture
from models.text_reader import Character, TextLine, TextReader
from ocr.documents import read_document
from ocr.licence_labels import bare, labels_of
from ocr.licence_looks import looked_again
from ocr.page import Page, height, left, rows_of

TODAY = date(2026, 11, 24)
NAME = "legal_representative"


def _label_and_value(page: Page) -> tuple[list[TextLine], str]:
    """The lines of the page that hold the representative's label and name, and what they say."""
    label = next(label for label in labels_of(rows_of(page.lines)) if label.name == NAME)
    row = next(row for row in rows_of(page.lines) if any(line is label.line for line in row))
    held = [o for o in row if o is label.line or any(o is line for line in label.value.lines)]
    return held, "".join(bare(line.text) for line in held)


def _misread_as_one(page: Page) -> Page:
    """The page as if its reader had taken the label and the name for one line, and misread where they meet."""
    held, text = _label_and_value(page)
    first, last = held[0].polygon, held[-1].polygon
    read = text[:3] + "氏各" + text[6:]
    characters = tuple(Character(c, 0.7, (i + 0.5) / len(read), ()) for i, c in enumerate(read))
    line = TextLine(np.array([first[0], last[1], last[2], first[3]], np.float32), read, 0.7, characters)
    return replace(page, lines=(*(o for o in page.lines if not any(o is h for h in held)), line))


def _name_passed_over(page: Page) -> Page:
    """The page as if its detector had found the label only."""
    held, text = _label_and_value(page)
    box, label = held[0].polygon, text[:5]
    share = 1.0
    if len(held) == 1:
        share = (held[0].characters[4].x + held[0].characters[5].x) / 2
    top, bottom = (box[a] + (box[b] - box[a]) * share for a, b in ((0, 1), (3, 2)))
    characters = tuple(Character(c, 0.99, (i + 0.5) / 5, ()) for i, c in enumerate(label))
    line = TextLine(np.array([box[0], top, bottom, box[3]], np.float32), label, 0.99, characters)
    return replace(page, lines=(*(o for o in page.lines if not any(o is h for h in held)), line))


def _on_a_ground_of_rings(page: Page) -> Page:
    """The page as if it lay on a keyboard, whose keys read as zeros behind every row."""
    rings = []
    for line in page.lines:
        box = line.polygon + np.float32([page.image.shape[1] - left(line) + height(line), 0])
        rings.append(TextLine(box.astype(np.float32), "0", 0.8, (Character("0", 0.8, 0.5, ()),)))
    return replace(page, lines=(*page.lines, *rings))


@pytest.mark.parametrize("harm", [_misread_as_one, _name_passed_over, _on_a_ground_of_rings])
def test_the_representative_is_read_where_its_column_says(
    harm: Callable[[Page], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the name the licence can't be compared with its owner's ID card, and a legible one goes to an agent."""

    def harmed(page: Page, reader: TextReader) -> Page:
        return looked_again(harm(page), reader)

    monkeypatch.setattr("ocr.documents.looked_again", harmed)
    picture = licence_picture(np.random.default_rng(5), "2019_landscape", "easy", TODAY)
    reading = read_document(picture.pixels, today=TODAY)
    assert reading.value(NAME) == picture.truth["fields"][NAME]
    assert {check.code: check.outcome for check in reading.checks}["print_whole"] == "pass"


def _in_two_minds(page: Page) -> Page:
    """The page with a name whose last character was read as another, the one that is printed being as likely."""
    held, _ = _label_and_value(page)
    *before, last = held[-1].characters
    line = replace(held[-1], characters=(*before, Character("丙", 0.5, last.x, ((last.text, 0.45),))))
    return replace(page, lines=tuple(line if o is held[-1] else o for o in page.lines))


def test_a_representatives_other_readings_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent who sees 丙 where the card has another character would have to type what the reader had thought of."""
    monkeypatch.setattr("ocr.documents.looked_again", lambda page, _: _in_two_minds(page))
    picture = licence_picture(np.random.default_rng(5), "2019_landscape", "easy", TODAY)
    found = read_document(picture.pixels, today=TODAY).fields[NAME]
    assert picture.truth["fields"][NAME] in (found.value, *(value for value, _ in found.alternatives))
    assert len(found.alternatives) > 0
