"""An electronic ID card can be lent by a message; the marketplace asks for the one that is held in the hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageDraw

from benchmarks.generators import fonts
from benchmarks.generators.cards import render_card_portrait
from benchmarks.generators.people import CardData, invent
from models.arrays import Image
from ocr.documents import read_document
from ocr.reading import Alarm

DAY = date(2026, 11, 24)


def page(title: str, rng: np.random.Generator) -> tuple[Image, CardData]:
    """A phone's screen with the card in an app's page under a title."""
    person = invent(rng, DAY)
    card = PillowImage.fromarray(render_card_portrait(person, None, rng).pixels).resize((960, 606))
    screen = PillowImage.new("RGB", (1080, 1920), (242, 244, 248))
    screen.paste(card, (60, 520))
    draw = ImageDraw.Draw(screen)
    face = fonts.available("hei")[0]
    for text, size, place in (
        ("9:41", 40, (60, 30)),
        (title, 64, (330, 260)),
        ("出示二维码", 48, (420, 1300)),
        ("仅限本人使用", 40, (420, 1500)),
    ):
        draw.text(place, text, (30, 40, 60), fonts.load(face, size))
    return np.asarray(screen), person


def alarm(photo: Image, person: CardData) -> Alarm:
    reading = read_document(photo, today=DAY)
    assert reading.value("id_number") == person.id_number
    (found,) = [alarm for alarm in reading.alarms if alarm.code == "document_electronic"]
    return found


@pytest.mark.parametrize("quarter_turns", [0, 1])
@pytest.mark.parametrize("title", ["电子身份证", "国家网络身份认证"])
def test_an_electronic_card_is_told_by_the_words_beside_it(title: str, quarter_turns: int) -> None:
    """It is read all the same: an agent sees whose it is and asks for the card itself."""
    screen, person = page(title, np.random.default_rng(3))
    found = alarm(np.ascontiguousarray(np.rot90(screen, quarter_turns)), person)
    assert (found.outcome, found.score > 0.8) == ("fail", True)
    assert found.crop.shape[0] < found.crop.shape[1] < screen.shape[1]


def test_other_words_beside_a_card_raise_nothing() -> None:
    """A card on a form or beside its owner's notes is a card."""
    found = alarm(*page("个人信息登记", np.random.default_rng(3)))
    assert (found.outcome, found.score) == ("pass", 0)
