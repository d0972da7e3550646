"""What a reader's confidence is worth: of values that it gives 0.9, nine in ten are right.

The reader's own figure is the product of its characters' probabilities. For each field a logistic curve, fitted on
photographed cards (confidence.toml), turns it into the chance that the value is right (Platt, "Probabilistic outputs
for support vector machines", 1999).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from ocr import resident_number
from ocr.reading import Field

BOUND = 1e-4
"""Confidences are kept this far from 0 and 1."""
CONTRADICTED = 0.5
"""Confidence at most of each of two values of which one must be wrong."""


@dataclass(frozen=True)
class Curve:
    """The logistic curve of one field."""

    slope: float
    offset: float

    def log_odds(self, confidence: float) -> float:
        """Of a value to which the reader gives this confidence."""
        return self.slope * logit(confidence) + self.offset


@dataclass(frozen=True)
class DocumentTable:
    """What confidences of a kind of document are worth."""

    fields: Mapping[str, Curve]
    agrees_if_right: float
    """Chance that a second reader agrees where the first is right."""
    agrees_if_wrong: float


def logit(chance: float) -> float:
    """The logarithm of the odds, of a chance kept within BOUND."""
    kept = min(max(chance, BOUND), 1 - BOUND)
    return math.log(kept / (1 - kept))


def sigmoid(log_odds: float) -> float:
    """The chance of which `log_odds` is the logit."""
    return 1 / (1 + math.exp(-log_odds))


def calibrated(fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of a resident ID card with their confidences calibrated."""
    known = {name: replace(found, confidence=_chance(name, found)) for name, found in fields.items()}
    return known | {name: _doubted(known[name]) for name in _contradicting(known)}


def _contradicting(fields: Mapping[str, Field]) -> set[str]:
    """The number, whose check digit passes, and what is printed otherwise than it says: one of them is wrong."""
    number = fields["id_number"].value if "id_number" in fields else ""
    if not resident_number.plausible(number):
        return set()
    born, sex = resident_number.birth_date(number), resident_number.sex(number)
    says = {"birth_date": str(born), "sex": sex}
    otherwise = {name for name, value in says.items() if name in fields and fields[name].value != value}
    return otherwise | {"id_number"} if otherwise else set()


def _doubted(found: Field) -> Field:
    return replace(found, confidence=min(found.confidence, CONTRADICTED))


def chance(field: str, confidence: float) -> float:
    """The chance that a field is right that the reader gives this confidence."""
    return sigmoid(_log_odds(field, confidence))


def _log_odds(field: str, confidence: float) -> float:
    curve = table()["fields"][field]
    return Curve(float(curve["slope"]), float(curve["offset"])).log_odds(confidence)


def _chance(name: str, found: Field) -> float:
    log_odds = _log_odds("id_number" if found.derived else name, found.confidence)
    if name == "id_number":
        if not resident_number.passes_check_digit(found.value):
            return float(table()["failing_check_digit"])
        log_odds += _weight_of_second(found)
    return sigmoid(log_odds)


def _weight_of_second(number: Field) -> float:
    """Bayes: what two readers that agree, or do not, add to the log odds of the first."""
    if not resident_number.well_formed(number.second_reading):
        return 0.0
    right, wrong = (float(table()["second_reading"][key]) for key in ("agrees_if_right", "agrees_if_wrong"))
    return _bayes(number, right, wrong)


def _bayes(found: Field, agrees_if_right: float, agrees_if_wrong: float) -> float:
    if found.second_reading == found.value:
        return math.log(agrees_if_right / agrees_if_wrong)
    return math.log((1 - agrees_if_right) / (1 - agrees_if_wrong))


def calibrated_document(document_type: str, fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of a zone or a licence with their confidences calibrated."""
    known = document_table(document_type)
    return {
        name: replace(found, confidence=document_chance(known, name, found)) for name, found in fields.items()
    }


def document_chance(known: DocumentTable, name: str, found: Field) -> float:
    """The chance that a value is right, by the reader's own confidence and what a second reader made of it."""
    log_odds = known.fields[name].log_odds(found.confidence)
    if found.second_reading:
        log_odds += _bayes(found, known.agrees_if_right, known.agrees_if_wrong)
    return sigmoid(log_odds)


@cache
def document_table(document_type: str) -> DocumentTable:
    """confidence_*.toml of a kind of document."""
    read = tomllib.loads(files("ocr").joinpath(f"confidence_{document_type}.toml").read_text("utf-8"))
    curves = {name: Curve(**curve) for name, curve in read["fields"].items()}
    return DocumentTable(curves, **read["second_reading"])


@cache
def table() -> dict[str, Any]:
    """confidence.toml."""
    return tomllib.loads(files("ocr").joinpath("confidence.toml").read_text("utf-8"))
