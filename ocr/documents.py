"""Reads the documents that a photo shows: finds them, says what they are, reads and checks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import islice
from typing import Literal

from models.arrays import Image
from models.text_reader import TextReader
from ocr import cn_resident_id
from ocr.authenticity import alarms
from ocr.cn_business_licence import find_titles, licence_page, read_licence
from ocr.cn_resident_id_checks import checks
from ocr.find_cards import Looks, find_cards
from ocr.flat import FlatCard
from ocr.layout import placements
from ocr.mrz import read_mrz
from ocr.reading import Reading
from ocr.unknown import NOTHING_FOUND, other_kind, read_whole, unknown

Asked = Literal["auto", "cn_resident_id", "cn_business_licence", "mrz"]
Attempt = Callable[[], Reading | None]

LIKE_A_CARD = 3.5
"""Score of a placement (`ocr.layout`) from which the photo is taken for one of an ID card first."""
LIKELY_CARDS = 3
"""Cards tried before the whole page is read: most photos show their card among them."""
NEARER = 2
"""The look (`ocr.find_cards.LOOKS`) in which small documents are looked for."""


def read_document(image: Image, document_type: Asked = "auto", today: date | None = None) -> Reading:
    """The document that the photo shows.

    image: RGB photo of any size, the document in any orientation. document_type: what it must be; "auto"
    finds out. today: the day on which the document must be valid; by default the computer's.

    Where it is none of these the reading's document_type is "unknown", with the text that the photo shows, and its
    warnings say whether there is a document at all.
    """
    today = today or date.today()
    looks = Looks(image, _reader())
    if document_type == "cn_resident_id":
        return _card(looks.photo, find_cards(looks), today) or NOTHING_FOUND
    attempts = _attempts(looks, today) if document_type == "auto" else _pages(looks, document_type, today)
    return next((found for attempt in attempts if (found := attempt()) is not None), NOTHING_FOUND)


def _attempts(looks: Looks, today: date) -> Iterator[Attempt]:
    """What to try in turn, the likeliest and the cheapest first."""
    cards = find_cards(looks)
    if any(placement.score >= LIKE_A_CARD for placement in placements(looks.lines(0))):
        yield lambda: _card(looks.photo, islice(cards, 1), today)
    yield from (lambda kind=kind: _signed(looks, 0, kind, today) for kind in ("mrz", "cn_business_licence"))
    yield lambda: _card(looks.photo, islice(cards, LIKELY_CARDS), today)
    yield from (
        lambda kind=kind: _signed(looks, NEARER, kind, today) for kind in ("mrz", "cn_business_licence")
    )
    page = read_whole(looks.photo, looks.in_photo(NEARER), looks.reader)
    if page is not None:
        yield lambda: read_licence(looks.photo, page, today)
    if other_kind(page) is None:
        yield lambda: _card(looks.photo, cards, today)
    yield lambda: unknown(page)


def _pages(looks: Looks, kind: Asked, today: date) -> Iterator[Attempt]:
    """The same for a photo that must show a document of that kind."""
    yield from (lambda look=look: _signed(looks, look, kind, today) for look in (0, NEARER))
    page = read_whole(looks.photo, looks.in_photo(NEARER), looks.reader)
    if kind == "cn_business_licence" and page is not None:
        yield lambda: read_licence(looks.photo, page, today)
    yield lambda: unknown(page)


def _signed(looks: Looks, look: int, kind: Asked, today: date) -> Reading | None:
    """A document that is recognised by some of its lines: a zone's fillers, a licence's title."""
    photo, lines, reader = looks.photo, looks.in_photo(look), looks.reader
    if kind == "mrz":
        return read_mrz(photo, lines, reader, today)
    pages = (licence_page(photo, looks.small, title, reader) for title in find_titles(photo, lines, reader))
    return next((found for page in pages if (found := read_licence(photo, page, today)) is not None), None)


def _card(photo: Image, cards: Iterator[FlatCard], today: date) -> Reading | None:
    for card in cards:
        fields = cn_resident_id.read_fields(card, _reader())
        if cn_resident_id.convincing(card, fields, _reader()):
            agreed = checks(card.side, fields, today)
            return Reading(
                "cn_resident_id",
                card.side,
                fields,
                agreed,
                card=card.card(),
                alarms=alarms(photo, card, fields),
            )
    return None


@cache
def _reader() -> TextReader:
    return TextReader()
