"""A short burst or video in place of one selfie: does a live head move there, and which frame is the best one?

A stolen photo that is held into the camera and moved stays flat: whatever its landmarks do between two frames is a
homography (Hartley and Zisserman, Multiple View Geometry, 2.3). A head that turns, nods or speaks does what no
homography explains. A still that is played as a video freezes, a short one that is played over and over comes back
to where it was. A video of the person on a good screen shows none of this: what is seen here is evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from liveness.challenges import Challenge, Direction, parse_challenge
from liveness.head_turn import HeadTurn, measure_turn
from liveness.result import CheckOutcome, PoseCheck, PoseResult, conclude, default_effects
from liveness.sentences import say
from models.arrays import Floats, Image
from models.eye_state import eyes_open
from models.face_analysis import Face, aligned, embed_all, find_faces, main_face

THUMBNAIL = 48
"""Side of the frames that are compared for repeats, pixels."""
STILL = 0.25
"""Mean difference of two thumbnails, grey levels, under which nothing has moved, not even a camera's noise."""
SAME = 0.6
"""Under this two frames of a video show the same moment, compressed twice."""
MOVED = 4 * SAME
"""A frame between two equal ones is at least this far from them: the video went somewhere and came back."""
MOST_REPEATS = 0.5
"""Share of frames that are still, or come back, from which the whole video is frozen or looped."""
DEFORMED = 0.035
"""Root mean square, in distances between the eyes, by which landmarks change their shape (what no shift, turn or
scale explains) where there is enough to tell a flat face from a head."""
FLAT, DEEP = 0.6, 0.7
"""Share of that change which no homography explains: under FLAT a photo moved, from DEEP on a head did. Of real
sequences (docs/liveness.md), those of live heads have 0.73 and more."""
SAME_PERSON = 0.52
"""Similarity of the least alike two frames under which somebody else took the place."""
OPEN, CLOSED = 0.7, 0.3
"""Chance that the eyes are open, of the more open one, before and after a blink, and within it."""
AHEAD = 10.0
"""Degrees within which a head looks ahead."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A frame that shows a face."""

    frame: int
    face: Face
    turn: HeadTurn
    eyes: float
    """Chance, 0 to 1, that the more open eye is open."""
    sharpness: float
    crop: Image
    """The face, upright, RGB (112, 112, 3)."""


@dataclass(frozen=True)
class ClipResult:
    """What a burst or video shows."""

    best: int
    """Index of the frame to use as the selfie."""
    checks: dict[str, PoseCheck]
    """face_throughout, same_person, frames_move, frames_unrepeated, head_has_depth, blinked."""
    sightings: tuple[Sighting, ...]

    def as_json(self) -> dict[str, object]:
        """`best_frame` and `checks`, the form of the command's JSON."""
        return {"best_frame": self.best, "checks": {name: c.as_json() for name, c in self.checks.items()}}


def judge_clip(frames: Sequence[Image], thumbnails: Floats) -> ClipResult:
    """Judges a clip: some frames (RGB) in order of time, at least one, and thumbnails of all, float32
    (n, THUMBNAIL, THUMBNAIL), of which `thumbnail_of` makes one. Takes the main face of each frame.
    """
    seen = [s for i, frame in enumerate(frames) if (s := _sighting(i, frame)) is not None]
    best = max(seen, key=_quality).frame if seen else len(frames) // 2
    checks = {
        "face_throughout": _face_throughout(len(seen), len(frames)),
        "same_person": _same_person(seen),
        **_repeats(thumbnails),
        "head_has_depth": head_has_depth([s.face.mesh.points for s in seen]),
        "blinked": _blinked([s.eyes for s in seen]),
    }
    return ClipResult(best, checks, tuple(seen))


def thumbnail_of(frame: Image) -> Floats:
    """float32 (THUMBNAIL, THUMBNAIL), grey."""
    small = cv2.resize(frame, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def turned_over_time(sightings: Sequence[Sighting], asked: Direction) -> PoseCheck:
    """Did the head first look ahead and then turn as asked? A head that is turned from the start may be a photo."""
    directions = [s.turn.direction for s in sightings]
    ahead = next((i for i, s in enumerate(sightings) if abs(s.turn.yaw) < AHEAD and not directions[i]), None)
    if ahead is None:
        return PoseCheck("unknown", say("head_never_ahead"))
    later = [d for d in directions[ahead:] if d is not None]
    if asked in later:
        return PoseCheck("pass", say("head_turned_in_time", direction=say(asked)), asked)
    if later:
        said = say("head_turned_otherwise_in_time", direction=say(later[0]), asked=say(asked))
        return PoseCheck("fail", said, later[0])
    return PoseCheck("unknown", say("head_does_not_turn"))


def with_clip(judged: PoseResult, clip: ClipResult, challenge: str | Challenge) -> PoseResult:
    """A pose that was judged on the best frame of a video, and what the video shows: its own checks, and a head turn
    over time. Raises ChallengeError for a text that is no challenge."""
    asked = parse_challenge(challenge) if isinstance(challenge, str) else challenge
    checks = judged.checks | clip.checks
    if asked.direction:
        checks["head_turned"] = turned_over_time(clip.sightings, asked.direction)
    effects = dict(default_effects()) | {name: {"fail": "review"} for name in clip.checks}
    return replace(conclude(checks, judged.evidence, effects), challenge=asked)


def head_has_depth(points: Sequence[Floats]) -> PoseCheck:
    """Do landmarks, (n, 2) of each frame in pixels, move as a head's or as a flat photograph's?"""
    changes = [c for a, b in combinations(points, 2) if (c := _change(a, b))[0] > DEFORMED]
    if not changes:
        return PoseCheck("unknown", say("head_hardly_moves"))
    change, unexplained = np.sqrt(np.square(changes).sum(axis=0))
    share = float(unexplained / change)
    said = say("depth_of_movement", share=round(share, 3))
    return PoseCheck("pass" if share >= DEEP else "unknown" if share >= FLAT else "fail", said)


def _change(a: Floats, b: Floats) -> tuple[float, float]:
    """Root mean square of what remains between two frames' landmarks after a similarity, and after a homography;
    in distances between the eyes (mesh points 33 and 263, their outer corners, stand 1.45 of them apart)."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    unit = float(np.linalg.norm(b[263] - b[33])) / 1.45
    similar, _ = cv2.estimateAffinePartial2D(a, b, ransacReprojThreshold=1e9)
    flat, _ = cv2.findHomography(a, b, 0)
    if similar is None or flat is None or unit == 0:
        return 0.0, 0.0
    moved = cv2.transform(a[None], similar)[0], cv2.perspectiveTransform(a[None], flat)[0]
    first, second = (float(np.sqrt(np.square(m - b).sum(axis=1).mean())) / unit for m in moved)
    return first, second


def _sighting(index: int, frame: Image) -> Sighting | None:
    faces = find_faces(frame)
    if not faces:
        return None
    face = main_face(frame, faces)
    crop = aligned(frame, face)
    light = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    sharp = float(cv2.Laplacian(light, cv2.CV_32F).std() / max(float(light.std()), 1.0))
    eyes = max(eyes_open(frame, face.landmarks))
    return Sighting(index, face, measure_turn(frame, face), eyes, sharp, crop)


def _quality(sighting: Sighting) -> float:
    """Sharp, frontal, eyes open."""
    frontal = max(0.1, 1 - (abs(sighting.turn.yaw) + abs(sighting.turn.pitch)) / 60)
    return sighting.sharpness * frontal * (0.5 + sighting.eyes / 2)


def _face_throughout(seen: int, frames: int) -> PoseCheck:
    if seen == frames:
        return PoseCheck("pass", say("face_in_every_frame"))
    outcome: CheckOutcome = "fail" if 2 * seen < frames else "unknown"
    return PoseCheck(outcome, say("face_in_frames", seen=seen, frames=frames))


def _same_person(seen: Sequence[Sighting]) -> PoseCheck:
    """The first, the middle and the last face."""
    if len(seen) < 2:
        return PoseCheck("unknown", say("no_two_faces"))
    chosen = [seen[i] for i in sorted({0, len(seen) // 2, len(seen) - 1})]
    embedded = embed_all([s.crop for s in chosen], "fast")
    least = min(float(a.template @ b.template) for a, b in combinations(embedded, 2))
    said = say("least_similarity", similarity=round(least, 3))
    return PoseCheck("pass" if least >= SAME_PERSON else "fail", said)


def _repeats(thumbnails: Floats) -> dict[str, PoseCheck]:
    """Frozen: each frame is the one before. Looped: frames come back after the video went elsewhere."""
    count = len(thumbnails)
    away = np.stack([np.abs(thumbnails - t).mean(axis=(1, 2)) for t in thumbnails])
    still = float((np.diagonal(away, 1) < STILL).mean()) if count > 1 else 1.0
    returned = float(_returns(away).mean())
    frozen = (
        PoseCheck("fail", say("frames_stand_still"))
        if still > MOST_REPEATS
        else PoseCheck("pass", say("frames_do_move"))
    )
    looped = (
        PoseCheck("fail", say("frames_come_back", share=round(returned, 3)))
        if returned > MOST_REPEATS
        else PoseCheck("pass", say("frames_do_not_come_back"))
    )
    return {"frames_move": frozen, "frames_unrepeated": looped}


def _returns(away: Floats) -> NDArray[np.bool_]:
    """For each frame: is there an equal one, with a frame between the two that is far from them?"""
    count = len(away)
    found = np.zeros(count, bool)
    for i, j in zip(*np.nonzero(np.triu(away < SAME, 2)), strict=True):
        if away[i, i + 1 : j].max() > MOVED:
            found[[i, j]] = True
    return found


def _blinked(eyes: Sequence[float]) -> PoseCheck:
    """Open, closed, open. A short clip may hold no blink: that says nothing."""
    closed = [i for i, chance in enumerate(eyes) if chance < CLOSED]
    for i in closed:
        if max(eyes[:i], default=0.0) > OPEN and max(eyes[i + 1 :], default=0.0) > OPEN:
            return PoseCheck("pass", say("eyes_blink"))
    return PoseCheck("unknown", say("no_blink"))
