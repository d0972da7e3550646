"""The pose of one person: faces found, the seller's compared with the selfie, the challenge judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from liveness.attack import AttackResult, attack_score
from liveness.pose import check_pose
from liveness.result import FaceCheck, FaceComparison, PoseResult
from liveness.video import ClipResult, with_clip
from models.face_analysis import Face, find_faces, main_face
from verifier.image import Photo
from verifier.match import MatchPolicy, Portrait, match_portraits, portrait, portrait_of
from verifier.policy import Policy

STRANGERS = 0.5
"""Half of all pairs of different people look more alike than this: no poor photo explains that."""


def check_pose_photo(
    pose: Photo,
    selfie: Photo | None,
    challenge: str | None,
    today: date,
    policy: Policy,
    clip: ClipResult | None = None,
) -> PoseResult:
    """Judges a pose photo, and its face against a selfie where one is given; `clip` is what the video or burst showed
    that the photo was taken from.

    Raises MatchError(no_face) where the selfie shows nobody.
    """
    person = portrait(selfie.pixels, "selfie", policy.match_policy()) if selfie else None
    return check_pose_of(person, pose, find_faces(pose.pixels), challenge, today, policy, clip)


def check_pose_of(
    person: Portrait | None,
    pose: Photo,
    faces: Sequence[Face],
    challenge: str | None,
    today: date,
    policy: Policy,
    clip: ClipResult | None = None,
) -> PoseResult:
    """As `check_pose_photo`, of faces that were found before."""
    asked = challenge or policy.pose.challenge
    judged = check_pose(
        pose.pixels,
        faces,
        asked,
        today,
        _compare_with(person, pose, policy.pose_match_policy()) if person else None,
        max_age_days=policy.pose.max_age_days,
    )
    return judged if clip is None else with_clip(judged, clip, asked)


def score_attack(photo: Photo) -> AttackResult:
    """The presentation-attack score of a photo's main face, or of the whole photo where it is a tight crop."""
    faces = find_faces(photo.pixels)
    return attack_score(photo.pixels, main_face(photo.pixels, faces) if faces else None)


def _compare_with(person: Portrait, pose: Photo, policy: MatchPolicy) -> FaceCheck:
    def compare(face: Face) -> FaceComparison:
        """Match, review or no match, and the similarity."""
        result = match_portraits(person, portrait_of(pose.pixels, [face], policy), policy)
        strangers = result.false_match_rate >= STRANGERS
        return FaceComparison("no_match" if strangers else result.decision, result.similarity)

    return compare
