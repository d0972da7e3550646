"""The card that is held beside the face, read again: is it the one whose photo was sent? Another person's card, or
another card of the same person, bears another number.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from liveness.result import PoseCheck, PoseResult
from models.arrays import Image, Polygon
from ocr.documents import read_document
from ocr.reading import Reading
from verifier.sentences import say

AROUND_PRINT = 0.7
"""The card reaches beyond the lines that it was found by: so much of their extent is cut out on each side."""
SURE = 0.6
"""A number that is less sure than this contradicts nothing."""


def with_card(judged: PoseResult, pose: Image, card: Reading | None, today: date) -> PoseResult:
    """The result with card_matches, of a pose (RGB) that shows a card beside the face; any other is left as it is.
    What does not agree or was not read sends a pose that passed to review."""
    place = judged.evidence.regions.get("card")
    if place is None or "card_beside_face" not in judged.checks:
        return judged
    shown = read_document(_cut(pose, place), "cn_resident_id", today=today)
    check = card_matches(shown, card)
    outcome = "review" if judged.outcome == "pass" and check.outcome != "pass" else judged.outcome
    return replace(judged, outcome=outcome, checks=judged.checks | {"card_matches": check})


def card_matches(shown: Reading, card: Reading | None) -> PoseCheck:
    """Is the ID number of the card in the pose that of the card's own photo?"""
    ours, theirs = (reading.fields.get("id_number") if reading else None for reading in (shown, card))
    if not ours or not theirs or not ours.value or not theirs.value:
        return PoseCheck("unknown", say("card_number_unread"))
    if ours.value == theirs.value:
        return PoseCheck("pass", say("card_number_agrees"))
    sure = min(ours.confidence, theirs.confidence) >= SURE
    return PoseCheck("fail" if sure else "unknown", say("card_number_differs"))


def _cut(photo: Image, place: Polygon) -> Image:
    margin = AROUND_PRINT * (place.max(axis=0) - place.min(axis=0))
    x0, y0 = np.maximum(place.min(axis=0) - margin, 0).astype(int)
    x1, y1 = (place.max(axis=0) + margin).astype(int)
    return np.ascontiguousarray(photo[y0:y1, x0:x1])
