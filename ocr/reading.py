"""What reading a document gives: fields with their evidence, checks, warnings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from models.arrays import Image, Polygon
from models.sentences import Sentence

DocumentType = Literal["cn_resident_id", "cn_business_licence", "mrz", "unknown"]
Side = Literal["portrait", "emblem"]
Outcome = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True)
class Field:
    """One value of a document and where it stands."""

    value: str
    confidence: float
    """Chance that the value is right, 0 to 1."""
    box: Polygon
    """float32 (4, 2), pixels of the original photo, clockwise from the top left of the text as read."""
    cut: Callable[[], Image]
    """Makes `crop`, which few readers of a document ask for."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """Other readings with their chance, best first: a seller or an agent may pick one."""
    second_reading: str = ""
    """What another reader made of the same place, where one was asked."""
    derived: bool = False
    """Not read where it is printed but taken from another field (sex and birth date from the number)."""

    @cached_property
    def crop(self) -> Image:
        """The value cut from the document, upright."""
        return self.cut()


@dataclass(frozen=True)
class Check:
    """One thing that must hold if the reading is right and the document is genuine."""

    code: str
    outcome: Outcome
    detail: Sentence
    """It names no value of the document."""

    def as_json(self) -> dict[str, Any]:
        """`detail` in English, `sentence` for other languages."""
        said = {"detail": str(self.detail), "sentence": self.detail.as_json()}
        return {"code": self.code, "outcome": self.outcome, **said}


@dataclass(frozen=True)
class Alarm:
    """Advice on whether the document is genuine, whole and well photographed. It changes neither values nor checks."""

    code: str
    outcome: Outcome
    score: float
    """0 nothing to see, 1 sure; the alarm is raised from 0.5 on."""
    detail: Sentence
    """What was looked at; it names no value of the document."""
    cut: Callable[[], Image]
    """Makes `crop`, which few readers of a document ask for."""

    @cached_property
    def crop(self) -> Image:
        """Where it was looked at, cut from the flattened document."""
        return self.cut()


@dataclass(frozen=True, eq=False)
class Card:
    """The document itself, cut from the photo."""

    polygon: Polygon
    """float32 (4, 2): its corners in the original photo, clockwise from the top left of the upright card."""
    cut: Callable[[], Image]
    """Makes `image`, which few readers of a document ask for."""

    @cached_property
    def image(self) -> Image:
        """Flattened, upright, at about the photo's own resolution."""
        return self.cut()


@dataclass(frozen=True)
class PrintedLine:
    """A line of a document that is not read into fields."""

    label: str
    """What stands before a colon; empty where there is none."""
    text: str
    confidence: float
    box: Polygon
    """float32 (4, 2), pixels of the original photo."""


@dataclass(frozen=True)
class Reading:
    """A document as read."""

    document_type: DocumentType
    side: Side | None = None
    fields: dict[str, Field] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    """Stable codes, docs/documents.md says what each means."""
    card: Card | None = None
    kind: str | None = None
    """What an unknown document calls itself (other_documents.toml)."""
    lines: tuple[PrintedLine, ...] = ()
    """The text of an unknown document."""
    alarms: tuple[Alarm, ...] = ()
    others: tuple[Reading, ...] = ()
    """Further documents in the same photo."""

    def value(self, name: str) -> str:
        """The value of a field; empty where it was not read."""
        return self.fields[name].value if name in self.fields else ""

    def as_json(self) -> dict[str, Any]:
        """The reading without pictures, as `verifier read --json` prints it."""
        shown: dict[str, Any] = {
            "document_type": self.document_type,
            "side": self.side,
            "fields": {name: _field_json(f) for name, f in self.fields.items()},
            "checks": [check.as_json() for check in self.checks],
            "warnings": list(self.warnings),
            "alarms": [_alarm_json(alarm) for alarm in self.alarms],
        }
        if self.document_type == "unknown":
            shown |= {"kind": self.kind, "lines": [_line_json(line) for line in self.lines]}
        if self.others:
            shown["others"] = [other.as_json() for other in self.others]
        return shown


def _line_json(line: PrintedLine) -> dict[str, Any]:
    return {
        "label": line.label,
        "text": line.text,
        "confidence": round(line.confidence, 4),
        "box": _box_json(line.box),
    }


def _box_json(box: Polygon) -> list[list[float]]:
    return [[round(float(x), 1), round(float(y), 1)] for x, y in box]


def _alarm_json(alarm: Alarm) -> dict[str, Any]:
    return {
        "code": alarm.code,
        "outcome": alarm.outcome,
        "score": round(alarm.score, 3),
        "detail": str(alarm.detail),
        "sentence": alarm.detail.as_json(),
    }


def _field_json(value: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "value": value.value,
        "confidence": round(value.confidence, 4),
        "box": _box_json(value.box),
    }
    if value.derived:
        shown["derived"] = True
    if value.alternatives:
        shown["alternatives"] = [
            {"value": other, "confidence": round(chance, 4)} for other, chance in value.alternatives
        ]
    return shown
