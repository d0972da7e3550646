"""Is the card a picture in an app: an electronic ID card, or a screenshot of one?

Its page says what it is, above or below the card. A picture without these words is not told from a card.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.arrays import Polygon
from models.text_reader import TextReader
from ocr.flat import WHOLE, FlatCard, upright
from ocr.layout import CARD_CORNERS
from ocr.reading import Alarm
from ocr.sentences import say

CODE = "document_electronic"
TITLES = ("电子身份证", "身份证电子", "电子证照", "电子证件", "网络可信凭证", "网络身份", "数字身份", "CTID")
"""What pages with an electronic ID card call it: of the national network identity, of provinces' and wallets' apps."""
NEAREST = 8
"""Lines beside the card that are read at most: the title stands near it."""


def electronic(card: FlatCard, beside: Sequence[Polygon], reader: TextReader) -> Alarm:
    """The alarm that the lines of text beside the card (pixels of the photo) raise where they name it electronic.

    Its score is the confidence of the line that does, 0 without one.
    """
    places = sorted((upright(card.on_card(line)) for line in beside), key=_distance)[:NEAREST]
    lines = card.read(places, reader)
    titles = [line for line in lines if any(title in line.text.upper() for title in TITLES)]
    what = say("words_beside_card")
    if not titles:
        return Alarm(CODE, "pass", 0.0, what, lambda: card.view(WHOLE, 1.0))
    title = max(titles, key=lambda line: line.confidence)
    return Alarm(CODE, "fail", max(title.confidence, 0.5), what, lambda: card.crop(title.box))


def _distance(line: Polygon) -> float:
    """From the middle of a line beside the card to the card, tenths of a millimetre."""
    middle = line.mean(axis=0)
    return float(np.linalg.norm(middle - np.clip(middle, CARD_CORNERS[0], CARD_CORNERS[2])))
