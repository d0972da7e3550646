"""Reads the documents that a photo shows: finds them, says what they are, reads and checks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache, cached_property, partial
from itertools import islice
from typing import Literal

import cv2
import numpy as np

from models import side_by_side
from models.arrays import Image, Polygon
from models.scaling import shrunk
from models.text_reader import TextReader
from ocr import authenticity, cn_resident_id
from ocr.character_rows import character_rows
from ocr.cn_business_licence import find_titles, licence_page, read_licence
from ocr.cn_resident_id_checks import checks
from ocr.electronic import electronic
from ocr.find_cards import find_cards
from ocr.flat import FlatCard
from ocr.labels import flattened_by_labels
from ocr.licence_looks import looked_again
from ocr.look_alikes import certain, look_alike, speaks_otherwise
from ocr.looks import FAR, FIRST, NEARER, NEAREST, TURNED, Look, Looks
from ocr.mrz import read_mrz
from ocr.mrz_lines import could_be_zone, slimmest
from ocr.outlined_cards import outlined_cards
from ocr.page import Page
from ocr.reading import Field, Reading
from ocr.temporary_card import lines_below_number, read_term, temporary
from ocr.unknown import NOTHING_FOUND, other_kind, read_whole, unknown

Asked = Literal["auto", "cn_resident_id", "cn_business_licence", "mrz"]

LIKE_A_CARD = 3.5
"""Score of a placement (`ocr.layout`) from which the photo is taken for one of an ID card first."""
LIKE_ANOTHER = 2.5
"""... and from which the lines beside a card are taken for another one."""
LIKELY_CARDS = 3
"""Cards tried before the whole page is read: most photos show their card among them."""
PARTLY_READ = 2
"""Fields from which on a card that was cut askew is cut anew by its labels."""
PLENTY = 6
"""Lines of the first look from which it tells how the page stands, and its text is worth reading early."""
WITH_OTHERS = ("cn_resident_id", "cn_business_licence")
"""Documents beside which others are looked for."""
ROOM = 0.18
"""The short side of an ID card by the long side of a licence of size A4: where so much room is beside it, one may lie."""
MAX_DOCUMENTS = 4
"""Documents of a photo that are read; the two sides of a card and a licence are three."""
SAME = 0.5
"""Documents that have more than this of the smaller in common are one."""


class _Sight:
    """A photo that is being read: the looks at it, and all its text once that is asked for."""

    def __init__(self, looks: Looks, today: date) -> None:
        self.looks, self.today, self.photo = looks, today, looks.photo

    @cached_property
    def page(self) -> Page | None:
        """All text of the photo; None where there is hardly any."""
        looks = (FIRST, NEARER, NEAREST)
        look = next((look for look in looks if len(self.looks.lines(look)) >= PLENTY), NEAREST)
        return read_whole(self.photo, self.looks.in_photo(look), self.looks.reader)


def read_document(image: Image, document_type: Asked = "auto", today: date | None = None) -> Reading:
    """The document that the photo shows; where it shows several, the reading's `others` are the rest of them.

    image: RGB photo of any size, the document in any orientation. document_type: what it must be; "auto"
    finds out. today: the day on which the document must be valid; by default the computer's.

    Where it is none of these the reading's document_type is "unknown", with the text that the photo shows, and its
    warnings say whether there is a document at all.
    """
    sight = _Sight(Looks(image, _reader()), today or date.today())
    readings = _tried(sight) if document_type == "auto" else _tried_as(sight, document_type)
    found = next((reading for reading in readings if reading is not None), NOTHING_FOUND)
    return _with_others(found, sight) if document_type == "auto" else found


def _tried(sight: _Sight) -> Iterator[Reading | None]:
    """What the photo shows, tried in turn, the likeliest and the cheapest first; each only when it is asked for."""
    cards = find_cards(sight.looks)
    if _like_a_card(sight.looks, LIKE_A_CARD):
        yield _card(sight, islice(cards, 1))
    yield _zone(sight, FIRST)
    yield _licence(sight, FIRST)
    if len(sight.looks.lines(FIRST)) >= PLENTY and other_kind(sight.page):
        yield unknown(sight.page)
    yield _card(sight, islice(cards, LIKELY_CARDS))
    yield _zone(sight, NEARER)
    yield _licence(sight, NEARER)
    yield _licence_by_labels(sight)
    if not other_kind(sight.page):
        yield _card(sight, cards)
        yield _card(sight, _cards_by_labels(sight))
        yield _card(sight, outlined_cards(sight.looks))
    yield _zone_row_by_row(sight)
    if unknown(sight.page) is NOTHING_FOUND:
        larger = max(sight.photo.shape) > NEAREST.side
        yield _card(sight, find_cards(sight.looks, [TURNED, FAR] if larger else [TURNED]))
    yield unknown(sight.page)


def _tried_as(sight: _Sight, kind: Asked) -> Iterator[Reading | None]:
    """The same for a photo that must show a document of that kind."""
    if kind == "cn_resident_id":
        yield _card(sight, find_cards(sight.looks))
        return
    if kind == "mrz":
        yield from (_zone(sight, look) for look in (FIRST, NEARER))
        yield _zone_row_by_row(sight)
    if kind == "cn_business_licence":
        yield from (_licence(sight, look) for look in (FIRST, NEARER, NEAREST))
        yield _licence_by_labels(sight)
    yield unknown(sight.page)


def _zone(sight: _Sight, look: Look) -> Reading | None:
    """The document with a machine-readable zone to which some of the slimmest lines of a look belong."""
    lines = sight.looks.in_photo(look)
    return read_mrz(sight.photo, slimmest(lines), lines, sight.looks.reader, sight.today)


def _zone_row_by_row(sight: _Sight) -> Reading | None:
    """A zone whose rows the text detector does not see as lines: bent, small, askew, among other text.

    Of 70 zones, most of them small or hard to read, it finds every one that lines at the nearest look show.
    """
    looks = sight.looks
    factor = max(1.0, max(sight.photo.shape) / FAR.side)
    rows = [row * np.float32(factor) for row in character_rows(shrunk(sight.photo, 1 / factor))]
    return read_mrz(sight.photo, rows, looks.in_photo(NEAREST), looks.reader, sight.today)


def _licence(sight: _Sight, look: Look) -> Reading | None:
    """A licence whose title is among the lines of a look."""
    photo, reader = sight.photo, sight.looks.reader
    titles = find_titles(photo, sight.looks.in_photo(look), reader)
    pages = (looked_again(licence_page(photo, sight.looks.small, title, reader), reader) for title in titles)
    return next((found for page in pages if (found := read_licence(photo, page, sight.today))), None)


def _licence_by_labels(sight: _Sight) -> Reading | None:
    """A licence whose title is cut off or hidden."""
    page = looked_again(sight.page, sight.looks.reader) if sight.page else None
    return read_licence(sight.photo, page, sight.today) if page else None


def _card(sight: _Sight, cards: Iterator[FlatCard]) -> Reading | None:
    """The first of the cards that is one; an unknown document where it is another that looks like it."""
    reader = sight.looks.reader
    for found in cards:
        ahead = side_by_side.ahead(partial(authenticity.appearance, found))
        card, fields = found, cn_resident_id.read_fields(found, reader)
        if len(fields) >= PARTLY_READ:
            card, fields = cn_resident_id.completed(card, fields, reader)
        if not cn_resident_id.convincing(card, fields, reader):
            continue
        fields = cn_resident_id.without_hidden_number(fields)
        kind = look_alike(card, fields, reader)
        if kind is None and not certain(card, fields, reader):  # the rest of the photo says what it is
            kind = other_kind(sight.page)
            if kind is None and speaks_otherwise(sight.page, card, reader):
                continue
        if kind is not None:
            return replace(unknown(sight.page), warnings=("document_unsupported",), kind=kind)
        appearance = ahead if card is found else partial(authenticity.appearance, card)
        return _card_reading(sight, card, fields, appearance)
    return None


def _card_reading(
    sight: _Sight, card: FlatCard, fields: dict[str, Field], appearance: Callable[[], authenticity.Appearance]
) -> Reading:
    """What an ID card says, with its checks and alarms; of a temporary card the other side's values too."""
    reader = sight.looks.reader
    beside = sight.looks.outside(card.polygon).in_photo(FIRST)
    below = lines_below_number(card, fields, reader)
    alarms = (
        *authenticity.alarms(appearance(), fields),
        electronic(card, beside, reader),
        temporary(card, below),
    )
    term = read_term(card, below, reader) if below else {}
    read = fields | term
    agreed = checks(card.side, read, sight.today)
    return Reading("cn_resident_id", card.side, read, agreed, card=card.card(), alarms=alarms)


def _cards_by_labels(sight: _Sight) -> Iterator[FlatCard]:
    """The card that the labels among the photo's text make, where nothing else shows it."""
    if sight.page is not None:
        lines = [(sight.page.in_photo(line.polygon), line.characters) for line in sight.page.lines]
        card = flattened_by_labels(sight.looks.pyramid, lines, sight.looks.reader)
        yield from [card] if card else []


def _like_a_card(looks: Looks, score: float, look: Look = FIRST) -> bool:
    """Whether lines of a look stand as those of an ID card do."""
    return any(placement.score >= score for placement in looks.placements(look))


def _with_others(main: Reading, sight: _Sight) -> Reading:
    """The reading with the other documents of the photo: the card's other side, or more than there should be."""
    found, rest = [main], sight
    while found[-1].document_type in WITH_OTHERS and len(found) < MAX_DOCUMENTS:
        if found[-1].card is not None:
            rest = _Sight(rest.looks.outside(found[-1].card.polygon), sight.today)
        beside = _beside(found, rest)
        if beside is None or _nothing_new(beside, found):
            break
        found.append(beside)
    both_sides = {r.side for r in found} == {"portrait", "emblem"} and len(found) == 2
    warnings = main.warnings if len(found) == 1 or both_sides else (*main.warnings, "several_documents")
    return replace(main, others=tuple(found[1:]), warnings=warnings)


def _beside(found: list[Reading], rest: _Sight) -> Reading | None:
    """Another document of the photo; beside a licence, whose extent is not always known, only a card."""
    looks = rest.looks
    if _like_a_card(looks, LIKE_ANOTHER) and (card := _card(rest, islice(find_cards(looks), 1))):
        return card
    if any(reading.document_type == "cn_business_licence" for reading in found):
        return _small_card(found[0], rest) if len(found) == 1 else None
    if could_be_zone(looks.lines(FIRST)) and (zone := _zone(rest, FIRST)):
        return zone
    return _licence(rest, FIRST) if len(looks.lines(FIRST)) >= PLENTY else None


def _nothing_new(reading: Reading, found: list[Reading]) -> bool:
    return reading.document_type == "unknown" or any(same_document(reading, other) for other in found)


def same_document(one: Reading, other: Reading) -> bool:
    """Whether two readings are of one document, for they lie at one place: scraps of a page around a card suggest it
    again.
    """
    if one.card is None or other.card is None:
        return False
    return _share(one.card.polygon, other.card.polygon) > SAME


def _share(a: Polygon, b: Polygon) -> float:
    """What two documents have in common, to the smaller of them."""
    smaller = min(cv2.contourArea(a), cv2.contourArea(b))
    return cv2.intersectConvexConvex(a, b)[0] / max(smaller, 1.0)


def _small_card(licence: Reading, rest: _Sight) -> Reading | None:
    """A card beside a licence, which is so much larger that the card's print is seen only from near."""
    if licence.card is None or not _room_beside(licence.card.polygon, rest.photo):
        return None
    if not _like_a_card(rest.looks, LIKE_A_CARD, NEAREST):
        return None
    return _card(rest, islice(find_cards(rest.looks, [NEAREST]), 1))


def _room_beside(polygon: Polygon, photo: Image) -> bool:
    """Whether the photo shows room for a card on one side of a licence."""
    (left, top), (right, bottom) = polygon.min(axis=0), polygon.max(axis=0)
    height, width = photo.shape[:2]
    return bool(max(left, top, width - right, height - bottom) > ROOM * max(right - left, bottom - top))


@cache
def _reader() -> TextReader:
    return TextReader()
