"""Why a verification came out as it did: findings, their sentences for people, and what policy makes of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from verifier.policy import Effect, Policy

CATALOGUE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True)
class Finding:
    """Something that a check has to say: a stable code, the check's name, and what the sentence needs."""

    code: str
    check: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """A finding with its sentence (English) and the effect that policy gives it."""

    code: str
    check: str
    effect: Effect
    message: str

    def as_json(self) -> dict[str, str]:
        """The entry in a report's `reasons`."""
        return {"code": self.code, "message": self.message, "check": self.check, "effect": self.effect.value}


def reason(finding: Finding, policy: Policy) -> Reason:
    """What policy makes of a finding."""
    return Reason(finding.code, finding.check, policy.effect(finding.code), sentence(finding))


def sentence(finding: Finding, language: str = "en") -> str:
    """What the finding says to people, in English (`en`) or Chinese (`zh`).

    A finding that the catalogue does not know says its detail, or failing that its code. `detail_zh` takes the
    place of `detail` in Chinese.
    """
    texts = _catalogue().get(finding.code)
    if texts is None:
        return str(finding.values.get("detail") or finding.code.replace("_", " "))
    detail = finding.values.get(f"detail_{language}") or finding.values.get("detail") or ""
    return texts[language].format_map({**finding.values, "detail": detail}).strip()


def reason_of_check(check: str) -> str:
    """The reason code of a document's failed check: the catalogue's, else the check's own with `_failed`."""
    codes = (code for code, entry in _catalogue().items() if entry.get("failed_check") == check)
    return next(codes, f"{check}_failed")


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
