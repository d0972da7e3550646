"""Portraits for documents: faces from a folder, or a drawn figure where there are none."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators.drawing import Box, Colour, Pixels, smooth_noise

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
SKIN: tuple[Colour, ...] = (
    (236, 200, 172),
    (222, 180, 148),
    (244, 214, 190),
    (198, 154, 122),
    (228, 188, 160),
)


@lru_cache(maxsize=8)
def faces_in(folder: str) -> tuple[Path, ...]:
    """The pictures under a folder, sorted.

    Raises:
        FileNotFoundError: the folder holds no picture.
    """
    found = tuple(sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES))
    if not found:
        raise FileNotFoundError(f"no pictures of faces under {folder}")
    return found


def load(path: Path | str) -> Pixels:
    """An RGB picture from a file.

    Raises:
        FileNotFoundError: it can't be read as a picture.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(f"not a readable picture: {path}")
    return np.ascontiguousarray(image[..., ::-1])


def head_and_shoulders(image: Pixels, face: Box | None, aspect: float) -> Pixels:
    """The part of a photo that an identity portrait shows, as wide as `aspect` times its height.

    `face` is the face's box (x0, y0, x1, y1) from brows to chin; without one the face is taken to be in
    the middle of the picture, as in the aligned pictures of LFW.
    """
    height, width = image.shape[:2]
    if face is None:
        size = min(height, width)
        face = (
            width / 2 - 0.19 * size,
            height / 2 - 0.19 * size,
            width / 2 + 0.19 * size,
            height / 2 + 0.22 * size,
        )
    x0, y0, x1, y1 = face
    tall = (y1 - y0) * 2.15
    wide = tall * aspect
    centre = (x0 + x1) / 2
    top = y0 - 0.22 * tall
    source = np.array(
        [(centre - wide / 2, top), (centre + wide / 2, top), (centre - wide / 2, top + tall)], np.float32
    )
    out_height = int(np.clip(tall, 240, 900))
    size_out = (round(out_height * aspect), out_height)
    target = np.array([(0, 0), (size_out[0], 0), (0, size_out[1])], np.float32)
    turn = cv2.getAffineTransform(source, target)
    return cv2.warpAffine(image, turn, size_out, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)


def cut_out(image: Pixels) -> NDArray[np.float32]:
    """The opacity (h, w) in 0..1 of the person in a head-and-shoulders picture, by GrabCut."""
    height, width = 112, max(1, round(112 * image.shape[1] / image.shape[0]))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    mask[:3] = cv2.GC_BGD
    mask[: int(0.6 * height), :4] = mask[: int(0.6 * height), -4:] = cv2.GC_BGD
    middle = (width // 2, int(0.46 * height))
    cv2.ellipse(mask, middle, (int(0.34 * width), int(0.34 * height)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.ellipse(
        mask, (width // 2, height), (int(0.5 * width), int(0.28 * height)), 0, 0, 360, cv2.GC_PR_FGD, -1
    )
    # the face itself and the hair over it are never cut away, whatever the background looks like
    head = (width // 2, int(0.42 * height))
    cv2.ellipse(mask, head, (int(0.24 * width), int(0.29 * height)), 0, 0, 360, cv2.GC_FGD, -1)
    cv2.rectangle(mask, (int(0.3 * width), int(0.85 * height)), (int(0.7 * width), height), cv2.GC_FGD, -1)
    cv2.setRNGSeed(1)
    cv2.grabCut(small, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    person = cv2.morphologyEx(person, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(person.astype(np.float32), (0, 0), 1.2)
    return cv2.resize(soft, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)


def drawn(rng: np.random.Generator, size: tuple[int, int] = (390, 480)) -> tuple[Pixels, NDArray[np.float32]]:
    """A drawn head and shoulders of (width, height) and its opacity, for sets without photos of faces."""
    width, height = 390, 480
    image = np.full((height, width, 3), 245, np.uint8)
    alpha = np.zeros((height, width), np.uint8)
    skin = SKIN[int(rng.integers(len(SKIN)))]
    shade = tuple(int(c * 0.86) for c in skin)
    hair = tuple(int(c) for c in rng.integers(15, 55, 3))
    cloth = tuple(int(c) for c in rng.integers(20, 200, 3))
    long_hair = rng.random() < 0.5
    shapes: list[tuple[tuple[int, int], tuple[int, int], tuple[int, ...]]] = [
        ((195, 480), (175, 120), cloth),
        ((195, 360), (48, 70), shade),
        ((195, 190), (112, 140), hair),
        ((195, 215), (92, 122), skin),
    ]
    if long_hair:
        shapes.insert(0, ((195, 270), (124, 150), hair))
    for centre, axes, colour in shapes:
        cv2.ellipse(image, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.ellipse(alpha, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.ellipse(image, (195, 130), (96, 56), 0, 180, 360, hair, -1, cv2.LINE_AA)
    _features(image, rng, shade)
    texture = smooth_noise(rng, (height, width), 12)[..., None] * 7
    image = np.clip(cv2.GaussianBlur(image, (0, 0), 1.6) + texture, 0, 255).astype(np.uint8)
    return cv2.resize(image, size), cv2.resize(alpha, size).astype(np.float32) / 255


def _features(image: Pixels, rng: np.random.Generator, shade: tuple[int, ...]) -> None:
    apart = int(rng.integers(36, 44))
    for side in (-1, 1):
        x = 195 + side * apart
        cv2.ellipse(image, (x, 208), (17, 8), 0, 0, 360, (250, 248, 246), -1, cv2.LINE_AA)
        cv2.circle(image, (x, 208), 8, (40, 30, 26), -1, cv2.LINE_AA)
        cv2.ellipse(image, (x, 190), (22, 7), side * 6, 190, 350, (42, 34, 30), 5, cv2.LINE_AA)
    cv2.ellipse(image, (195, 250), (15, 11), 0, 10, 170, shade, 4, cv2.LINE_AA)
    cv2.ellipse(image, (195, 286), (28, int(rng.integers(6, 13))), 0, 0, 180, (176, 92, 88), -1, cv2.LINE_AA)
    if rng.random() < 0.25:
        for side in (-1, 1):
            cv2.ellipse(image, (195 + side * apart, 210), (27, 21), 0, 0, 360, (30, 30, 34), 3, cv2.LINE_AA)
        cv2.line(image, (185, 206), (205, 206), (30, 30, 34), 3, cv2.LINE_AA)


@lru_cache(maxsize=8)
def people_in(folder: str) -> dict[str, tuple[Path, ...]]:
    """The pictures of each person: by the folder that holds them (as in LFW), else each file a person."""
    found: dict[str, tuple[Path, ...]] = {}
    for path in faces_in(folder):
        name = path.stem if path.parent == Path(folder) else path.parent.name
        found[name] = (*found.get(name, ()), path)
    return found
