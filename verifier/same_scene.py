"""Were selfie and pose taken in one session? The colours of the clothes around the collar, and of the wall beside the
head, compared between the two photos: evidence for an agent, since people may change both.

Colours are taken against those of the face's skin, which is the same in both photos: that takes most of the light and
of the camera away. Histograms are compared by the Bhattacharyya coefficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from liveness.result import PoseCheck
from models import side_by_side
from models.arrays import Floats, Image, Polygon
from models.face_analysis import Face
from models.person_segmenter import person_mask
from models.scaling import shrunk
from verifier.sentences import say

Mask = NDArray[np.bool_]

SIDE = 480
"""Long side of the image on which colours are measured, pixels."""
PERSON, NOT_PERSON = 0.6, 0.2
"""Certainty of the segmentation from which a pixel is the person's, and up to which it is the wall's."""
COLLAR = (0.15, 1.0, 1.3)
"""Clothes are looked for from so far to so far below the chin, and so far to either side, in heights of the face
(from its brows to its chin)."""
SPARSE = 3
"""One in so many of the wall's pixels is enough to know its colours."""
ENOUGH = {"clothing": 0.05, "background": 0.3 / SPARSE}
"""Fewer pixels than this part of the face's height squared say nothing."""
SKIN = 10.0
"""Colours this near to the face's are neck and hands, not clothes (CIELAB, lightness counted by SKIN_LIGHT)."""
SKIN_LIGHT = 0.3
HELD_MARGIN = 0.06
"""What is held is cut out with so much of its size more."""
SKIN_LIGHTNESS = 60.0
"""Lightness of CIELAB to which the face's is brought."""
BINS = (8, 12, 12)
RANGE = ((0.0, 120.0), (-48.0, 48.0), (-48.0, 48.0))
"""Of lightness, a and b."""
PLAIN = 35.0
"""Colours of a background, as bins that its entropy amounts to: with fewer one wall is like another."""
ALIKE = {"clothing": 0.8, "background": 0.75}
"""From this similarity on both photos show the same,"""
UNLIKE = {"clothing": 0.3, "background": 0.2}
"""and below this not (docs/liveness.md)."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A photo of a person, RGB, the person's face, and what is held before the body, corners in the photo's pixels."""

    photo: Image
    face: Face
    held: tuple[Polygon, ...] = ()


def scene_checks(selfie: Shot, pose: Shot) -> dict[str, PoseCheck]:
    """clothing_agrees and background_agrees, with the similarity (0 to 1) as value where both photos show enough."""
    ours, theirs = side_by_side.each(colours, (selfie, pose))
    return {f"{what}_agrees": _judged(what, ours.get(what), theirs.get(what)) for what in ENOUGH}


def colours(shot: Shot) -> dict[str, Floats]:
    """Histograms, float32 (8, 12, 12), sum 1, of clothing and background, each where enough of it is seen."""
    scale = min(1.0, SIDE / max(shot.photo.shape[:2]))
    small = shrunk(shot.photo, scale)
    points = (shot.face.landmarks * scale).astype(np.float32)
    height = float(np.linalg.norm(points[8] - points[17:27].mean(axis=0)))
    skin = _skin(small, shot.face.box * scale)
    free = _free(small.shape[:2], [np.asarray(place * scale, np.float32) for place in shot.held])
    certainty = np.asarray(cv2.resize(person_mask(small), small.shape[1::-1]), np.float32)
    chest = _lab(small[free & (certainty > PERSON) & _collar(points, height, free.shape)])
    shown = {
        "clothing": chest[~_like_skin(chest, skin)],
        "background": _lab(small[free & _beside_head(certainty, points)][::SPARSE]),
    }
    found = {
        what: _histogram(pixels, skin)
        for what, pixels in shown.items()
        if len(pixels) >= ENOUGH[what] * height**2
    }
    return {what: seen for what, seen in found.items() if what != "background" or _colourful(seen)}


def likeness(a: Floats, b: Floats) -> float:
    """Bhattacharyya coefficient of two histograms, 0 to 1."""
    return float(np.sqrt(a * b).sum())


def _judged(what: str, ours: Floats | None, theirs: Floats | None) -> PoseCheck:
    if ours is None or theirs is None:
        return PoseCheck("unknown", say(f"{what}_unseen"))
    alike = likeness(ours, theirs)
    said, value = say(f"{what}_likeness", similarity=round(alike, 2)), f"{alike:.2f}"
    if alike >= ALIKE[what]:
        return PoseCheck("pass", said, value)
    return PoseCheck("fail" if alike < UNLIKE[what] else "unknown", said, value)


def _lab(pixels: Image) -> Floats:
    """Pixels (n, 3) in CIELAB, float32."""
    if not len(pixels):
        return np.zeros((0, 3), np.float32)
    return np.asarray(cv2.cvtColor(pixels[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0], np.float32)


def _skin(photo: Image, box: Floats) -> Floats:
    """Median colour of the middle of the face, float32 (3,) of CIELAB."""
    x0, y0, x1, y1 = box
    left, right = (max(0, int(x0 + share * (x1 - x0))) for share in (0.25, 0.75))
    top, bottom = (max(0, int(y0 + share * (y1 - y0))) for share in (0.35, 0.75))
    pixels = photo[top : bottom + 1, left : right + 1].reshape(-1, 3)
    return np.asarray(np.median(_lab(pixels), axis=0), np.float32)


def _like_skin(pixels: Floats, skin: Floats) -> Mask:
    away = pixels - skin
    nearer: Mask = np.hypot(away[:, 1], away[:, 2]) + SKIN_LIGHT * np.abs(away[:, 0]) <= SKIN
    return nearer


def _free(size: tuple[int, ...], held: Sequence[Polygon]) -> Mask:
    """Where nothing is held."""
    covered = np.zeros(size, np.uint8)
    for place in held:
        middle = place.mean(axis=0)
        grown = (place - middle) * (1 + HELD_MARGIN) + middle
        cv2.fillPoly(covered, [np.round(grown).astype(np.int32)], 1)
    return np.asarray(covered == 0, np.bool_)


def _collar(points: Floats, height: float, size: tuple[int, ...]) -> Mask:
    y, x = np.ogrid[: size[0], : size[1]]
    down, aside = (y - points[8, 1]) / height, np.abs(x - points[:17, 0].mean()) / height
    return np.asarray((down > COLLAR[0]) & (down < COLLAR[1]) & (aside < COLLAR[2]))


def _beside_head(certainty: Floats, points: Floats) -> Mask:
    """The wall above the shoulders, a little away from hair."""
    reach = 2 * (SIDE // 40) + 1
    near = cv2.dilate((certainty > NOT_PERSON).astype(np.uint8), np.ones((reach, reach), np.uint8))
    above = np.arange(certainty.shape[0])[:, None] < points[8, 1]
    return np.asarray((near == 0) & above)


def _colourful(histogram: Floats) -> bool:
    shares = histogram[histogram > 0]
    return bool(np.exp(-(shares * np.log(shares)).sum()) >= PLAIN)


def _histogram(pixels: Floats, skin: Floats) -> Floats:
    """Of pixels (n, 3) of CIELAB against the skin's colour, smoothed by one bin."""
    against = pixels * np.array([SKIN_LIGHTNESS / max(float(skin[0]), 20.0), 1, 1], np.float32)
    low, high = np.array(RANGE, np.float32).T
    within = np.clip(against, low, high - np.float32(1e-3))
    counts = cv2.calcHist([within[None]], [0, 1, 2], None, BINS, np.ravel(RANGE).tolist())
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if a == axis else (0, 0) for a in range(3)])
        before, after = (np.take(padded, range(k, k + BINS[axis]), axis) for k in (0, 2))
        counts = 0.25 * before + 0.5 * counts + 0.25 * after
    return np.asarray(counts / counts.sum(), np.float32)
