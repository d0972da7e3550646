"""Unrolls the rows of a bent page: follows them from where they were found, and cuts them out along their baseline.

A passport lies open and curls, so the rows of its zone are arcs. A short piece of an arc is straight: beginning where
fillers were read, narrow windows are laid side by side, each turned and moved so that the ink in it stands as it did in
those before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image, Polygon
from ocr.mrz_lines import height_of

Points = NDArray[np.float64]

ROW = 32
"""Height in pixels of a row in the unrolled picture."""
FOLLOWED = 16
"""... and in the picture in which it is followed."""
REACH = (70, 25)
"""Heights of a row along and across it in which it is followed: the longest have 44 characters."""
AROUND = 6
"""Heights of a row that are shown above and below the one that is followed."""
NEAR = 2.5
"""Heights above and below the row whose ink tells where the rows go on."""
STEP = 0.75
"""Heights of a row from a window to the next; a window is twice as wide."""
TURNS = np.linspace(-0.12, 0.12, 9)
"""Radians by which a window may be turned against the one before."""
SHIFTS = np.linspace(-0.16, 0.16, 5)
"""Heights by which it may be moved."""
STIFF = 6.0
"""Cost of a turn, in correlation per square radian."""
LOST = 0.4
"""Correlation of the ink below which a window shows no row."""
PATIENCE = 5
"""Windows without a row after which it has ended: glare hides some characters."""
LEARNT = 0.15
"""Weight of the newest window in what the rows look like."""
SMOOTH = 3
"""Windows over which the path is smoothed."""


@dataclass(frozen=True)
class Unrolled:
    """The surroundings of a row, cut out along it."""

    image: Image
    """RGB uint8, (height, width, 3), rows of ROW pixels."""
    place: Floats
    """(height, width, 2): where each pixel of the image stands in the photo, (x, y)."""

    def in_photo(self, polygon: Polygon) -> Polygon:
        """A polygon of the image, in pixels of the photo."""
        height, width = self.image.shape[:2]
        columns, rows = np.rint(polygon).astype(int).T
        return np.asarray(self.place[rows.clip(0, height - 1), columns.clip(0, width - 1)], np.float32)


def unrolled(photo: Image, row: Polygon) -> Unrolled:
    """What stands around a row of which a straight part, upright, was found."""
    along = (row[1] - row[0]) / np.linalg.norm(row[1] - row[0])
    axes = np.stack([along, [-along[1], along[0]]], axis=1) * height_of(row) / FOLLOWED
    middle = np.array(REACH) * FOLLOWED
    to_photo = np.column_stack([axes, row.mean(axis=0) - axes @ middle])
    size = (2 * int(middle[0]), 2 * int(middle[1]))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    level = cv2.warpAffine(photo, to_photo, size, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    place = cv2.transform(_beside(_path(_ink(level.astype(np.uint8, copy=False)), middle)), to_photo).astype(
        np.float32
    )
    image = cv2.remap(photo, place, np.empty(0), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return Unrolled(image.astype(np.uint8, copy=False), place)


def _ink(level: Image) -> Floats:
    """How much darker than its ground each pixel is, strokes of any darkness alike."""
    grey = cv2.cvtColor(level, cv2.COLOR_RGB2GRAY)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (FOLLOWED, FOLLOWED))
    return np.asarray(np.sqrt(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)), np.float32)


def _path(ink: Floats, middle: Points) -> Points:
    """(n, 2): the middle line of the row, from left to right, in pixels of the ink, STEP heights apart."""
    right = list(_followed(ink, middle, 1))
    left = list(_followed(ink, middle, -1))
    points = np.array([*reversed(left), middle, *right])
    # Smoothed at both ends too: as if the path went on straight.
    ends = [points[0] + (points[0] - points[SMOOTH]), points[-1] + (points[-1] - points[-1 - SMOOTH])]
    padded = np.concatenate(
        [
            np.linspace(ends[0], points[0], SMOOTH + 1)[:-1],
            points,
            np.linspace(points[-1], ends[1], SMOOTH + 1)[1:],
        ]
    )
    weights = np.hanning(2 * SMOOTH + 3)[1:-1]
    weights /= weights.sum()
    return np.stack([np.convolve(axis, weights, "valid") for axis in padded.T], axis=1)


def _followed(ink: Floats, start: Points, way: int) -> Iterator[Points]:
    """The points of the row that follow one another to the right (way 1) or to the left (-1)."""
    point, angle = start, 0.0
    (known,) = _profiles(ink, point[None], np.array([angle]))
    turns, shifts = (values.ravel() for values in np.meshgrid(TURNS, SHIFTS))
    lost = 0
    for _ in range(int(REACH[0] / STEP)):
        angles = angle + turns
        mean = angle + turns / 2
        ahead = np.stack([np.cos(mean), np.sin(mean)], axis=1) * way * STEP * FOLLOWED
        aside = np.stack([-np.sin(angles), np.cos(angles)], axis=1) * shifts[:, None] * FOLLOWED
        points = point + ahead + aside
        profiles = _profiles(ink, points, angles)
        likeness = profiles @ known
        best = int((likeness - STIFF * turns**2).argmax())
        lost = lost + 1 if likeness[best] < LOST else 0
        if likeness[best] < LOST:  # straight on
            best = int(np.flatnonzero((np.abs(turns) < 1e-9) & (np.abs(shifts) < 1e-9))[0])
        else:
            known = (1 - LEARNT) * known + LEARNT * profiles[best]
            known /= np.linalg.norm(known)
        point, angle = points[best], float(angles[best])
        yield point
        if lost > PATIENCE:
            return


def _profiles(ink: Floats, points: Points, angles: Points) -> Points:
    """(n, m): ink across the row in a window at each point, turned by the angle; of mean 0 and length 1."""
    half, deep = STEP * FOLLOWED, NEAR * FOLLOWED
    across, along = np.meshgrid(np.arange(-deep, deep + 1, 2), np.linspace(-half, half, 13), indexing="ij")
    cos, sin = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    x = points[:, 0, None, None] + cos * along - sin * across
    y = points[:, 1, None, None] + sin * along + cos * across
    shape = (len(points) * across.shape[0], across.shape[1])
    found = cv2.remap(
        ink, x.reshape(shape).astype(np.float32), y.reshape(shape).astype(np.float32), cv2.INTER_LINEAR
    )
    profiles = found.reshape(len(points), *across.shape).mean(axis=2, dtype=np.float64)
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    lengths = np.maximum(np.linalg.norm(profiles, axis=1, keepdims=True), 1e-6)
    return np.asarray(profiles / lengths)


def _beside(path: Points) -> Points:
    """(height, width, 2): the places of an unrolled picture along the path, in pixels of the ink."""
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    pixel = FOLLOWED / ROW
    at = np.arange(0, lengths[-1], pixel)
    line = np.stack([np.interp(at, lengths, axis) for axis in path.T], axis=1)
    tangent = np.gradient(path, axis=0)
    tangent = np.stack([np.interp(at, lengths, axis) for axis in tangent.T], axis=1)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    across = np.arange(-AROUND * ROW, AROUND * ROW) * pixel
    return np.asarray(line[None] + across[:, None, None] * normal[None])
