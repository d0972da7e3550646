"""The temporary resident identity card (临时居民身份证): valid for three months while the card itself is made.

One side bears all that the ID card's two sides do: portrait and values as there, and below the citizen number the
issuing authority and the period of validity (临时居民身份证管理办法, articles 4, 5 and 7). The other has nothing but
titles. It proves who somebody is as the card does, but soon must be shown anew: so it is read, and rings an alarm.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.text_reader import TextReader
from ocr import emblem_side
from ocr.calibration import calibrated
from ocr.flat import WHOLE, FlatCard, Line
from ocr.layout import CARD_HEIGHT
from ocr.reading import Alarm, Field, Outcome
from ocr.sentences import say

CODE = "document_temporary"
LABELS = ("有效期", "签发机关")
"""What stands below the number, of which one must be legible."""
BELOW_NUMBER = 30
"""How far below the number's middle the next line's is at least, tenths of a millimetre."""


def lines_below_number(card: FlatCard, fields: Mapping[str, Field], reader: TextReader) -> list[Line]:
    """Authority and period, where they stand below the citizen number; no line of a card that is not temporary."""
    if card.side == "emblem" or "id_number" not in fields or fields["id_number"].derived:
        return []
    number = card.on_card(fields["id_number"].box)
    under = float(number[:, 1].mean()) + BELOW_NUMBER
    lines = card.read([box for box in card.boxes if under < float(box[:, 1].mean()) < CARD_HEIGHT], reader)
    return lines if any(label in line.text for label in LABELS for line in lines) else []


def read_term(card: FlatCard, lines: list[Line], reader: TextReader) -> dict[str, Field]:
    """Issuing authority, first and last day."""
    return calibrated(emblem_side.read_rows(card, lines, reader))


def temporary(card: FlatCard, lines: list[Line]) -> Alarm:
    """The alarm, raised where lines stand below the number."""
    outcome: Outcome = "fail" if lines else "pass"
    return Alarm(CODE, outcome, float(bool(lines)), say("term_below_number"), lambda: card.view(WHOLE, 1.0))
