"""Finds the four corners of a page in a photo: its edge, or the frame printed on it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from cv2.typing import MatLike

from models.arrays import Image, Polygon

MIN_AREA = 0.03
"""Share of the photo that a page takes at least."""
SIMPLER = (0.015, 0.03, 0.05)
"""How far the outline may be from four straight sides, shares of its length."""
MIN_FILLED = 0.9
"""Share of the four-sided figure that the outline must enclose."""
PROPORTIONS = (1.15, 1.75)
"""Long side by short side: ISO 216 sheets are 1.41, seen at an angle more or less."""
PARALLEL = 0.95
"""Cosine of the angle that a page's sides may make with its title."""
CENTRED = (0.38, 0.62)
"""Where along the page the middle of its title may stand, and down to where."""
UPPER = 0.45
AT_THE_EDGE = 4
"""Corners this near to the photo's edge, in pixels, are where the photo ends and not the page."""
SHEET = 1.414
OFF_CENTRE_COST, PROPORTIONS_COST, LARGER = 3.0, 1.5, 0.05
"""What makes one figure more like a page than another; of a page's edge and its frame, the edge."""


def page_around(small: Image, title: Polygon) -> Polygon | None:
    """The four-sided figure that has the title (upright) most nearly at its place; corners from the page's top left."""
    found: list[tuple[float, Polygon]] = []
    for quad, filled in outlines(small):
        page = _from_top_left(quad, title)
        likeness = _likeness(page, title) if page is not None else None
        if page is not None and likeness is not None:
            found.append((filled + likeness, page))
    return max(found, key=lambda f: f[0], default=(0.0, None))[1]


def outlines(image: Image) -> Iterator[tuple[Polygon, float]]:
    """Outlines with four straight sides (4, 2), and the share of each that the outline fills."""
    least = MIN_AREA * image.shape[0] * image.shape[1]
    for mask in _masks(image):
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            hull = cv2.convexHull(contour)
            area = cv2.contourArea(hull)
            if area < least:
                continue
            for share in SIMPLER:
                corners = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, True), True)
                filled = area / max(cv2.contourArea(corners), 1.0)
                if len(corners) == 4 and filled > MIN_FILLED and not _cut_off(corners[:, 0], image):
                    yield corners[:, 0].astype(np.float32), min(filled, 1 / filled)
                    break


def _cut_off(corners: MatLike, image: Image) -> bool:
    """Whether two corners lie on the edge of the photo."""
    size = np.array(image.shape[1::-1]) - 1
    return int(((corners < AT_THE_EDGE) | (corners > size - AT_THE_EDGE)).any(axis=1).sum()) > 1


def _masks(image: Image) -> Iterator[Image]:
    """Black and white pictures in which a page may stand out from what lies around it."""
    smooth = cv2.GaussianBlur(image, (0, 0), 2)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)
    for channel in cv2.split(lab):
        _, light = cv2.threshold(channel, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        yield np.asarray(light, np.uint8)
    for low, high in ((15, 40), (40, 100)):
        edges = cv2.Canny(np.ascontiguousarray(lab[:, :, 0]), low, high)
        yield np.asarray(cv2.dilate(edges, np.ones((3, 3), np.uint8)), np.uint8)


def _from_top_left(quad: Polygon, title: Polygon) -> Polygon | None:
    """The corners clockwise from the top left as the title stands; None where no side runs along it."""
    centre = quad.mean(axis=0)
    ordered = quad[np.argsort(np.arctan2(*(quad - centre).T[::-1]))]  # clockwise on a screen
    along = (title[1] - title[0]) / np.linalg.norm(title[1] - title[0])
    for turn in range(4):
        page = np.roll(ordered, turn, axis=0)
        top, bottom = page[1] - page[0], page[2] - page[3]
        if all(float(side @ along) > PARALLEL * float(np.linalg.norm(side)) for side in (top, bottom)):
            return np.asarray(page, np.float32)
    return None


def _likeness(page: Polygon, title: Polygon) -> float | None:
    """How well the title and the proportions fit a page; None where they do not."""
    width = float(np.linalg.norm(page[1] - page[0]) + np.linalg.norm(page[2] - page[3])) / 2
    height = float(np.linalg.norm(page[3] - page[0]) + np.linalg.norm(page[2] - page[1])) / 2
    proportions = max(width, height) / min(width, height)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(page, np.float32), unit)
    x, y = cv2.perspectiveTransform(title.mean(axis=0, dtype=np.float64)[None, None], matrix)[0, 0]
    fits = PROPORTIONS[0] < proportions < PROPORTIONS[1] and CENTRED[0] < x < CENTRED[1] and 0 < y < UPPER
    if not fits:
        return None
    off = OFF_CENTRE_COST * abs(x - 0.5) + PROPORTIONS_COST * abs(np.log(proportions / SHEET))
    return float(LARGER * np.log(width * height) - off)
