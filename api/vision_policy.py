"""What the vision core's policy says: for searches, cases and the supervisor's pages.

`policy_file` is everywhere the policy's path, None for the vision core's own; each function raises PolicyError for a
file that can't be one. As in api.vision, verifier is imported when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verifier.calibration import Calibration
    from verifier.policy import Policy


def face_scale(policy_file: Path | None) -> Calibration:
    """What the similarity of two selfies says, for the recogniser of that policy."""
    return _policy(policy_file).match_policy().scale()


def review_rate(policy_file: Path | None) -> float:
    """The false match rate up to which two photos may still be one person's."""
    return _policy(policy_file).match.review


def match_bands(policy_file: Path | None) -> tuple[float, float]:
    """False match rates up to which two faces are one person's, and up to which an agent looks."""
    bands = _policy(policy_file).card_match_policy().bands
    return bands.match, bands.review


def effects(policy_file: Path | None) -> Callable[[str], str]:
    """What each reason leads to: decline, retake, review or note."""
    policy = _policy(policy_file)
    return lambda code: policy.effect(code).value


@dataclass(frozen=True)
class Thresholds:
    """What parts the outcomes of a verification, where a number does."""

    match: float
    """False match rates up to which selfie and card are one person's, and up to which an agent looks."""
    review: float
    pose_match: float
    """The same of pose and selfie."""
    pose_review: float
    attack: float
    """Scores from this on are suspected."""
    quality: float
    """Unified quality below which another selfie is asked for, and a face refuses nobody."""
    age_days: float
    """How old a newspaper may be."""


def thresholds(policy_file: Path | None) -> Thresholds:
    """Those that hold."""
    from liveness.attack import attack_model
    from verifier.face_quality import least_unified_quality

    policy = _policy(policy_file)
    card, pose = policy.card_match_policy().bands, policy.pose_match_policy().bands
    return Thresholds(
        match=card.match,
        review=card.review,
        pose_match=pose.match,
        pose_review=pose.review,
        attack=attack_model().threshold,
        quality=least_unified_quality(),
        age_days=policy.pose.max_age_days,
    )


def policy_sections(policy_file: Path | None) -> dict[str, Any]:
    """The vision core's policy as its file says it: sections with names and values."""
    return _policy(policy_file).model_dump(mode="json")


def _policy(policy_file: Path | None) -> Policy:
    from verifier.policy import DEFAULT, load_policy

    return load_policy(policy_file or DEFAULT)
