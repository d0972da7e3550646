"""Reads the documents that a photo shows: finds them, says what they are, reads and checks them."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from models.arrays import Image
from models.text_reader import TextReader
from ocr import cn_resident_id
from ocr.cn_resident_id_checks import checks
from ocr.find_cards import find_cards
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
    return reading or Reading("unknown", warnings=("document_not_found",))


def _resident_id(image: Image, today: date) -> Reading | None:
    for card in find_cards(image, _reader()):
        fields = cn_resident_id.read_fields(card, _reader())
        if cn_resident_id.convincing(card.side, fields):
            agreed = checks(card.side, fields, today)
            return Reading("cn_resident_id", card.side, fields, agreed, (), card.card())
    return None


@cache
def _reader() -> TextReader:
    return TextReader()
