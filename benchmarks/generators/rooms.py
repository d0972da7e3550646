"""Rooms behind a person: a wall with a window, shelves, curtains, a picture or a door, out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.generators.drawing import Pixels, smooth_noise


def room(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """A room of (width, height), blurred as the background of a portrait is."""
    width, height = size[0] // 2, size[1] // 2
    wall = np.clip(rng.uniform(95, 235) + rng.normal(0, 12, 3), 30, 245)
    image = np.full((height, width, 3), wall, np.uint8)
    for furnish in rng.permutation(np.array([_window, _shelf, _curtain, _picture, _door], dtype=object))[:3]:
        furnish(image, rng)
    ys, xs = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    angle = rng.uniform(0, 6.3)
    shade = 1 - rng.uniform(0.1, 0.4) * (0.5 + (xs - 0.5) * np.cos(angle) + (ys - 0.5) * np.sin(angle))
    lit = image * (shade + 0.05 * smooth_noise(rng, (height, width), 6))[..., None]
    soft = cv2.GaussianBlur(np.clip(lit, 0, 255).astype(np.uint8), (0, 0), rng.uniform(1.2, 6))
    return cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)


def _colour(rng: np.random.Generator, low: int = 20, high: int = 230) -> tuple[int, int, int]:
    red, green, blue = (int(c) for c in rng.integers(low, high, 3))
    return red, green, blue


def _window(image: Pixels, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    x, y = int(rng.uniform(-0.1, 0.7) * width), int(rng.uniform(-0.1, 0.2) * height)
    w, h = int(rng.uniform(0.25, 0.5) * width), int(rng.uniform(0.35, 0.6) * height)
    cv2.rectangle(image, (x - 8, y - 8), (x + w + 8, y + h + 8), (240, 240, 236), -1)
    cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng, 190, 255), -1)
    for cut in (x + w // 2, x + w):
        cv2.line(image, (cut, y), (cut, y + h), (225, 225, 220), 6)
    if rng.random() < 0.5:
        for slat in range(y, y + h, 12):
            cv2.line(image, (x, slat), (x + w, slat), (214, 212, 205), 5)


def _shelf(image: Pixels, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    x0, x1 = sorted(int(v * width) for v in rng.uniform(-0.1, 1.1, 2))
    board = _colour(rng, 60, 150)
    for y in range(int(rng.uniform(0.05, 0.2) * height), int(0.8 * height), int(0.17 * height)):
        x = x0
        while x < x1:
            thick, tall = int(rng.integers(8, 24)), int(rng.uniform(0.08, 0.14) * height)
            cv2.rectangle(image, (x, y - tall), (x + thick - 1, y), _colour(rng), -1)
            x += thick + int(rng.random() < 0.1) * 25
        cv2.rectangle(image, (x0, y), (x1, y + 9), board, -1)


def _curtain(image: Pixels, rng: np.random.Generator) -> None:
    width = image.shape[1]
    w = int(rng.uniform(0.15, 0.35) * width)
    x = 0 if rng.random() < 0.5 else width - w
    folds = 0.85 + 0.15 * np.sin(np.arange(w) / w * rng.uniform(20, 45))
    image[:, x : x + w] = (np.array(_colour(rng, 60, 220)) * folds[None, :, None]).astype(np.uint8)


def _picture(image: Pixels, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    x, y = int(rng.uniform(0.05, 0.8) * width), int(rng.uniform(0.05, 0.35) * height)
    w, h = int(rng.uniform(0.1, 0.25) * width), int(rng.uniform(0.1, 0.2) * height)
    cv2.rectangle(image, (x - 7, y - 7), (x + w + 7, y + h + 7), _colour(rng, 20, 120), -1)
    cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng, 120, 240), -1)
    cv2.circle(image, (x + w // 2, y + h // 2), h // 3, _colour(rng), -1)


def _door(image: Pixels, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    x, w = int(rng.uniform(0, 0.8) * width), int(rng.uniform(0.25, 0.35) * width)
    wood = _colour(rng, 90, 210)
    cv2.rectangle(image, (x, int(0.08 * height)), (x + w, height), wood, -1)
    cv2.rectangle(image, (x, int(0.08 * height)), (x + w, height), (60, 50, 44), 4)
    cv2.circle(image, (x + w - 16, int(0.55 * height)), 7, (190, 180, 150), -1)
