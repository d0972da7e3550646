"""Pictures for people's eyes: faces brought to one scale, crops of fields, watermarks; and quick looks at frames.

Beside api/vision.py this is the other place in api/ that imports the vision core, when it is first needed.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
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
SHOWN_SIDE = 1200
"""Photos are shown no larger than this."""
CROP_HEIGHT = 64
WATERMARK_STEP = 210

_one_at_a_time = threading.Lock()


def face_view(encoded: bytes, kind: str, region: Sequence[Sequence[float]] | None = None) -> Image | None:
    """The largest face of the photo (or the one in `region`), upright, at the scale of every other face view.

    RGB uint8 (600, 480, 3), or None where no face is found.
    """
    from models.face_analysis import find_faces

    pixels, ratio = _decoded(encoded, kind)
    faces = find_faces(pixels)
    if not faces:
        return None
    face = _nearest(faces, np.asarray(region, np.float32) * ratio) if region is not None else faces[0]
    right, left = _eyes(face)
    return _placed(pixels, right, left)


def photo_view(encoded: bytes, kind: str) -> Image:
    """The whole photo, upright, at most 1200 pixels long."""
    return _shrunk(_decoded(encoded, kind)[0], SHOWN_SIDE)[0]


def crop_view(
    encoded: bytes, kind: str, polygon: Sequence[Sequence[float]], height: int = CROP_HEIGHT
) -> Image:
    """What stands in the polygon (4 corners in pixels of the photo, clockwise from top left), flattened."""
    pixels, ratio = _decoded(encoded, kind)
    corners = np.asarray(polygon, np.float32) * ratio
    across = float(np.linalg.norm(corners[1] - corners[0]))
    down = max(float(np.linalg.norm(corners[3] - corners[0])), 1.0)
    centre = corners.mean(axis=0)
    corners = (
        centre + (corners - centre) * np.array([1 + 0.3 * down / max(across, 1), 1.3], np.float32)
    ).astype(np.float32)
    width = int(np.clip(height * (across + 0.3 * down) / (1.3 * down), 16, 1400))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    flat = cv2.warpPerspective(pixels, cv2.getPerspectiveTransform(corners, target), (width, height))
    return np.asarray(flat, np.uint8)


def watermarked(pixels: Image, text: str) -> bytes:
    """A JPEG of the picture with the text across it, again and again, light and dark so that it shows anywhere."""
    picture = Picture.fromarray(pixels)
    height, width = pixels.shape[:2]
    reach = int(np.hypot(width, height)) + WATERMARK_STEP
    layer = Picture.new("RGBA", (reach, reach), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    font = ImageFont.load_default(size=max(12, min(22, width // 22)))
    step = max(40, min(WATERMARK_STEP, width // 3))
    line = f"{text}      " * (2 + reach // 60)
    for row, y in enumerate(range(0, reach, step)):
        draw.text((-70 * (row % 2) + 1, y + 1), line, fill=(0, 0, 0, 60), font=font)
        draw.text((-70 * (row % 2), y), line, fill=(255, 255, 255, 75), font=font)
    turned = layer.rotate(30, resample=Picture.Resampling.BILINEAR)
    x, y = (reach - width) // 2, (reach - height) // 2
    picture.paste(
        turned.crop((x, y, x + width, y + height)), (0, 0), turned.crop((x, y, x + width, y + height))
    )
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=88)
    return written.getvalue()


def _decoded(encoded: bytes, kind: str) -> tuple[Image, float]:
    """The photo, shrunk where it is large, and the ratio. A case page asks for a photo many times at once."""
    with _one_at_a_time:
        return _decode(encoded, kind)


@lru_cache(maxsize=6)
def _decode(encoded: bytes, kind: str) -> tuple[Image, float]:
    from verifier.image import ImageError, decode

    try:
        return _shrunk(decode(encoded, kind).pixels, LONG_SIDE)
    except ImageError as error:
        raise Problem(422, error.code, error.message) from error


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
