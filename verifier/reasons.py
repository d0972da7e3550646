"""Why a verification came out as it did: findings, their sentences for people, and what policy makes of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from models.sentences import LANGUAGES, Sentence, Value, json_of
from verifier.policy import Effect, Policy

CATALOGUE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True)
class Finding:
    """Something that a check has to say: a stable code, the check's name, and what the sentence needs."""

    code: str
    check: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """A finding with its sentence (English) and the effect that policy gives it."""

    code: str
    check: str
    effect: Effect
    message: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The entry in a report's `reasons`: `message` in English, `values` for other languages."""
        said = {"code": self.code, "message": self.message, "check": self.check, "effect": self.effect.value}
        return {**said, "values": {name: json_of(value) for name, value in self.values.items()}}


def reason(finding: Finding, policy: Policy) -> Reason:
    """What policy makes of a finding."""
    return Reason(finding.code, finding.check, policy.effect(finding.code), sentence(finding), finding.values)


def sentence(finding: Finding, language: str = "en") -> str:
    """What the finding says to people, in English (`en`) or Chinese (`zh`).

    A finding that the catalogue does not know says its detail, or failing that its code.
    """
    texts = _catalogue().get(finding.code)
    if texts is None:
        texts = dict.fromkeys(
            LANGUAGES, "{detail}" if finding.values.get("detail") else finding.code.replace("_", " ")
        )
    return Sentence(finding.code, {"detail": "", **finding.values}, texts).text(language).strip()


def reason_of_check(check: str) -> str:
    """The reason code of a document's failed check: the catalogue's, else the check's own with `_failed`."""
    codes = (code for code, entry in _catalogue().items() if entry.get("failed_check") == check)
    return next(codes, f"{check}_failed")


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
