"""Were two photos taken in front of the same background? Hired card holders are photographed one after another in one
room; their faces and cards differ, the wall behind them does not.

Local features (SIFT; Lowe, 2004) of what is behind the person, matched, and kept where one plane's perspective moves
many of them alike (RANSAC). The person is cut out by segmentation.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image
from models.person_segmenter import person_mask

LONG_SIDE = 640
"""Pixels to which a photo's longer side is scaled before features are looked for."""

FEATURES = 300
"""The strongest features that are kept of a photo: 40 kB."""

FAINT = 0.02
"""Least contrast of a feature: half of the paper's, since walls are pale."""

FEWEST = 20
"""A background with fewer features is too plain to be told from others."""

PERSON = 0.2
"""Of the segmentation's certainty: from here on a pixel may be the person's."""

PERSON_MARGIN = 0.03
"""Of the photo's side: how far around the person features are left out; hair and shoulders reach out of the mask."""

EDGE = 0.02
"""Of the photo's side, left out: frames and what scaling leaves there look alike in many photos."""

NEXT_BEST = 0.8
"""A match must be this much nearer than the next best one (Lowe's ratio)."""

SAME_PLACE_PIXELS = 5.0
SAME_BACKGROUND_MATCHES = 12
"""Matches that agree on one perspective, from which two backgrounds are the same (docs/accuracy.md)."""

LEAST_SPREAD = 0.04
"""Part of the photo's area that these matches must span: less is a logo or a watermark, not a room."""


@dataclass(frozen=True, eq=False)
class Background:
    """Features of what is behind the person: points float32 (n, 2) in a photo of 640 pixels' longer side,
    descriptors uint8 (n, 128), and the photo's size there as width, height.
    """

    points: Floats
    descriptors: NDArray[np.uint8]
    size: tuple[int, int]

    def to_bytes(self) -> bytes:
        """As it is stored: 132 bytes a feature."""
        return (
            struct.pack("<3H", *self.size, len(self.points))
            + np.round(self.points).astype("<u2").tobytes()
            + self.descriptors.tobytes()
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Background:
        """What `to_bytes` wrote."""
        width, height, count = struct.unpack_from("<3H", stored)
        points = np.frombuffer(stored, "<u2", 2 * count, 6).reshape(count, 2)
        descriptors = np.frombuffer(stored, np.uint8, 128 * count, 6 + 4 * count).reshape(count, 128)
        return cls(points.astype(np.float32), descriptors, (width, height))


def background(photo: Image) -> Background | None:
    """The background's features, None where it is too plain."""
    scale = LONG_SIDE / max(photo.shape[:2])
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    finder = cv2.SIFT.create(nfeatures=FEATURES, contrastThreshold=FAINT)
    found, descriptors = finder.detectAndCompute(grey, _behind(photo, width, height))
    if len(found) < FEWEST:
        return None
    points = np.array([feature.pt for feature in found[:FEATURES]], np.float32)
    kept = np.asarray(descriptors[:FEATURES], np.float32)
    return Background(points, _rooted(kept), (width, height))


def same_background(a: Background, b: Background) -> bool:
    """Do enough features of both lie where one perspective puts them, over enough of the photo?"""
    ours, theirs = _matches(a, b)
    if len(ours) < SAME_BACKGROUND_MATCHES:
        return False
    moved, agree = cv2.findHomography(ours, theirs, cv2.USAC_MAGSAC, SAME_PLACE_PIXELS, maxIters=2000)
    if moved is None or agree.sum() < SAME_BACKGROUND_MATCHES:
        return False
    kept = agree.ravel().astype(bool)
    return all(_spread(p[kept], of.size) >= LEAST_SPREAD for p, of in ((ours, a), (theirs, b)))


def _behind(photo: Image, width: int, height: int) -> NDArray[np.uint8]:
    """255 where the background is, uint8 (height, width)."""
    person = (cv2.resize(person_mask(photo), (width, height)) > PERSON).astype(np.uint8)
    reach = 2 * round(PERSON_MARGIN * LONG_SIDE) + 1
    behind = 255 * (1 - cv2.dilate(person, np.ones((reach, reach), np.uint8)))
    edge = round(EDGE * LONG_SIDE)
    inside = np.zeros_like(behind)
    inside[edge : height - edge, edge : width - edge] = 1
    return np.asarray(behind * inside, np.uint8)


def _rooted(descriptors: Floats) -> NDArray[np.uint8]:
    """RootSIFT (Arandjelović and Zisserman, 2012) in eight bits: Euclidean distance compares histograms better."""
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    return np.asarray(np.round(np.sqrt(shares) * 255), np.uint8)


def _matches(a: Background, b: Background) -> tuple[Floats, Floats]:
    """Points (n, 2) of both whose descriptors are each other's nearest, clearly nearer than the next best."""
    first, second = (x.descriptors.astype(np.float32) for x in (a, b))
    products = first @ second.T
    distance = (first**2).sum(1)[:, None] + (second**2).sum(1)[None] - 2 * products
    rows = np.arange(len(first))
    nearest = distance.argmin(axis=1)
    two = np.partition(distance, 1, axis=1)[:, :2]
    clear = two[:, 0] < NEXT_BEST**2 * two[:, 1]
    mutual = distance.argmin(axis=0)[nearest] == rows
    chosen = clear & mutual
    return a.points[chosen], b.points[nearest[chosen]]


def _spread(points: Floats, size: tuple[int, int]) -> float:
    """Part of the photo's area that the points span."""
    return float(cv2.contourArea(cv2.convexHull(points))) / (size[0] * size[1])
