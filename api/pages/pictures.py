"""Pictures for people's eyes: faces brought to one scale, crops of fields, watermarks.

Beside api/vision.py this is the other place in api/ that imports the vision core, when it is first needed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from api.problems import Problem
from models.arrays import Floats, Image

if TYPE_CHECKING:
    from models.face_analysis import Face

FACE_SIZE = (480, 600)
EYES = ((180.0, 250.0), (300.0, 250.0))
"""Where the eyes stand in a face view, the person's right eye first, as in the picture."""
LONG_SIDE = 2400
"""Photos are worked on no larger than this."""
CROP_HEIGHT = 64


@dataclass(frozen=True)
class Photo:
    """A photo, RGB uint8, at most LONG_SIDE long, and its scale against the one that was sent in."""

    pixels: Image
    ratio: float


def opened(encoded: bytes, kind: str) -> Photo:
    """Decode it; of a selfie that is a video, its best frame. Raises Problem 422 with the image's own code."""
    from verifier.clip import selfie_of
    from verifier.image import ImageError, decode

    try:
        photo = selfie_of(encoded, name=kind).photo if kind in ("selfie", "pose") else decode(encoded, kind)
        return Photo(*_shrunk(photo.pixels, LONG_SIDE))
    except ImageError as error:
        raise Problem(422, error.code, error.message) from error


def face_view(photo: Photo, region: Sequence[Sequence[float]] | None = None) -> Image | None:
    """The largest face of the photo (or the one in `region`), upright, at the scale of every other face view.

    RGB uint8 (600, 480, 3), or None where no face is found.
    """
    from models.face_analysis import find_faces

    faces = find_faces(photo.pixels)
    if not faces:
        return None
    face = _nearest(faces, np.asarray(region, np.float32) * photo.ratio) if region is not None else faces[0]
    right, left = _eyes(face)
    return _placed(photo.pixels, right, left)


def whole_view(photo: Photo, side: int) -> Image:
    """The whole photo, at most `side` pixels long."""
    return _shrunk(photo.pixels, side)[0]


def crop_view(photo: Photo, polygon: Sequence[Sequence[float]], height: int = CROP_HEIGHT) -> Image:
    """What stands in the polygon (4 corners in pixels of the photo as sent, clockwise from top left), flattened."""
    corners = np.asarray(polygon, np.float32) * photo.ratio
    across = float(np.linalg.norm(corners[1] - corners[0]))
    down = max(float(np.linalg.norm(corners[3] - corners[0])), 1.0)
    centre = corners.mean(axis=0)
    corners = (
        centre + (corners - centre) * np.array([1 + 0.3 * down / max(across, 1), 1.3], np.float32)
    ).astype(np.float32)
    width = int(np.clip(height * (across + 0.3 * down) / (1.3 * down), 16, 1400))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    flat = cv2.warpPerspective(photo.pixels, cv2.getPerspectiveTransform(corners, target), (width, height))
    return np.asarray(flat, np.uint8)


def jpeg(pixels: Image, quality: int = 88) -> bytes:
    """The picture as a JPEG."""
    written, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not written:
        raise ValueError("the picture can't be written as a JPEG")
    return data.tobytes()


def watermarked(encoded: bytes, text: str) -> bytes:
    """The JPEG with the text across it, again and again, light and dark so that it shows on anything."""
    with Picture.open(io.BytesIO(encoded)) as picture:
        pixels = np.asarray(picture.convert("RGB"), np.uint8)
    height, width = pixels.shape[:2]
    ink, share = (_spread(part, height, width) for part in _stamp(text, height < 2 * CROP_HEIGHT))
    return jpeg(np.asarray(cv2.add(cv2.multiply(pixels, 255 - share, scale=1 / 255), ink), np.uint8))


def _spread(tile: Image, height: int, width: int) -> Image:
    """The tile again and again, over a picture of that size."""
    times = -(-height // tile.shape[0]), -(-width // tile.shape[1]), 1
    return np.tile(tile, times)[:height, :width]


@lru_cache(maxsize=8)
def _stamp(text: str, small: bool) -> tuple[Image, Image]:
    """One slanting text: what is added to each pixel, and the share (of 255) by which the pixel fades before.

    Both uint8 (h, w, 3), to be laid beside each other.
    """
    size, slant, gap = (12, 12, 8) if small else (20, 30, 40)
    font = ImageFont.load_default(size=size)
    right, bottom = (int(end) for end in font.getbbox(text)[2:])
    layer = Picture.new("LA", (right + gap, bottom + gap), (0, 0))
    draw = ImageDraw.Draw(layer)
    draw.text((gap // 2 + 1, gap // 2 + 1), text, fill=(0, 60), font=font)
    draw.text((gap // 2, gap // 2), text, fill=(255, 75), font=font)
    turned = layer.rotate(slant, resample=Picture.Resampling.BILINEAR, expand=True)
    tone, share = np.asarray(turned, np.uint8).transpose(2, 0, 1)
    ink = np.asarray(cv2.multiply(tone, share, scale=1 / 255), np.uint8)
    return np.repeat(ink[..., None], 3, axis=2), np.repeat(share[..., None], 3, axis=2)


def _shrunk(pixels: Image, side: int) -> tuple[Image, float]:
    ratio = min(1.0, side / max(pixels.shape[:2]))
    if ratio == 1:
        return pixels, ratio
    shrunk = cv2.resize(pixels, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.uint8), ratio


def _nearest(faces: Sequence[Face], region: Floats) -> Face:
    centre = region.mean(axis=0)
    return min(faces, key=lambda face: float(np.linalg.norm(_middle(face) - centre)))


def _middle(face: Face) -> Floats:
    return np.asarray((face.box[:2] + face.box[2:]) / 2, np.float32)


def _eyes(face: Face) -> tuple[Floats, Floats]:
    """Centres of the eyes, that on the picture's left first: points 36 to 41 and 42 to 47 of 68."""
    return face.landmarks[36:42].mean(axis=0), face.landmarks[42:48].mean(axis=0)


def _placed(pixels: Image, right: Floats, left: Floats) -> Image:
    """The picture turned, scaled and moved so that the eyes stand where they stand in every face view."""
    to = complex(EYES[1][0] - EYES[0][0], EYES[1][1] - EYES[0][1])
    turn = to / complex(float(left[0] - right[0]), float(left[1] - right[1]))
    move = complex(*EYES[0]) - turn * complex(float(right[0]), float(right[1]))
    matrix = np.array([[turn.real, -turn.imag, move.real], [turn.imag, turn.real, move.imag]])
    placed = cv2.warpAffine(pixels, matrix, FACE_SIZE, flags=cv2.INTER_CUBIC, borderValue=(128, 128, 128))
    return np.asarray(placed, np.uint8)
