"""Backgrounds as security printers make them: fine wavy lines (guilloche) in pastel colours, and emblems."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators.drawing import Colour, Pixels, smooth_noise


def gradient(size: tuple[int, int], stops: list[Colour], angle: float) -> NDArray[np.float32]:
    """A smooth run through colours over (width, height), in the direction `angle` (radians)."""
    width, height = size
    ys, xs = np.mgrid[0:height:8, 0:width:8].astype(np.float32)
    along = xs * np.cos(angle) + ys * np.sin(angle)
    along = (along - along.min()) / (np.ptp(along) or 1)
    at = np.linspace(0, 1, len(stops))
    channels = [np.interp(along, at, [stop[i] for stop in stops]) for i in range(3)]
    return cv2.resize(
        np.stack(channels, -1).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR
    )


def waves(
    image: Pixels,
    rng: np.random.Generator,
    colour: Colour,
    count: int,
    amplitude: float,
    vertical: bool = False,
) -> None:
    """Draws a bundle of `count` thin parallel sine curves over the whole picture, in place."""
    height, width = image.shape[:2]
    length, breadth = (height, width) if vertical else (width, height)
    t = np.arange(0, length + 16, 16, dtype=np.float64)
    period, phase, drift = rng.uniform(0.12, 0.6) * length, rng.uniform(0, 6.3), rng.uniform(0.5, 3)
    for i in range(count):
        level = breadth * (i + 0.5) / count
        swing = amplitude * (0.6 + 0.4 * np.sin(drift * i / count * 6.3))
        curve = level + swing * np.sin(t / period * 6.283 + phase + 3.5 * i / count)
        points = np.stack([curve, t] if vertical else [t, curve], -1)
        cv2.polylines(image, [np.round(points * 8).astype(np.int32)], False, colour, 1, cv2.LINE_AA, shift=3)


def rosette(
    image: Pixels, rng: np.random.Generator, centre: tuple[float, float], radius: float, colour: Colour
) -> None:
    """Draws a rosette (a family of hypotrochoids) in place."""
    t = np.linspace(0, 2 * np.pi, 720)
    petals = int(rng.integers(5, 14))
    for step in range(int(rng.integers(9, 18))):
        r = radius * (0.35 + 0.04 * step) * (1 + 0.28 * np.cos(petals * t + step * 0.35))
        points = np.stack([centre[0] + r * np.cos(t), centre[1] + r * np.sin(t)], -1)
        cv2.polylines(image, [np.round(points * 8).astype(np.int32)], True, colour, 1, cv2.LINE_AA, shift=3)


def tinted(rng: np.random.Generator, base: Colour, spread: int) -> Colour:
    """A colour near `base`."""
    red, green, blue = (int(np.clip(c + rng.integers(-spread, spread + 1), 0, 255)) for c in base)
    return red, green, blue


@lru_cache(maxsize=32)
def tint(size: tuple[int, int], style: int, warm: bool) -> Pixels:
    """The pastel ground of (width, height) under a guilloche; `warm` leans to pink and cream."""
    rng = np.random.default_rng([7, style, int(warm)])
    cool: list[Colour] = [(206, 226, 238), (236, 236, 232), (214, 234, 236)]
    rosy: list[Colour] = [(238, 214, 218), (240, 236, 222), (220, 228, 236)]
    stops = [tinted(rng, stop, 9) for stop in (rosy if warm else cool)]
    return gradient(size, stops, rng.uniform(-0.6, 0.9)).astype(np.uint8)


@lru_cache(maxsize=32)
def guilloche(size: tuple[int, int], style: int, warm: bool) -> Pixels:
    """A ground of (width, height) with line patterns; `style` seeds it.

    The array is shared between callers: copy before drawing on it.
    """
    rng = np.random.default_rng([8, style, int(warm)])
    image = tint(size, style, warm).copy()
    width, height = size
    for _ in range(3):
        ink = tinted(rng, (206, 186, 206) if warm and rng.random() < 0.6 else (160, 200, 216), 18)
        swing = height * rng.uniform(0.02, 0.09)
        waves(image, rng, ink, int(rng.integers(45, 90)), swing, vertical=bool(rng.random() < 0.3))
    for _ in range(int(rng.integers(1, 4))):
        centre = (rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height)
        rosette(image, rng, centre, height * rng.uniform(0.25, 0.6), tinted(rng, (190, 206, 220), 16))
    softened = cv2.GaussianBlur(image, (0, 0), 0.8).astype(np.float32)
    mottle = smooth_noise(rng, (height, width), 40)[..., None] * 2
    return np.clip(softened + mottle, 0, 255).astype(np.uint8)


def _star(centre: tuple[float, float], radius: float, turn: float = 0.0) -> NDArray[np.int32]:
    angles = np.arange(10) * np.pi / 5 - np.pi / 2 + turn
    radii = np.where(np.arange(10) % 2 == 0, radius, radius * 0.4)
    return np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], -1).astype(
        np.int32
    )


def _gate(canvas: Pixels, gold: Colour) -> None:
    """A gate tower of two roofs over a wall with arches, on a 400 x 400 canvas."""
    for y, half, eave in ((196, 62, 18), (232, 88, 22)):
        roof = [(200 - half, y), (200 + half, y), (200 + half + eave, y + 16), (200 - half - eave, y + 16)]
        cv2.fillPoly(canvas, [np.array(roof, np.int32)], gold, cv2.LINE_AA)
        for x in range(200 - half, 200 + half + 1, max(1, half // 4)):
            cv2.line(canvas, (x, y + 16), (x, y + 32), gold, 4, cv2.LINE_AA)
    cv2.rectangle(canvas, (92, 268), (308, 312), gold, -1)
    for x in (128, 164, 200, 236, 272):
        cv2.ellipse(canvas, (x, 312), (9, 22), 0, 180, 360, (196, 38, 40), -1, cv2.LINE_AA)


@lru_cache(maxsize=1)
def emblem() -> NDArray[np.uint8]:
    """A state emblem of this kind (disc, five stars, gate, wreath, cog), simplified, RGBA 400 x 400."""
    gold, red = (232, 196, 96), (196, 38, 40)
    canvas = np.full((400, 400, 3), 255, np.uint8)
    cv2.circle(canvas, (200, 195), 178, red, -1, cv2.LINE_AA)
    for side in (-1, 1):
        for step in range(26):
            angle = np.pi / 2 + side * (0.25 + step * 0.088)
            ear = (200 + 160 * np.cos(angle), 195 + 160 * np.sin(angle))
            tilt = float(np.degrees(angle)) + 90 + side * 25
            cv2.ellipse(canvas, (int(ear[0]), int(ear[1])), (17, 7), tilt, 0, 360, gold, -1, cv2.LINE_AA)
    cv2.circle(canvas, (200, 195), 140, gold, 5, cv2.LINE_AA)
    cv2.fillPoly(canvas, [_star((200, 104), 36)], gold, cv2.LINE_AA)
    for x, y, turn in ((132, 148, 0.3), (166, 168, 0.15), (234, 168, -0.15), (268, 148, -0.3)):
        cv2.fillPoly(canvas, [_star((x, y), 15, turn)], gold, cv2.LINE_AA)
    _gate(canvas, gold)
    cv2.circle(canvas, (200, 352), 34, gold, 10, cv2.LINE_AA)
    cv2.ellipse(canvas, (200, 376), (110, 16), 0, 0, 180, red, 14, cv2.LINE_AA)
    alpha = np.zeros((400, 400), np.uint8)
    cv2.circle(alpha, (200, 195), 181, 255, -1, cv2.LINE_AA)
    cv2.ellipse(alpha, (200, 376), (118, 22), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.circle(alpha, (200, 352), 38, 255, -1, cv2.LINE_AA)
    return np.dstack([canvas, alpha])


@lru_cache(maxsize=8)
def great_wall(size: tuple[int, int], style: int) -> NDArray[np.float32]:
    """The opacity (h, w) in 0..1 of a faint drawing of hills with a battlemented wall along their ridge."""
    rng = np.random.default_rng([11, style])
    width, height = size
    mask = np.zeros((height, width), np.float32)
    xs = np.arange(0, width + 1, 4)
    for layer in range(4):
        base = height * (0.35 + 0.15 * layer)
        ridge = base + height * 0.16 * smooth_noise(rng, (2, len(xs)), 5 + layer)[0]
        outline = np.concatenate([np.stack([xs, ridge], -1), [(width, height), (0, height)]]).astype(np.int32)
        hill = np.zeros_like(mask)
        cv2.fillPoly(hill, [outline], 1.0, cv2.LINE_AA)
        mask = np.maximum(mask * (1 - hill * 0.5), hill * (0.25 + 0.1 * layer))
        for x, y in zip(xs[:: 3 + layer], ridge[:: 3 + layer], strict=True):
            cv2.rectangle(mask, (int(x), int(y) - 7), (int(x) + 5, int(y)), 0.8, -1)
    fade = np.linspace(0.2, 1, height, dtype=np.float32)[:, None]
    return cv2.GaussianBlur(mask * fade, (0, 0), 1.2)
