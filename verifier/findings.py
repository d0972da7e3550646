"""What each part of a verification has to say, as findings. Policy decides later what they lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from liveness.attack import AttackResult
from liveness.result import PoseResult, default_effects
from liveness.video import ClipResult
from models.face_analysis import Face
from ocr.reading import Reading
from ocr.sentences import say as say_of_documents
from verifier.capture_traces import trace_findings
from verifier.duplicates import Duplicate
from verifier.face_quality import too_poor
from verifier.image import Photo
from verifier.match import MatchResult
from verifier.policy import Policy
from verifier.reasons import Finding, reason_of_check
from verifier.report import Documents, Parts
from verifier.same_photo import SAME_EXPOSURE, SAME_FACE_PHOTO, same_capture, thumbnail
from verifier.sentences import say

EXPECTED = {
    "card_portrait": ("cn_resident_id", "portrait"),
    "card_emblem": ("cn_resident_id", "emblem"),
    "licence": ("cn_business_licence", None),
}
"""Document type and side that each capture shall show. A passport may stand for the card's portrait side."""

NEEDED_FIELDS = {
    ("cn_resident_id", "portrait"): ("name", "id_number", "birth_date"),
    ("cn_resident_id", "emblem"): ("issuing_authority", "valid_to"),
    ("cn_business_licence", None): ("registration_number", "name", "legal_representative"),
    ("mrz", None): ("document_number", "birth_date", "expiry_date"),
}

UNSURE = 0.6
"""A needed field that is less sure than this is for a person to look at."""

BYSTANDER = 0.5
"""A face smaller than this part of the largest one stands in the background."""


def all_findings(
    captures: Mapping[str, Photo],
    faces: Mapping[str, Sequence[Face]],
    parts: Parts,
    policy: Policy,
    today: date,
) -> Iterator[Finding]:
    """Everything that the parts of a verification have to say, in the order of the flow."""
    yield from _missing_captures(captures, parts.documents, policy)
    yield from _same_captures(captures)
    yield from trace_findings(captures, today)
    yield from _document_findings(parts.documents)
    yield from _selfie_findings(parts, faces.get("selfie"))
    for clip in (parts.selfie_clip, parts.pose_clip):
        if clip:
            yield from _clip_findings(clip)
    if parts.match:
        yield from _match_findings(parts.match)
    if parts.pose:
        yield from _pose_findings(parts.pose)
    yield from _attack_findings(parts.attacks)
    yield from _duplicate_findings(parts.duplicates)


def _missing_captures(
    captures: Mapping[str, Photo], documents: Documents, policy: Policy
) -> Iterator[Finding]:
    """What is required and was not sent, not even as a part of another photo."""
    for kind in policy.captures.required:
        if kind not in captures and kind not in documents.readings():
            yield Finding(f"{kind}_missing", "captures")


def _same_captures(captures: Mapping[str, Photo]) -> Iterator[Finding]:
    thumbnails = {kind: thumbnail(photo.pixels) for kind, photo in captures.items()}
    for a, b in combinations(captures, 2):
        if captures[a].sha256 == captures[b].sha256 or same_capture(thumbnails[a], thumbnails[b]):
            yield Finding("same_photo", "captures", {"detail": say("both", first=say(a), second=say(b))})


def _document_findings(documents: Documents) -> Iterator[Finding]:
    for kind, reading in documents.readings().items():
        check = "licence" if kind == "licence" else "document"
        problem = _wrong_document(kind, reading)
        if problem:
            yield Finding(problem, check, {"detail": say(kind)})
            continue
        if "several_documents" in reading.warnings:
            yield Finding("several_documents", check, {"detail": say(kind)})
        yield from _field_findings(reading, check)
        for failed in (c for c in reading.checks if c.outcome == "fail"):
            yield Finding(reason_of_check(failed.code), check, {"detail": failed.detail})
        for raised in (alarm for alarm in reading.alarms if alarm.outcome == "fail"):
            yield Finding(raised.code, check, {"detail": say(kind)})
    for failed in (c for c in documents.checks if c.outcome == "fail"):
        yield Finding(reason_of_check(failed.code), "document", {"detail": failed.detail})


def _wrong_document(kind: str, reading: Reading) -> str | None:
    document_type, side = EXPECTED[kind]
    if reading.document_type == "unknown":
        return "document_unsupported" if "document_unsupported" in reading.warnings else "document_unreadable"
    if kind == "card_portrait" and reading.document_type == "mrz":
        return None
    if reading.document_type != document_type:
        return "document_wrong_type"
    return "document_wrong_side" if reading.side != side else None


def _field_findings(reading: Reading, check: str) -> Iterator[Finding]:
    needed = NEEDED_FIELDS.get((reading.document_type, reading.side), ())
    missing = [name for name in needed if not reading.value(name)]
    unsure = [n for n in needed if n not in missing and reading.fields[n].confidence < UNSURE]
    if missing:
        yield Finding(
            "document_fields_missing", check, {"detail": tuple(say_of_documents(name) for name in missing)}
        )
    if unsure:
        yield Finding(
            "document_fields_unsure", check, {"detail": tuple(say_of_documents(name) for name in unsure)}
        )


def _selfie_findings(parts: Parts, faces: Sequence[Face] | None) -> Iterator[Finding]:
    if parts.selfie_is_document:
        yield Finding("card_as_selfie", "match")
    elif (parts.portrait_likeness or 0) >= SAME_FACE_PHOTO:
        yield Finding("card_portrait_as_selfie", "match")
    if (parts.pose_likeness or 0) >= SAME_EXPOSURE:
        yield Finding("selfie_cut_from_pose", "match")
    if faces is None:
        return
    if not faces:
        yield Finding("selfie_without_face", "match")
    elif sum(face.size > BYSTANDER * faces[0].size for face in faces) > 1:
        yield Finding("selfie_of_several_people", "match")
    elif parts.match is None and parts.documents.portrait:
        yield Finding("card_without_face", "match")


def _clip_findings(clip: ClipResult) -> Iterator[Finding]:
    for name, check in clip.checks.items():
        if check.outcome == "fail":
            yield Finding(f"clip_{name}", "attack", {"detail": check.detail})


def _match_findings(match: MatchResult) -> Iterator[Finding]:
    if match.decision == "no_match":
        yield Finding("face_mismatch", "match")
    elif match.decision == "review":
        yield Finding("face_unsure", "match")
    poor = too_poor(match.portraits[0].quality)
    if poor and match.decision != "match":
        yield Finding("selfie_too_poor", "match", {"detail": poor[0].advice})


def _pose_findings(pose: PoseResult) -> Iterator[Finding]:
    for name, check in pose.checks.items():
        effect = default_effects().get(name, {}).get(check.outcome)
        if effect in ("fail", "review", "note"):
            code = f"pose_{name}" if check.outcome == "fail" else f"pose_{name}_unknown"
            yield Finding(code, "pose", {"detail": check.detail})


def _attack_findings(attacks: Mapping[str, AttackResult]) -> Iterator[Finding]:
    for kind, result in attacks.items():
        if result.outcome == "review":
            yield Finding("presentation_attack_suspected", "attack", {"detail": say(kind)})


def _duplicate_findings(duplicates: Sequence[Duplicate]) -> Iterator[Finding]:
    for duplicate in duplicates:
        yield Finding(duplicate.code, "duplicates")
