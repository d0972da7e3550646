"""Cards of which something is hidden, lies askew or is small are read as far as a person could."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import pytest

from benchmarks.generators import people
from benchmarks.generators.card_set import card_picture
from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from models.arrays import Floats, Image
from models.scaling import Pyramid
from models.text_reader import TextBox, TextReader
from ocr import cn_resident_id
from ocr.burnt_ground import may_go_on
from ocr.documents import read_document
from ocr.emblem_side import TITLES_BOTTOM
from ocr.find_cards import USUAL, find_cards
from ocr.flat import FlatCard, Line, flatten
from ocr.layout import CARD_CORNERS, CARD_WIDTH, placements
from ocr.layout_rows import placements_on_rows
from ocr.look_alikes import certain, speaks_otherwise
from ocr.looks import NEAREST, TURNED, Looks
from ocr.outlined_cards import outlined_cards
from ocr.page import Page
from ocr.reading import Field

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


def _on_a_table(side: str, across: float) -> tuple[Image, Image, dict[str, Any]]:
    """A dim photo of a table with the card, so many pixels wide, lying a little askew in its middle; the map from the
    card's own picture to it; and what the card says.
    """
    picture = card_picture(np.random.default_rng(5), "easy", side, None, TODAY)
    corners = np.array(picture.truth["polygon"], np.float32)
    spin = cv2.getRotationMatrix2D((across / 2, across / 3), 24, 1)
    spin[:, 2] += 1100 - across / 2
    lying = cv2.transform((CARD_CORNERS * np.float32(across / CARD_WIDTH))[None], spin)[0].astype(np.float32)
    to_photo = cv2.getPerspectiveTransform(corners, lying)
    fine = cv2.GaussianBlur(picture.pixels, (0, 0), 0.4 * float(np.ptp(corners[:, 0])) / across)
    photo = cv2.warpPerspective(fine, to_photo, (2200, 2200))
    table = cv2.fillConvexPoly(np.ones(photo.shape[:2], np.uint8), np.round(lying).astype(np.int32), 0)
    photo[table > 0] = (120, 112, 104)
    dim = cv2.GaussianBlur(photo, (0, 0), 0.8) * 0.55 + np.random.default_rng(5).normal(20, 7, photo.shape)
    return np.clip(dim, 0, 255).astype(np.uint8), np.asarray(to_photo), picture.truth


def test_glare_on_the_number_of_a_small_card_leaves_the_rest() -> None:
    """Nothing but the rows that are left says where the card lies: the seller is asked for a photo without glare, not
    told that it was no ID card.
    """
    photo, to_photo, truth = _on_a_table("portrait", 560)
    number = cv2.perspectiveTransform(np.array([truth["boxes"]["id_number"]], np.float32), to_photo)[0]
    middle = (number.mean(axis=0) + number[[1, 2]].mean(axis=0)) / 2
    light = cv2.circle(np.zeros(photo.shape[:2], np.float32), [int(v) for v in middle], 60, 1.0, -1)
    light = cv2.GaussianBlur(light, (0, 0), 14)[..., None]
    reading = read_document((photo * (1 - light) + 255 * light).astype(np.uint8), today=TODAY)
    assert (reading.document_type, reading.side) == ("cn_resident_id", "portrait")
    assert {name: reading.value(name) for name in PRINTED} == {
        name: truth["fields"][name] for name in PRINTED
    }


@pytest.mark.parametrize("turn", [-150, -35, 20, 100])
def test_rows_alone_say_where_a_card_lies(turn: float) -> None:
    """Neither number nor title has to be seen; without this a card with a thumb on its number is none."""
    labels = [(49, 85, 82), (49, 170, 145), (250, 360, 145), (49, 420, 203)]
    rows = [*labels, (147, 215, 85), (147, 500, 262), (147, 330, 306)]
    card = [np.array([[a, y - 17], [b, y - 17], [b, y + 17], [a, y + 17]], np.float32) for a, b, y in rows]
    spin = cv2.getRotationMatrix2D((428, 270), turn, 0.6)
    lines = [cv2.transform(line[None], spin)[0].astype(np.float32) for line in card]
    found = placements_on_rows(lines)[0]
    expected = cv2.transform(CARD_CORNERS[None], spin)[0]
    assert found.side == "portrait"
    assert np.abs(found.polygon - expected).max() < 0.06 * 0.6 * CARD_WIDTH


@pytest.mark.parametrize(("side", "turn"), [("portrait", 0), ("portrait", 3), ("emblem", 1), ("emblem", 2)])
def test_the_outline_alone_says_where_a_card_lies(side: str, turn: int) -> None:
    """Small print in a tilted photo shows no line before the card is flattened: the seller would be told that there was
    no card, where anyone sees one.
    """
    photo, to_photo, truth = _on_a_table(side, 700)
    corners = cv2.perspectiveTransform(np.array([truth["polygon"]], np.float32), to_photo)[0]
    for _ in range(turn):
        corners = np.stack([corners[:, 1], photo.shape[1] - corners[:, 0]], axis=1)
        photo = np.ascontiguousarray(np.rot90(photo))
    card = next(outlined_cards(Looks(photo, TextReader())))
    assert card.side == side
    assert np.abs(card.polygon - corners).max() < 0.03 * 700


class _SeesNothingAcross(TextReader):
    """A reader that, as the text detector, finds a line only where it runs along the picture."""

    def __init__(self) -> None:
        pass

    def detect(self, image: Image, scale: float = 1.0) -> tuple[TextBox, ...]:  # noqa: ARG002
        (shape,), _ = cv2.findContours(
            (image[..., 0] > 200).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        box = cv2.boxPoints(cv2.minAreaRect(shape))
        level = np.abs(np.diff(box, axis=0)).min(axis=1).max() < 5
        return (TextBox(box.astype(np.float32), 1.0),) if level else ()


def test_lines_from_corner_to_corner_are_found() -> None:
    """A card that lies askew shows the detector no line until the photo is turned."""
    photo = np.zeros((1200, 1600, 3), np.uint8)
    line = np.array([[300, 200], [900, 800], [870, 830], [270, 230]], np.int32)
    cv2.fillConvexPoly(photo, line, (255, 255, 255))
    looks = Looks(photo, _SeesNothingAcross())
    assert not looks.lines(NEAREST)
    (found,) = looks.lines(TURNED)
    apart = np.abs(found[None] * looks.factor - line[:, None]).sum(axis=2)
    assert apart.min(axis=0).max() < 8


class _SeesLittle(TextReader):
    """A reader that sees lines of photos only at the nearest look, of them only those over a point, if one is given; and
    all lines of flattened cards.
    """

    def __init__(self, point: Floats | None = None) -> None:
        super().__init__()
        self._point = point

    def detect(self, image: Image, scale: float = 1.0, curved: bool = False) -> tuple[TextBox, ...]:
        side = round(max(image.shape[:2]) * scale)
        if side in {look.side for look in USUAL if look != NEAREST}:
            return ()
        boxes = super().detect(image, scale, curved)
        if side != NEAREST.side or self._point is None:
            return boxes
        x, y = map(float, self._point)
        return tuple(box for box in boxes if cv2.pointPolygonTest(box.polygon, (x, y), False) > 0)


def test_an_emblem_side_whose_print_shows_at_the_nearest_look_alone_is_found() -> None:
    """A card that is small in its photo must not be missed because other documents have titles in small print."""
    photo, _, truth = _on_a_table("emblem", 560)
    reader = _SeesLittle()
    card = next(find_cards(Looks(photo, reader)))
    fields = cn_resident_id.read_fields(card, reader)
    assert {name: field.value for name, field in fields.items()} == truth["fields"]


@pytest.mark.parametrize("place", [(505, 465), (530, 205)], ids=["period", "title"])
def test_a_line_that_names_the_period_or_the_title_shows_where_the_card_lies(place: tuple[int, int]) -> None:
    """On a page of text, under light that breaks the other rows, nothing else tells a card from the page."""
    photo, to_photo, truth = _on_a_table("emblem", 1100)
    corners = cv2.perspectiveTransform(np.array([truth["polygon"]], np.float32), to_photo)[0]
    from_card = cv2.getPerspectiveTransform(CARD_CORNERS, corners)
    reader = _SeesLittle(cv2.perspectiveTransform(np.array([[place]], np.float32), from_card)[0, 0])
    card = next(find_cards(Looks(photo, reader)))
    fields = cn_resident_id.read_fields(card, reader)
    assert {name: field.value for name, field in fields.items()} == truth["fields"]


def _page_that_says(*texts: str) -> Page:
    return cast(Page, SimpleNamespace(lines=[SimpleNamespace(text=text, confidence=0.99) for text in texts]))


def test_a_card_across_a_page_of_text_speaks_for_itself() -> None:
    """Light hid the name and the year of birth, the page has none of a card's words, and the seller was told that the
    card in his photo was none.
    """
    photo, to_photo, truth = _on_a_table("portrait", 900)
    polygon = cv2.perspectiveTransform(np.array([truth["polygon"]], np.float32), to_photo)[0]
    card = flatten(Pyramid(photo), polygon, "portrait", TextReader())
    page = _page_that_says("山坡", "村庄", "春天", "小河")
    assert not speaks_otherwise(page, card, TextReader())
    assert speaks_otherwise(page, replace(card, boxes=()), TextReader())


@pytest.mark.parametrize(("ink", "hidden"), [(40, False), (140, False), (200, True)])
def test_print_that_fades_into_light_may_go_on(ink: int, hidden: bool) -> None:
    """An address ended at 93号, the last that light left of 93号附4号, and was given as sure."""
    photo = np.full((540, 856, 3), 255, np.uint8)
    for left in range(150, 330, 10):
        photo[250:274, left : left + 4] = 40 if left < 290 else ink
    card = FlatCard("portrait", Pyramid(photo), 1.0, CARD_CORNERS, ())
    box = np.array([[147, 245], [330, 245], [330, 279], [147, 279]], np.float32)
    assert may_go_on(card, Line(box, ())) is hidden


@pytest.mark.parametrize(
    ("side", "name", "hidden"), [("portrait", "name", 36), ("emblem", "issuing_authority", 120)]
)
def test_a_value_that_light_may_have_shortened_is_not_sure(side: str, name: str, hidden: int) -> None:
    """朱艳 for 朱艳辉 with a confidence of 0.99 is another person; a city's office is not that of its district."""
    invented = people.invent(np.random.default_rng(3), TODAY)
    person = replace(invented, name="朱艳辉", issuing_authority="广州市公安局白云分局", script="")
    drawn = (render_card_portrait if side == "portrait" else render_card_emblem)(person).pixels
    photo = (drawn * 0.8).astype(np.uint8)
    unit = photo.shape[1] / CARD_WIDTH
    corners, reader = CARD_CORNERS * np.float32(unit), TextReader()
    whole = cn_resident_id.read_fields(flatten(Pyramid(photo), corners, side, reader), reader)[name]
    assert whole.value == getattr(person, name)
    assert whole.confidence > 0.9
    (_, top), (right, bottom) = whole.box[0] - 8 * unit, whole.box[2] + 8 * unit
    left = right - (8 + hidden) * unit
    light = np.zeros(photo.shape[:2], np.float32)
    light[int(top) : int(bottom), int(left) : int(right + 60 * unit)] = 1
    light = cv2.GaussianBlur(light, (0, 0), 3 * unit)[..., None]
    burnt = (photo * (1 - light) + 255 * light).astype(np.uint8)
    left_over = cn_resident_id.read_fields(flatten(Pyramid(burnt), corners, side, reader), reader)[name]
    assert left_over.value != getattr(person, name)
    assert left_over.confidence < 0.9


@pytest.mark.parametrize(("left", "right", "middle"), [(130, 210, 306), (330, 420, 262)])
def test_an_address_of_which_light_hides_a_head_or_a_middle_is_not_sure(
    left: int, right: int, middle: int
) -> None:
    """What is left reads as an address of its own, and nobody would look at it again."""
    address = "云南省楚雄彝族自治州南华县黄坡街道七小屯15社67号附7号"
    person = replace(people.invent(np.random.default_rng(3), TODAY), address=address, script="")
    photo = (render_card_portrait(person).pixels * 0.8).astype(np.uint8)
    unit = photo.shape[1] / CARD_WIDTH
    corners, reader = CARD_CORNERS * np.float32(unit), TextReader()
    whole = cn_resident_id.read_fields(flatten(Pyramid(photo), corners, "portrait", reader), reader)
    assert (whole["address"].value, whole["address"].confidence > 0.9) == (address, True)
    place = np.array([left, middle - 24, right, middle + 24]) * unit
    light = np.zeros(photo.shape[:2], np.float32)
    light[int(place[1]) : int(place[3]), int(place[0]) : int(place[2])] = 1
    light = cv2.GaussianBlur(light, (0, 0), 2 * unit)[..., None]
    lit = (photo * (1 - light) + 230 * light).astype(np.uint8)
    left_over = cn_resident_id.read_fields(flatten(Pyramid(lit), corners, "portrait", reader), reader)[
        "address"
    ]
    assert left_over.value != address
    assert left_over.confidence < 0.9


def test_a_row_that_the_detector_does_not_see_is_read_where_it_stands() -> None:
    """Faint print in bad light: the dates are legible to a person, and the card runs out unnoticed without them."""
    person = people.invent(np.random.default_rng(3), TODAY)
    drawn = render_card_emblem(person).pixels
    corners, reader = CARD_CORNERS * np.float32(drawn.shape[1] / CARD_WIDTH), TextReader()
    card = flatten(Pyramid(drawn), corners, "emblem", reader)
    for row in (408, 465):
        seen = tuple(box for box in card.boxes if abs(float(box[:, 1].mean()) - row) > 25)
        assert len(seen) < len(card.boxes)
        fields = cn_resident_id.read_fields(replace(card, boxes=seen), reader)
        assert {name: field.value for name, field in fields.items()} == person.fields("emblem")


def test_the_cards_title_speaks_for_a_card_whose_office_is_hidden() -> None:
    """A card on a letter, with a finger on its office, is asked for again; it is no letter. Dates alone prove nothing."""
    person = people.invent(np.random.default_rng(3), TODAY)
    drawn = render_card_emblem(person).pixels
    corners, reader = CARD_CORNERS * np.float32(drawn.shape[1] / CARD_WIDTH), TextReader()
    card = flatten(Pyramid(drawn), corners, "emblem", reader)
    fields = cn_resident_id.read_fields(card, reader)
    days = {name: field for name, field in fields.items() if name != "issuing_authority"}
    untitled = replace(card, boxes=tuple(box for box in card.boxes if box[:, 1].mean() > TITLES_BOTTOM))
    assert (certain(card, days, reader), certain(untitled, days, reader)) == (True, False)


def test_a_citizen_number_is_no_period_of_validity() -> None:
    """Among clutter a portrait side may be taken for an emblem side at first; its number has the shape of two dates."""
    person = replace(people.invent(np.random.default_rng(3), TODAY), id_number="410105199207173035")
    card = render_card_portrait(person)
    height, width = card.pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    reader = TextReader()
    wrong = flatten(Pyramid(card.pixels), corners, "emblem", reader)
    fields = cn_resident_id.read_fields(wrong, reader)
    assert not fields
    assert not cn_resident_id.convincing(wrong, fields, reader)


def test_an_emblem_side_of_other_measures_is_found_on_a_page_of_text() -> None:
    """A card whose rows stand a few millimetres off the specimens' is no part of the document that it lies on."""
    rows = [(300, 719, 91, 66), (291, 728, 197, 80), (178, 524, 398, 44), (176, 664, 463, 46)]
    page = [(a, b, y, 34) for y in range(-160, 760, 42) for a, b in ((-180, -20), (880, 1200))]
    lines = [
        np.array([[a, y - h / 2], [b, y - h / 2], [b, y + h / 2], [a, y + h / 2]], np.float32)
        for a, b, y, h in [*rows, *page]
    ]
    found = placements(lines)[0]
    assert found.side == "emblem"
    assert np.abs(found.polygon - CARD_CORNERS).max() < 0.08 * CARD_WIDTH


def test_scraps_of_a_page_beside_a_card_do_not_speak_against_it() -> None:
    """Both sides of a card on a letter: without this the portrait side is not found, though all its print is seen."""
    rows = [(34, 264, 84), (37, 373, 143), (39, 416, 200), (34, 122, 260), (129, 511, 260), (136, 435, 302)]
    number = [(38, 234, 461), (274, 778, 459)]
    page = [(a, b, y) for y in range(-180, 760, 44) for a, b in ((-50, 12), (844, 897))]
    lines = [
        np.array([[a, y - 23], [b, y - 23], [b, y + 23], [a, y + 23]], np.float32)
        for a, b, y in [*rows, *number, *page]
    ]
    found = placements(lines)[0]
    assert found.side == "portrait"
    assert np.abs(found.polygon - CARD_CORNERS).max() < 0.08 * CARD_WIDTH


@pytest.mark.parametrize(("office", "known"), [("盐边县公安局", True), ("护用局", False)])
def test_three_characters_of_clutter_are_no_emblem_side(office: str, known: bool) -> None:
    """A residence permit on a letter, of which a scrap read 护用局, was taken for an ID card."""
    card = flatten(
        Pyramid(np.full((540, 856, 3), 200, np.uint8)), CARD_CORNERS, "emblem", reader := TextReader()
    )
    field = Field(office, 0.9, CARD_CORNERS, lambda: card.photo.image)
    assert cn_resident_id.convincing(card, {"issuing_authority": field}, reader) is known


@pytest.mark.parametrize(
    ("name", "address", "known"),
    [
        ("黄伟", "杭州市西湖区文三路8号", True),
        ("黄伟", "NHUANG<<WEI<<<<<<<", False),
        ("中华人民共和国护照", "杭州市西湖区文三路8号", False),
    ],
)
def test_a_passport_is_no_id_card(name: str, address: str, known: bool) -> None:
    """A small, bent passport on a page of text, its zone where a card has its address and number, was given as one."""
    card = flatten(
        Pyramid(np.full((540, 856, 3), 200, np.uint8)), CARD_CORNERS, "portrait", reader := TextReader()
    )
    values = {"name": name, "address": address, "birth_date": "2003-04-10", "id_number": "347173669030410031"}
    fields = {key: Field(value, 0.9, CARD_CORNERS, lambda: card.photo.image) for key, value in values.items()}
    assert cn_resident_id.convincing(card, fields, reader) is known


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("公民身份号码", True),
        ("公民身份号码421087200703253197", True),
        ("公民身份弓码4210", True),
        ("公民身份号码填错了吗", False),
    ],
)
def test_a_sentence_about_the_number_is_not_its_label(text: str, printed: bool) -> None:
    """A chat with somebody's number in it was given as an ID card with a right number."""
    blank = FlatCard("portrait", Pyramid(np.full((540, 856, 3), 200, np.uint8)), 1.0, CARD_CORNERS, ())
    assert speaks_otherwise(_page_that_says(text, "山坡", "村庄", "春天"), blank, TextReader()) is not printed
