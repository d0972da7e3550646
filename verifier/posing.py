"""The pose of one person: faces found, the seller's compared with the selfie, the challenge judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from liveness.attack import AttackResult, attack_score
from liveness.pose import check_pose
from liveness.result import FaceCheck, FaceComparison, PoseResult
from liveness.video import ClipResult, with_clip
from models import side_by_side
from models.face_analysis import Face, find_faces, main_face
from verifier.image import Photo
from verifier.match import MatchPolicy, Portrait, match_portraits, portrait, portrait_of
from verifier.policy import Policy
from verifier.same_scene import Shot, scene_checks

NOT_HELD = ("seller_face", "date", "weekday", "lunar_date")
"""Regions of a pose's evidence that nobody holds in the hand; all others hide clothes and wall."""

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
    person, faces = side_by_side.both(
        lambda: portrait(selfie.pixels, "selfie", policy.match_policy()) if selfie else None,
        lambda: find_faces(pose.pixels),
    )
    judged = check_pose_of(person, pose, faces, challenge, today, policy, clip)
    return with_scene(judged, selfie, person, pose, faces) if selfie and person else judged


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


def with_scene(
    judged: PoseResult, selfie: Photo, person: Portrait, pose: Photo, faces: Sequence[Face]
) -> PoseResult:
    """The result with what clothes and background say of selfie and pose, `person` being the selfie's: evidence that
    leaves the outcome as it is."""
    seller = seller_in(judged, faces)
    if seller is None:
        return judged
    held = tuple(place for name, place in judged.evidence.regions.items() if name not in NOT_HELD)
    found = scene_checks(Shot(selfie.pixels, person.face), Shot(pose.pixels, seller, held))
    return replace(judged, checks=judged.checks | found)


def seller_in(judged: PoseResult, faces: Sequence[Face]) -> Face | None:
    """The seller's face among those of the pose: one that is printed in the day's newspaper is in everybody's photo."""
    if "seller_face" not in judged.evidence.regions:
        return None
    corner = judged.evidence.regions["seller_face"].min(axis=0)
    return min(faces, key=lambda face: float(np.linalg.norm(face.box[:2] - corner)))


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
