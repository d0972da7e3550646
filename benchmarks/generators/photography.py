"""Photographs of flat documents lying on something, from above, by a pinhole camera."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators import camera, surfaces
from benchmarks.generators.cards import Flat
from benchmarks.generators.drawing import Pixels, corners
from benchmarks.generators.portraits import SKIN

# longer and shorter side, and how often: phone photos as they arrive, most of them recompressed by an app
SIZES = (
    ((1200, 900), 0.3),
    ((1600, 1200), 0.3),
    ((2048, 1536), 0.2),
    ((3264, 2448), 0.13),
    ((4000, 3000), 0.07),
)


@dataclass(frozen=True)
class Shot:
    """A photograph of a document and what is known of it.

    Attributes:
        pixels: RGB uint8 (h, w, 3).
        polygon: (4, 2) the document's corners in the photo, from its own top left clockwise.
        boxes: each field's value as a (4, 2) polygon in the photo.
        orientation: 0, 90, 180 or 270: how far the document's top is turned clockwise from upright, in plane
            rotation apart.
        jpeg_quality: quality to store it with.
        hidden: fields of which a finger or glare hides a part.
    """

    pixels: Pixels
    polygon: NDArray[np.float64]
    boxes: dict[str, NDArray[np.float64]]
    orientation: int
    level: str
    jpeg_quality: int
    hidden: tuple[str, ...] = field(default=())


def photograph(
    card: Flat, level: str, rng: np.random.Generator, size: tuple[int, int] | None = None
) -> tuple[Pixels, NDArray[np.float64]]:
    """A photo of the document and the polygon (4, 2) of its corners in it; `shoot` tells more."""
    shot = shoot(card, level, rng, size)
    return shot.pixels, shot.polygon


def shoot(
    card: Flat,
    level: str,
    rng: np.random.Generator,
    size: tuple[int, int] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Shot:
    """Photographs a document lying on a surface.

    Args:
        level: easy, medium, hard or extreme, as data/levels.toml describes them.
        size: (width, height) of the photo; chosen at random where None.
        overrides: entries of the level to replace, such as {"glare_chance": 1.0}.

    Raises:
        ValueError: no such level.
    """
    rules = camera.level_rules(level) | (overrides or {})
    size = size or photo_size(rng, card.detail, card.pixels.shape[0] / card.pixels.shape[1])
    orientation = int(rng.choice([0, 90, 180, 270], p=rules["orientations"]))
    corner_points = place(card.pixels.shape[1::-1], card.detail, rules, rng, size, orientation)
    card_width = float(np.linalg.norm(corner_points[1] - corner_points[0]))
    scene = surfaces.surface(
        rng, size, things=int(rng.integers(rules["clutter"][0], rules["clutter"][1] + 1))
    )
    transform = _lay_card(scene, card, corner_points, rng)
    hidden = np.zeros(scene.shape[:2], np.uint8)
    if rng.random() < rules["finger_chance"]:
        fingers(scene, hidden, corner_points, card_width * rng.uniform(*rules["finger_reach"]), rng)
    scene = camera.light(scene, hidden, corner_points, rules, rng)
    scene = camera.lens(scene, card_width * card.detail, rules, rng)
    scene = camera.sensor(scene, rules, rng)
    boxes = {
        name: cv2.perspectiveTransform(corners(box)[None], transform)[0] for name, box in card.boxes.items()
    }
    return Shot(
        pixels=scene,
        polygon=corner_points,
        boxes=boxes,
        orientation=orientation,
        level=level,
        jpeg_quality=int(rng.integers(rules["jpeg"][0], rules["jpeg"][1] + 1)),
        hidden=covered_fields(hidden, boxes),
    )


def photo_size(rng: np.random.Generator, detail: float, aspect: float) -> tuple[int, int]:
    """A photo's size; a paper with small type (height by width `aspect`) gets a large one, held its way mostly."""
    fitting = [(size, share) for size, share in SIZES if detail >= 0.8 or size[0] > 1600]
    shares = np.array([share for _, share in fitting])
    longer, shorter = fitting[int(rng.choice(len(fitting), p=shares / shares.sum()))][0]
    wide = aspect < 1 if detail < 0.8 and rng.random() < 0.8 else rng.random() < 0.65
    return (longer, shorter) if wide else (shorter, longer)


def place(
    drawing: tuple[int, ...],
    detail: float,
    rules: dict[str, Any],
    rng: np.random.Generator,
    size: tuple[int, int],
    orientation: int,
) -> NDArray[np.float64]:
    """The corners (4, 2) in the photo of a drawing of (width, height): turned in space, seen by a pinhole camera."""
    aspect = drawing[1] / drawing[0]
    points = np.array(
        [(-0.5, -aspect / 2, 0), (0.5, -aspect / 2, 0), (0.5, aspect / 2, 0), (-0.5, aspect / 2, 0)]
    )
    turn = np.radians(orientation + rng.uniform(*rules["turn"]))
    tilt = np.radians(rng.uniform(*rules["tilt"]))
    axis = rng.uniform(0, 2 * np.pi)
    lean = cv2.Rodrigues(np.array([np.cos(axis), np.sin(axis), 0]) * tilt)[0]
    spin = cv2.Rodrigues(np.array([0, 0, turn]))[0]
    space = points @ spin.T @ lean.T
    distance = rng.uniform(1.3, 2.4)
    seen = space[:, :2] / (1 + space[:, 2:] / distance)
    extent = np.ptp(seen, axis=0)
    # whoever photographs small type goes near
    fill = max(rng.uniform(*rules["fill"]), 0.0 if detail >= 0.8 else rng.uniform(0.7, 0.95))
    scale = min(fill * size[0] / extent[0], 0.97 * size[0] / extent[0], 0.97 * size[1] / extent[1])
    seen = seen * scale
    free = np.array(size) - extent * scale
    offset = free * (0.5 + rng.uniform(-0.42, 0.42, 2)) - seen.min(axis=0)
    return seen + offset


def _lay_card(
    scene: Pixels, card: Flat, corner_points: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draws the card into the scene with its shadow; gives the homography from drawing to photo."""
    height, width = card.pixels.shape[:2]
    long_side = np.linalg.norm(corner_points[1] - corner_points[0])
    drawing, mask = card.pixels, rounded((width, height), card.corner)
    shrink = float(long_side / width)
    if shrink < 0.75:
        small = (max(2, round(width * shrink * 1.15)), max(2, round(height * shrink * 1.15)))
        drawing = cv2.resize(drawing, small, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, small, interpolation=cv2.INTER_AREA)
    source = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * np.array(
        drawing.shape[1::-1], np.float32
    )
    matrix = cv2.getPerspectiveTransform(source, corner_points.astype(np.float32))
    x0, y0, x1, y1 = camera.window(corner_points, scene.shape, margin=0.06 * float(long_side))
    shift = np.array([(1, 0, -x0), (0, 1, -y0), (0, 0, 1)], np.float64)
    window = (x1 - x0, y1 - y0)
    patch = scene[y0:y1, x0:x1]
    opacity = cv2.warpPerspective(mask, shift @ matrix, window, flags=cv2.INTER_LINEAR)
    drawn = cv2.warpPerspective(
        drawing, shift @ matrix, window, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    cast_shadow(patch, opacity, float(long_side), rng)
    cv2.copyTo(drawn, cv2.compare(opacity, 255, cv2.CMP_EQ), patch)
    edge = (opacity > 0) & (opacity < 255)
    weight = opacity[edge][:, None] / 255.0
    patch[edge] = (patch[edge] * (1 - weight) + drawn[edge] * weight).astype(np.uint8)
    full = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * np.array((width, height), np.float32)
    return np.asarray(cv2.getPerspectiveTransform(full, corner_points.astype(np.float32)), np.float64)


def cast_shadow(
    patch: Pixels, opacity: NDArray[np.uint8], long_side: float, rng: np.random.Generator
) -> None:
    """Darkens what lies around and under the card, in place; worked out at an eighth of the size."""
    small = cv2.resize(opacity, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    dx, dy = rng.normal(0, 0.001, 2) * long_side
    moved = cv2.warpAffine(small, np.array([(1, 0, dx), (0, 1, dy)]), small.shape[1::-1])
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.5, 0.001 * long_side))
    light = 255 - (soft * rng.uniform(0.3, 0.7)).astype(np.uint8)
    full = cv2.resize(light, patch.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    cv2.multiply(patch, cv2.merge([full] * 3), dst=patch, scale=1 / 255)


def rounded(size: tuple[int, int], radius: float) -> NDArray[np.uint8]:
    """The opacity of a sheet of (width, height) with rounded corners, 0 or 255."""
    width, height = size
    mask = np.zeros((height, width), np.uint8)
    r = int(radius)
    cv2.rectangle(mask, (r, 0), (width - 1 - r, height - 1), 255, -1)
    cv2.rectangle(mask, (0, r), (width - 1, height - 1 - r), 255, -1)
    for x in (r, width - 1 - r):
        for y in (r, height - 1 - r):
            cv2.circle(mask, (x, y), r, 255, -1, cv2.LINE_AA)
    return mask


def fingers(
    scene: Pixels,
    hidden: NDArray[np.uint8],
    points: NDArray[np.float64],
    reach: float,
    rng: np.random.Generator,
) -> None:
    """Draws one to three fingers from outside over an edge of the card, reaching `reach` pixels in."""
    side = int(rng.integers(4))
    start, end = points[side], points[(side + 1) % 4]
    along = (end - start) / (np.linalg.norm(end - start) + 1e-9)
    inward = np.array([-along[1], along[0]])
    long_side = float(np.linalg.norm(points[1] - points[0]))
    skin = np.array(SKIN[int(rng.integers(len(SKIN)))], np.float32) * rng.uniform(0.75, 1.0)
    breadth = rng.uniform(0.085, 0.12) * long_side / 2
    position = rng.uniform(0.15, 0.85)
    for number in range(int(rng.integers(1, 4))):
        base = start + along * (np.linalg.norm(end - start) * position + number * breadth * 2.05)
        tip = base + inward * (reach * rng.uniform(0.7, 1.0) - breadth)
        root = base - inward * max(scene.shape) + along * rng.normal(0, 0.1) * max(scene.shape)
        camera.finger(scene, hidden, root, tip, breadth * rng.uniform(0.9, 1.05), skin)


def covered_fields(hidden: NDArray[np.uint8], boxes: Mapping[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """The fields (polygons in the photo) of which the mask covers a part."""
    return tuple(name for name, polygon in boxes.items() if _covered(hidden, polygon) > 0.04)


def _covered(hidden: NDArray[np.uint8], polygon: NDArray[np.float64]) -> float:
    """Share of a polygon that the mask covers."""
    x0, y0, x1, y1 = camera.window(polygon, hidden.shape, margin=1)
    if x1 <= x0 or y1 <= y0:
        return 1.0
    inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillPoly(inside, [np.round(polygon - [x0, y0]).astype(np.int32)], 1)
    return float((hidden[y0:y1, x0:x1][inside > 0] > 0).mean()) if inside.any() else 1.0
