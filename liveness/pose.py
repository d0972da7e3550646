"""Checks that a photo shows the pose that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from liveness.challenges import Challenge, ChallengeError, parse_challenge
from liveness.code_pose import read_code
from liveness.newspaper_pose import check_newspaper
from liveness.people import box_polygon, face_matches, single_person
from liveness.result import Effects, Evidence, FaceCheck, PoseCheck, PoseResult, conclude
from models.arrays import Image, Polygon
from models.face_analysis import Face
from models.text_reader import TextReader

Found = tuple[dict[str, PoseCheck], Evidence]


@dataclass(frozen=True)
class PosePhoto:
    """A pose photo and what is already known of it."""

    image: Image
    faces: Sequence[Face]
    """All faces, largest first."""
    today: date
    """The seller's own day."""
    face_check: FaceCheck | None = None
    """Compares a face of the photo with the selfie."""
    max_age_days: int = 0
    """How much older a newspaper may be."""


def check_pose(
    image: Image,
    faces: Sequence[Face],
    challenge: str | Challenge,
    today: date,
    face_check: FaceCheck | None = None,
    *,
    max_age_days: int = 0,
    effects: Effects | None = None,
) -> PoseResult:
    """Judges a pose photo (RGB).

    `faces` are all faces of the photo, largest first. `today` is the seller's own day; a newspaper may be
    `max_age_days` older. `face_check` compares a face of the photo with the selfie. `effects` says what a
    failed check makes of the pose (default: pose_effects.toml). Raises ChallengeError for a challenge that
    can't be checked.
    """
    asked = parse_challenge(challenge) if isinstance(challenge, str) else challenge
    photo = PosePhoto(image, faces, today, face_check, max_age_days)
    checks, evidence = _look(photo, asked)
    return conclude(checks, evidence, effects)


def _look(photo: PosePhoto, asked: Challenge) -> Found:
    if asked.kind == "newspaper":
        return check_newspaper(
            photo.image,
            photo.faces,
            _reader(),
            today=photo.today,
            face_check=photo.face_check,
            max_age_days=photo.max_age_days,
        )
    if asked.kind == "code" and asked.code:
        return _code(photo, asked.code)
    raise ChallengeError(f"{asked} can't be checked on a photo")


def _code(photo: PosePhoto, code: str) -> Found:
    checks, place = read_code(photo.image, code, _reader())
    regions = {"code": place} if place is not None else {}
    return checks | _people(photo), Evidence(regions | _seller(photo))


def _people(photo: PosePhoto) -> dict[str, PoseCheck]:
    return {
        "face_matches": face_matches(photo.faces, photo.face_check),
        "single_person": single_person(photo.faces),
    }


def _seller(photo: PosePhoto) -> dict[str, Polygon]:
    return {"seller_face": box_polygon(photo.faces[0])} if photo.faces else {}


@cache
def _reader() -> TextReader:
    return TextReader()
