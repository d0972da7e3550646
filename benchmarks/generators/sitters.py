"""People in a scene: a face photo set on shoulders, hands and sleeves around what they hold."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators import camera, portraits
from benchmarks.generators.drawing import Box, Pixels, smooth_noise
from benchmarks.generators.held_sheet import HeldSheet


@dataclass(frozen=True)
class Sitter:
    """A person in the scene.

    Attributes:
        face: box (x0, y0, x1, y1) of the face in the scene, brows to chin.
        skin: RGB colour of the skin (3,), float.
        cloth: RGB colour of the clothes (3,), float.
    """

    face: Box
    skin: NDArray[np.float32]
    cloth: NDArray[np.float32]


def face_box(photo: Pixels, face: Box | None) -> Box:
    """The face's box, or where it is in an aligned picture as those of LFW."""
    if face is not None:
        return face
    height, width = photo.shape[:2]
    size = min(height, width)
    return (
        width / 2 - 0.19 * size,
        height / 2 - 0.19 * size,
        width / 2 + 0.19 * size,
        height / 2 + 0.22 * size,
    )


def backdrop(photo: Pixels, size: tuple[int, int]) -> Pixels:
    """The photo's own surroundings stretched and blurred over a scene of (width, height)."""
    small = cv2.GaussianBlur(cv2.resize(photo, (48, 64), interpolation=cv2.INTER_AREA), (0, 0), 4)
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)


def seat(
    scene: Pixels,
    photo: Pixels,
    face: Box | None,
    at: tuple[float, float],
    face_height: float,
    rng: np.random.Generator,
    cut: bool = True,
) -> Sitter:
    """Puts the person of a photo into the scene, in place.

    Args:
        at: where the middle of the face's upper edge comes to lie.
        face_height: height of the face (brows to chin) in pixels of the scene.
        cut: whether the person is cut out and given shoulders, or the photo is faded into the scene.
    """
    box = face_box(photo, face)
    scale = face_height / (box[3] - box[1])
    # narrow, so that a neighbour in the photo stays outside
    head = portraits.head_and_shoulders(photo, box, 0.86)
    if cut:
        picture, opacity = head, portraits.cut_out(head)
        factor = face_height * 2.15 / head.shape[0]
        corner = (at[0] - head.shape[1] * factor / 2, at[1] - 0.22 * 2.15 * face_height)
    else:
        picture, opacity = _blurred_around(photo, box), _faded(photo.shape[:2])
        factor = scale
        corner = (at[0] - (box[0] + box[2]) / 2 * scale, at[1] - box[1] * scale)
    skin = _median(
        photo,
        (
            box[0] * 0.7 + box[2] * 0.3,
            box[1] * 0.5 + box[3] * 0.5,
            box[0] * 0.3 + box[2] * 0.7,
            box[3] * 0.75 + box[1] * 0.25,
        ),
    )
    base = head.shape[0]
    cloth = _median(head, (head.shape[1] * 0.3, base * 0.93, head.shape[1] * 0.7, base))
    if cut:
        _torso(scene, at[0], at[1] + face_height, face_height, cloth, rng)
    _place(scene, picture, opacity, corner, factor)
    half = (box[2] - box[0]) / 2 * scale
    return Sitter((at[0] - half, at[1], at[0] + half, at[1] + face_height), skin, cloth)


def _median(photo: Pixels, box: Box) -> NDArray[np.float32]:
    height, width = photo.shape[:2]
    x0, y0 = int(np.clip(box[0], 0, width - 2)), int(np.clip(box[1], 0, height - 2))
    x1, y1 = int(np.clip(box[2], x0 + 1, width)), int(np.clip(box[3], y0 + 1, height))
    return np.median(photo[y0:y1, x0:x1].reshape(-1, 3), axis=0).astype(np.float32)


def _blurred_around(photo: Pixels, box: Box) -> Pixels:
    """The photo with all but the person blurred: nobody in the background counts as a second person."""
    height, width = photo.shape[:2]
    face = box[3] - box[1]
    near = np.zeros((height, width), np.uint8)
    middle = (int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2))
    cv2.ellipse(near, middle, (int(0.72 * face), int(0.98 * face)), 0, 0, 360, 255, -1)
    below = (middle[0], int(box[3] + 1.3 * face))
    cv2.ellipse(near, below, (int(1.1 * face), int(1.25 * face)), 0, 0, 360, 255, -1)
    weight = cv2.GaussianBlur(near, (0, 0), 0.1 * face)[..., None] / 255.0
    far = cv2.GaussianBlur(photo, (0, 0), 0.13 * face)
    return (photo * weight + far * (1 - weight)).astype(np.uint8)


def _faded(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Opacity (h, w) that falls to nothing at the borders."""
    ramps = [np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.16 * n), 0, 1) for n in shape]
    smooth = [ramp * ramp * (3 - 2 * ramp) for ramp in ramps]
    return np.outer(smooth[0], smooth[1]).astype(np.float32)


def _place(
    scene: Pixels, picture: Pixels, opacity: NDArray[np.float32], corner: tuple[float, float], factor: float
) -> None:
    height, width = scene.shape[:2]
    matrix = np.array([(factor, 0, corner[0]), (0, factor, corner[1])], np.float64)
    ends = np.array([corner, (corner[0] + picture.shape[1] * factor, corner[1] + picture.shape[0] * factor)])
    x0, y0, x1, y1 = camera.window(ends, (height, width), margin=1)
    matrix[:, 2] -= (x0, y0)
    window = (x1 - x0, y1 - y0)
    drawn = cv2.warpAffine(picture, matrix, window, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpAffine(opacity, matrix, window, flags=cv2.INTER_LINEAR)[..., None]
    patch = scene[y0:y1, x0:x1]
    patch[:] = (patch * (1 - weight) + drawn * weight).astype(np.uint8)


def _torso(
    scene: Pixels, x: float, chin: float, face: float, cloth: NDArray[np.float32], rng: np.random.Generator
) -> None:
    """Shoulders and chest in the colour of the clothes, with soft folds, in place."""
    height, width = scene.shape[:2]
    half = face * rng.uniform(1.25, 1.5)
    # one side from the neck down, as shares of the face's height from the middle of the chin
    side = np.array(
        [(0.5, 0.35), (0.85 * half / face, 0.62), (half / face, 1.1), (1.12 * half / face, height / face)]
    )
    outline = np.concatenate([side * (-1, 1), side[::-1]]) * face + (x, chin)
    small = np.zeros((height // 4, width // 4), np.uint8)
    cv2.fillPoly(small, [np.round(outline / 4).astype(np.int32)], 255, cv2.LINE_AA)
    x0, y0, x1, y1 = (4 * v for v in camera.window(outline / 4, small.shape, margin=8))
    weight = cv2.GaussianBlur(small, (0, 0), 2.2)[y0 // 4 : y1 // 4, x0 // 4 : x1 // 4]
    folds = smooth_noise(rng, weight.shape, 7)[..., None]
    coloured = np.clip(cloth * (1 + 0.12 * folds), 0, 255).astype(np.uint8)
    patch, size = scene[y0:y1, x0:x1], (x1 - x0, y1 - y0)
    share = cv2.merge([cv2.resize(weight, size)] * 3)
    worn = cv2.multiply(cv2.resize(coloured, size), share, scale=1 / 255)
    patch[:] = cv2.add(cv2.multiply(patch, 255 - share, scale=1 / 255), worn)


@dataclass(frozen=True)
class Grip:
    """A hand at the edge of a sheet: the place on the edge, the way inwards, the size of the person."""

    edge: NDArray[np.float64]
    inward: NDArray[np.float64]
    along: NDArray[np.float64]
    unit: float


def grips(
    sheet: HeldSheet, face_height: float, rng: np.random.Generator, heights: tuple[float, float] = (0.3, 0.72)
) -> list[Grip]:
    """Where two hands hold a sheet: at its left and right edge, at a height (share from the top) in a range."""
    height = rng.uniform(*heights)
    found = []
    for u, inside in ((0.0, 0.1), (1.0, 0.9)):
        v = float(np.clip(height + rng.normal(0, 0.05), 0.2, 0.9))
        edge, within, lower = sheet.to_photo(np.array([(u, v), (inside, v), (u, v + 0.05)]))
        inward = (within - edge) / np.linalg.norm(within - edge)
        along = (lower - edge) / np.linalg.norm(lower - edge)
        found.append(Grip(edge, inward, along, face_height))
    return found


def hand_behind(scene: Pixels, grip: Grip, sitter: Sitter, rng: np.random.Generator) -> None:
    """Draws forearm and palm, which the sheet then covers in part."""
    unit = grip.unit
    palm = grip.edge - grip.inward * 0.1 * unit
    elbow = palm + np.array([-grip.inward[0] * rng.uniform(0.2, 0.9), rng.uniform(1.6, 2.4)]) * unit
    wrist = palm + (elbow - palm) * 0.28
    camera.finger(scene, None, elbow, wrist, 0.27 * unit, sitter.cloth, nail=False)
    camera.finger(scene, None, wrist, palm, 0.17 * unit, sitter.skin, nail=False)
    camera.finger(
        scene,
        None,
        palm - grip.along * 0.1 * unit,
        palm + grip.along * 0.1 * unit,
        0.2 * unit,
        sitter.skin,
        nail=False,
    )


def hand_before(
    scene: Pixels, hidden: NDArray[np.uint8], grip: Grip, sitter: Sitter, rng: np.random.Generator
) -> None:
    """Draws what lies before the sheet: the thumb, or four fingers."""
    unit = grip.unit
    thumb = rng.random() < 0.65
    count, radius = (1, 0.085) if thumb else (4, 0.07)
    for number in range(count):
        offset = grip.along * (number - (count - 1) / 2) * radius * 2.1 * unit
        length = unit * (rng.uniform(0.3, 0.45) if thumb else (0.36, 0.44, 0.42, 0.32)[number])
        lean = grip.along * rng.uniform(-0.5, 0.1) * length * thumb
        root = grip.edge - grip.inward * 0.16 * unit + offset * 0.8
        camera.finger(
            scene,
            hidden,
            root,
            grip.edge + grip.inward * length * 0.72 + lean + offset,
            radius * unit,
            sitter.skin,
        )
