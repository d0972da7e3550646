"""Counts the raised fingers of a hand from its landmarks."""

from __future__ import annotations

import numpy as np

from models.arrays import Floats
from models.hands import Hand

STRAIGHT = 0.80
"""Cosine between the first and the last bone of a raised finger, at least: bent by less than 37 degrees."""
REACH = 1.12
"""The tip of a raised finger is this much farther from the wrist than its middle joint."""
THUMB_STRAIGHT = 0.50
THUMB_APART = 0.55
"""A raised thumb's tip is this far from the index finger's knuckle, in lengths of the palm,"""
THUMB_ACROSS = 1.0
"""and this far from the little finger's: a thumb laid across the palm comes near to it."""


def raised_fingers(hand: Hand) -> tuple[bool, ...]:
    """Of thumb, index, middle, ring and little finger: which are raised."""
    return (_thumb_raised(hand.landmarks), *(_finger_raised(hand.landmarks, 4 * i + 1) for i in range(1, 5)))


def count_fingers(hand: Hand) -> int:
    """How many fingers are raised, 0 to 5."""
    return sum(raised_fingers(hand))


def _finger_raised(points: Floats, knuckle: int) -> bool:
    base, middle, last, tip = points[knuckle : knuckle + 4]
    wrist = points[0]
    reach = np.linalg.norm(tip[:2] - wrist[:2]) / max(float(np.linalg.norm(middle[:2] - wrist[:2])), 1e-6)
    return bool(_cosine(middle - base, tip - last) > STRAIGHT and reach > REACH)


def _thumb_raised(points: Floats) -> bool:
    base, middle, tip = points[2], points[3], points[4]
    palm = float(np.linalg.norm(points[9, :2] - points[0, :2]))
    apart, across = (float(np.linalg.norm(tip[:2] - points[k, :2])) / max(palm, 1e-6) for k in (5, 17))
    straight = _cosine(middle - base, tip - middle) > THUMB_STRAIGHT
    return straight and apart > THUMB_APART and across > THUMB_ACROSS


def _cosine(a: Floats, b: Floats) -> float:
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-6))
