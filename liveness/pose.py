"""Checks that a photo shows the pose that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property

from liveness.card_pose import card_beside_face, find_card
from liveness.challenges import Challenge, Kind, parse_challenge
from liveness.code_pose import read_code
from liveness.hands_pose import fingers_raised, raised_hands
from liveness.head_turn import head_turned, measure_turn
from liveness.newspaper_pose import check_newspaper
from liveness.people import box_polygon, face_matches, faces_outside, seller_first, single_person
from liveness.result import Effects, Evidence, FaceCheck, PoseCheck, PoseResult, conclude
from liveness.sentences import say
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

    @cached_property
    def people(self) -> tuple[Face, ...]:
        """All faces, the seller's first: a poster beside the seller may show a larger one."""
        return seller_first(self.image, self.faces, self.face_check)


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
    failed check makes of the pose (default: pose_effects.toml). Raises ChallengeError for a text that is no
    challenge.
    """
    asked = parse_challenge(challenge) if isinstance(challenge, str) else challenge
    photo = PosePhoto(image, faces, today, face_check, max_age_days)
    checks, evidence = _look(photo, asked)
    return replace(conclude(checks, evidence, effects), challenge=asked)


def _look(photo: PosePhoto, asked: Challenge) -> Found:
    return _LOOKS[asked.kind](photo, asked)


def _newspaper(photo: PosePhoto, _: Challenge) -> Found:
    return check_newspaper(
        photo.image,
        photo.faces,
        _reader(),
        today=photo.today,
        face_check=photo.face_check,
        max_age_days=photo.max_age_days,
    )


def _code(photo: PosePhoto, asked: Challenge) -> Found:
    checks, place = read_code(photo.image, asked.code or "", _reader())
    return checks | _people(photo), _evidence(photo, code=place)


def _fingers(photo: PosePhoto, asked: Challenge) -> Found:
    hands = raised_hands(photo.image, photo.people[0] if photo.people else None)
    places = {f"hand_{i + 1}": hand.polygon for i, hand in enumerate(hands)}
    return {"fingers_raised": fingers_raised(hands, asked)} | _people(photo), _evidence(photo, **places)


def _head_turn(photo: PosePhoto, asked: Challenge) -> Found:
    if not photo.people or asked.direction is None:
        return {"head_turned": PoseCheck("fail", say("no_face_seen"))}, Evidence()
    turned = head_turned(measure_turn(photo.image, photo.people[0]), asked.direction)
    return {"head_turned": turned} | _people(photo), _evidence(photo)


def _card(photo: PosePhoto, _: Challenge) -> Found:
    card = find_card(photo.image, _reader())
    sellers = faces_outside(photo.people, card)
    checks = {
        "card_beside_face": card_beside_face(card, sellers),
        "face_matches": face_matches(sellers, photo.face_check),
    }
    return checks, _evidence(photo, card=card)


def _people(photo: PosePhoto) -> dict[str, PoseCheck]:
    return {
        "face_matches": face_matches(photo.people, photo.face_check),
        "single_person": single_person(photo.image, photo.people),
    }


def _evidence(photo: PosePhoto, **places: Polygon | None) -> Evidence:
    seller = {"seller_face": box_polygon(photo.people[0])} if photo.people else {}
    return Evidence(seller | {name: place for name, place in places.items() if place is not None})


_LOOKS: dict[Kind, Callable[[PosePhoto, Challenge], Found]] = {
    "newspaper": _newspaper,
    "code": _code,
    "fingers": _fingers,
    "head_turn": _head_turn,
    "card_beside_face": _card,
}


@cache
def _reader() -> TextReader:
    return TextReader()
