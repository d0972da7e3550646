"""The numbers of a report that are kept in clear: how scores drift, and what other thresholds would have done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

UNIFIED = "unified_quality_score"
PORTRAITS = {"selfie": "image_a", "card": "image_b"}
"""The two faces of the match, as its report names them."""


def scores_of(report: dict[str, Any]) -> dict[str, float]:
    """Each number by name; what was not measured is left out. Nothing of a document, nothing of a template.

    similarity, false_match_rate: of selfie and card. quality_selfie, quality_card: unified quality, 0 to 100;
    faults_...: how many other parts of quality were too poor. attack_selfie, attack_pose: 0 live to 1 attack.
    pose_similarity: of pose and selfie. newspaper_age_days: where the date was beyond doubt.
    """
    return dict(_scores(report))


def _scores(report: dict[str, Any]) -> Iterator[tuple[str, float]]:
    match = report.get("match") or {}
    for name in ("similarity", "false_match_rate"):
        if name in match:
            yield name, match[name]
    for kind, image in PORTRAITS.items():
        yield from _quality(kind, match.get("quality", {}).get(image, {}))
    for kind, result in (report.get("attack") or {}).items():
        yield f"attack_{kind}", result["attack_score"]
    yield from _pose((report.get("pose") or {}).get("checks", {}), report.get("today"))


def _quality(kind: str, quality: dict[str, Any]) -> Iterator[tuple[str, float]]:
    unified = quality.get("components", {}).get(UNIFIED)
    if unified is not None:
        yield f"quality_{kind}", unified
        yield f"faults_{kind}", sum(name != UNIFIED for name in quality["too_poor"])


def _pose(checks: dict[str, Any], today: str | None) -> Iterator[tuple[str, float]]:
    compared = checks.get("face_matches", {}).get("sentence", {}).get("values", {})
    if "similarity" in compared:
        yield "pose_similarity", compared["similarity"]
    read, of_today = checks.get("date_read", {}), checks.get("date_is_today", {})
    if today and read.get("outcome") == "pass" and of_today.get("outcome") in ("pass", "fail"):
        yield "newspaper_age_days", (date.fromisoformat(today) - date.fromisoformat(read["value"])).days
