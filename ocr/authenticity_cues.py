"""What can be measured on a photographed ID card that copies, screens, edits and bad framing change.

Colours are CIE L*a*b* of float pictures. `small: Image` is the flattened card with HALF a pixel for a tenth of a
millimetre, RGB (270, 428, 3). No cue depends on the photo's resolution but noise and the grid of a screen, which
exist only in its own pixels.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.arrays import Floats, Image
from ocr.flat import FlatCard, luma
from ocr.layout import CARD_HEIGHT, CARD_WIDTH, Side

Mask = NDArray[np.bool_]

HALF = 0.5
"""Pixels for a tenth of a millimetre at which light and colours are looked at."""
SMALL = (214, 135)
"""Size of the card at which colours are measured: a pixel is 0.4 mm."""
EVERY = 7
"""One pixel in so many tells how the light is tinted."""
RING = 60
"""What is looked at around the card, tenths of a millimetre."""
PORTRAIT_CORNER = (480, 30, 856, 250)
"""The part of the card where the printed portrait's upper end fades out (26 x 32 mm, GA/T 461), in tenths of a
millimetre (left, top, right, bottom)."""
SMALLEST_COVER = 90
"""Pixels of SMALL under the smallest thing that counts as covering the card: round corners show less ground."""
DEPTH = 0.25
"""How far it reaches in, as a share of its length along the edge."""
FINGER = 5
"""What has skin's colour counts so many times: unlike others it is hardly a piece of ground at an edge found askew."""
BURNT, WHITE = 245, 225
"""Brightness of the darkest colour from which light is mirrored by itself, and if it is far brighter than the card:
white paper in a good light lies between."""
PORTRAIT_BOX = (520, 60, 820, 400)
"""Where the portrait stands, tenths of a millimetre on the card (left, top, right, bottom)."""
FRAME_SIDES = ((480, 90, 616, 240), (740, 90, 842, 240), (560, 32, 780, 140))
"""Parts of the card across which the left, right and upper edge of a portrait run, tenths of a millimetre."""
TYPE = (140, 60, 470, 225)
"""Where name, sex and birth date are printed."""
FINEST = 2.0
"""Pixels for a tenth of a millimetre at which edges are looked at, at most."""
NEAR, FAR = 4, 16
"""Pixels from a frame's edge between which the brightness beside it is taken."""
STEP = 12.0
"""Grey levels by which the brightness changes there at least."""
STEEP = 0.15
"""Share of the type's contrast from one pixel to the next, from which it is an edge."""
FLAT = 10.0
"""Grey levels within which a spot without edges varies."""


def small_lab(small: Image) -> Floats:
    """The card's colours without its print, L*a*b* float32 (135, 214, 3)."""
    return to_lab(np.asarray(cv2.resize(small, SMALL, interpolation=cv2.INTER_AREA), np.uint8), blur=1.0)


def colourfulness(colours: Floats) -> float:
    """How far the card's strongest colours are from what its light tints it with. A copy in grey has none.

    The light's tint may change over the card, as a surface of the second degree.
    """
    tints = colours[..., 1:].reshape(-1, 2)
    surface, fit = _light_surface()
    own = tints - surface @ (fit @ tints[::EVERY])
    return quantile(np.hypot(own[:, 0], own[:, 1]), 0.95)


@cache
def _light_surface() -> tuple[Floats, Floats]:
    """What a surface of the second degree is made of at each pixel of SMALL, and how every EVERYth pixel sets it."""
    x, y = np.meshgrid(np.linspace(-1, 1, SMALL[0]), np.linspace(-1, 1, SMALL[1]))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2).reshape(-1, 6)
    return terms.astype(np.float32), np.linalg.pinv(terms[::EVERY]).astype(np.float32)


def page_around(card: FlatCard) -> float:
    """How far what surrounds the card, on three sides at least, is from an even page of the card's own lightness."""
    scale = SMALL[0] / CARD_WIDTH
    edge = round(RING * scale)
    seen = card.view((-RING, -RING, CARD_WIDTH + RING, CARD_HEIGHT + RING), scale)
    lab = to_lab(seen, blur=0)
    inside = lab[edge + 4 : -edge - 4, edge + 4 : -edge - 4]
    bright = inside[..., 0] >= quantile(inside[..., 0], 0.6)  # all of it where it is burnt out
    paper = _median(inside[bright])
    above, below = lab[2 : edge - 4, edge:-edge], lab[4 - edge : -2, edge:-edge]
    sides = (above, below, lab[edge:-edge, 2 : edge - 4], lab[edge:-edge, 4 - edge : -2])
    middles = [_median(side.reshape(-1, 3)) for side in sides]
    away = sorted(float(np.linalg.norm(middle - paper)) for middle in middles)
    uneven = sorted(
        quantile(np.abs(side - middle).sum(axis=2), 0.5) for side, middle in zip(sides, middles, strict=True)
    )
    return away[2] + 3 * max(0.0, uneven[2] - 1)


def outside_frame(card: FlatCard) -> float:
    """How far the card reaches out of the photo, as a share of its width; negative where it keeps a distance."""
    height, width = card.photo.image.shape[:2]
    low, high = card.polygon.min(axis=0), card.polygon.max(axis=0)
    reach = max(-low[0], -low[1], high[0] - width + 1, high[1] - height + 1)
    return float(reach / np.linalg.norm(card.polygon[1] - card.polygon[0]))


def covered(colours: Floats, side: Side) -> float:
    """Share of the card under the largest thing that reaches in over its edge; a finger counts FINGER times."""
    light, green, blue = cv2.split(colours)
    ground = np.array([quantile(light, 0.7), quantile(green, 0.5), quantile(blue, 0.5)], np.float32)
    off = colours - ground
    away = _lengths(off * np.array([0.3, 1, 1], np.float32))
    # Mirrored light is brighter than the card, and nothing at all is where the photo ends.
    seen = (away > 12) & (light < ground[0] + 8) & (light > 2)
    if side == "portrait":
        x0, y0, x1, y1 = (round(v * SMALL[0] / CARD_WIDTH) for v in PORTRAIT_BOX)
        seen[y0:y1, x0:x1] = False
    round_9 = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    other = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, round_9)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(other)
    areas = [0.0]
    for number, (x, y, w, h, area) in enumerate(boxes[1:count], 1):
        if area >= SMALLEST_COVER and _reaches_in(x, y, w, h):
            middle = off[y : y + h, x : x + w][labels[y : y + h, x : x + w] == number].mean(axis=0)
            areas.append(area * (FINGER if _skin(middle) else 1) / (SMALL[0] * SMALL[1]))
    return float(max(areas))


def _reaches_in(x: int, y: int, w: int, h: int) -> bool:
    """Whether a thing at the card's edge reaches in, not along it as what surrounds a card found askew."""
    width, height = SMALL
    if w >= 0.9 * width or h >= 0.9 * height:
        return False
    beside, above = x <= 1 or x + w >= width - 1, y <= 1 or y + h >= height - 1
    return (beside and w >= DEPTH * h) or (above and h >= DEPTH * w)


def _skin(off: Floats) -> bool:
    """Whether a thing is as much lighter, redder and yellower than the card as skin is under any light."""
    light, red, yellow = map(float, off)
    return light > -35 and 1 < red < 20 and yellow > 5 and float(np.hypot(red, yellow)) > 12


def glare(small: Image) -> Mask:
    """Where light is mirrored: burnt out, or white and far brighter than most of the card. Mask of (270, 428)."""
    red, green, blue = cv2.split(small)
    darkest = cv2.min(cv2.min(red, green), blue)
    soft = cv2.GaussianBlur(darkest.astype(np.float32), (0, 0), 3)
    middle, high = (quantile(darkest[::2, ::2], share) for share in (0.5, 0.7))
    return np.asarray((soft > BURNT) & (soft > middle + 15) | (soft > WHITE) & (soft > high + 30))


def portrait_frame(card: FlatCard) -> float:
    """The weakest of three sharp straight edges around the portrait, L*a*b* a tenth of a millimetre.

    The print fades into the card; a photo laid over it ends at once.
    """
    lab = to_lab(card.view(PORTRAIT_CORNER, 1.0), blur=1.5)
    left, right, top = lab[59:211, 4:136], lab[59:211, 264:366], lab[4:111, 79:301]
    sides = [_lengths(cv2.Sobel(side, cv2.CV_32F, 1, 0, scale=0.25)) for side in (left, right)]
    above = _lengths(cv2.Sobel(top, cv2.CV_32F, 0, 1, scale=0.25))
    slopes = [np.median(side[1:-1, 1:-1], axis=0) for side in sides]
    return min(map(_ridge, [*slopes, np.median(above[1:-1, 1:-1], axis=1)]))


def frame_steeper_than_type(card: FlatCard) -> float:
    """How many times as steep as the edges of the type the frame's least steep edge is; 0 where one is not seen.

    A frame that is printed went through the same lens as the type; one laid over the photo did not.
    """
    scale = float(np.clip(card.resolution, 1.0, FINEST))
    left, right, top = (
        card.view(part, scale, fine=True, one=luma).astype(np.float32) for part in FRAME_SIDES
    )
    frame = min(map(_steepness, (left, right, top.T)))
    print_ = card.view(TYPE, scale, fine=True, one=luma).astype(np.float32)
    contrast = max(quantile(print_, 0.9) - quantile(print_, 0.01), 1.0)
    slopes = np.abs(np.diff(print_, axis=1))
    edges = slopes[slopes > STEEP * contrast]
    return frame * contrast / quantile(edges, 0.9) if edges.size else 0.0


def _steepness(across: Floats) -> float:
    """The steepest slope of the edge that runs down a part, as a share of the step there, median of its rows."""
    slopes = np.median(np.abs(np.diff(cv2.GaussianBlur(across, (3, 1), 0.6), axis=1)), axis=0)
    edge = FAR + int(slopes[FAR:-FAR].argmax())
    before, after = across[:, edge - FAR : edge - NEAR + 1], across[:, edge + NEAR : edge + FAR]
    steps = np.abs(before.mean(axis=1) - after.mean(axis=1))
    steepest = np.abs(np.diff(across[:, edge - NEAR : edge + NEAR + 2], axis=1)).max(axis=1)
    seen = steps > STEP
    return float(np.median(steepest[seen] / steps[seen])) if seen.mean() > 0.4 else 0.0


def _ridge(slopes: Floats) -> float:
    """How far the steepest place rises above what is 6 to 16 places away from it."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(slopes, 16, mode="edge"), 33)
    apart = np.hstack([around[:, :11], around[:, 22:]])
    return float((slopes - np.partition(apart, 17, axis=1)[:, 17]).max())  # of 22, four in five are below


def sharpness(grey: Image) -> float:
    """The steepest edges of a card in grey (540, 856) as a share of its contrast for a tenth of a millimetre."""
    across, down = (slopes[::3, ::3].astype(np.float32) for slopes in cv2.spatialGradient(grey))
    some = grey[::4, ::4]
    contrast = quantile(some, 0.95) - quantile(some, 0.02)
    return quantile(cv2.magnitude(across, down), 0.99) / 8 / max(contrast, 1.0)


def paleness(grey: Image) -> float:
    """How bright the darkest print of a card in grey (540, 856) is, as a share of its ground."""
    some = grey[::4, ::4]
    return quantile(some, 0.002) / max(quantile(some, 0.75), 1.0)


def to_lab(image: Image, blur: float) -> Floats:
    """CIE L*a*b* float32 of RGB, blurred with a Gaussian of that standard deviation before."""
    soft = cv2.GaussianBlur(image, (0, 0), blur) if blur else image
    return np.asarray(cv2.cvtColor(soft.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _lengths(vectors: MatLike) -> Floats:
    """The lengths of vectors (h, w, 3): what OpenCV works out ten times as fast as NumPy."""
    x, y, z = cv2.split(vectors)
    return np.asarray(cv2.sqrt(x * x + y * y + z * z), np.float32)


def _median(colours: Floats) -> Floats:
    """The median of each column of (n, 3)."""
    return np.array([quantile(column, 0.5) for column in colours.T], np.float32)


def flat_spots(soft: Floats) -> Image:
    """Spots of a blurred picture in grey without edges, neither black nor burnt out: 1, else 0."""
    whole, kernel = soft.astype(np.uint8), np.ones((5, 5), np.uint8)
    spread = cv2.subtract(cv2.dilate(whole, kernel), cv2.erode(whole, kernel))
    return ((spread < FLAT) & (whole > 25) & (whole < 247)).view(np.uint8)


def quantile(values: MatLike, share: float) -> float:
    """The value that `share` of the values lie below; NumPy's own takes several times as long."""
    place = round(share * (values.size - 1))
    return float(np.partition(values, place, axis=None)[place])
