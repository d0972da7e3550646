"""What can be measured on a photographed ID card that copies, screens, edits and bad framing change.

Colours are CIE L*a*b* of float pictures. `card` is the flattened card as `at_tenths` gives it, RGB (540, 856, 3), so
that no cue depends on the photo's resolution but noise and the grid of a screen, which exist only in its own pixels.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image, Polygon
from ocr.layout import CARD_HEIGHT, CARD_WIDTH

Mask = NDArray[np.bool_]

SMALL = (214, 135)
"""Size of the card at which colours are measured: a pixel is 0.4 mm."""
RING = 60
"""What is looked at around the card, tenths of a millimetre."""
PORTRAIT_CORNER = (480, 30, 856, 250)
"""The part of the card where the printed portrait's upper end fades out (26 x 32 mm, GA/T 461), in tenths of a
millimetre (left, top, right, bottom)."""
FLAT = 10.0
"""Grey levels within which a spot without edges varies."""


def at_tenths(card: Image) -> Image:
    """The flattened card with a pixel for each tenth of a millimetre: what all cues but noise and grid look at."""
    return cv2.resize(card, (CARD_WIDTH, CARD_HEIGHT), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )


def colourfulness(card: Image) -> float:
    """How far the card's strongest colours are from its usual one. A copy in grey has none."""
    lab = _lab(_small(card), blur=1.0)
    away = np.linalg.norm(lab[..., 1:] - np.median(lab[..., 1:], axis=(0, 1)), axis=2)
    return float(np.percentile(away, 95))


def page_around(photo: Image, polygon: Polygon) -> float:
    """How far what surrounds the card, on three sides at least, is from an even page of the card's own lightness."""
    scale = SMALL[0] / CARD_WIDTH
    edge = round(RING * scale)
    lab = _lab(_view(photo, polygon, scale, RING), blur=0)
    inside = lab[edge + 4 : -edge - 4, edge + 4 : -edge - 4]
    paper = np.median(inside[inside[..., 0] > np.percentile(inside[..., 0], 60)], axis=0)
    above, below = lab[2 : edge - 4, edge:-edge], lab[4 - edge : -2, edge:-edge]
    sides = (above, below, lab[edge:-edge, 2 : edge - 4], lab[edge:-edge, 4 - edge : -2])
    middles = [np.median(side, axis=(0, 1)) for side in sides]
    away = sorted(float(np.linalg.norm(middle - paper)) for middle in middles)
    uneven = sorted(
        float(np.median(np.abs(side - middle).sum(axis=2)))
        for side, middle in zip(sides, middles, strict=True)
    )
    return away[2] + 3 * max(0.0, uneven[2] - 1)


def outside_frame(photo: Image, polygon: Polygon) -> float:
    """How far the card reaches out of the photo, as a share of its width; negative where it keeps a distance."""
    height, width = photo.shape[:2]
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    reach = max(-low[0], -low[1], high[0] - width + 1, high[1] - height + 1)
    return float(reach / np.linalg.norm(polygon[1] - polygon[0]))


def covered(card: Image) -> float:
    """Share of the card under the largest thing that reaches in over its edge."""
    lab = _lab(_small(card), blur=1.0)
    ground = np.array([np.percentile(lab[..., 0], 70), *np.median(lab[..., 1:], axis=(0, 1))], np.float32)
    other = (np.linalg.norm((lab - ground) * (0.3, 1, 1), axis=2) > 12).astype(np.uint8)
    other = cv2.morphologyEx(other, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    width, height = SMALL
    count, _, boxes, _ = cv2.connectedComponentsWithStats(other)
    areas = [0.0]
    for x, y, w, h, area in boxes[1:count]:
        at_edge = x <= 1 or y <= 1 or x + w >= width - 1 or y + h >= height - 1
        if at_edge and w < 0.9 * width and h < 0.9 * height:
            areas.append(area / (width * height))
    return float(max(areas))


def glare(card: Image) -> Mask:
    """Where light is mirrored: far brighter than the card and almost white. Mask of (270, 428)."""
    size = (2 * SMALL[0], 2 * SMALL[1])
    darkest = cv2.resize(card, size, interpolation=cv2.INTER_AREA).min(axis=2).astype(np.float32)
    soft = cv2.GaussianBlur(darkest, (0, 0), 3)
    return np.asarray((soft > np.median(darkest) + 30) & (soft > 225))


def portrait_frame(card: Image) -> float:
    """The weakest of three sharp straight edges around the portrait, L*a*b* a tenth of a millimetre.

    The print fades into the card; a photo laid over it ends at once.
    """
    x0, y0, x1, y1 = PORTRAIT_CORNER
    lab = _lab(card[y0:y1, x0:x1], blur=1.5)
    across = np.linalg.norm(cv2.Sobel(lab, cv2.CV_32F, 1, 0, scale=0.25), axis=2)
    down = np.linalg.norm(cv2.Sobel(lab, cv2.CV_32F, 0, 1, scale=0.25), axis=2)
    left, right = np.median(across[60:210, 5:135], axis=0), np.median(across[60:210, 265:365], axis=0)
    top = np.median(down[5:110, 80:300], axis=1)
    return min(_ridge(left), _ridge(right), _ridge(top))


def _ridge(slopes: Floats) -> float:
    """How far the steepest place rises above what is 6 to 16 places away from it."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(slopes, 16, mode="edge"), 33)
    apart = np.delete(around, np.s_[11:22], axis=1)
    return float((slopes - np.percentile(apart, 80, axis=1)).max())


def sharpness(card: Image) -> float:
    """The steepest edges as a share of the card's contrast for a tenth of a millimetre."""
    grey = cv2.cvtColor(card, cv2.COLOR_RGB2GRAY)
    slopes = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    contrast = float(np.subtract(*np.percentile(grey[::4, ::4], (95, 2))))
    return float(np.percentile(cv2.magnitude(*slopes)[::2, ::2], 99)) / max(contrast, 1.0)


def _small(card: Image) -> Image:
    return cv2.resize(card, SMALL, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _lab(image: Image, blur: float) -> Floats:
    soft = cv2.GaussianBlur(image, (0, 0), blur) if blur else image
    return np.asarray(cv2.cvtColor(soft.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _view(photo: Image, polygon: Polygon, scale: float, margin: int) -> Image:
    """The card with `margin` tenths of a millimetre of its surroundings, black where the photo ends."""
    corners = np.array([(0, 0), (CARD_WIDTH, 0), (CARD_WIDTH, CARD_HEIGHT), (0, CARD_HEIGHT)])
    matrix = cv2.getPerspectiveTransform(
        polygon.astype(np.float32), ((corners + margin) * scale).astype(np.float32)
    )
    size = (round((CARD_WIDTH + 2 * margin) * scale), round((CARD_HEIGHT + 2 * margin) * scale))
    return cv2.warpPerspective(photo, matrix, size, flags=cv2.INTER_AREA).astype(np.uint8, copy=False)


def flat_spots(grey: Floats) -> Mask:
    """Spots without edges, neither black nor burnt out."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    kernel = np.ones((5, 5), np.uint8)
    spread = cv2.dilate(soft, kernel) - cv2.erode(soft, kernel)
    return np.asarray((spread < FLAT) & (soft > 25) & (soft < 247))
