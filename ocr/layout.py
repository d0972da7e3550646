"""Finds an ID card in a photo by the pattern that its lines of text make, without reading any of them.

The lines of a card stand at places fixed by the printer (layouts.toml). A line that looks like an anchor
(the ID number, or a title of the emblem side) suggests where the whole card would be; the suggestion that
explains the other lines best wins. Clutter, pages of text beside the card and fingers over its border do
not matter, and the winner tells side and orientation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Polygon

Flags = NDArray[np.bool_]

CARD_WIDTH, CARD_HEIGHT = 856, 540
"""The card in tenths of a millimetre (ISO/IEC 7810 ID-1: 85.6 x 54 mm)."""
CARD_CORNERS = np.array([[0, 0], [CARD_WIDTH, 0], [CARD_WIDTH, CARD_HEIGHT], [0, CARD_HEIGHT]], np.float32)
LINE_HEIGHT = (14, 105)
"""Height of a line on the card, tenths of a millimetre, as the detector draws it."""
STRETCHES = (0.75, 0.85, 0.95, 1.05)
SHEARS = (-0.24, -0.12, 0.0, 0.12, 0.24)
"""What a tilted camera does to the direction down the card, relative to the direction along its lines."""
MISFIT_COST = 0.7
MIN_SCORE = 1.5
TRIED = 20
"""Best suggestions of a side that are looked at; most lie on the same card."""

Side = Literal["portrait", "emblem"]
SIDES: tuple[Side, ...] = ("portrait", "emblem")


@dataclass(frozen=True)
class Zone:
    """Where the left end, the right end and the middle height of a line may be, in card units."""

    name: str
    left: tuple[float, float]
    right: tuple[float, float]
    middle: tuple[float, float]
    anchor: bool = False


@dataclass(frozen=True)
class Placement:
    """A card in a photo, as the lines of text suggest it."""

    side: Side
    polygon: Polygon
    """float32 (4, 2): the card's corners in the photo, clockwise from the top left of the upright card."""
    score: float
    """About how many different zones of the card have a line, less the lines that fit nowhere."""


def placements(lines: Sequence[Polygon]) -> list[Placement]:
    """Cards that would explain the lines (polygons of a text detector, pixels), best first, all distinct."""
    if not lines:
        return []
    quads = np.stack(lines).astype(np.float32)
    found: list[Placement] = []
    for side in SIDES:
        zones = layout(side)
        suggestions = [t for zone in zones if zone.anchor for t in _suggestions(quads, zone)]
        if not suggestions:
            continue
        transforms = np.stack(suggestions)
        scores = _scores(transforms, quads, zones)
        found += [
            Placement(side, _mapped(transforms[i], CARD_CORNERS), float(scores[i]))
            for i in np.argsort(-scores)[:TRIED]
        ]
    likely = [placement for placement in found if placement.score >= MIN_SCORE]
    return _distinct(sorted(likely, key=lambda placement: -placement.score))


@cache
def layout(side: Side) -> tuple[Zone, ...]:
    """The zones of a side."""
    table = tomllib.loads(files("ocr").joinpath("layouts.toml").read_text("utf-8"))[side]
    return tuple(
        Zone(name, tuple(z["left"]), tuple(z["right"]), tuple(z["middle"]), z.get("anchor", False))
        for name, z in table.items()
    )


def _suggestions(quads: Floats, zone: Zone) -> Iterator[Floats]:
    """Affine maps (2, 3) from card to photo that lay the zone on a line of about its proportions."""
    left, right, middle = (float(np.mean(bounds)) for bounds in (zone.left, zone.right, zone.middle))
    for quad in quads:
        start, end = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
        height = float(np.linalg.norm(quad[0] - quad[3]))
        length = max(float(np.linalg.norm(end - start)), 1.0)
        if not LINE_HEIGHT[0] < height / length * (right - left) < LINE_HEIGHT[1] * 1.3:
            continue
        for a, b in ((start, end), (end, start)):
            along = (b - a) / (right - left)
            for stretch, shear in product(STRETCHES, SHEARS):
                down = stretch * np.array([-along[1], along[0]]) + shear * along
                yield np.column_stack([along, down, a - left * along - middle * down])


def _scores(transforms: Floats, quads: Floats, zones: Sequence[Zone]) -> Floats:
    """How well each transform (n, 2, 3) explains the lines (m, 4, 2): (n,)."""
    fits, inside = _fits(transforms, quads, zones)
    hit = fits.any(axis=1).sum(axis=1)
    misfits = (inside & ~fits.any(axis=2)).sum(axis=1)
    return np.asarray(hit - MISFIT_COST * misfits, np.float32)


def _fits(transforms: Floats, quads: Floats, zones: Sequence[Zone]) -> tuple[Flags, Flags]:
    """Which line fits which zone (n, m, zones), and which lines lie on the card at all (n, m)."""
    inverse = np.linalg.inv(transforms[:, :, :2])
    points = np.einsum("nij,nmkj->nmki", inverse, quads[None] - transforms[:, None, None, :, 2])
    centre = points.mean(axis=2)
    left, right = points[..., 0].min(axis=2), points[..., 0].max(axis=2)
    height = points[..., 1].max(axis=2) - points[..., 1].min(axis=2)
    line = (height > LINE_HEIGHT[0]) & (height < LINE_HEIGHT[1])
    fits = np.stack(
        [
            line
            & _within(left, zone.left)
            & _within(right, zone.right)
            & _within(centre[..., 1], zone.middle)
            for zone in zones
        ],
        axis=2,
    )
    inside = _within(centre[..., 0], (0, CARD_WIDTH)) & _within(centre[..., 1], (0, CARD_HEIGHT))
    return fits, inside


def _within(values: Floats, bounds: tuple[float, float]) -> Flags:
    return np.asarray((values > bounds[0]) & (values < bounds[1]))


def _mapped(transform: Floats, points: Floats) -> Polygon:
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float32)


def _distinct(found: list[Placement]) -> list[Placement]:
    kept: list[Placement] = []
    for placement in found:
        centre = placement.polygon.mean(axis=0)
        size = np.linalg.norm(placement.polygon[0] - placement.polygon[2])
        if all(
            np.linalg.norm(centre - k.polygon.mean(axis=0)) > size / 4 or k.side != placement.side
            for k in kept
        ):
            kept.append(placement)
    return kept
