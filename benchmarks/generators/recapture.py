"""Copies of pictures: photocopies, prints, screens. What is copied so is then photographed again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from benchmarks.generators import fonts
from benchmarks.generators.drawing import Box, Pixels, Type, put_text, smooth_noise


@dataclass(frozen=True)
class Medium:
    """What shows a picture: RGB pixels, how far the picture is enlarged on it, and where its top left lies."""

    pixels: Pixels
    scale: float
    left: int
    top: int

    def box(self, inside: Box) -> Box:
        """Where a box of the picture lies on the medium."""
        x0, y0, x1, y1 = inside
        return (
            x0 * self.scale + self.left,
            y0 * self.scale + self.top,
            x1 * self.scale + self.left,
            y1 * self.scale + self.top,
        )


def photocopy(picture: Pixels, rng: np.random.Generator, colour: bool) -> Pixels:
    """What a copier makes of a picture: toner, lost highlights, in grey or in shifted colours."""
    copied = picture.astype(np.float32)
    if not colour:
        copied = np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, -1).astype(np.float32)
    gain = rng.uniform(1.15, 1.6) if not colour else rng.uniform(1.0, 1.25)
    copied = (copied - 128) * gain + 128 + rng.uniform(0, 34)
    if colour:
        grey = copied.mean(-1, keepdims=True)
        copied = grey + (copied - grey) * rng.uniform(0.6, 1.35) + rng.uniform(-9, 9, 3).astype(np.float32)
    copied = _halftone(np.clip(copied, 0, 255), rng, rng.uniform(0.1, 0.45))
    toner = rng.standard_normal((*picture.shape[:2], 1), np.float32) * rng.uniform(2, 8)
    streak = smooth_noise(rng, (2, picture.shape[1]), 60)[:1, :, None] * rng.uniform(0, 5)
    return np.clip(copied + toner * (copied < 235) + streak, 0, 255).astype(np.uint8)


def _halftone(picture: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Mixes in a screen of dots, turned as printers turn it."""
    height, width = picture.shape[:2]
    pitch, angle = rng.uniform(3.5, 6.5), rng.uniform(0, np.pi / 2)
    step = 6.283 / pitch
    ahead = wave((height, width), step * np.cos(angle), step * np.sin(angle))
    aside = wave((height, width), -step * np.sin(angle), step * np.cos(angle))
    screen = ((ahead * aside) * 127.5 + 127.5)[..., None]
    dots = np.clip((picture - screen) * 4 + 128, 0, 255)
    return np.asarray(picture * (1 - strength) + dots * strength, np.float32)


def wave(shape: tuple[int, int], kx: float, ky: float) -> np.ndarray:
    """cos(kx x + ky y) over a picture, from outer products."""
    xs, ys = np.arange(shape[1]) * kx, np.arange(shape[0]) * ky
    wave = np.outer(np.cos(ys), np.cos(xs)) - np.outer(np.sin(ys), np.sin(xs))
    return wave.astype(np.float32)


def page_with(copies: list[Pixels], width_share: float, rng: np.random.Generator) -> tuple[Pixels, list[Box]]:
    """A white A4 page (1400 wide) with one or two copies below one another, and their boxes."""
    width, height = 1400, 1980
    shade = int(rng.integers(232, 253))
    page = np.full((height, width, 3), shade, np.uint8)
    boxes = []
    wide = round(width * width_share)
    left = round((width - wide) * rng.uniform(0.3, 0.7))
    top = round(height * rng.uniform(0.08, 0.16))
    for copy in copies:
        tall = round(wide * copy.shape[0] / copy.shape[1])
        page[top : top + tall, left : left + wide] = cv2.resize(
            copy, (wide, tall), interpolation=cv2.INTER_AREA
        )
        boxes.append((float(left), float(top), float(left + wide), float(top + tall)))
        top += tall + round(height * rng.uniform(0.04, 0.1))
    image = Image.fromarray(page)
    if rng.random() < 0.5:
        note = str(rng.choice(["此复印件仅供开店使用", "与原件一致", "复印件无效"]))
        put_text(
            image,
            (width / 2, height * 0.9),
            note,
            Type(fonts.choose(rng, note, "kai", "song", "hei"), 56, (60, 60, 64)),
            "ms",
        )
    return np.asarray(image).copy(), boxes


def printed(picture: Pixels, rng: np.random.Generator) -> Medium:
    """A picture as a home or shop printer prints it: fewer colours, dots or lines, a border in the tone of the paper."""
    height, width = picture.shape[:2]
    ink = 255 - (255 - picture.astype(np.float32)) * rng.uniform(0.75, 0.92)
    grey = ink.mean(-1, keepdims=True)
    ink = grey + (ink - grey) * rng.uniform(0.6, 0.95)
    ink = _halftone(ink, rng, rng.uniform(0.03, 0.14))
    ink += smooth_noise(rng, (height, width), 3)[..., None] * 6
    paper = int(rng.integers(228, 250))
    border = round(max(height, width) * rng.uniform(0.0, 0.06))
    sheet = np.clip(ink, 0, 255).astype(np.uint8)
    framed = cv2.copyMakeBorder(sheet, *[border] * 4, cv2.BORDER_CONSTANT, value=(paper,) * 3)
    return Medium(framed, 1.0, border, border)


def _moire(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Bent coloured bands, (h, w, 3) around 0, worked out at a third of the size."""
    small = (shape[0] // 3 + 1, shape[1] // 3 + 1)
    ys, xs = np.mgrid[0 : small[0], 0 : small[1]].astype(np.float32) * 3
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(7, 40)
    bent = smooth_noise(rng, small, 3) * np.float32(rng.uniform(0.5, 3))
    phase = (xs * np.float32(np.cos(angle)) + ys * np.float32(np.sin(angle))) * np.float32(
        6.283 / pitch
    ) + bent
    bands = np.stack([np.cos(phase + np.float32(shift)) for shift in (0, 2.1, 4.2)], -1)
    return np.asarray(cv2.resize(bands, shape[::-1]) * np.float32(rng.uniform(0.01, 0.06)), np.float32)


def on_screen(picture: Pixels, rng: np.random.Generator, longest: int = 1600) -> Medium:
    """A picture shown on a phone, tablet or monitor: bezel, back light, the grid of pixels and its moire."""
    factor = longest / max(picture.shape[:2])
    shown = cv2.resize(
        picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    height, width = shown.shape[:2]
    stripes = np.ones((height, width, 3), np.float32)
    depth = rng.uniform(0.06, 0.25)
    for channel in range(3):
        stripes[:, channel::3, channel] += depth
    stripes[::3] *= 1 - depth
    tint = _moire((height, width), rng)
    light = np.array([0.97, 1.0, rng.uniform(1.0, 1.1)], np.float32) * rng.uniform(0.9, 1.12)
    shown = np.clip(shown * stripes * (1 + tint) * light + rng.uniform(3, 14), 0, 255).astype(np.uint8)
    edge = round(longest * rng.uniform(0.015, 0.05))
    ends = round(edge * rng.uniform(1, 2.4))
    body = (int(rng.integers(6, 40)),) * 3 if rng.random() < 0.8 else (228, 228, 230)
    framed = cv2.copyMakeBorder(shown, ends, ends, edge, edge, cv2.BORDER_CONSTANT, value=body)
    return Medium(framed, factor, edge, ends)
