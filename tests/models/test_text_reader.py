"""The text reader finds and reads rendered lines as a person would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from models.arrays import Image
from models.text_reader import TextReader

FONTS = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
]
LINES = ["签发机关杭州市公安局", "33010619900307002X", "2015.06.01-2035.06.01", "NEWS OF THE DAY"]


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


@pytest.fixture(scope="module")
def page() -> Image:
    font = next((f for f in FONTS if Path(f).exists()), None)
    if font is None:
        pytest.skip("no CJK font: apt install fonts-wqy-microhei or fonts-noto-cjk")
    page = Pillow.new("RGB", (900, 520), (235, 238, 230))
    for i, line in enumerate(LINES):
        ImageDraw.Draw(page).text(
            (80, 60 + 110 * i), line, fill=(30, 30, 60), font=ImageFont.truetype(font, 44)
        )
    return np.asarray(page)


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_reads_lines_in_any_orientation(reader: TextReader, page: Image, quarter_turns: int) -> None:
    """Sellers hold their phones every way; a line that is missed here is a field that is missed later."""
    texts = {
        line.text.replace(" ", "")
        for line in reader.read(np.ascontiguousarray(np.rot90(page, quarter_turns)))
    }
    assert texts == {line.replace(" ", "") for line in LINES}


def test_polygon_lies_on_its_line(reader: TextReader, page: Image) -> None:
    """The agents' page draws these polygons over the photo."""
    for line, top in zip(reader.read(page), range(60, 500, 110), strict=True):
        centre = line.polygon.mean(axis=0)
        assert abs(centre[1] - (top + 32)) < 12
        assert abs(line.polygon[0, 0] - 80) < 20


def test_every_character_has_place_and_alternatives(reader: TextReader, page: Image) -> None:
    """Repairs and corrections need to know which character is doubtful and what else it may be."""
    number = next(line for line in reader.read(page) if line.text == LINES[1])
    assert len(number.characters) == 18
    places = [character.x for character in number.characters]
    assert places == sorted(places)
    assert 0 < places[0] < 0.1
    assert 0.9 < places[-1] < 1
    assert all(len(character.alternatives) >= 3 for character in number.characters)
    assert all(
        a[1] <= character.confidence for character in number.characters for a in character.alternatives
    )


def test_a_page_without_text_reads_as_nothing(reader: TextReader) -> None:
    """Texture must not become a field."""
    noise = np.random.default_rng(7).normal(128, 20, (400, 600, 3)).clip(0, 255).astype(np.uint8)
    assert reader.read(noise) == ()


def test_no_crops_is_no_lines(reader: TextReader) -> None:
    """A photo without text costs no network run and raises nothing."""
    assert reader.recognise([]) == ()
