"""Text and simple shapes on RGB pictures, and the boxes of what was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.generators import fonts

Colour: TypeAlias = tuple[int, int, int]
Box: TypeAlias = tuple[float, float, float, float]
Pixels: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class Type:
    """How a text is set: the font, its size in pixels, colour, letter spacing in pixels and extra weight."""

    face: tuple[str, int]
    size: int
    colour: Colour = (20, 20, 22)
    spacing: float = 0.0
    weight: int = 0


def text_width(text: str, style: Type) -> float:
    """Width in pixels of a line of text, letter spacing included."""
    font = fonts.load(style.face, style.size)
    if not style.spacing:
        return font.getlength(text)
    return sum(font.getlength(character) + style.spacing for character in text) - style.spacing


def put_text(
    image: Image.Image, origin: tuple[float, float], text: str, style: Type, anchor: str = "ls"
) -> Box:
    """Draws a line of text and gives its box (x0, y0, x1, y1).

    `anchor` is Pillow's: first letter l, m or r for the horizontal, second s (baseline), m or t.
    """
    draw = ImageDraw.Draw(image)
    font = fonts.load(style.face, style.size)
    width = text_width(text, style)
    x = origin[0] - {"l": 0.0, "m": width / 2, "r": width}[anchor[0]]
    y = origin[1]
    if not style.spacing:
        draw.text(
            (x, y), text, font=font, fill=style.colour, anchor="l" + anchor[1], stroke_width=style.weight
        )
    else:
        cursor = x
        for character in text:
            draw.text(
                (cursor, y),
                character,
                font=font,
                fill=style.colour,
                anchor="l" + anchor[1],
                stroke_width=style.weight,
            )
            cursor += font.getlength(character) + style.spacing
    top, bottom = font.getbbox(text or " ", anchor="l" + anchor[1])[1::2]
    return (x, y + top, x + width, y + bottom)


def union(boxes: list[Box]) -> Box:
    """The smallest box around all of them."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def corners(box: Box) -> NDArray[np.float64]:
    """The (4, 2) corners of a box, clockwise from top left."""
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> NDArray[np.float32]:
    """A smooth random field of the shape (h, w) in -1..1, with about `cells` bumps along the longer side."""
    height, width = shape
    longest = max(shape)
    grid = (max(2, round(cells * height / longest)), max(2, round(cells * width / longest)))
    coarse = rng.uniform(-1, 1, grid).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def blend(image: Pixels, colour: Colour, mask: NDArray[np.float32]) -> Pixels:
    """The picture with a colour laid over it; the mask (h, w) in 0..1 is its opacity."""
    opacity = mask[..., None]
    return (image * (1 - opacity) + np.array(colour, np.float32) * opacity).astype(np.uint8)
