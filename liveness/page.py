"""Finds the printed page in a photo from the lines of text that were detected on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from models.arrays import Floats, Image, Polygon

REACH = 2.5
"""Lines of one page are closer to each other than this many heights of the taller of the two."""
PICTURE = 0.45
"""A picture parts the lines of a page by at most this share of its width."""
HEAD_GAP = 1.5
"""Hands and pictures part the head of a page from the print below by this much of its width at most,"""
ASIDE = 0.4
"""and it reaches this much beyond that print on either side."""


@dataclass(frozen=True)
class Block:
    """A line of text in page coordinates: the photo turned so that lines run to the right."""

    index: int
    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """x of its left end."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """x of its right end."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Page:
    """A printed page as its lines of text show it."""

    polygon: Polygon
    """Corners of the print, float32 (4, 2), photo pixels, clockwise from its top left as read."""
    angle: float
    """Degrees that its lines are turned clockwise in the photo."""
    blocks: tuple[Block, ...]
    """From top to bottom."""

    @property
    def area(self) -> float:
        """Pixels of the photo."""
        return float(cv2.contourArea(self.polygon))

    @cached_property
    def top(self) -> float:
        """y of its highest line's upper edge, page coordinates."""
        return min(b.y - b.height / 2 for b in self.blocks)

    @cached_property
    def height(self) -> float:
        """From the upper edge of the highest line to the lower edge of the lowest, pixels."""
        return max(b.y + b.height / 2 for b in self.blocks) - self.top

    def depth(self, block: Block) -> float:
        """0 at the top of the print, 1 at its bottom."""
        return (block.y - self.top) / max(self.height, 1.0)

    @cached_property
    def columns(self) -> int:
        """The most lines of small print that stand side by side at one height."""
        body = [b for b in self.blocks if b.height < 1.6 * self.body_height]
        beside = [sum(abs(b.y - other.y) < b.height / 2 for other in body) for b in body]
        return int(np.percentile(beside, 80)) if beside else 0

    @cached_property
    def body_height(self) -> float:
        """Height of a line of body text, pixels."""
        return float(np.median([b.height for b in self.blocks]))


def find_pages(polygons: Sequence[Polygon], reach: float = 0.0) -> tuple[Page, ...]:
    """Groups lines (photo pixels, as a text detector gives them) into pages, most print first.

    Lines closer than `reach` pixels are of one page, however small they are.
    """
    if not polygons:
        return ()
    angle = _common_angle(polygons)
    blocks = turn_to_page(polygons, angle)
    groups = _stacked(_neighbours(blocks, reach))
    pages = [of_blocks(group, angle) for group in groups]
    return tuple(sorted(pages, key=lambda p: -len(p.blocks) * p.area))


def of_blocks(blocks: Sequence[Block], angle: float) -> Page:
    """The page of these lines, turned by `angle` degrees."""
    left, right = min(b.left for b in blocks), max(b.right for b in blocks)
    top, bottom = min(b.y - b.height / 2 for b in blocks), max(b.y + b.height / 2 for b in blocks)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    polygon = corners @ rotation(angle).T
    return Page(polygon.astype(np.float32), angle, tuple(sorted(blocks, key=lambda b: b.y)))


def joined(page: Page, other: Page) -> Page:
    """Two parts of one page, both with lines in the same direction."""
    return of_blocks([*page.blocks, *other.blocks], page.angle)


def is_above(other: Page, page: Page) -> bool:
    """Could the other print be the head of this page: over it, within its width and near enough?"""
    left, right = min(b.left for b in page.blocks), max(b.right for b in page.blocks)
    width = right - left
    inside = all(left - ASIDE * width < b.x < right + ASIDE * width for b in other.blocks)
    return inside and other.top < page.top and page.top - other.top - other.height < HEAD_GAP * width


def flatten(image: Image, page: Page, side: int) -> Image:
    """The page upright, its longer side at most `side` pixels."""
    width = float(np.linalg.norm(page.polygon[1] - page.polygon[0]))
    height = float(np.linalg.norm(page.polygon[3] - page.polygon[0]))
    scale = min(1.0, side / max(width, height, 1.0))
    w, h = max(8, round(width * scale)), max(8, round(height * scale))
    target = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(page.polygon, target)
    return cv2.warpPerspective(image, matrix, (w, h), flags=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _common_angle(polygons: Sequence[Polygon]) -> float:
    """Median direction of the lines, degrees, long lines counting more."""
    along = np.array([p[1] - p[0] for p in polygons])
    length = np.hypot(along[:, 0], along[:, 1])
    angles = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    order = np.argsort(angles)
    half = np.searchsorted(np.cumsum(length[order]), length.sum() / 2)
    return float(angles[order[min(half, len(order) - 1)]])


def turn_to_page(polygons: Sequence[Polygon], angle: float) -> list[Block]:
    """Lines (photo pixels) in the coordinates of a page whose lines are turned by `angle` degrees."""
    if not polygons:
        return []
    points = np.stack(polygons) @ rotation(-angle).T
    right, down = points[:, 1] - points[:, 0], points[:, 3] - points[:, 0]
    sides = right, points[:, 2] - points[:, 3], down, points[:, 2] - points[:, 1]
    top, bottom, left, far = (np.hypot(side[:, 0], side[:, 1]) for side in sides)
    rows = np.column_stack([points.mean(axis=1), (top + bottom) / 2, (left + far) / 2]).tolist()
    return [Block(index, *row) for index, row in enumerate(rows)]


def _neighbours(blocks: list[Block], floor: float) -> list[list[Block]]:
    """Connected groups of lines that are near each other."""
    x, y, w, h = (np.array([getattr(b, k) for b in blocks]) for k in ("x", "y", "width", "height"))
    gap_x = np.abs(x[:, None] - x) - (w[:, None] + w) / 2
    gap_y = np.abs(y[:, None] - y) - (h[:, None] + h) / 2
    reach = REACH * np.maximum(np.maximum(h[:, None], h), 1.5 * np.median(h))
    reach = np.maximum(reach, floor)
    near = (np.maximum(gap_x, 0) < 1.5 * reach) & (np.maximum(gap_y, 0) < reach)
    label = np.arange(len(blocks))
    for _ in range(len(blocks)):
        spread = np.where(near, label, len(blocks)).min(axis=1)
        if (spread == label).all():
            break
        label = spread
    return [[b for b, own in zip(blocks, label, strict=True) if own == group] for group in np.unique(label)]


def _stacked(groups: list[list[Block]]) -> list[list[Block]]:
    """Joins what a large picture parts: groups above each other, of about the same columns."""
    groups = sorted(groups, key=lambda g: -len(g))
    for i, main in enumerate(groups):
        for other in groups[i + 1 :]:
            if other and main and _is_above_or_below(main, other):
                main.extend(other)
                other.clear()
    return [g for g in groups if g]


def _is_above_or_below(main: list[Block], other: list[Block]) -> bool:
    left, right = min(b.left for b in main), max(b.right for b in main)
    width, middle = right - left, [b.x for b in other]
    gap = max(
        min(b.y - b.height / 2 for b in other) - max(b.y + b.height / 2 for b in main),
        min(b.y - b.height / 2 for b in main) - max(b.y + b.height / 2 for b in other),
    )
    return left < min(middle) and max(middle) < right and gap < PICTURE * width


def rotation(degrees: float) -> Floats:
    """float32 (2, 2): points (n, 2) times its transpose are turned clockwise on a screen."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]], np.float32)
