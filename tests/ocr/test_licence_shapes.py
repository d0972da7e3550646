"""Business licences seen at an angle and on curling paper."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np

from benchmarks.generators import companies
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
