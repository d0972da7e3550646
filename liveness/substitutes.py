"""What passes for a newspaper and is none: a sheet that is too small, too bare, or that shines by itself."""

from __future__ import annotations

import cv2
import numpy as np

from liveness.page import Page, flatten
from models.arrays import Floats, Image, Polygon
from models.face_analysis import Face
from models.scaling import shrunk

EYES_APART, EYES_TO_MOUTH = 6.3, 7.3
"""Centimetres of an adult: between the pupils (Dodgson, 2004), and from there to the mouth in the proportions of
ArcFace's template. A head that is turned or bent shortens one of the two."""
NARROWEST = 25.0
"""Centimetres. A tabloid is 27 to 28 wide, and in front of the body it looks larger than that against the face. Books,
phones, most tablets, and magazines and A4 held near the body are narrower."""
PRINT = 0.92
"""Share of a newspaper's width that its print takes: where the wall or a pale frame passes for paper, the sheet that is
found is too wide, and the print is not."""
DEVICE = 35.0
"""Centimetres that a large tablet, on its side and nearer than the face, looks wide at most."""
COVERED = 0.68
"""Share of a newspaper's sheet that has print or pictures, at least; a sheet of a name and a date has a third."""
STRIP = 0.5
"""Height of a sheet in its widths, at least: folded newspapers have 0.58 and more."""
SHEET_WIDTH, CELL = 240, 13
"""Width of the sheet when its cover is measured, and side of the squares that are covered or not, pixels."""
INK, SPECKS = 0.88, 0.08
"""Ink is darker than this share of the paper's white, and takes this share of a square that is covered."""
SAMPLED_SIDE = 170
"""The page's white is measured on so many pixels of its longer side."""
COLD, WARM = -5.0, 12.0
"""b of CIELAB (8 bits, 0 for grey): paper in the light that makes a face's skin this yellow is not this blue."""


def width_against(sheet: Polygon, print_: Polygon, face: Face) -> float:
    """Centimetres that the sheet with this print is wide, were it as far away as the face above it. All in pixels of the
    photo."""
    eyes, mouth = face.points[:2].mean(axis=0), face.points[3:].mean(axis=0)
    centimetre = max(
        face.inter_eye_distance / EYES_APART, float(np.linalg.norm(mouth - eyes)) / EYES_TO_MOUTH, 1e-6
    )
    return min(_across(sheet), _across(print_) / PRINT) / centimetre


def _across(corners: Polygon) -> float:
    return float(np.linalg.norm(corners[1] - corners[0]))


def is_bare(image: Image, sheet: Polygon) -> bool:
    """Is much of the sheet in the photo (RGB) without print, or print seen on a strip at its head alone?"""
    across, down = (float(np.linalg.norm(sheet[i] - sheet[0])) for i in (1, 3))
    if down < STRIP * across:
        return True
    grey = cv2.cvtColor(_flat(image, sheet), cv2.COLOR_RGB2GRAY).astype(np.float32)
    ink = (grey < INK * np.percentile(grey, 85)).astype(np.float32)
    return float((cv2.boxFilter(ink, -1, (CELL, CELL)) > SPECKS).mean()) < COVERED


def is_lit_from_behind(image: Image, page: Page, face: Face) -> bool:
    """Is the page's white bluer than paper in the light of the face could be? Backlights are; shade makes both blue."""
    white = _white(flatten(image, page, SAMPLED_SIDE))
    return _yellow(white) <= COLD and _yellow(_skin(image, face)) >= WARM


def _flat(image: Image, sheet: Polygon) -> Image:
    across, down = (float(np.linalg.norm(sheet[i] - sheet[0])) for i in (1, 3))
    shrink = min(1.0, SHEET_WIDTH / max(across, 1.0))
    small = shrunk(image, shrink)
    width, height = SHEET_WIDTH, int(np.clip(SHEET_WIDTH * down / max(across, 1.0), 40, 2 * SHEET_WIDTH))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform((sheet * shrink).astype(np.float32), corners)
    return np.asarray(cv2.warpPerspective(small, matrix, (width, height)), np.uint8)


def _white(page: Image) -> Floats:
    """Median colour of the lightest third that is not burnt out, float32 (3,)."""
    pixels = page.reshape(-1, 3).astype(np.float32)
    light = pixels.mean(axis=1)
    kept = (light >= np.percentile(light, 70)) & (light < 252)
    return np.asarray(np.median(pixels[kept] if kept.any() else pixels, axis=0), np.float32)


def _skin(image: Image, face: Face) -> Floats:
    """Median colour of the middle of the face, float32 (3,)."""
    x0, y0, x1, y1 = face.box
    width, height = x1 - x0, y1 - y0
    left, right = (max(0, int(x0 + share * width)) for share in (0.25, 0.75))
    top, bottom = (max(0, int(y0 + share * height)) for share in (0.35, 0.75))
    pixels = image[top : bottom + 1, left : right + 1].reshape(-1, 3)
    return np.asarray(np.median(pixels, axis=0), np.float32)


def _yellow(colour: Floats) -> float:
    pixel = np.clip(colour, 0, 255).astype(np.uint8)[None, None]
    return float(cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0, 0, 2]) - 128
