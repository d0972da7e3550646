"""Reads the documents that a photo shows: finds them, says what they are, reads and checks them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Literal

import numpy as np

from models.arrays import Image
from models.text_reader import TextLine, TextReader
from ocr import cn_resident_id
from ocr.cn_business_licence import read_licence
from ocr.cn_resident_id_checks import checks
from ocr.find_cards import find_cards
from ocr.mrz import read_mrz
from ocr.reading import Reading

Asked = Literal["auto", "cn_resident_id", "cn_business_licence", "mrz"]


def read_document(image: Image, document_type: Asked = "auto", today: date | None = None) -> Reading:
    """The document that the photo shows.

    image: RGB photo of any size, the document in any orientation. document_type: what it must be; "auto"
    finds out. today: the day on which the document must be valid; by default the computer's.

    Where no document is found the reading's document_type is "unknown" and its warnings say so.
    """
    today = today or date.today()
    reading = _resident_id(image, today) if document_type in ("auto", "cn_resident_id") else None
    if reading is None and document_type != "cn_resident_id":
        reading = _page(image, document_type, today)
    return reading or Reading("unknown", warnings=("document_not_found",))


def _page(image: Image, document_type: Asked, today: date) -> Reading | None:
    """Documents that are recognised by what their lines say; the page is turned until its lines are level."""
    lines = _reader().read(image)
    turns = _quarter_turns(lines)
    if turns:
        image = np.ascontiguousarray(np.rot90(image, turns))
        lines = _reader().read(image)
    for kind, read in (("mrz", read_mrz), ("cn_business_licence", read_licence)):
        reading = read(image, lines, today) if document_type in ("auto", kind) else None
        if reading is not None:
            return _turned_back(reading, image, turns)
    return None


def _quarter_turns(lines: Sequence[TextLine]) -> int:
    """How many quarter turns counter-clockwise bring most of the text upright."""
    ways = [0.0] * 4
    for line in lines:
        along = line.polygon[1] - line.polygon[0]
        ways[round(math.degrees(math.atan2(along[1], along[0])) / 90) % 4] += len(line.text)
    return int(np.argmax(ways))


def _turned_back(reading: Reading, image: Image, turns: int) -> Reading:
    """The reading with its boxes in the photo as it was given."""
    height, width = image.shape[:2]
    fields = {}
    for name, found in reading.fields.items():
        box, sides = found.box, (width, height)
        for _ in range(turns):
            box, sides = np.stack([sides[1] - box[:, 1], box[:, 0]], axis=1), sides[::-1]
        fields[name] = replace(found, box=box.astype(np.float32))
    return replace(reading, fields=fields)


def _resident_id(image: Image, today: date) -> Reading | None:
    for card in find_cards(image, _reader()):
        fields = cn_resident_id.read_fields(card, _reader())
        if cn_resident_id.convincing(card, fields, _reader()):
            agreed = checks(card.side, fields, today)
            return Reading("cn_resident_id", card.side, fields, agreed, (), card.card())
    return None


@cache
def _reader() -> TextReader:
    return TextReader()
