"""What can be measured in the pixels of a face that paper and screens change.

Paper and screens show fewer colours, paler blacks and duller highlights than a face in front of a camera; they
flatten shading, and a screen leaves a grid. Each cue is one number that does not depend on the size of the
photo: all but the grid are measured on the face at 128 pixels.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from models.arrays import Floats, Image

FACE_SIDE = 128
"""Longer side of the face when it is measured, pixels."""
GRID_SIDE = 256
"""Side of the window of the photo's own pixels in which a grid is looked for, at most."""


def measure_cues(image: Image, box: Floats) -> dict[str, float]:
    """All cues of the face in `box` (x0, y0, x1, y1) of a photo (RGB), by name."""
    face = _face(image, box)
    scale = FACE_SIDE / max(face.shape[:2])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(face, None, fx=scale, fy=scale, interpolation=interpolation).astype(
        np.uint8, copy=False
    )
    return _light(small) | _colour(small) | _detail(small) | {"grid": _grid(face)}


def _light(face: Image) -> dict[str, float]:
    """Highlights, and how far they are from the blacks."""
    luma = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    black, highlight = np.percentile(luma, [1, 99])
    return {"highlight": float(highlight) / 255, "contrast": float(highlight - black) / 255}


def _colour(face: Image) -> dict[str, float]:
    """Blue against green: paper and lamps behind a screen tint a face."""
    _, green, blue = face.reshape(-1, 3).astype(np.float32).mean(axis=0)
    return {"blue_balance": float(np.log((blue + 5) / (green + 5)))}


def _detail(face: Image) -> dict[str, float]:
    """Energy of luma and chroma by size of detail, as logarithms of variances."""
    planes = cv2.cvtColor(face, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    relief, shading = _energies(planes[:, :, 0], (2.8, 5.6, 11.2))
    (red,) = _energies(planes[:, :, 1], (0.9, 1.8))
    (blue,) = _energies(planes[:, :, 2], (0.9, 1.8))
    return {"shading": shading, "relief": relief - shading, "red_texture": red, "blue_texture": blue}


def _energies(plane: Floats, sigmas: Sequence[float]) -> list[float]:
    blurred = [cv2.GaussianBlur(plane, (0, 0), sigma) for sigma in sigmas]
    bands = [fine - coarse for fine, coarse in itertools.pairwise(blurred)]
    return [float(np.log(band.var() + 1e-3)) for band in bands]


def _grid(face: Image) -> float:
    """The strongest periodic pattern: peaks of the spectrum over its mean at the same frequency."""
    side = min(*face.shape[:2], GRID_SIDE)
    luma = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)[:side, :side].astype(np.float32)
    window = np.hanning(side)
    spectrum = np.fft.fftshift(np.fft.fft2((luma - luma.mean()) * window[:, None] * window))
    log = np.log(np.abs(spectrum) + 1)
    y, x = np.mgrid[:side, :side] - side // 2
    radius = np.hypot(x, y).astype(int)
    mean = np.bincount(radius.ravel(), log.ravel()) / np.bincount(radius.ravel())
    fine = (radius > 0.2 * side) & (radius < 0.5 * side)
    return float(np.percentile((log - mean[radius])[fine], 99.8))


def _face(image: Image, box: Floats) -> Image:
    """The square around the box, cut at the photo's edges."""
    height, width = image.shape[:2]
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half = max(float(box[2] - box[0]), float(box[3] - box[1]), 16.0) / 2
    x0, y0 = max(0, round(x - half)), max(0, round(y - half))
    x1, y1 = min(width, round(x + half)), min(height, round(y + half))
    return image[y0:y1, x0:x1]
