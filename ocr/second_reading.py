"""A second reading of numbers and zones by Tesseract, a reader that shares nothing with the first one.

It is asked only where the first reading is unsure, for it costs as much as reading a whole card. Two readers that
agree are hardly both wrong; where the first fails the check digit, the second may replace it if it passes.
"""

from __future__ import annotations

import os
from dataclasses import replace

import cv2
import numpy as np
import pytesseract

from models.arrays import Image
from ocr import resident_number
from ocr.reading import Field

SURE = 0.97
"""From this confidence on (product over 18 digits, before calibration) a number with the right check digit is not
read again."""
HEIGHT = 40
"""Pixels to which a line is scaled: Tesseract reads capitals of about 30 best (its documentation)."""
EDGE = 16
"""Pixels of plain ground around the line."""
GROUND = 80
"""Percentile of a line's grey values that is its ground: print covers less of it."""
MAX_DIFFERENT = 2
"""Digits in which a second reading may differ from the first to replace it."""
_OPTIONS = "--psm 7 -c tessedit_char_whitelist="


def read_again(line: Image, characters: str = "0123456789X") -> str:
    """What Tesseract reads in the crop of one line (RGB); empty where it is not installed or reads nothing.

    characters: those that may stand there.
    """
    scale = HEIGHT / line.shape[0]
    grey = cv2.cvtColor(
        cv2.resize(line, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), cv2.COLOR_RGB2GRAY
    )
    # A frame of the ground's own grey: the edge repeated would draw strokes that touch it out to more characters.
    ground = float(np.percentile(grey, GROUND))
    framed = cv2.copyMakeBorder(grey, EDGE, EDGE, EDGE, EDGE, cv2.BORDER_CONSTANT, value=(ground,))
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # one line is too little work to share
    try:
        text = pytesseract.image_to_string(framed, lang="eng", config=_OPTIONS + characters, timeout=20)
    except (pytesseract.TesseractError, pytesseract.TesseractNotFoundError, RuntimeError):
        return ""
    return "".join(str(text).split())


def confirmed(number: Field | None) -> Field | None:
    """The citizen number with its second reading, where it needs one."""
    if number is None:
        return None
    passes = resident_number.plausible(number.value)
    if passes and number.confidence >= SURE:
        return number
    second = read_again(number.crop)
    if (
        not passes
        and resident_number.plausible(second)
        and _differences(number.value, second) <= MAX_DIFFERENT
    ):
        return replace(number, value=second, second_reading=number.value)
    return replace(number, second_reading=second)


def _differences(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True)) if len(a) == len(b) else len(a) + len(b)
