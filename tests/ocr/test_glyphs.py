"""Comparing unsure characters with drawn ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from benchmarks.generators import fonts
from models.scaling import Pyramid
from models.text_reader import Character
from ocr.flat import FlatCard, Line
from ocr.glyphs import AT_MOST, Twins, by_shape, twins
from ocr.layout import CARD_CORNERS, CARD_HEIGHT, CARD_WIDTH
from ocr.places import MIN_CHANCE

NAMES = Twins(twins("names"), 0.02)
PITCH, LEFT, TOP, HEIGHT = 32, 150, 260, 44


def _card(text: str, noise: float = 6.0) -> FlatCard:
    """The portrait side with a line of the text, blurred as a phone's photo of a small card is."""
    picture = Pillow.new("L", (CARD_WIDTH, CARD_HEIGHT), 225)
    face = fonts.load(fonts.available("hei")[0], 29)
    for i, character in enumerate(text):
        where = (LEFT + PITCH * (i + 0.5), TOP + HEIGHT / 2)
        ImageDraw.Draw(picture).text(where, character, font=face, fill=60, anchor="mm")
    grain = np.random.default_rng(3).normal(0, noise, (CARD_HEIGHT, CARD_WIDTH))
    blurred = cv2.GaussianBlur(np.asarray(picture, np.float32), (0, 0), 1.2) + grain
    photo = np.repeat(np.clip(blurred, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return FlatCard("portrait", Pyramid(photo), 1.0, CARD_CORNERS, ())


def _compared(
    card: FlatCard, doubtful: str, *others: tuple[str, float], chance: float = 0.7
) -> list[Character]:
    """What shape makes of the line 王家?村, of which the third character was read as that with the chance."""
    right = LEFT + PITCH * 4
    box = np.array([[LEFT, TOP], [right, TOP], [right, TOP + HEIGHT], [LEFT, TOP + HEIGHT]], np.float32)
    readings = (("王", 1.0, ()), ("家", 1.0, ()), (doubtful, chance, others), ("村", 1.0, ()))
    characters = [Character(c, sure, (i + 0.5) / 4, rest) for i, (c, sure, rest) in enumerate(readings)]
    return by_shape(card, Line(box, tuple(characters)), characters, NAMES)


@pytest.mark.parametrize(
    ("printed", "read", "chance"),
    [("墕", "场", 0.0), ("筻", "第", 0.0), ("峁", "岗", 0.0), ("箬", "著", 0.0), ("赟", "赞", 0.1)],
)
def test_a_rare_character_is_known_by_its_shape(printed: str, read: str, chance: float) -> None:
    """Without this 墕底村 becomes 场底村: to the reader no text has 墕, however unlike 场 the print is."""
    options = ((printed, chance),) if chance else ()
    found = _compared(_card(f"王家{printed}村"), read, *options)
    assert [c.text for c in found] == ["王", "家", printed, "村"]
    assert found[2].confidence <= AT_MOST


@pytest.mark.parametrize(("printed", "rare"), [("场", "墕"), ("激", "潋"), ("第", "筻"), ("赞", "赟")])
def test_a_common_character_that_is_printed_stays(printed: str, rare: str) -> None:
    """Without this right values turn into rare ones, which is worse than leaving rare ones wrong."""
    assert _compared(_card(f"王家{printed}村"), printed, (rare, 0.02))[2].text == printed


def test_what_the_reader_thought_possible_stays_possible() -> None:
    """Without this a blurred 郯城县 is 郑城县 by its shape, and the list of counties can't put it right any more."""
    found = _compared(_card("王家郑村"), "郯", ("郑", 0.2))[2]
    assert dict(found.alternatives)["郯"] >= MIN_CHANCE


def test_no_traditional_form_is_put_in() -> None:
    """Without this 谯 is 譙, which no card bears, wherever the reader thinks of both."""
    assert _compared(_card("王家谯村"), "谯", ("譙", 0.75))[2].text == "谯"


def test_noise_puts_no_character_in() -> None:
    """Without this texture or glare under a line puts a character there that nobody printed."""
    found = _compared(_card("", 40.0), "场")[2]
    assert found.text == "场"
    assert found.confidence <= 0.7


@pytest.mark.parametrize(("printed", "read"), [("晢", "哲"), ("娒", "姆"), ("凃", "涂")])
def test_a_rare_twin_is_not_given_as_the_common_character_for_sure(printed: str, read: str) -> None:
    """Without this a seller named 晢 is 哲 for sure, and nobody looks at the name again."""
    found = _compared(_card(f"王家{printed}村"), read, chance=0.999)[2]
    assert printed in (found.text, *(c for c, _ in found.alternatives))
    assert found.confidence < 0.9


@pytest.mark.parametrize("printed", "哲姆涂高元")
def test_a_common_character_stays_sure_beside_its_rare_twin(printed: str) -> None:
    """Without this every name with 哲 or 高 goes to an agent."""
    found = _compared(_card(f"王家{printed}村"), printed, chance=0.999)[2]
    assert found.text == printed
    assert found.confidence > 0.97


def test_the_first_of_two_characters_is_found_where_the_reader_saw_it_too_near() -> None:
    """Without this nothing is learnt of the surname of a short name: there the reader sees characters nearer than
    they stand.
    """
    card = _card("翀伟")
    right = LEFT + PITCH * 2
    box = np.array([[LEFT, TOP], [right, TOP], [right, TOP + HEIGHT], [LEFT, TOP + HEIGHT]], np.float32)
    seen = [Character("神", 0.6, 0.34, (("翀", 0.02),)), Character("伟", 1.0, 0.71, ())]
    assert [c.text for c in by_shape(card, Line(box, tuple(seen)), seen, NAMES)] == ["翀", "伟"]
