"""The scores behind decisions: how they are distributed by model version."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.console.agents import Viewer
from api.verifications.tables import Verification

DAYS = 30
DRIFT_DAYS = 90
RECENT_DAYS = 7
BINS = 20
LEAST = 30
"""Fewer scores than this tell nothing of a drift."""
SCORES = ("similarity", "attack_selfie")


@dataclass(frozen=True)
class Distribution:
    """Scores of one kind under one version of the models, 0 to 1 in BINS bins, and how far they have moved."""

    score: str
    version: str
    count: int
    median: float
    shares: tuple[float, ...]
    """Of each bin, against the fullest."""
    stability: float | None
    """Population stability index of the last week against the time before: from 0.1 on look, from 0.25 on act."""


def distributions(session: Session, viewer: Viewer) -> list[Distribution]:
    """Of face similarity and attack scores, for each version of the models seen in ninety days, newest first."""
    now = viewer.side.now()
    found: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for summary, submitted in _summaries(session, viewer, DRIFT_DAYS):
        recent = submitted > now - timedelta(days=RECENT_DAYS)
        for score in SCORES:
            if score in summary.get("scores", {}):
                scored = (float(summary["scores"][score]), recent)
                found.setdefault((score, _version(summary, score)), []).append(scored)
    return [_distribution(*names, scored) for names, scored in found.items()]


def rates(session: Session, viewer: Viewer) -> list[tuple[float, int]]:
    """Last month's face comparisons by false match rate: the upper end of each half decade, rarest first."""
    counted: Counter[int] = Counter()
    for summary, _ in _summaries(session, viewer, DAYS):
        rate = summary.get("scores", {}).get("false_match_rate")
        if rate is not None:
            counted[min(11, math.floor(-2 * math.log10(max(rate, 1e-6))))] += 1
    return [(10 ** (-half / 2), counted[half]) for half in range(12)]


def _summaries(session: Session, viewer: Viewer, days: int) -> list[tuple[dict[str, Any], Any]]:
    query = select(Verification.summary, Verification.submitted_at).where(
        Verification.account_id == viewer.side.account_id,
        Verification.livemode == viewer.side.livemode,
        Verification.summary.is_not(None),
        Verification.submitted_at > viewer.side.now() - timedelta(days=days),
    )
    return [(summary, at) for summary, at in session.execute(query).tuples() if summary]


def _version(summary: dict[str, Any], score: str) -> str:
    """The versions of the networks that made the score."""
    part = "embedder" if score == "similarity" else "attack"
    versions = summary.get("model_versions") or {}
    return " + ".join(sorted(f"{name} {v}" for name, v in versions.items() if part in name)) or "?"


def _distribution(score: str, version: str, scored: list[tuple[float, bool]]) -> Distribution:
    values = np.array([value for value, _ in scored])
    recent = np.array([is_recent for _, is_recent in scored])
    counts = np.histogram(values, BINS, (0.0, 1.0))[0]
    return Distribution(
        score=score,
        version=version,
        count=len(values),
        median=float(np.median(values)),
        shares=tuple(float(share) for share in counts / max(int(counts.max()), 1)),
        stability=_stability(values[~recent], values[recent]),
    )


def _stability(before: np.ndarray, after: np.ndarray) -> float | None:
    """Population stability index over ten bins, as credit scoring uses it; None where there are too few scores."""
    if min(len(before), len(after)) < LEAST:
        return None
    edges = np.linspace(0.0, 1.0, 11)
    shares = [np.maximum(np.histogram(part, edges)[0] / len(part), 1e-4) for part in (before, after)]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
