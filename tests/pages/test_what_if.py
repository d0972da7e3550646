"""Last month judged again at other thresholds, case by case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api import vision_policy
from api.console.what_if import Case, outcome_of
from api.verifications.scores import scores_of

NOW = vision_policy.thresholds(None)
GOOD = {
    "false_match_rate": 1e-5,
    "similarity": 0.7,
    "quality_selfie": 90,
    "quality_card": 60,
    "faults_selfie": 0,
    "faults_card": 0,
    "attack_selfie": 0.2,
    "attack_pose": 0.3,
    "pose_similarity": 0.8,
    "newspaper_age_days": 0,
}


def outcome(scores: dict[str, float], reasons: list[dict[str, Any]], **changed: float) -> str:
    case = Case("ver_1", "store", scores, reasons, readable=True)
    rate = vision_policy.face_scale(None).rate
    return outcome_of(case, replace(NOW, **changed), NOW, rate, vision_policy.effects(None))


def reason(code: str, effect: str) -> dict[str, Any]:
    return {"code": code, "effect": effect, "check": "match"}


@pytest.mark.parametrize(
    ("scores", "changed", "then"),
    [
        ({}, {}, "verified"),
        ({}, {"match": 1e-6}, "in_review"),
        ({}, {"match": 1e-7, "review": 1e-6}, "declined"),
        ({"quality_card": 20}, {"match": 1e-7, "review": 1e-6}, "in_review"),
        ({"false_match_rate": 0.05}, {"quality": 95}, "retake"),
        ({}, {"quality": 95}, "verified"),
        ({}, {"attack": 0.3}, "in_review"),
        ({}, {"attack": 0.31}, "verified"),
        ({"pose_similarity": 0.05}, {}, "declined"),
        ({}, {"pose_match": 1e-12}, "in_review"),
        ({"newspaper_age_days": 7}, {}, "retake"),
        ({"newspaper_age_days": 7}, {"age_days": 7}, "verified"),
        ({"newspaper_age_days": -1}, {"age_days": 7}, "retake"),
    ],
)
def test_a_threshold_changes_what_rests_on_it(
    scores: dict[str, float], changed: dict[str, float], then: str
) -> None:
    """A supervisor who moves a threshold by wrong numbers refuses honest sellers, or lets strangers in."""
    assert outcome({**GOOD, **scores}, [], **changed) == then


def test_what_was_not_kept_and_what_rests_on_something_else_stays() -> None:
    """An invented answer is worse than none."""
    old, late = reason("pose_date_is_today", "retake"), reason("document_expired", "decline")
    assert outcome({}, [old], age_days=365) == "retake"
    assert outcome({**GOOD, "newspaper_age_days": 7}, [old], age_days=365) == "verified"
    assert outcome({**GOOD, "newspaper_age_days": 7}, [old, late], age_days=365) == "declined"
    unsure = [reason("pose_face_matches_unknown", "review")]
    stranger = {**GOOD, "pose_similarity": vision_similarity(NOW.pose_review * 3)}
    assert outcome(stranger, unsure, attack=0.9) == "in_review", (
        "a poor photo spared the seller, and does again"
    )
    assert outcome(stranger, [], attack=0.9) == "declined"


def vision_similarity(rate: float) -> float:
    return vision_policy.face_scale(None).threshold(rate)


def test_the_thresholds_are_those_of_policy() -> None:
    """A what-if that starts elsewhere compares with a policy that nobody has."""
    assert (NOW.match, NOW.review, NOW.pose_match, NOW.pose_review) == (0.001, 0.1, 0.005, 0.1)
    assert (NOW.attack, NOW.quality, NOW.age_days) == (0.5, 42, 0)


def test_the_numbers_of_a_report_are_kept_where_they_are_beyond_doubt() -> None:
    """A newspaper whose date can be read as two would be counted as stale, or as today's."""
    checks = {
        "face_matches": {"sentence": {"code": "face_is_selfies", "values": {"similarity": 0.61}}},
        "date_read": {"outcome": "pass", "value": "2026-11-20"},
        "date_is_today": {"outcome": "fail"},
    }
    quality = {
        "components": {"unified_quality_score": 30},
        "too_poor": ["sharpness", "unified_quality_score"],
    }
    report = {
        "today": "2026-11-24",
        "match": {"similarity": 0.5, "false_match_rate": 0.01, "quality": {"image_a": quality}},
        "attack": {"selfie": {"attack_score": 0.4}},
        "pose": {"checks": checks},
    }
    kept = {"similarity": 0.5, "false_match_rate": 0.01, "quality_selfie": 30, "faults_selfie": 1}
    of_pose = {"attack_selfie": 0.4, "pose_similarity": 0.61, "newspaper_age_days": 4}
    assert scores_of(report) == {**kept, **of_pose}
    checks["date_is_today"]["outcome"] = "unknown"
    assert "newspaper_age_days" not in scores_of(report)
    assert scores_of({"outcome": "verified"}) == {}
