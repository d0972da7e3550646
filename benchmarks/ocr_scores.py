"""Sets of photographed ID cards with their truth, and what a reader makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.arrays import Image
from verifier.image import load

FIELDS = (
    "name",
    "sex",
    "ethnicity",
    "birth_date",
    "address",
    "id_number",
    "issuing_authority",
    "valid_from",
    "valid_to",
)


@dataclass(frozen=True, eq=False)
class Sample:
    """A photo of a set that `python -m benchmarks generate cards` wrote."""

    pixels: Image
    level: str
    side: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a reader said of one field: right or wrong, how sure, at which level of difficulty."""

    reader: str
    level: str
    field: str
    right: bool
    confidence: float


def samples(folder: Path) -> Iterator[Sample]:
    """The photos of a set, in its order."""
    for line in (folder / "truth.jsonl").read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        yield Sample(load(folder / row["image"]).pixels, row["level"], row["side"], row["fields"])


def answers(reader: str, sample: Sample, values: Mapping[str, tuple[str, float]]) -> Iterator[Answer]:
    """One answer for each field that the card bears; `values` are (value, confidence) by field name."""
    for name, expected in sample.fields.items():
        value, confidence = values.get(name, ("", 0.0))
        yield Answer(reader, sample.level, name, value == expected, confidence)


def share_right(given: Sequence[Answer]) -> str:
    """Right answers of all, as people read it; a dash where there are none."""
    if not given:
        return "–"
    return f"{100 * sum(a.right for a in given) / len(given):.1f}% of {len(given)}"
