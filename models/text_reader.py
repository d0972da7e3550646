"""Reads all text of an image: detector, then recogniser (PP-OCRv6, the networks of RapidOCR 3.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Floats, Image, Polygon
from models.text_detector import TextBox, TextDetector
from models.text_recognizer import Character, LineText, TextRecognizer

__all__ = ["Character", "LineText", "TextBox", "TextLine", "TextReader", "line_crop"]

READING_SIDE = 736
"""Short side, in pixels, to which a small image is enlarged before lines are looked for."""
MAX_SIDE = 2000
MIN_CONFIDENCE = 0.5
"""Lines less sure than this are texture, not text (value of RapidOCR's pipeline)."""
SURE = 0.9
"""A line less sure than this may be upside down."""


@dataclass(frozen=True)
class TextLine:
    """A line of text and where it stands."""

    polygon: Polygon
    """float32 (4, 2), pixels of the image given, clockwise from the top left of the text as read."""
    text: str
    confidence: float
    """Mean over the characters, 0 to 1."""
    characters: tuple[Character, ...]


class TextReader:
    """Reads lines of text at any in-plane angle, upside down too. Safe to share between threads."""

    def __init__(
        self, detector: TextDetector | None = None, recognizer: TextRecognizer | None = None
    ) -> None:
        self._detector = detector or TextDetector()
        self._recognizer = recognizer or TextRecognizer()

    def read(self, image: Image) -> tuple[TextLine, ...]:
        """All lines of the image (RGB), from top to bottom."""
        polygons = [box.polygon for box in self.detect(image, reading_scale(image))]
        lines = self._read_at(image, polygons)
        doubtful = [i for i, line in enumerate(lines) if line.confidence < SURE]
        turned = self._read_at(image, [np.roll(polygons[i], 2, axis=0) for i in doubtful])
        for i, line in zip(doubtful, turned, strict=True):
            lines[i] = max(lines[i], line, key=lambda candidate: candidate.confidence)
        return tuple(line for line in lines if line.confidence >= MIN_CONFIDENCE)

    def _read_at(self, image: Image, polygons: list[Polygon]) -> list[TextLine]:
        texts = self.recognise([line_crop(image, polygon) for polygon in polygons])
        return [
            TextLine(polygon, text.text, text.confidence, text.characters)
            for polygon, text in zip(polygons, texts, strict=True)
        ]

    def detect(self, image: Image, scale: float = 1.0, curved: bool = False) -> tuple[TextBox, ...]:
        """Where lines of text stand; see `TextDetector.detect`."""
        return self._detector.detect(image, scale, curved)

    def recognise(self, crops: Sequence[Image]) -> tuple[LineText, ...]:
        """What stands in crops of single lines; see `TextRecognizer.recognise`."""
        return self._recognizer.recognise(crops)

    def probabilities(self, crops: Sequence[Image]) -> tuple[Floats, ...]:
        """What each step along the crops may be; see `TextRecognizer.probabilities`."""
        return self._recognizer.probabilities(crops)

    @property
    def characters(self) -> tuple[str, ...]:
        """The characters of the recogniser's classes; that of class 0, the blank, is empty."""
        return self._recognizer.characters


def reading_scale(image: Image) -> float:
    """The scale at which `TextReader.read` looks for lines."""
    short, long = sorted(image.shape[:2])
    return float(min(max(1.0, READING_SIDE / short), MAX_SIDE / long))


def line_crop(image: Image, polygon: Polygon, size: tuple[int, int] | None = None) -> Image:
    """The line inside the polygon, made upright. Its width and height are `size`, or those of the polygon."""
    width, height = size or extent(polygon)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(polygon, np.float32), target)
    return cv2.warpPerspective(
        image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)


def extent(polygon: Polygon) -> tuple[int, int]:
    """Width and height of a polygon in whole pixels, at least one."""
    top, right, bottom, left = np.linalg.norm(polygon - np.roll(polygon, -1, axis=0), axis=1)
    return max(1, round(max(top, bottom))), max(1, round(max(left, right)))
