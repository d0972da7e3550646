"""What to tell a seller whose camera is running: one cheap look at one small frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Image

FACE_SIDE = 240
"""Frames are looked at this small, on the short side, for faces."""
DARK, BRIGHT = 60.0, 225.0
"""Mean grey between which a photo is well lit."""
SHARP_FACE, SHARP_CARD = 25.0, 60.0
"""Variance of the Laplacian, on a frame 240 high, below which it counts as blurred; chosen on a few frames."""
FACE_SHARE = {"selfie": (0.28, 0.75), "pose": (0.12, 0.5)}
"""Height of the face as a share of the frame's: smaller is too far away, larger too near."""
CARD_SHARE = 0.30
"""Area of a card as a share of the frame's."""
BURNT, GLARE_SHARE = 254, 0.015
"""Grey from which a pixel is burnt out; share of a card under burnt-out spots (white paper burns out in dots)."""
GLARE_SPOT = 5
"""Pixels that a burnt-out spot is wide at least, on a frame 240 high."""


@dataclass(frozen=True)
class Advice:
    """A code that the page has a sentence for, and whether the photo can be taken now."""

    code: str
    ready: bool = False


def advise(frame: Image, kind: str) -> Advice:
    """What is wrong with the frame, the most important first; `good` where nothing is."""
    ratio = FACE_SIDE / min(frame.shape[:2])
    small = np.asarray(cv2.resize(frame, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA), np.uint8)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    if grey.mean() < DARK:
        return Advice("more_light")
    if grey.mean() > BRIGHT:
        return Advice("less_light")
    code = _face(small, grey, kind) if kind in FACE_SHARE else _card(grey)
    return Advice(code, ready=code == "good")


def _face(small: Image, grey: Image, kind: str) -> str:
    from models.face_analysis import find_faces

    faces = find_faces(small)
    if not faces:
        return "no_face"
    if kind == "selfie" and len(faces) > 1:
        return "one_person"
    x0, y0, x1, y1 = faces[0].box
    height, width = small.shape[:2]
    least, most = FACE_SHARE[kind]
    share = float(y1 - y0) / height
    if share < least:
        return "closer"
    if share > most:
        return "further"
    if not 0.25 < float(x0 + x1) / 2 / width < 0.75:
        return "to_the_middle"
    inside = grey[max(int(y0), 0) : int(y1), max(int(x0), 0) : int(x1)]
    return "good" if _sharpness(inside) >= SHARP_FACE else "hold_still"


def _card(grey: Image) -> str:
    area, corners = _largest_quadrilateral(grey)
    if corners is None:
        return "no_card"
    if area < CARD_SHARE * grey.size:
        return "closer"
    x, y, width, height = cv2.boundingRect(corners)
    if height > width:
        return "turn_card"
    if _glare(grey, corners) > GLARE_SHARE:
        return "glare"
    return "good" if _sharpness(grey[y : y + height, x : x + width]) >= SHARP_CARD else "hold_still"


def _glare(grey: np.ndarray, corners: np.ndarray) -> float:
    """Share of the card, without its edge, that lies under burnt-out spots."""
    spot = np.ones((GLARE_SPOT, GLARE_SPOT), np.uint8)
    card = np.zeros_like(grey)
    cv2.fillConvexPoly(card, corners, 255)
    card = np.asarray(cv2.erode(card, spot), np.uint8)
    burnt = np.asarray(((grey >= BURNT) & (card > 0)), np.uint8)
    return float(cv2.morphologyEx(burnt, cv2.MORPH_OPEN, spot).sum()) / max(int((card > 0).sum()), 1)


def _largest_quadrilateral(grey: Image) -> tuple[float, np.ndarray | None]:
    """Area and corners (4, 2) int32 of the largest convex shape of four sides; None where there is none."""
    edges = cv2.Canny(cv2.GaussianBlur(grey, (5, 5), 0), 40, 120)
    edges = cv2.dilate(edges, np.ones((3, 3), np.uint8))
    best, found = 0.03 * grey.size, None
    for outline in cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
        hull = cv2.convexHull(outline)
        shape = cv2.approxPolyDP(hull, 0.04 * cv2.arcLength(hull, True), True)
        area = cv2.contourArea(shape)
        if len(shape) == 4 and area > best:
            best, found = area, shape.reshape(4, 2)
    return best, found


def _sharpness(grey: np.ndarray) -> float:
    return float(cv2.Laplacian(grey, cv2.CV_64F).var()) if grey.size else 0.0
