"""Checks that a photo shows the pose that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from models.face_analysis import Face

from liveness.newspaper_pose import check_newspaper
from liveness.result import Effects, FaceCheck, PoseResult, conclude
from models.arrays import Image
from models.text_reader import TextReader


def check_pose(
    image: Image,
    faces: Sequence[Face],
    challenge: str,
    today: date,
    face_check: FaceCheck | None = None,
    *,
    max_age_days: int = 0,
    effects: Effects | None = None,
) -> PoseResult:
    """Judges a pose photo (RGB).

    `faces` are all faces of the photo, largest first. `today` is the seller's own day; a newspaper may be
    `max_age_days` older. `face_check` compares a face of the photo with the selfie. `effects` says what a
    failed check makes of the pose (default: pose_effects.toml).
    """
    checks, evidence = check_newspaper(image, faces, today, face_check, _reader(), max_age_days)
    return conclude(checks, evidence, effects)


@cache
def _reader() -> TextReader:
    return TextReader()
