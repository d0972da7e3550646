"""Are these two photos of the same person: find, align, embed, compare, and say how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.arrays import Image, Template
from models.face_analysis import Face, aligned, embed, find_faces, main_face
from verifier.calibration import Bands, CaptureKind, Decision, calibration


class MatchErrorCode(StrEnum):
    """Stable codes of `MatchError`; docs/errors.md says what to do about each."""

    NO_FACE = "no_face"


class MatchError(Exception):
    """A photo can't be compared. `photo` is "a" or "b"."""

    def __init__(self, code: MatchErrorCode, message: str, photo: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.photo = photo


@dataclass(frozen=True)
class MatchPolicy:
    """How sure a match must be, and which calibration tells it."""

    bands: Bands = field(default_factory=Bands)
    kind: CaptureKind = "photo"


@dataclass(frozen=True)
class Portrait:
    """The face of a photo that is compared: its place, upright crop (112, 112, 3) and template."""

    face: Face
    crop: Image
    template: Template
    faces_in_photo: int


@dataclass(frozen=True)
class MatchResult:
    """Outcome of one comparison, with what a report page shows as evidence.

    `similarity` is a cosine, -1 to 1; `false_match_rate` the calibrated chance that two different people
    score this high; `quality` has one entry for each photo; `notes` are sentences for people.
    """

    similarity: float
    decision: Decision
    false_match_rate: float
    quality: dict[str, dict[str, Any]]
    notes: tuple[str, ...]
    portraits: tuple[Portrait, Portrait]

    def as_json(self) -> dict[str, Any]:
        """The fields of `verifier match --json`, without the images' names."""
        return {
            "similarity": round(self.similarity, 4),
            "decision": self.decision,
            "false_match_rate": float(f"{self.false_match_rate:.3g}"),
            "quality": self.quality,
            "notes": list(self.notes),
        }


def match_faces(photo_a: Image, photo_b: Image, policy: MatchPolicy | None = None) -> MatchResult:
    """Compares the main face of each photo. Raises MatchError(no_face)."""
    return match_portraits(portrait(photo_a, "a"), portrait(photo_b, "b"), policy)


def match_portraits(a: Portrait, b: Portrait, policy: MatchPolicy | None = None) -> MatchResult:
    """As `match_faces`, of faces that were found and embedded before."""
    policy = policy or MatchPolicy()
    similarity = compare(a.template, b.template)
    scale = calibration(policy.kind)
    return MatchResult(
        similarity=similarity,
        decision=scale.decide(similarity, policy.bands),
        false_match_rate=scale.rate(similarity),
        quality={"image_a": _quality(a), "image_b": _quality(b)},
        notes=tuple(_notes(a, "a") + _notes(b, "b")),
        portraits=(a, b),
    )


def portrait(photo: Image, name: str = "a") -> Portrait:
    """The face that a photo is of, ready to compare. Raises MatchError(no_face) naming the photo."""
    faces = find_faces(photo)
    if not faces:
        raise MatchError(MatchErrorCode.NO_FACE, f"no face was found in photo {name}", name)
    return portrait_of(photo, faces)


def portrait_of(photo: Image, faces: Sequence[Face]) -> Portrait:
    """As `portrait`, of faces that were found before; there must be one at least."""
    face = main_face(photo, faces)
    return Portrait(face, aligned(photo, face), embed(photo, face), len(faces))


def compare(template_a: Template, template_b: Template) -> float:
    """Similarity of two templates: their cosine, -1 to 1."""
    return float(template_a @ template_b)


def _quality(of: Portrait) -> dict[str, Any]:
    return {
        "faces": of.faces_in_photo,
        "face_size": round(of.face.size),
        "inter_eye_distance": round(of.face.inter_eye_distance),
        "detection_confidence": round(of.face.score, 3),
    }


def _notes(of: Portrait, name: str) -> list[str]:
    if of.faces_in_photo == 1:
        return []
    return [f"photo {name} shows {of.faces_in_photo} faces; the main one was compared"]
