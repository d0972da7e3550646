"""Machine-readable zones in photos: what is told apart in them, and what a second reader adds."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.arrays import Image
from models.text_reader import TextReader
from ocr.character_rows import character_rows
from ocr.documents import read_document
from ocr.looks import FIRST, Looks
from ocr.mrz_lines import slimmest
from ocr.mrz_parts import PARTS, check_digit, names_of, part_of, without_specks
from ocr.mrz_second_reading import confirmed
from ocr.mrz_strip import rows_of
from ocr.mrz_zone import Zone, find_zones
from tests.ocr.test_pages import MONO, TD1, TD2, TD3, TODAY, _page

NUMBER = "D231458907"
"""Document number and check digit of the specimen of TD1."""


@given(st.text("A<7", max_size=39))
def test_names_keep_their_places(raw: str) -> None:
    """Names that fill their part, or begin with a filler, must not push the number behind them aside."""
    tidied = without_specks(raw)
    assert len(tidied) == len(raw)
    assert all(a in (b, "<") for a, b in zip(tidied, raw, strict=True))
    assert names_of(tidied) == names_of(raw)


def test_a_travel_permit_in_the_size_of_td2_keeps_its_code() -> None:
    """A permit's PT must not become AT: an agent would look for a document that nobody issues."""
    lines = ("PT" + TD2[0][2:], TD2[1])
    page = _page([(60, 700 + 70 * i, line) for i, line in enumerate(lines)], MONO, 46)
    assert read_document(page, today=TODAY).value("document_code") == "PT"


def test_words_and_dates_above_a_zone_are_no_numbers() -> None:
    """On the back of a card the number is printed only in the zone: a genuine card must not be called altered."""
    number, birth, expiry = "BAALZGYTC", "9203099", "3402199"
    first = f"IDESP{number}{check_digit(number)}".ljust(30, "<")
    second = f"{birth}F{expiry}ESP".ljust(29, "<")
    composite = check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    zone = (first, second + composite, "GARCIA<LOPEZ<<MARTA".ljust(30, "<"))
    printed = [(60, 200, "AUTHORITY"), (60, 320, "19 FEB 2010"), (60, 440, "CITY OFFICE")]
    page = _page([*printed, *((60, 700 + 70 * i, line) for i, line in enumerate(zone))], MONO, 46)
    reading = read_document(page, today=TODAY)
    assert reading.value("document_number") == number
    assert {c.outcome for c in reading.checks if c.code == "visual_number_agrees"} == {"unknown"}


@pytest.fixture(scope="module")
def clear() -> tuple[str, Zone]:
    """The specimen of TD1 as read, and its zone."""
    reader, page = TextReader(), _page([(60, 700 + 70 * i, line) for i, line in enumerate(TD1)], MONO, 46)
    zone = next(find_zones(page, slimmest(Looks(page, reader).in_photo(FIRST)), reader))[0]
    return "".join(row.text.text for row in zone.rows), zone


@pytest.mark.parametrize(
    ("read", "taken", "agrees"),
    [
        (NUMBER, NUMBER, True),
        ("D731458907", NUMBER, False),  # its check digit fails, that of the second reading holds
        ("D777458907", "D777458907", False),  # too different to be replaced
    ],
)
def test_an_unsure_number_of_a_zone_is_read_again(
    clear: tuple[str, Zone], read: str, taken: str, agrees: bool
) -> None:
    """A passport number misread in one digit reaches the agent with both readings, not as another person's."""
    text, zone = clear
    place = part_of("TD1", "document_number").whole
    changed, seconds = confirmed(
        text[: place.start] + read + text[place.stop :], zone, {"document_number": 0.5}
    )
    assert changed[place] == taken
    assert seconds["document_number"].agrees is agrees
    assert {seconds["document_number"].other, taken} == {read, NUMBER}


def test_a_sure_part_of_a_zone_is_not_read_again(clear: tuple[str, Zone]) -> None:
    """The second reader takes longer than all the rest: it must not be asked in vain."""
    text, zone = clear
    assert confirmed(text, zone, {part.name: 0.95 for part in PARTS["TD1"]}) == (text, {})


def test_rows_that_go_on_beyond_what_was_found_are_read_whole() -> None:
    """Of a worn or shadowed zone only the ends of its lines are found at first; half a number is no number."""
    page = _page([(60, 700 + 70 * i, line) for i, line in enumerate(TD3)], MONO, 46)
    ends = [np.array([[730, y], [1280, y], [1280, y + 56], [730, y + 56]], np.float32) for y in (697, 767)]
    found = next(find_zones(page, ends, TextReader()))
    assert "".join(row.text.text for row in found[0].rows) == "".join(TD3)


@pytest.mark.parametrize(("start", "top", "rows"), [(83, 236, 3), (300, 236, 2), (83, 400, 2)])
def test_a_row_whose_fillers_fade_is_one_of_the_zone(start: float, top: float, rows: int) -> None:
    """A permit in dim light was no document at all: the detector saw half of the row with the name. What stands farther
    away or begins elsewhere is other text.
    """
    places = [(80, 870, 150), (82, 900, 193), (start, start + 420, top)]
    boxes = [np.array([[x0, y], [x1, y], [x1, y + 40], [x0, y + 40]], np.float32) for x0, x1, y in places]
    assert len(rows_of(boxes)) == rows


def test_a_zone_in_small_print_is_looked_for_nearer() -> None:
    """A passport that lies far from the camera is found by the last look, where the first ones see no letters."""
    page = _page([(60, 700 + 70 * i, line) for i, line in enumerate(TD1)], MONO, 46)
    small = cv2.resize(page, None, fx=0.34, fy=0.34, interpolation=cv2.INTER_AREA)
    photo = np.full((1500, 2000, 3), 150, np.uint8)
    photo[600 : 600 + small.shape[0], 800 : 800 + small.shape[1]] = small
    assert read_document(photo, today=TODAY).value("document_number") == NUMBER[:9]


def test_a_zone_on_a_page_of_text_is_found() -> None:
    """A card laid on a letter: the letter's lines are as long as the zone's, and nearer to its rows than the card's
    edge; read for rows, they left the document unknown.
    """
    page = _page([(20, 30 + 62 * i, "ABOUT THE GOODS THAT WE SHALL DELIVER") for i in range(18)], MONO, 52)
    card = _page([(60, 700 + 70 * i, line) for i, line in enumerate(TD2)], MONO, 46)[640:880]
    height, width = card.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    place = np.array([[150, 420], [1200, 350], [1215, 560], [165, 630]], np.float32)
    over = cv2.warpPerspective(card, cv2.getPerspectiveTransform(corners, place), page.shape[1::-1])
    there = cv2.fillConvexPoly(np.zeros(page.shape[:2], np.uint8), place.astype(np.int32), 255)
    photo = np.where(there[..., None] > 0, over, page).astype(np.uint8)
    assert read_document(photo, today=TODAY).value("document_number") == TD2[1][:9].strip("<")


def test_a_zone_on_a_far_document_is_looked_for_where_the_text_is() -> None:
    """A passport of an eighth of the photo's width: its name is seen, the fine print of its zone only from nearer."""
    zone = _page([(60, 700 + 70 * i, line) for i, line in enumerate(TD3)], MONO, 46)
    page = np.vstack([_page([(60, 120, "PASSPORT"), (60, 400, "ERIKSSON")], MONO, 200)[:640], zone[640:]])
    small = cv2.resize(page, None, fx=0.38, fy=0.38, interpolation=cv2.INTER_AREA)
    photo = np.full((3000, 4400, 3), 150, np.uint8)
    photo[1500 : 1500 + small.shape[0], 2800 : 2800 + small.shape[1]] = small
    assert read_document(photo, today=TODAY).value("document_number") == TD3[1][:9].strip("<")


def _zone_page(zone: tuple[str, ...]) -> Image:
    return _page([(60, 480 + 70 * i, line) for i, line in enumerate(zone)], MONO, 46)


def test_a_zone_on_a_bent_page_is_read() -> None:
    """A passport lies open and curls: the rows of its zone are arcs, in which a straight cut holds pieces of both."""
    page = _zone_page(TD3)
    y, x = np.mgrid[: page.shape[0], : page.shape[1]].astype(np.float32)
    bent = cv2.remap(page, x, y - 0.0004 * (x - 676) ** 2, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    reading = read_document(bent.astype(np.uint8), today=TODAY)
    assert reading.value("document_number") == TD3[1][:9].strip("<")
    box = reading.fields["document_number"].box
    assert (np.ptp(box[:, 0]) > 1000, box[:, 1].max() > 700) == (True, True)


@pytest.mark.parametrize("degrees", [0, 45, 90, 160])
def test_rows_of_characters_are_found_at_any_angle(degrees: int) -> None:
    """The text detector hardly sees a row that runs from corner to corner; a card held askew was not found."""
    page = _zone_page(TD1)
    turn = cv2.getRotationMatrix2D((700, 550), degrees, 0.6)
    turned = cv2.warpAffine(page, turn, (1400, 1000), borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)
    corners = np.array([[[60, 480], [60 + 30 * 28, 480], [60 + 30 * 28, 670], [60, 670]]], np.float32)
    place = cv2.transform(corners, turn)[0]
    middles = [piece.mean(axis=0) for piece in character_rows(turned)]
    assert len(middles) >= 3
    assert all(cv2.pointPolygonTest(place, (float(x), float(y)), True) > -10 for x, y in middles)


def test_texture_has_no_rows() -> None:
    """Every photo without a zone would be read once more if cloth and stone were full of characters."""
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.normal(128, 60, (600, 800)), (0, 0), 3)
    assert character_rows(np.dstack([noise.clip(0, 255).astype(np.uint8)] * 3)) == []
    assert character_rows(np.full((600, 800, 3), 200, np.uint8)) == []
