"""What other thresholds would have done: last month's cases judged again from the numbers that are kept of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import vision_policy
from api.console.agents import Viewer
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Verification
from api.vision_policy import Thresholds

DAYS = 30
LISTED = 10
"""Cases of one change that are named."""
BANDS = ("match", "review", "no_match")
STRANGERS = 0.5
"""From this false match rate on no poor photo saves the face of a pose (verifier.posing)."""
NEEDS = {
    "match": "false_match_rate",
    "pose_match": "pose_similarity",
    "attack": "attack_selfie",
    "quality": "quality_selfie",
    "age_days": "newspaper_age_days",
}
"""By threshold, the number that a case must have kept to be judged again."""

Scores = Mapping[str, float]
Rate = Callable[[float], float]
"""The false match rate of a similarity."""


@dataclass(frozen=True)
class Change:
    """Cases that would have come out otherwise: from which outcome of the machine to which."""

    before: str
    after: str
    count: int
    cases: tuple[tuple[str, str], ...]
    """Id and seller's reference of the latest that can still be looked at, LISTED at most."""


@dataclass(frozen=True)
class WhatIf:
    """Last month under other thresholds."""

    thresholds: Thresholds
    cases: int
    stored: dict[str, int]
    """By threshold, how many of the cases have kept the number that it is held against."""
    bands_now: dict[str, int]
    bands_then: dict[str, int]
    changes: tuple[Change, ...]

    @property
    def changed(self) -> int:
        """Cases that the other thresholds would have decided otherwise."""
        return sum(change.count for change in self.changes)


@dataclass(frozen=True)
class Case:
    """What is kept in clear of a case."""

    id: str
    reference: str
    scores: Scores
    reasons: list[dict[str, Any]]
    readable: bool

    def codes(self) -> set[str]:
        return {reason["code"] for reason in self.reasons}


def what_if(service: Service, session: Session, viewer: Viewer, asked: Mapping[str, float]) -> WhatIf:
    """How many of last month's cases would have come out otherwise at the thresholds asked for, by their names."""
    now = vision_policy.thresholds(service.settings.policy)
    then = replace(now, **asked)
    then = replace(then, review=max(then.match, then.review))
    effect = vision_policy.effects(service.settings.policy)
    rate = vision_policy.face_scale(service.settings.policy).rate
    cases = list(_cases(session, viewer))
    moved: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        before, after = (outcome_of(case, limits, now, rate, effect) for limits in (now, then))
        if before != after:
            moved.setdefault((before, after), []).append(case)
    return WhatIf(
        thresholds=then,
        cases=len(cases),
        stored={name: sum(needed in case.scores for case in cases) for name, needed in NEEDS.items()},
        bands_now=_bands(cases, now),
        bands_then=_bands(cases, then),
        changes=tuple(
            _change(*pair, found) for pair, found in sorted(moved.items(), key=lambda m: -len(m[1]))
        ),
    )


def outcome_of(
    case: Case, limits: Thresholds, now: Thresholds, rate: Rate, effect: Callable[[str], str]
) -> str:
    """What the machine would have said: the strongest effect of the reasons that stay and of those found."""
    found = _judged(case, limits, now, rate)
    staying = [reason.get("effect") or "note" for reason in case.reasons if reason["code"] not in found]
    effects = {*staying, *(effect(code) for code, holds in found.items() if holds)}
    order = {"decline": "declined", "retake": "retake", "review": "in_review"}
    return next((outcome for name, outcome in order.items() if name in effects), "verified")


def _judged(case: Case, limits: Thresholds, now: Thresholds, rate: Rate) -> dict[str, bool]:
    """Which of the reasons that rest on kept numbers a case has at these thresholds; the others are left out."""
    return {
        **_of_faces(case.scores, limits),
        **_of_attacks(case.scores, limits),
        **_of_pose(case, limits, now, rate),
        **_of_newspaper(case.scores, limits),
    }


def _of_faces(scores: Scores, limits: Thresholds) -> dict[str, bool]:
    if "false_match_rate" not in scores:
        return {}
    band = _band(scores["false_match_rate"], limits.match, limits.review)
    if "quality_selfie" not in scores:
        return {"face_mismatch": band == "no_match", "face_unsure": band == "review"}
    poor = {kind for kind in ("selfie", "card") if _poor(scores, kind, limits)}
    refused = band == "no_match" and not poor
    return {
        "face_mismatch": refused,
        "face_unsure": band != "match" and not refused,
        "selfie_too_poor": "selfie" in poor and band != "match",
    }


def _poor(scores: Scores, kind: str, limits: Thresholds) -> bool:
    """Whether that face is too poor to refuse anybody."""
    return scores.get(f"faults_{kind}", 0) > 0 or scores.get(f"quality_{kind}", 100) < limits.quality


def _of_attacks(scores: Scores, limits: Thresholds) -> dict[str, bool]:
    found = [score for name, score in scores.items() if name.startswith("attack_")]
    return {"presentation_attack_suspected": max(found) >= limits.attack} if found else {}


def _of_pose(case: Case, limits: Thresholds, now: Thresholds, rate: Rate) -> dict[str, bool]:
    """A poor photo that spared someone a refusal then does so again."""
    if "pose_similarity" not in case.scores:
        return {}
    found = rate(case.scores["pose_similarity"])
    band = _band(found, limits.pose_match, limits.pose_review)
    spared = "pose_face_matches_unknown" in case.codes() and found > now.pose_review and found < STRANGERS
    refused = band == "no_match" and not spared
    return {"pose_face_matches": refused, "pose_face_matches_unknown": band != "match" and not refused}


def _of_newspaper(scores: Scores, limits: Thresholds) -> dict[str, bool]:
    if "newspaper_age_days" not in scores:
        return {}
    return {"pose_date_is_today": not 0 <= scores["newspaper_age_days"] <= limits.age_days}


def _bands(cases: Iterable[Case], limits: Thresholds) -> dict[str, int]:
    rates = (case.scores["false_match_rate"] for case in cases if "false_match_rate" in case.scores)
    counted = Counter(_band(rate, limits.match, limits.review) for rate in rates)
    return {band: counted[band] for band in BANDS}


def _band(rate: float, match: float, review: float) -> str:
    return "match" if rate <= match else "review" if rate <= review else "no_match"


def _change(before: str, after: str, cases: list[Case]) -> Change:
    named = [(case.id, case.reference) for case in cases if case.readable]
    return Change(before, after, len(cases), tuple(named[:LISTED]))


def _cases(session: Session, viewer: Viewer) -> Iterable[Case]:
    """Last month's, the latest first."""
    columns = (Verification.id, Seller.reference, Verification.summary, Verification.redacted_at)
    query = (
        select(*columns)
        .join(Seller, Seller.id == Verification.seller_id)
        .where(
            Verification.account_id == viewer.side.account_id,
            Verification.livemode == viewer.side.livemode,
            Verification.summary.is_not(None),
            Verification.submitted_at > viewer.side.now() - timedelta(days=DAYS),
        )
        .order_by(Verification.submitted_at.desc())
    )
    for id_, reference, summary, redacted_at in session.execute(query).tuples():
        kept = summary or {}
        yield Case(id_, reference, kept.get("scores", {}), kept.get("reasons", []), redacted_at is None)
