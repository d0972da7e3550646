"""The second-generation PRC resident identity card (居民身份证, GA 448).

The portrait side carries name, sex, ethnicity, birth date, address and citizen number (`ocr.portrait_side`);
the emblem side carries the issuing authority and the period of validity (`ocr.emblem_side`). The card is found
by `ocr.find_cards`; `ocr.calibration` turns the reader's confidence into a chance; `ocr.cn_resident_id_checks`
says whether what was read agrees.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.text_reader import TextReader
from ocr import emblem_side, portrait_side, resident_number
from ocr.calibration import calibrated
from ocr.flat import FlatCard
from ocr.labels import refitted
from ocr.places import begins_with_place
from ocr.reading import Field

PRINTED = ("name", "sex", "ethnicity", "birth_date", "address")
"""Values that every portrait side bears beside its number."""

ON_PASSPORTS = ("<<", "护照", "通行证")
"""What no value of this card says: fillers of a machine-readable zone, titles of documents that have one."""
LEVEL = 0.012
"""Tilt of a card's lines from which on its corners are wrong: on cards of an outside generator that are found to 2 mm
it is 0.004 at most, on those that miss by 4 mm or more mostly 0.013 to 0.14."""


def read_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    """The fields that can be read on the side that the card shows."""
    return calibrated(uncalibrated_fields(card, reader))


def uncalibrated_fields(card: FlatCard, reader: TextReader) -> dict[str, Field]:
    """The same with the reader's own confidences."""
    read = portrait_side.read_fields if card.side == "portrait" else emblem_side.read_fields
    return read(card, reader)


def completed(
    card: FlatCard, fields: dict[str, Field], reader: TextReader
) -> tuple[FlatCard, dict[str, Field]]:
    """The card cut anew by its labels, and its fields, where its lines are not level or values are missed that every
    card bears, and no fewer of them are found so; else what is given.
    """
    if card.side == "emblem":
        return card, fields
    tilted = card.tilt > LEVEL
    again = refitted(card, reader) if tilted or _printed(fields) < len(PRINTED) else None
    better = read_fields(again, reader) if again else {}
    levelled = again is not None and tilted and again.tilt < card.tilt
    if again and _printed(better) + levelled > _printed(fields):
        card, fields = again, better
    return card, fields


def without_hidden_number(fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields; a number of which digits are hidden is none."""
    hidden = "id_number" in fields and len(fields["id_number"].value) < resident_number.LENGTH - 1
    return {name: field for name, field in fields.items() if not (hidden and name == "id_number")}


def _printed(fields: dict[str, Field]) -> int:
    """How many of the values that every card bears were read where they are printed."""
    return sum(name in fields and not fields[name].derived for name in PRINTED)


def convincing(card: FlatCard, fields: dict[str, Field], reader: TextReader) -> bool:
    """Whether so much was read that the document must be this card."""
    if any(text in field.value for field in fields.values() for text in ON_PASSPORTS):
        return False
    if card.side == "portrait":
        number = fields["id_number"].value if "id_number" in fields else ""
        others = len(fields.keys() & {"name", "sex", "birth_date", "address"})
        # Digits alone prove nothing: other documents carry long numbers too.
        return resident_number.plausible(number) or (others >= 2 and len(number) >= 15) or others == 4
    authority = fields["issuing_authority"].value if "issuing_authority" in fields else ""
    office = authority.endswith(emblem_side.OFFICE) and begins_with_place(authority)
    return "valid_from" in fields or office or emblem_side.titled(card, reader)
