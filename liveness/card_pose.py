"""The card pose: an ID card beside the face. What the card says is read by the caller's document reader; here
it is only found, by the words that are printed on it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from liveness.people import centre
from liveness.result import PoseCheck
from liveness.sentences import say
from models.arrays import Image, Polygon
from models.face_analysis import Face
from models.text_reader import TextReader, line_crop

SEARCH_SIDES = (960, 1600)
MAX_LINES = 30
BESIDE = 3.0
"""The card's middle is within this many sizes of the face from the face's."""
NUMBER = re.compile(r"\d{15,17}[\dXx]")
WORDS = re.compile(
    "姓名|性别|民族|出生|住址|公民身份号码|身份号码|居民身份证|签发机关|有效期限|IDENTITY|PASSPORT|P<"
)
CARD_WORDS = 2
"""Lines with a card's words, at least; its number counts as two."""


def find_card(image: Image, reader: TextReader) -> Polygon | None:
    """The part of the photo (RGB) that bears an ID card's print, or None."""
    for side in SEARCH_SIDES:
        boxes = reader.detect(image, min(side / max(image.shape[:2]), 1.5))[:MAX_LINES]
        texts = reader.recognise([line_crop(image, b.polygon) for b in boxes])
        marked = [
            (2 if NUMBER.search(t.text.replace(" ", "")) else 1, b.polygon)
            for t, b in zip(texts, boxes, strict=True)
            if NUMBER.search(t.text.replace(" ", "")) or WORDS.search(t.text)
        ]
        if sum(weight for weight, _ in marked) >= CARD_WORDS:
            return _around([polygon for _, polygon in marked])
    return None


def card_beside_face(card: Polygon | None, faces: Sequence[Face]) -> PoseCheck:
    """Is the card next to the first face, and not over it?"""
    if card is None:
        return PoseCheck("unknown", say("no_card"))
    if not faces:
        return PoseCheck("fail", say("no_face_beside_card"))
    away = float(np.linalg.norm(card.mean(axis=0) - centre(faces[0]))) / faces[0].size
    if away > BESIDE:
        return PoseCheck("fail", say("card_away_from_face"))
    return PoseCheck("pass", say("card_is_beside_face"))


def _around(polygons: Sequence[Polygon]) -> Polygon:
    points = np.concatenate(polygons)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
