"""Documents that look like the resident ID card or bear its number, and are not one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from models.text_reader import TextReader
from ocr import resident_number
from ocr.emblem_side import CARD_TITLE, TITLES_BOTTOM, titled
from ocr.flat import FlatCard
from ocr.page import Page
from ocr.reading import Field

NOT_OF_THE_MAINLAND = ("81", "82", "83", "10000", "20000", "30000")
"""How the numbers begin of the residence permits for people of Hong Kong, Macao and Taiwan, which have the ID card's
layout; and how those whose first digit was not read: no region of the mainland does."""
RESIDENCE = ("居住地址", "居住地")
"""Label of the residence permits that cities issue, which bear the holder's own number."""
ABOVE_NAME = 62
"""Nothing but a second script stands higher on the portrait side, tenths of a millimetre."""
TITLES = {"居住证": "residence_permit", "永久居留": "residence_permit", "临时": "temporary_resident_id"}
"""Words of the titles of documents that have the ID card's layout, and what these are."""
PRINTED = ("name", "sex", "birth_date", "address")
"""Values of the portrait side; three of them speak for this card."""
WORDS = ("居民身份证", "签发机关", "有效期限", "住址", "民族")
"""What is printed on a resident ID card; one of them is legible on most photos."""
_NUMBER_LABEL = re.compile(r"(?:公民身份|身份号码)\D{0,3}(?:\d|$)")
"""... and the label of its number, after which no sentence goes on as in a chat (公民身份号码填错了吗)."""
SURE = 0.9
"""Confidence from which on a line of the page is legible."""
SEVERAL = 4
"""So many sure lines speak for themselves; a dark or blurred photo has fewer."""


def look_alike(card: FlatCard, fields: Mapping[str, Field], reader: TextReader) -> str | None:
    """What the document is, if it is another than the resident ID card with the same layout."""
    if card.side == "portrait":
        number = fields["id_number"].value if "id_number" in fields else ""
        address = fields["address"].value if "address" in fields else ""
        if number.startswith(NOT_OF_THE_MAINLAND) or address.startswith(RESIDENCE):
            return "residence_permit"
    bottom = ABOVE_NAME if card.side == "portrait" else TITLES_BOTTOM
    titles = card.read([box for box in card.boxes if float(box[:, 1].mean()) < bottom], reader)
    return next((kind for title, kind in TITLES.items() if any(title in line.text for line in titles)), None)


def certain(card: FlatCard, fields: Mapping[str, Field], reader: TextReader) -> bool:
    """Whether values stand where only this card has them, with a number that is one, or its own title: its number alone
    stands on other documents too, and the rows of a licence, its term among them, as they do on the card.
    """
    if card.side == "portrait":
        number = fields["id_number"].value if "id_number" in fields else ""
        return (
            resident_number.plausible(number)
            and sum(name in fields and not fields[name].derived for name in PRINTED) >= 3
        )
    return fields.keys() >= {"valid_from", "issuing_authority"} or titled(card, reader, [CARD_TITLE])


def speaks_otherwise(page: Page | None, card: FlatCard, reader: TextReader) -> bool:
    """Whether the photo's text is legible and neither it nor the card, whose lines may run otherwise than those of a
    page on which it lies, has anything that is printed on a resident ID card.
    """
    legible = [line.text for line in page.lines if line.confidence > SURE] if page else []
    if len(legible) < SEVERAL or _printed_here(legible):
        return False
    return not _printed_here([line.text for line in card.read(list(card.boxes), reader)])


def _printed_here(texts: Sequence[str]) -> bool:
    return any(word in "".join(texts) for word in WORDS) or any(map(_NUMBER_LABEL.search, texts))
