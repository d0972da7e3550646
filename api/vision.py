"""The one door from the service to the vision core: image bytes go in, a finding comes out.

Nothing else in api/ verifies (api.vision_policy reads thresholds, api/pages looks at single pictures). verifier is
imported when it is first needed: the HTTP process starts without loading networks. The work runs in a bounded pool of
threads, so that the event loop stays free and no more checks run at once than the machine has cores for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from models.arrays import Image, Template

if TYPE_CHECKING:
    from verifier.clip import Selfie
    from verifier.policy import Policy
    from verifier.report import Report
    from verifier.same_photo import Fingerprint

CAPTURE_KINDS = ("card_portrait", "card_emblem", "licence", "selfie", "pose")


@dataclass(frozen=True)
class Submission:
    """What one verification shows: encoded images by kind, the challenge posed, and the day."""

    captures: Mapping[str, bytes]
    challenge: str
    today: date
    required: tuple[str, ...] | None = None
    """The captures that must be there, where not those of the vision core's policy."""
    more: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    """Further photos of a burst, by kind, in order of time."""


@dataclass(frozen=True)
class FaceTemplate:
    """A face as numbers, float32, comparable within one model version only: the inner product is the similarity."""

    model: str
    vector: Template


@dataclass(frozen=True)
class Finding:
    """What the vision core makes of a submission."""

    outcome: str
    """verified, in_review, declined, or retake where better photos would decide it."""
    reasons: tuple[dict[str, Any], ...]
    """Each with code, message, check and effect."""
    report: dict[str, Any] = field(default_factory=dict)
    """The whole report as JSON: personal data, never logged, stored encrypted only."""
    face: FaceTemplate | None = None
    """The selfie's face, where one was found."""
    photos: Mapping[str, Fingerprint] = field(default_factory=dict)
    """Perceptual hashes of the seller's face in selfie and pose, by which copies are found."""
    background: bytes | None = None
    """What is behind the person in the selfie, unless it is too plain (verifier.background)."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """Numbers by which a person or an enterprise is found again: id_number, registration_number."""


class UnreadableCapture(Exception):
    """An upload that is no usable image: its kind, a stable code and a sentence for people."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.code, self.message = kind, code, message


class Busy(Exception):
    """Every thread works and the waiting room is full."""


class Verify(Protocol):
    """Takes a submission and gives its finding, or raises UnreadableCapture. Called from many threads."""

    def __call__(self, submission: Submission) -> Finding: ...


class Pool:
    """Runs `verify` for at most `at_once` submissions at a time, with at most `waiting` more in line."""

    def __init__(self, verify: Verify, at_once: int, waiting: int) -> None:
        self._verify = verify
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="vision")
        self._places = threading.BoundedSemaphore(at_once + waiting)

    async def run(self, submission: Submission) -> Finding:
        """Raises Busy at once where no place is free, and whatever `verify` raises."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            future = self._threads.submit(self._verify, submission)
        except BaseException:
            self._places.release()
            raise
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class UnknownChallenge(Exception):
    """The text asks for no pose that can be checked; the message says which can."""


class WeightsMissing(Exception):
    """A network's weights are missing and could not be had: a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def state() -> str:
    """ok, or what the vision core lacks."""
    from models.manifest import manifest

    missing = [name for name, weights in manifest().items() if not weights.path.exists()]
    return f"weights missing: {', '.join(missing)}; run: verifier models install" if missing else "ok"


def install_weights() -> None:
    """Fetch what weights are missing. Raises WeightsMissing."""
    from models.errors import ModelError
    from models.install import install
    from models.manifest import manifest

    try:
        install(manifest().values())
    except ModelError as error:
        raise WeightsMissing(error.code, error.message) from error


def draw_challenge(kinds: Sequence[str]) -> str:
    """A challenge of these kinds that nobody can foresee. Raises UnknownChallenge."""
    from liveness.challenges import ChallengeError
    from liveness.challenges import draw_challenge as draw

    try:
        return str(draw(kinds))
    except ChallengeError as error:
        raise UnknownChallenge(str(error)) from error


def check_challenge(text: str) -> str:
    """The challenge in its short form. Raises UnknownChallenge."""
    from liveness.challenges import ChallengeError, parse_challenge

    try:
        return str(parse_challenge(text))
    except ChallengeError as error:
        raise UnknownChallenge(str(error)) from error


def same_backgrounds(background: bytes, others: Iterable[tuple[str, bytes]]) -> list[str]:
    """The names of those others whose background is the same, each once."""
    from verifier.background import Background, same_background

    ours = Background.from_bytes(background)
    return list(
        dict.fromkeys(name for name, theirs in others if same_background(ours, Background.from_bytes(theirs)))
    )


def reason_sentence(code: str) -> str:
    """What a reason says to people, in English."""
    from verifier import reasons

    return reasons.sentence(reasons.Finding(code, ""))


def compare_faces(policy_file: Path | None, picture: bytes, others: Mapping[str, bytes]) -> dict[str, Any]:
    """The picture's main face against that of each other photo, by kind: the JSON of `verifier match`.

    A kind whose photo shows no face is left out. Raises UnreadableCapture for the picture itself.
    """
    from verifier.match import MatchError, match_portraits, portrait
    from verifier.policy import DEFAULT, load_policy

    policy = load_policy(policy_file or DEFAULT)
    try:
        face = portrait(_pixels("frame", picture), policy=policy.match_policy())
    except MatchError as error:
        raise UnreadableCapture("frame", error.code.value, error.message) from error
    found = {}
    for kind, encoded in others.items():
        rules = policy.card_match_policy() if kind == "card_portrait" else policy.match_policy()
        try:
            other = portrait(_pixels(kind, encoded), policy=rules)
        except (MatchError, UnreadableCapture):
            continue
        found[kind] = match_portraits(face, other, rules).as_json()
    return found


def _pixels(kind: str, encoded: bytes) -> Image:
    from verifier.image import ImageError, decode

    try:
        return decode(encoded, kind).pixels
    except ImageError as error:
        raise UnreadableCapture(kind, error.code, error.message) from error


def core(policy_file: Path | None) -> Verify:
    """The real thing: the vision core under the policy of that file, or its own. Raises PolicyError."""
    from models.errors import ModelError
    from verifier.policy import DEFAULT, load_policy
    from verifier.verification import Evidence, verify

    policy = load_policy(policy_file or DEFAULT)

    def run(submission: Submission) -> Finding:
        taken = _decoded(submission)
        clips = {kind: taken[kind].clip if kind in taken else None for kind in ("selfie", "pose")}
        evidence = Evidence(
            **{kind: capture.photo for kind, capture in taken.items()},
            selfie_clip=clips["selfie"],
            pose_clip=clips["pose"],
            challenge=submission.challenge,
            today=submission.today,
        )
        try:
            report = verify(evidence, _asking(policy, submission.required))
        except ModelError as error:
            raise WeightsMissing(error.code, error.message) from error
        return _finding(report)

    return run


def current_model(policy_file: Path | None) -> str:
    """The version under which that policy's templates are kept."""
    from verifier.policy import DEFAULT, load_policy

    return _model(load_policy(policy_file or DEFAULT).match.embedder)


def embed_selfie(policy_file: Path | None, image: bytes) -> FaceTemplate | None:
    """The template of a selfie's main face, None where it shows none. Raises UnreadableCapture."""
    from verifier.match import MatchError, portrait
    from verifier.policy import DEFAULT, load_policy

    rules = load_policy(policy_file or DEFAULT).match_policy()
    try:
        found = portrait(_capture("selfie", image).photo.pixels, "selfie", rules)
    except MatchError:
        return None
    return FaceTemplate(_model(rules.embedder), found.template)


def _asking(policy: Policy, required: tuple[str, ...] | None) -> Policy:
    """The policy, asking for these captures."""
    if required is None:
        return policy
    rules = policy.captures.model_copy(update={"required": required})
    return policy.model_copy(update={"captures": rules})


def _decoded(submission: Submission) -> dict[str, Selfie]:
    from models import side_by_side

    def decoded(kind: str) -> Selfie:
        return _capture(kind, submission.captures[kind], *submission.more.get(kind, ()))

    kinds = list(submission.captures)
    return dict(zip(kinds, side_by_side.each(decoded, kinds), strict=True))


def _capture(kind: str, *files: bytes) -> Selfie:
    """A photo; of the person it may be a video or a burst too."""
    from verifier.clip import Selfie, selfie_of
    from verifier.image import ImageError, decode

    try:
        return selfie_of(*files, name=kind) if kind in ("selfie", "pose") else Selfie(decode(files[0], kind))
    except ImageError as error:
        raise UnreadableCapture(kind, error.code, error.message) from error


def _finding(report: Report) -> Finding:
    content = report.as_json()
    return Finding(
        outcome="retake" if report.retake else report.outcome,
        reasons=tuple(content["reasons"]),
        report={**content, "regions": _regions(report)},
        face=_face(report),
        photos=report.traces.photos,
        background=_background(report),
        documents=report.traces.documents,
    )


def _regions(report: Report) -> dict[str, dict[str, list[list[float]]]]:
    """Where in the photos the evidence is, by capture kind and name: corners in pixels, for people to look at."""
    found = {
        kind: {"card": reading.card.polygon}
        for kind, reading in report.parts.documents.readings().items()
        if reading.card is not None
    }
    if report.parts.pose is not None:
        found["pose"] = report.parts.pose.evidence.regions
    return {
        kind: {
            name: [[round(float(x), 1), round(float(y), 1)] for x, y in area] for name, area in areas.items()
        }
        for kind, areas in found.items()
    }


def _background(report: Report) -> bytes | None:
    from verifier.background import background

    found = background(report.captures["selfie"].pixels) if "selfie" in report.people else None
    return found.to_bytes() if found else None


def _face(report: Report) -> FaceTemplate | None:
    """The selfie's template, under the version of the embedder that made it."""
    if "selfie" not in report.traces.faces:
        return None
    return FaceTemplate(_model(report.policy.match.embedder), report.traces.faces["selfie"])


def _model(embedder: str) -> str:
    """What templates of one kind are kept under: weights and revision, at most 60 characters."""
    from models.face_embedder import REVISION

    return f"{_weights(embedder)}-r{REVISION}"


def _weights(embedder: str) -> str:
    from models.manifest import manifest

    if embedder == "fused":
        return "+".join(sorted(w.version for name, w in manifest().items() if "face_embedder" in name))
    if embedder == "face_recognition":
        return f"face_recognition-{version('face-recognition')}"
    return f"onnx-{sha256(Path(embedder).expanduser().read_bytes()).hexdigest()[:12]}"
