"""What a verification found: the outcome, its reasons, and the parts that they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from liveness.attack import AttackResult
from liveness.result import PoseResult
from liveness.video import ClipResult
from ocr.reading import Check, Reading
from verifier.duplicates import Duplicate, Traces
from verifier.image import Photo
from verifier.match import MatchResult, Portrait
from verifier.policy import Effect, Policy
from verifier.reasons import Finding, Reason, reason

Outcome = Literal["verified", "in_review", "declined"]

_STRENGTH = list(Effect)


@dataclass(frozen=True, eq=False)
class Documents:
    """What was read of the ID card's sides and the licence, and the checks that need more than one of them."""

    portrait: Reading | None = None
    emblem: Reading | None = None
    licence: Reading | None = None
    checks: tuple[Check, ...] = ()

    def readings(self) -> dict[str, Reading]:
        """What was read, by capture kind."""
        named = {"card_portrait": self.portrait, "card_emblem": self.emblem, "licence": self.licence}
        return {kind: reading for kind, reading in named.items() if reading}

    def value(self, side: str, field: str) -> str | None:
        """The value of a field, None where it was not read."""
        reading = self.readings().get(side)
        found = reading.fields.get(field) if reading else None
        return found.value if found else None


@dataclass(frozen=True, eq=False)
class Parts:
    """The results that a decision rests on; None where the captures for it were missing."""

    documents: Documents
    match: MatchResult | None
    pose: PoseResult | None
    attacks: Mapping[str, AttackResult]
    duplicates: tuple[Duplicate, ...]
    selfie_is_document: bool
    portrait_likeness: float | None
    """How alike the pixels of selfie and card portrait are: 1 for one photo (verifier.same_photo)."""
    pose_likeness: float | None = None
    """How alike selfie and pose are in their finest detail: 1 for one exposure."""
    selfie_clip: ClipResult | None = None
    """What the video or burst showed that the selfie was taken from, where one was sent."""
    pose_clip: ClipResult | None = None
    """The same of the pose."""


@dataclass(frozen=True, eq=False)
class Report:
    """A verification's outcome and all that it rests on. `captures` and `people` are evidence: photos, and the
    face of each by capture kind, with its template. `traces` is what the seller is found again by.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    parts: Parts
    captures: Mapping[str, Photo]
    people: Mapping[str, Portrait]
    traces: Traces
    today: date
    policy: Policy
    model_versions: Mapping[str, str]
    timings_ms: Mapping[str, float]

    @property
    def retake(self) -> bool:
        """Would better captures decide it, and nothing stronger speaks against the seller?"""
        effects = {r.effect for r in self.reasons}
        return Effect.RETAKE in effects and Effect.DECLINE not in effects

    def as_json(self) -> dict[str, Any]:
        """The object that `verifier check --json` prints and POST /v1/checks answers."""
        documents = self.parts.documents
        return {
            "outcome": self.outcome,
            "retake": self.retake,
            "reasons": [r.as_json() for r in self.reasons],
            "document": {
                "portrait": _json(documents.portrait),
                "emblem": _json(documents.emblem),
                "checks": [check.as_json() for check in documents.checks],
            },
            "licence": _json(documents.licence),
            "match": _json(self.parts.match),
            "portrait_likeness": _rounded(self.parts.portrait_likeness),
            "pose_likeness": _rounded(self.parts.pose_likeness),
            "selfie_clip": _json(self.parts.selfie_clip),
            "pose_clip": _json(self.parts.pose_clip),
            "pose": _json(self.parts.pose),
            "attack": {kind: result.as_json() for kind, result in self.parts.attacks.items()} or None,
            "duplicates": [d.as_json() for d in self.parts.duplicates],
            "today": self.today.isoformat(),
            "policy_version": self.policy.version,
            "model_versions": dict(self.model_versions),
            "timings_ms": {stage: round(ms, 1) for stage, ms in self.timings_ms.items()},
        }


def decide(findings: Iterable[Finding], policy: Policy) -> tuple[Outcome, tuple[Reason, ...]]:
    """The outcome and its reasons, strongest effect first, each code once."""
    unique = {(f.code, f.check): f for f in findings}.values()
    reasons = sorted((reason(f, policy) for f in unique), key=lambda r: _STRENGTH.index(r.effect))
    strongest = reasons[0].effect if reasons else Effect.NOTE
    outcome: Outcome = "declined" if strongest == Effect.DECLINE else "in_review"
    return ("verified" if strongest == Effect.NOTE else outcome), tuple(reasons)


def _json(part: Any) -> dict[str, Any] | None:
    return None if part is None else part.as_json()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
