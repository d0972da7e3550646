"""Licences in shapes that hide a character, a line or what they are: at an angle, curling, set to the last mark."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from benchmarks.generators import companies
from benchmarks.generators.document_sets import licence_picture
from benchmarks.generators.licences import render_licence
from models.arrays import Image
from ocr.documents import read_document

TODAY = date(2026, 11, 24)


def _licence(seed: int, layout: str) -> tuple[Image, dict[str, str]]:
    rng = np.random.default_rng(seed)
    company = companies.invent(rng, TODAY)
    return render_licence(company, layout, rng)[0].pixels, company.fields()


def test_a_name_keeps_its_first_character_where_the_columns_lean() -> None:
    """A seller's company would be checked under a name without its first character, and the reading would be sure."""
    flat, printed = _licence(6, "2019_portrait")
    leaning = np.array([[1, 0.1, -150], [0, 1, -60]], np.float32)  # its edges are outside of the photo
    photo = cv2.warpAffine(flat, leaning, (1400, 2000), borderMode=cv2.BORDER_REPLICATE)
    fields = read_document(np.asarray(photo, np.uint8), today=TODAY).fields
    assert {name: fields[name].value for name in ("name", "type")} == {
        n: printed[n] for n in ("name", "type")
    }


def test_long_lines_of_curling_paper_are_read() -> None:
    """A licence on paper that curls would have no scope: its long lines leave any rectangle around them."""
    flat, printed = _licence(11, "2014_portrait")
    height, width = flat.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    curl = 80 * np.sin(x / width * 2 * np.pi).astype(np.float32)
    photo = cv2.remap(flat, x, y + curl, cv2.INTER_LINEAR, borderValue=(90,) * 3)
    fields = read_document(np.asarray(photo, np.uint8), today=TODAY).fields
    long = ("address", "scope")
    assert {name: fields[name].value for name in long} == {name: printed[name] for name in long}


@pytest.mark.parametrize("last", ["。", "经营活动）。"])
def test_a_scope_is_read_to_its_last_mark(last: str) -> None:
    """A full stop alone on its line is no line to a detector, and a line that begins with ） was taken for two."""
    picture = licence_picture(
        np.random.default_rng(58 if last == "。" else 44), "2019_portrait", "easy", TODAY
    )
    printed = picture.truth["fields"]["scope"]
    assert printed.endswith(last)
    assert read_document(picture.pixels, today=TODAY).value("scope") == printed


def test_a_licence_whose_rows_stand_as_those_of_a_card_is_a_licence() -> None:
    """Its term was a citizen number of which digits are hidden, its type a name: the company had no licence."""
    picture = licence_picture(np.random.default_rng(141), "2019_portrait", "easy", TODAY)
    reading = read_document(picture.pixels, today=TODAY)
    assert (reading.document_type, reading.value("name")) == (
        "cn_business_licence",
        picture.truth["fields"]["name"],
    )
