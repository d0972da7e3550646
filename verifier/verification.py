"""The whole flow of one verification: read `verify` from top to bottom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from liveness.attack import AttackResult, attack_score
from liveness.result import PoseResult
from liveness.video import ClipResult
from models import side_by_side
from models.face_analysis import Face, aligned, find_faces, main_face
from models.runtime import loaded_versions
from ocr.cn_resident_id_checks import sides_agree
from ocr.documents import read_document
from ocr.names import representative_agrees
from ocr.reading import Reading, Side
from verifier.card_in_pose import with_card
from verifier.duplicates import EmptyGallery, Gallery, Traces
from verifier.findings import all_findings
from verifier.image import Photo
from verifier.match import MatchPolicy, MatchResult, Portrait, match_portraits, portrait_of
from verifier.policy import Policy, load_policy
from verifier.posing import check_pose_of, seller_in, with_scene
from verifier.report import Documents, Parts, Report, decide
from verifier.same_photo import DETAIL_SIDE, exposure_likeness, face_likeness, fingerprint

CARD_FACE = 0.25
"""A face on an ID card takes at most this part of the card's width (GA/T 461: a head of 207 pixels on a portrait of
26 mm, on a card of 85.6 mm, is 0.18)."""

DOCUMENT_CAPTURES: tuple[str, ...] = ("card_portrait", "card_emblem", "licence")
FACE_CAPTURES: tuple[str, ...] = ("selfie", "pose")
CAPTURE_KINDS = (*DOCUMENT_CAPTURES, *FACE_CAPTURES)

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a seller sent. `today` is the day to judge by, in the seller's own time zone; `selfie_clip` and `pose_clip`
    are what the video or burst showed that selfie and pose were taken from, where one was sent (verifier.clip)."""

    card_portrait: Photo | None = None
    card_emblem: Photo | None = None
    licence: Photo | None = None
    selfie: Photo | None = None
    pose: Photo | None = None
    selfie_clip: ClipResult | None = None
    pose_clip: ClipResult | None = None
    challenge: str | None = None
    today: date = field(default_factory=date.today)

    def captures(self) -> dict[str, Photo]:
        """What was sent, by capture kind."""
        return {kind: photo for kind in CAPTURE_KINDS if (photo := getattr(self, kind)) is not None}


def verify(evidence: Evidence, policy: Policy | None = None, gallery: Gallery | None = None) -> Report:
    """Reads the documents, finds the people, compares, judges the pose, looks for attacks and for duplicates,
    and lets policy decide.

    Takes any photos: what is missing, unreadable or of the wrong kind becomes a reason, never an exception.
    Raises ModelError where weights can't be had.
    """
    policy, gallery = policy or load_policy(), gallery or EmptyGallery()
    captures, clock = evidence.captures(), _Clock()
    with clock.stage("documents"):
        documents = _read_documents(captures, evidence.today)
    with clock.stage("faces"):
        faces = _of_each(FACE_CAPTURES, captures, lambda photo: find_faces(photo.pixels))
        people = _people(captures, faces, documents, policy.match_policy())
    with clock.stage("match"):
        match = _match(people, policy)
        selfie_is_document = _shows_document(captures.get("selfie"), people.get("selfie"))
        portrait_likeness = _portrait_likeness(people)
    with clock.stage("pose"):
        pose = _pose(evidence, faces, people, policy)
        if pose and evidence.pose:
            pose = with_card(pose, evidence.pose.pixels, documents.portrait, evidence.today)
        posing = seller_in(pose, faces["pose"]) if pose else None
        pose_likeness = _pose_likeness(captures, people.get("selfie"), posing)
    with clock.stage("attack"):
        attacks = _attacks(captures, faces)
    with clock.stage("duplicates"):
        traces = _traces(captures, people, documents, posing)
        duplicates = gallery.search(traces)

    parts = Parts(
        documents,
        match,
        pose,
        attacks,
        duplicates,
        selfie_is_document,
        portrait_likeness,
        pose_likeness,
        evidence.selfie_clip,
        evidence.pose_clip,
    )
    outcome, reasons = decide(all_findings(captures, faces, parts, policy, evidence.today), policy)
    return Report(
        outcome=outcome,
        reasons=reasons,
        parts=parts,
        captures=captures,
        people=people,
        traces=traces,
        today=evidence.today,
        policy=policy,
        model_versions=loaded_versions(),
        timings_ms=clock.milliseconds,
    )


def _of_each(
    kinds: Sequence[str], captures: Mapping[str, Photo], work: Callable[[Photo], Made]
) -> dict[str, Made]:
    """What the work makes of the photos of these kinds, one beside the other."""
    photos = {kind: captures[kind] for kind in kinds if kind in captures}
    return dict(zip(photos, side_by_side.each(work, photos.values()), strict=True))


def _read_documents(captures: Mapping[str, Photo], today: date) -> Documents:
    read = _of_each(DOCUMENT_CAPTURES, captures, lambda photo: read_document(photo.pixels, today=today))
    portrait = _side_of_card(read, "card_portrait", "portrait")
    emblem = _side_of_card(read, "card_emblem", "emblem")
    licence = read.get("licence")
    checks = sides_agree(portrait, emblem) if portrait and emblem else ()
    if licence and portrait:
        checks += (representative_agrees(licence, portrait),)
    return Documents(portrait, emblem, licence, checks)


def _side_of_card(read: Mapping[str, Reading], kind: str, side: Side) -> Reading | None:
    """The side of the card that was sent as `kind`, or that a photo of both sides shows."""
    own = read.get(kind)
    shared = [shown for r in read.values() if r.others for shown in (r, *r.others)]
    if own is not None and own.side == side:
        return own
    return next((r for r in shared if r.document_type == "cn_resident_id" and r.side == side), own)


def _people(
    captures: Mapping[str, Photo],
    faces: Mapping[str, Sequence[Face]],
    documents: Documents,
    rules: MatchPolicy,
) -> dict[str, Portrait]:
    """The face of the selfie, and the one on the card: looked for on the flattened card first."""
    people = {}
    if faces.get("selfie"):
        people["selfie"] = portrait_of(captures["selfie"].pixels, faces["selfie"], rules)
    card = documents.portrait.card if documents.portrait else None
    places = [card.image] if card else []
    places += [captures["card_portrait"].pixels] if "card_portrait" in captures else []
    for place in places:
        if found := find_faces(place):
            people["card_portrait"] = portrait_of(place, found, rules)
            break
    return people


def _match(people: Mapping[str, Portrait], policy: Policy) -> MatchResult | None:
    if not {"selfie", "card_portrait"} <= people.keys():
        return None
    rules = policy.card_match_policy()
    return match_portraits(people["selfie"], people["card_portrait"], rules)


def _shows_document(selfie: Photo | None, person: Portrait | None) -> bool:
    """Is the selfie a photo of a document? Only one whose face is as small as on a card is worth the look."""
    if selfie is None or (person and person.face.size > CARD_FACE * max(selfie.pixels.shape[:2])):
        return False
    return bool(read_document(selfie.pixels, "cn_resident_id").document_type != "unknown")


def _portrait_likeness(people: Mapping[str, Portrait]) -> float | None:
    if not {"selfie", "card_portrait"} <= people.keys():
        return None
    return face_likeness(people["selfie"].crop, people["card_portrait"].crop)


def _pose(
    evidence: Evidence, faces: Mapping[str, Sequence[Face]], people: Mapping[str, Portrait], policy: Policy
) -> PoseResult | None:
    if evidence.pose is None:
        return None
    person = people.get("selfie")
    judged = check_pose_of(
        person,
        evidence.pose,
        faces["pose"],
        evidence.challenge,
        evidence.today,
        policy,
        evidence.pose_clip,
    )
    if evidence.selfie is None or person is None:
        return judged
    return with_scene(judged, evidence.selfie, person, evidence.pose, faces["pose"])


def _attacks(captures: Mapping[str, Photo], faces: Mapping[str, Sequence[Face]]) -> dict[str, AttackResult]:
    photos = {kind: captures[kind].pixels for kind, found in faces.items() if found}
    return {kind: attack_score(photo, main_face(photo, faces[kind])) for kind, photo in photos.items()}


def _traces(
    captures: Mapping[str, Photo],
    people: Mapping[str, Portrait],
    documents: Documents,
    posing: Face | None,
) -> Traces:
    photos = {"selfie": fingerprint(people["selfie"].crop)} if "selfie" in people else {}
    if posing is not None:
        photos["pose"] = fingerprint(aligned(captures["pose"].pixels, posing))
    numbers = {
        "id_number": documents.value("card_portrait", "id_number"),
        "registration_number": documents.value("licence", "registration_number"),
    }
    return Traces(
        faces={kind: person.template for kind, person in people.items()},
        photos=photos,
        documents={kind: number for kind, number in numbers.items() if number},
    )


def _pose_likeness(
    captures: Mapping[str, Photo], selfie: Portrait | None, posing: Face | None
) -> float | None:
    """How alike selfie and pose are in their finest detail: a selfie may be cut out of the pose photo."""
    if selfie is None or posing is None:
        return None
    shown = aligned(captures["selfie"].pixels, selfie.face, DETAIL_SIDE)
    return exposure_likeness(shown, aligned(captures["pose"].pixels, posing, DETAIL_SIDE))


class _Clock:
    """Wall time of each stage."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the block's wall time under this name."""
        started = time.perf_counter()
        yield
        self.milliseconds[name] = (time.perf_counter() - started) * 1000
