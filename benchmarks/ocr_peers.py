"""Other OCR engines, whose lines go through our parser: what is compared is the reading, not the parsing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models import runtime
from models.arrays import Image, Polygon
from models.scaling import Pyramid
from models.text_reader import Character, LineText, TextBox, TextReader
from ocr import cn_resident_id
from ocr.flat import FlatCard, flatten
from ocr.flat import Line as CardLine
from ocr.layout import placements
from ocr.reading import Field

Line = tuple[Polygon, str, float]
"""float32 (4, 2) pixels clockwise from the text's top left, the text, its confidence from 0 to 1."""
Engine = Callable[[Image], list[Line]]


def rapidocr() -> Engine:
    """RapidOCR as it comes, with our number of threads."""
    from rapidocr import RapidOCR

    threads = runtime.threads()
    engine = RapidOCR(
        params={"EngineConfig.onnxruntime.intra_op_num_threads": threads, "Global.log_level": "error"}
    )

    def read(photo: Image) -> list[Line]:
        found = engine(np.ascontiguousarray(photo[..., ::-1]))
        if found.boxes is None:
            return []
        return [
            (np.asarray(box, np.float32), text, float(score))
            for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]

    return read


def tesseract() -> Engine:
    """Tesseract with simplified Chinese, sparse text (page segmentation mode 11), which suits photos best."""
    import pytesseract

    def read(photo: Image) -> list[Line]:
        found = pytesseract.image_to_data(
            photo, lang="chi_sim", config="--psm 11", output_type=pytesseract.Output.DICT
        )
        lines: dict[tuple[int, ...], list[int]] = {}
        for i, text in enumerate(found["text"]):
            if text.strip():
                key = tuple(found[k][i] for k in ("block_num", "par_num", "line_num"))
                lines.setdefault(key, []).append(i)
        return [_joined(found, words) for words in lines.values()]

    return read


def _joined(found: dict[str, list[float]], words: Sequence[int]) -> Line:
    boxes = np.array([[found[k][i] for k in ("left", "top", "width", "height")] for i in words], float)
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    polygon = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return (
        polygon,
        "".join(str(found["text"][i]) for i in words),
        float(np.mean([found["conf"][i] for i in words])) / 100,
    )


class _Blind(TextReader):
    """Finds and reads nothing: what stands on the card is known from another engine."""

    def __init__(self) -> None: ...

    def detect(self, image: Image, scale: float = 1.0) -> tuple[TextBox, ...]:  # noqa: ARG002
        """No lines."""
        return ()

    def recognise(self, crops: Sequence[Image]) -> tuple[LineText, ...]:
        """Nothing in any crop."""
        return tuple(LineText(()) for _ in crops)


@dataclass(frozen=True, eq=False)
class _TheirCard(FlatCard):
    """A flattened card whose lines another engine has read."""

    texts: tuple[tuple[Character, ...], ...] = ()

    def read(self, boxes: list[Polygon], reader: TextReader) -> list[CardLine]:  # noqa: ARG002
        """Their text where the box is one of theirs, nothing where our parser would look again."""
        theirs = {id(box): text for box, text in zip(self.boxes, self.texts, strict=True)}
        return [CardLine(box, theirs.get(id(box), ())) for box in boxes]


def read_with(engine: Engine, photo: Image) -> dict[str, tuple[str, float]]:
    """Value and confidence of each field of the resident ID card that our parser finds in an engine's lines."""
    lines = engine(photo)
    polygons = [polygon for polygon, _, _ in lines]
    best: dict[str, Field] = {}
    for placement in placements(polygons)[:4]:
        card = flatten(Pyramid(photo), placement.polygon, placement.side, _Blind())
        boxes = tuple(card.on_card(polygon) for polygon in polygons)
        texts = tuple(characters(text, confidence) for _, text, confidence in lines)
        values = {f.name: getattr(card, f.name) for f in dataclasses.fields(FlatCard)}
        theirs = _TheirCard(**{**values, "boxes": boxes}, texts=texts)
        fields = cn_resident_id.uncalibrated_fields(theirs, _Blind())
        best = max(best, fields, key=len)
    return {name: (found.value, found.confidence) for name, found in best.items()}


def characters(text: str, confidence: float) -> tuple[Character, ...]:
    """The line's characters, evenly spaced: the engines give places and confidences for lines only."""
    return tuple(Character(c, confidence, (i + 0.5) / len(text), ()) for i, c in enumerate(text))
