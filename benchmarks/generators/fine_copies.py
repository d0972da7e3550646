"""Screens and printers as they are made: pixels of three colours at a display's pitch, dots of four inks.

A copy is drawn at its own resolution, for `phone_camera` to photograph. Lengths are millimetres of the copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators import recapture
from benchmarks.generators.drawing import Box, Pixels
from benchmarks.generators.phone_camera import Sheet, linear

CARD_WIDTH = 85.6
CELLS = 3
"""Samples of a display's pixel, each way."""
HEADROOM = 8.0
"""How much brighter than the white that it makes a single point of a display may be."""


@dataclass(frozen=True)
class Display:
    """A kind of screen: the pitch of its pixels and how wide it shows a photo, millimetres."""

    name: str
    pitch: tuple[float, float]
    width: tuple[float, float]


DISPLAYS = (
    Display("phone", (0.055, 0.066), (62, 74)),
    Display("phone_turned", (0.055, 0.066), (115, 150)),
    Display("tablet", (0.09, 0.10), (140, 240)),
    Display("laptop", (0.11, 0.18), (140, 290)),
    Display("monitor", (0.23, 0.31), (180, 480)),
)
PRINTERS = {"laser": (106, 133, 150, 175, 200), "inkjet": (0,), "photo": (0,)}
"""Kinds of print and their screens' lines an inch; 0 has no screen: inkjets scatter dots, photo paper has none."""
DOTS_PER_INCH = 600
ANGLES = (15, 75, 0, 45)
"""Degrees of the screens of cyan, magenta, yellow and black, as printers turn them."""


def shown(picture: Pixels, card: Box, rng: np.random.Generator) -> tuple[Sheet, dict[str, str | float]]:
    """The picture on a screen with its bezel, and what screen it is; `pitch` is in shares of the card's width."""
    display = DISPLAYS[int(rng.integers(len(DISPLAYS)))]
    pitch, width = rng.uniform(*display.pitch), rng.uniform(*display.width)
    across = round(width / pitch)
    factor = across / picture.shape[1]
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    pixels = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way)
    light = linear(np.asarray(pixels, np.uint8)).repeat(CELLS, 0).repeat(CELLS, 1)
    lit = cv2.multiply(
        light, _mask(light.shape, rng), scale=rng.uniform(0.75, 1.1) / HEADROOM, dtype=cv2.CV_16U
    )
    lit = cv2.add(lit, (rng.uniform(100, 1500) / HEADROOM,) * 3 + (0,))
    edge = round(rng.uniform(0.0, 0.05) * across * CELLS)
    body = float(linear(np.full((1, 1, 1), rng.integers(6, 40), np.uint8))[0, 0, 0])
    framed = cv2.copyMakeBorder(lit, *[edge] * 4, cv2.BORDER_CONSTANT, value=(body / HEADROOM,) * 3)
    at = _moved(card, factor * CELLS, edge)
    facts = {"medium_kind": display.name, "pitch": round(CELLS / (at[2] - at[0]), 6)}
    return Sheet(np.asarray(framed, np.uint16), at, {}, rng.uniform(0, 60), HEADROOM), facts


def _mask(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """How much of each colour each cell gives: stripes, or dots of which red and blue have half as many as green."""
    gap = rng.uniform(0.1, 0.5)
    if rng.random() < 0.7:
        tile = np.zeros((CELLS, CELLS, 3), np.float32)
        tile[:, np.arange(3), np.arange(3)] = 3
        tile[0] *= gap
    else:
        tile = np.full((2 * CELLS, 2 * CELLS, 3), 0.15, np.float32)
        tile[1::3, 1::3, 1] = 7
        tile[0:2, 2:4, 0] = tile[3:5, 5:6, 0] = 5
        tile[3:5, 2:4, 2] = tile[0:2, 5:6, 2] = 5
        tile /= tile.mean(axis=(0, 1))
    repeats = (-(-shape[0] // tile.shape[0]), -(-shape[1] // tile.shape[1]), 1)
    return np.tile(tile, repeats)[: shape[0], : shape[1]]


def print_out(picture: Pixels, card: Box, rng: np.random.Generator) -> tuple[Sheet, dict[str, str | float]]:
    """The picture on paper, cut out with a border, and how it was printed; `pitch` in shares of the card's width."""
    kind = str(rng.choice(list(PRINTERS), p=(0.5, 0.35, 0.15)))
    lines = int(rng.choice(PRINTERS[kind]))
    width = CARD_WIDTH * rng.uniform(1.0, 1.8) * picture.shape[1] / (card[2] - card[0])
    factor = width / 25.4 * DOTS_PER_INCH / picture.shape[1]
    tone = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    inks = _inks(np.asarray(tone, np.uint8), rng.uniform(0.75, 0.95))
    paper = linear(np.full((1, 1, 3), 1, np.uint8) * rng.integers(222, 250, dtype=np.uint8))[0, 0]
    light = np.full(tone.shape, 1, np.float32) * paper
    for plane, angle, absorbed in zip(inks, ANGLES, _ABSORBED, strict=True):
        dots = plane if kind == "photo" else _dots(plane, lines, angle, rng)
        light *= 1 - dots[..., None] * np.array(absorbed, np.float32)
    border = round(rng.uniform(0.0, 0.06) * tone.shape[1])
    value = tuple(float(v) for v in paper)
    framed = cv2.copyMakeBorder(light, *[border] * 4, cv2.BORDER_CONSTANT, value=value)
    at = _moved(card, factor, border)
    pitch = DOTS_PER_INCH / lines / (at[2] - at[0]) if lines else 0.0
    facts = {"medium_kind": f"{kind}_{lines}" if lines else kind, "pitch": round(pitch, 6)}
    return Sheet(np.clip(framed, 0, 65535).astype(np.uint16), at, {}), facts


_ABSORBED = ((0.92, 0.3, 0.08), (0.15, 0.88, 0.35), (0.03, 0.12, 0.88), (0.96, 0.96, 0.96))
"""What cyan, magenta, yellow and black ink take of red, green and blue light."""


def _inks(picture: Pixels, strength: float) -> tuple[NDArray[np.float32], ...]:
    """Shares of cyan, magenta, yellow and black, 0 to 1; black takes most of what the three share."""
    light = (picture.astype(np.float32) / 255) ** 2.2
    taken = strength * (1 - light)
    black = 0.8 * taken.min(axis=2) ** 1.5
    rest = (taken - black[..., None]) / np.maximum(1 - black[..., None], 1e-3)
    return (*(np.clip(rest[..., i], 0, 1) for i in range(3)), black)


def _dots(
    plane: NDArray[np.float32], lines: int, angle: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The ink where it lies: dots that grow at the crossings of a turned screen, or scattered ones; a little spread."""
    height, width = plane.shape
    if lines:
        step, turn = 2 * np.pi * lines / DOTS_PER_INCH, np.radians(angle)
        kx, ky = step * np.cos(turn), step * np.sin(turn)
        ahead = recapture.wave((height, width), kx, ky)
        aside = recapture.wave((height, width), -ky, kx)
        screen = (2 - ahead - aside) / 4
    else:
        noise = rng.random((height, width), np.float32)
        fine = noise - cv2.GaussianBlur(noise, (0, 0), 1.2)
        screen = np.clip(0.5 + fine * 0.95, 0, 1)
    dots = (plane > screen).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(dots, (0, 0), rng.uniform(0.5, 0.9)), np.float32)


def _moved(box: Box, factor: float, edge: float) -> Box:
    x0, y0, x1, y1 = (value * factor + edge for value in box)
    return x0, y0, x1, y1
