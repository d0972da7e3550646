"""Are these two photos of the same person: find, align, embed, compare, and say how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from models.arrays import Image, Template
from models.face_analysis import Face, Profile, aligned, embed_all, find_faces, main_face
from models.face_backends import backend
from verifier.calibration import (
    Bands,
    Calibration,
    CaptureKind,
    Decision,
    LikelihoodRatio,
    calibration,
    read_calibration,
)
from verifier.face_quality import Component, face_quality, retake_advice


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
    """How sure a match must be, what makes the templates, and which calibration rates their similarity.

    `embedder` is `fused`, or a backend of models.face_backends; one of your own needs a `calibration` file, made
    from pairs of people like yours. `profile` is of the fused embedder.
    """

    bands: Bands = field(default_factory=Bands)
    kind: CaptureKind = "photo"
    profile: Profile = "accurate"
    embedder: str = "fused"
    calibration: Path | None = None

    def scale(self) -> Calibration:
        """The calibration that rates a similarity. Raises CalibrationMissingError for a backend that has none."""
        return (
            calibration(self.kind, self.embedder)
            if self.calibration is None
            else read_calibration(self.calibration)
        )


@dataclass(frozen=True)
class Portrait:
    """The face of a photo that is compared: its place, upright crop (112, 112, 3), template and quality."""

    face: Face
    crop: Image
    template: Template
    faces_in_photo: int
    quality: dict[str, Component] = field(default_factory=dict)


@dataclass(frozen=True)
class MatchResult:
    """Outcome of one comparison, with what a report page shows as evidence.

    `similarity` is -1 to 1, see `compare`; `false_match_rate` the calibrated chance that two different people
    score this high; `likelihood_ratio` how many times likelier it is between photos of one person than of two, if
    the calibration knows; `quality` has one entry for each photo (see verifier.face_quality); `notes` are sentences
    for people.
    """

    similarity: float
    decision: Decision
    false_match_rate: float
    quality: dict[str, dict[str, Any]]
    notes: tuple[str, ...]
    portraits: tuple[Portrait, Portrait]
    kind: CaptureKind = "photo"
    likelihood_ratio: LikelihoodRatio | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields of `verifier match --json`, without the images' names."""
        ratio = self.likelihood_ratio
        return {
            "similarity": round(self.similarity, 4),
            "decision": self.decision,
            "false_match_rate": _rounded(self.false_match_rate),
            "likelihood_ratio": ratio and _rounded(ratio.value),
            "likelihood_ratio_interval": ratio and [_rounded(ratio.low), _rounded(ratio.high)],
            "quality": self.quality,
            "notes": list(self.notes),
        }


def match_faces(photo_a: Image, photo_b: Image, policy: MatchPolicy | None = None) -> MatchResult:
    """Compares the main face of each photo. Raises MatchError(no_face)."""
    policy = policy or MatchPolicy()
    photos = {"a": photo_a, "b": photo_b}
    faces = {name: _faces(photo, name) for name, photo in photos.items()}
    a, b = _portraits([(photos[name], faces[name]) for name in photos], policy)
    return match_portraits(a, b, policy)


def match_portraits(a: Portrait, b: Portrait, policy: MatchPolicy | None = None) -> MatchResult:
    """As `match_faces`, of faces that were found and embedded before."""
    policy = policy or MatchPolicy()
    similarity = compare(a.template, b.template)
    scale = policy.scale()
    return MatchResult(
        similarity=similarity,
        decision=_gated(scale.decide(similarity, policy.bands), a, b),
        false_match_rate=scale.rate(similarity),
        quality={"image_a": _quality(a), "image_b": _quality(b)},
        notes=tuple(_notes(a, "a") + _notes(b, "b")),
        portraits=(a, b),
        kind=policy.kind,
        likelihood_ratio=scale.likelihood_ratio(similarity),
    )


def portrait(photo: Image, name: str = "a", policy: MatchPolicy | None = None) -> Portrait:
    """The face that a photo is of, ready to compare. Raises MatchError(no_face) naming the photo."""
    return portrait_of(photo, _faces(photo, name), policy)


def portrait_of(photo: Image, faces: Sequence[Face], policy: MatchPolicy | None = None) -> Portrait:
    """As `portrait`, of faces that were found before; there must be one at least."""
    return _portraits([(photo, faces)], policy or MatchPolicy())[0]


def compare(template_a: Template, template_b: Template) -> float:
    """Similarity of two templates, -1 to 1: their dot product, which for two poor photos may exceed 1.

    What it means depends on the embedder; a calibration says it (verifier.calibration).
    """
    return min(float(template_a @ template_b), 1.0)


def _faces(photo: Image, name: str) -> Sequence[Face]:
    faces = find_faces(photo)
    if not faces:
        raise MatchError(MatchErrorCode.NO_FACE, f"no face was found in photo {name}", name)
    return faces


def _portraits(photos: Sequence[tuple[Image, Sequence[Face]]], policy: MatchPolicy) -> list[Portrait]:
    mains = [main_face(photo, faces) for photo, faces in photos]
    crops = [aligned(photo, face) for (photo, _), face in zip(photos, mains, strict=True)]
    embedded: list[tuple[Template, float | None]]
    if policy.embedder == "fused":
        embedded = [(made.template, made.recognisability) for made in embed_all(crops, policy.profile)]
    else:
        embed = backend(policy.embedder)
        embedded = [(embed(photo, face), None) for (photo, _), face in zip(photos, mains, strict=True)]
    return [
        Portrait(face, crop, template, len(faces), face_quality(photo, face, faces, recognisability))
        for (photo, faces), face, crop, (template, recognisability) in zip(
            photos, mains, crops, embedded, strict=True
        )
    ]


def _quality(of: Portrait) -> dict[str, Any]:
    return {
        "faces": of.faces_in_photo,
        "face_size": round(of.face.size),
        "inter_eye_distance": round(of.face.inter_eye_distance),
        "detection_confidence": round(of.face.score, 3),
        "components": {name: part.score for name, part in of.quality.items()},
        "too_poor": [name for name, part in of.quality.items() if part.too_poor],
        "retake": list(retake_advice(of.quality)),
    }


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


def _gated(decision: Decision, a: Portrait, b: Portrait) -> Decision:
    """A photo that is too poor to compare refuses nobody: a person looks, or the seller takes another one."""
    poor = retake_advice(a.quality) or retake_advice(b.quality)
    return "review" if decision == "no_match" and poor else decision


def _notes(of: Portrait, name: str) -> list[str]:
    notes = [f"photo {name}: {advice}" for advice in retake_advice(of.quality)]
    if of.faces_in_photo > 1:
        notes.append(f"photo {name} shows {of.faces_in_photo} faces; the main one was compared")
    return notes
