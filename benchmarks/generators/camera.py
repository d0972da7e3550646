"""A camera: uneven light, shadows and glare, defocus and shake, sensor noise; and fingers in front of it."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators.drawing import Pixels, smooth_noise

LEVELS = ("easy", "medium", "hard", "extreme")


@lru_cache(maxsize=1)
def _levels() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "data" / "levels.toml").read_text("utf-8"))


def level_rules(level: str) -> dict[str, Any]:
    """The ranges and chances of a level, as data/levels.toml has them.

    Raises:
        ValueError: no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"no level {level!r}: choose one of {', '.join(LEVELS)}")
    return _levels()[level]


def window(points: NDArray[np.float64], shape: tuple[int, ...], margin: float) -> tuple[int, int, int, int]:
    """The box (x0, y0, x1, y1) around points with a margin, cut to a picture's shape; may be empty."""
    low = np.floor(points.min(axis=0) - margin).astype(int)
    high = np.ceil(points.max(axis=0) + margin).astype(int)
    return max(0, int(low[0])), max(0, int(low[1])), min(shape[1], int(high[0])), min(shape[0], int(high[1]))


def light(
    scene: Pixels,
    hidden: NDArray[np.uint8],
    points: NDArray[np.float64],
    rules: dict[str, Any],
    rng: np.random.Generator,
) -> Pixels:
    """Uneven light, a shadow's edge, glare and the colour of the light; all worked out small and enlarged."""
    height, width = scene.shape[:2]
    shrink = 8
    small = (max(2, height // shrink), max(2, width // shrink))
    ys, xs = np.mgrid[0 : 1 : small[0] * 1j, 0 : 1 : small[1] * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    strength = rng.uniform(*rules["light"])
    gain = 1 - strength * (0.5 + (xs - 0.5) * np.cos(angle) + (ys - 0.5) * np.sin(angle))
    gain *= 1 + 0.1 * strength * smooth_noise(rng, small, 3)
    if rng.random() < rules["shadow_chance"]:
        gain *= 1 - rng.uniform(0.2, 0.55) * _shadow(small, rng)
    colour = 1 + rng.uniform(-rules["cast"], rules["cast"], 3)
    gain = gain[..., None] * colour.astype(np.float32) * rng.uniform(*rules["exposure"])
    contrast = rng.uniform(*rules["contrast"])
    # bytes with 128 for 1: as fine as the noise needs, and four times faster than floats on 12 megapixels
    fine = np.clip(gain * contrast * 128, 0, 255).astype(np.uint8)
    lit = cv2.multiply(scene, cv2.resize(fine, (width, height)), scale=1 / 128)
    lift = max(0.0, 102 * (1 - contrast))
    lit = cv2.add(lit, (lift, lift, lift, 0.0))
    if rng.random() < rules["glare_chance"]:
        shine = _glare(small, points / shrink, rng) * rng.uniform(*rules["glare"])
        full = cv2.resize((shine * 255).astype(np.uint8), (width, height))
        hidden[full > 140] = 255
        lit = cv2.add(lit, cv2.multiply(255 - lit, cv2.merge([full] * 3), scale=1 / 255))
    return lit


def _shadow(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """The soft-edged shadow of a hand or phone from one border, 0..1."""
    height, width = shape
    mask = np.zeros(shape, np.float32)
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(-0.25, 0.35)
    direction = np.array([np.cos(angle), np.sin(angle)])
    centre = np.array([width, height]) * (0.5 + direction * (0.5 - reach * 0.5))
    across = np.array([-direction[1], direction[0]]) * max(shape) * rng.uniform(0.3, 1.2)
    far = direction * max(shape) * 2
    outline = np.stack(
        [centre - across, centre + across * rng.uniform(0.5, 1), centre + across + far, centre - across + far]
    )
    cv2.fillPoly(mask, [outline.astype(np.int32)], 1.0)
    return cv2.GaussianBlur(mask, (0, 0), max(1.0, max(shape) * rng.uniform(0.01, 0.06)))


def _glare(
    shape: tuple[int, int], points: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """The reflection of a lamp or window on the card, 0..1."""
    mix = rng.dirichlet(np.ones(4))
    centre = mix @ points
    long_side = float(np.linalg.norm(points[1] - points[0]))
    mask = np.zeros(shape, np.float32)
    axes = (
        max(2, int(long_side * rng.uniform(0.04, 0.16))),
        max(2, int(long_side * rng.uniform(0.02, 0.07))),
    )
    cv2.ellipse(mask, (int(centre[0]), int(centre[1])), axes, rng.uniform(0, 180), 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, long_side * rng.uniform(0.02, 0.06)))
    return soft / max(float(soft.max()), 1e-6)


def lens(scene: Pixels, card_width: float, rules: dict[str, Any], rng: np.random.Generator) -> Pixels:
    """Defocus and, sometimes, the smear of a moving hand; strengths are shares of the card's width."""
    sigma = card_width * rng.uniform(*rules["blur"])
    if sigma > 0.35:
        scene = cv2.GaussianBlur(scene, (0, 0), sigma)
    if rng.random() < rules["motion_chance"]:
        scene = _smeared(scene, card_width * rng.uniform(*rules["motion"]), rng.uniform(0, np.pi))
    return scene


def _smeared(scene: Pixels, length: float, angle: float) -> Pixels:
    """The picture moved along a line while the shutter was open; a long smear is worked out at half the size."""
    if length > 12:
        half = cv2.resize(scene, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        smeared = _smeared(np.asarray(half, np.uint8), length / 2, angle)
        return np.asarray(cv2.resize(smeared, scene.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    size = int(np.ceil(length)) // 2 * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    ends = np.round((size // 2 + np.stack([-reach, reach])) * 16).astype(int)
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_AA, shift=4)
    return np.asarray(cv2.filter2D(scene, -1, kernel / kernel.sum()), np.uint8)


@lru_cache(maxsize=1)
def _grain() -> NDArray[np.float32]:
    """A tile of sensor noise of standard deviation 1: luminance with some chroma, slightly smoothed."""
    rng = np.random.default_rng(5)
    mono, colour = rng.normal(0, 1, (512, 512, 1)), rng.normal(0, 0.45, (512, 512, 3))
    tile = cv2.GaussianBlur((mono + colour).astype(np.float32), (0, 0), 0.6)
    return np.asarray(tile / tile.std(), np.float32)


def sensor(scene: Pixels, rules: dict[str, Any], rng: np.random.Generator) -> Pixels:
    """Adds noise of one strength over the picture."""
    height, width = scene.shape[:2]
    # large photos come from better light and larger sensors, and are looked at smaller
    deviation = rng.uniform(*rules["noise"]) * min(1.0, (2e6 / (height * width)) ** 0.25)
    tile = np.roll(_grain(), tuple(int(i) for i in rng.integers(0, 512, 2)), (0, 1)) * deviation
    repeats = (-(-height // 512), -(-width // 512), 1)
    noise = np.tile(tile.astype(np.int8) if deviation > 4 else np.rint(tile).astype(np.int8), repeats)[
        :height, :width
    ]
    return cv2.add(scene, noise, dtype=cv2.CV_8U)


def finger(
    scene: Pixels,
    hidden: NDArray[np.uint8] | None,
    root: NDArray[np.float64],
    tip: NDArray[np.float64],
    radius: float,
    skin: NDArray[np.float32],
    nail: bool = True,
) -> None:
    """Draws one finger, a shaded capsule with a nail, in place; marks it in `hidden` with 255."""
    x0, y0, x1, y1 = window(np.stack([root, tip]), scene.shape, margin=radius * 1.6)
    if x1 <= x0 or y1 <= y0:
        return
    # a finger near the lens is out of focus: large ones are worked out small
    shrink = max(1, round(radius / 24))
    size = (x1 - x0, y1 - y0)
    grid = (max(1, size[1] // shrink), max(1, size[0] // shrink))
    a, b = ((point - (x0, y0)) * (grid[1] / size[0], grid[0] / size[1]) for point in (root, tip))
    body, shade, colour = _finger_layers(grid, a, b, radius / shrink, skin, nail)
    patch = scene[y0:y1, x0:x1]
    kept, cover = (cv2.merge([cv2.resize(layer, size)] * 3) for layer in (255 - shade, body))
    under = cv2.multiply(cv2.multiply(patch, kept, scale=1 / 255), 255 - cover, scale=1 / 255)
    patch[:] = cv2.add(under, cv2.multiply(cv2.resize(colour, size), cover, scale=1 / 255))
    if hidden is not None:
        hidden[y0:y1, x0:x1][cover[..., 0] > 128] = 255


def _finger_layers(
    grid: tuple[int, int],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    radius: float,
    skin: NDArray[np.float32],
    nail: bool,
) -> tuple[Pixels, Pixels, Pixels]:
    """Opacity and shadow (h, w) and colour (h, w, 3) of a capsule from a to b, bytes."""
    ys, xs = np.mgrid[0 : grid[0], 0 : grid[1]].astype(np.float32)
    length = float(np.linalg.norm(b - a))
    axis = ((b - a) / (length + 1e-9)).astype(np.float32)
    along = (xs - np.float32(a[0])) * axis[0] + (ys - np.float32(a[1])) * axis[1]
    signed = ((ys - np.float32(a[1])) * axis[0] - (xs - np.float32(a[0])) * axis[1]) / np.float32(radius)
    beyond = (along - np.clip(along, 0, np.float32(length))) / np.float32(radius)
    across = np.sqrt(signed**2 + beyond**2)
    body = np.clip((1.0 - across) * (radius / 1.5), 0, 1)
    shade = np.clip((1.35 - across) * 1.2, 0, 1) * 0.35
    lit = np.sqrt(np.clip(1 - across**2, 0, 1)) * 0.35 + 0.68 + 0.1 * signed
    colour = skin * np.clip(lit, 0.45, 1.1)[..., None]
    if nail:
        oval = ((along - np.float32(length)) / np.float32(radius) - 0.25) ** 2 / 0.42 + signed**2 / 0.38
        on_nail = (np.clip((1 - oval) * 4, 0, 1) * 0.8)[..., None]
        pink = skin * np.array([1.03, 0.95, 0.95], np.float32)
        colour = colour * (1 - on_nail) + pink * on_nail
    layers = (body * 255, shade * 255, np.clip(colour, 0, 255))
    bytes_ = tuple(layer.astype(np.uint8) for layer in layers)
    return bytes_[0], bytes_[1], bytes_[2]
