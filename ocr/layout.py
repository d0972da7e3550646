"""Finds an ID card in a photo by the pattern that its lines of text make, without reading any of them.

The lines of a card stand at places fixed by the printer (layouts.toml). A line that looks like an anchor
(the ID number, or a title of the emblem side) suggests where the whole card would be; the suggestion that
explains the other lines best wins. Clutter, pages of text beside the card and fingers over its border do
not matter, and the winner tells side and orientation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
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
STRETCHES = (0.75, 0.85, 0.95, 1.05)
SHEARS = (-0.24, -0.12, 0.0, 0.12, 0.24)
"""What a tilted camera does to the direction down the card, relative to the direction along its lines."""
VIEWS = np.array(list(product(STRETCHES, SHEARS)))
MISFIT_COST = 0.7
"""What a line on the card that fits no zone takes off the score; one that fits adds 1, for clutter lies on cards too."""
TILT_COST = 1.5
"""Of placements that explain the lines equally well, the one that needs the least tilt of the camera is right."""
MIN_SCORE = 1.5
"""A placement that explains less is none: the line that suggested it fits by itself."""
TRIED = 12
"""Best suggestions of a side that are looked at; most lie on the same card."""
INNER = (45.0, 25.0)
"""A line centred nearer to the left or right, or the upper or lower border than this, in card units, is none of the
card's: its print ends further in. So scraps of a page on which the card lies do not speak against a placement that is
a little too wide.
"""
OWN_WEIGHT = 0.01
"""What each corner's present place counts beside an end of a line: it keeps directions that no line speaks for."""
NARROW = 80
"""A zone whose middle may vary less than this says where its line stands."""
SAME = 0.06
"""Placements whose corners differ by less than this share of the card's width are one."""

IN_PLACE = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""The transform of a card that is flattened already."""
MUCH_BETTER = 0.8
"""A placement must explain about one line more than another to be worth a move."""

Side = Literal["portrait", "emblem"]
SIDES: tuple[Side, ...] = ("portrait", "emblem")


@dataclass(frozen=True)
class Zone:
    """Where the left end, the right end and the middle height of a line may be, in card units."""

    name: str
    left: tuple[float, float]
    right: tuple[float, float]
    middle: tuple[float, float]
    height: tuple[float, float]
    anchor: bool = False
    columns: tuple[float, ...] = ()
    """Where exactly a line in the zone may begin: its label's column or its value's."""


@dataclass(frozen=True)
class Placement:
    """A card in a photo, as the lines of text suggest it."""

    side: Side
    polygon: Polygon
    """float32 (4, 2): the card's corners in the photo, clockwise from the top left of the upright card."""
    score: float
    """About how many different zones of the card have a line, less the lines that fit nowhere."""
    framing: float = 0.0
    """Share of the four borders that is seen in the photo, once it was looked for."""


def placements(lines: Sequence[Polygon]) -> list[Placement]:
    """Cards that would explain the lines (polygons of a text detector, pixels), best first, all distinct."""
    if not lines:
        return []
    quads = np.stack(lines).astype(np.float32)
    anchors = {side: [zone for zone in layout(side) if zone.anchor] for side in SIDES}
    return likeliest(
        {side: np.concatenate([_suggestions(quads, z) for z in zones]) for side, zones in anchors.items()},
        quads,
    )


def likeliest(suggested: Mapping[Side, Floats], quads: Floats) -> list[Placement]:
    """Of affine maps (n, 2, 3) from card to photo those that explain the lines (m, 4, 2) well, settled on them."""
    found: list[Placement] = []
    for side, transforms in suggested.items():
        zones = layout(side)
        if not len(transforms):
            continue
        scores = _scores(transforms, quads, zones)
        likely = [i for i in np.argsort(-scores)[:TRIED] if scores[i] >= MIN_SCORE]
        if not likely:
            continue
        fits, _ = _fits(transforms[likely], quads, zones)
        best = _settled(transforms[likely], fits, quads, zones)
        found += [
            Placement(side, _mapped(transform, CARD_CORNERS), float(score))
            for transform, score in zip(best, _scores(best, quads, zones), strict=True)
        ]
    return _distinct(sorted(found, key=lambda placement: -placement.score))


def moved(lines: Sequence[Polygon], side: Side) -> Polygon | None:
    """Where the corners of a flattened card must be for its lines (card units) to stand better; None where they
    stand about as well now.
    """
    if not lines:
        return None
    quads, zones = np.stack(lines), layout(side)
    fits, inside = _fits(IN_PLACE[None], quads, zones)
    if not (inside & ~fits.any(axis=2)).any():
        return None
    now = float(_scores(IN_PLACE[None], quads, zones)[0])
    best = next((p for p in placements(lines) if p.side == side), None)
    return best.polygon if best is not None and best.score > now + MUCH_BETTER else None


def score_in_place(lines: Sequence[Polygon], side: Side) -> float:
    """How well the lines (card units) of a flattened card stand as that side's do; `Placement.score`."""
    return float(_scores(IN_PLACE[None], np.stack(lines), layout(side))[0]) if lines else 0.0


@cache
def layout(side: Side) -> tuple[Zone, ...]:
    """The zones of a side."""
    table = tomllib.loads(files("ocr").joinpath("layouts.toml").read_text("utf-8"))[side]
    return tuple(
        Zone(
            name,
            tuple(z["left"]),
            tuple(z["right"]),
            tuple(z["middle"]),
            tuple(z["height"]),
            z.get("anchor", False),
            tuple(z.get("columns", ())),
        )
        for name, z in table.items()
    )


def could_be(line: Polygon, zone: Zone) -> bool:
    """Whether a line has about the zone's proportions."""
    return bool(_fit_shape(line[None], zone)[0])


def placements_on(line: Polygon, side: Side, zone: Zone, lines: Sequence[Polygon]) -> list[Placement]:
    """Cards whose line in the zone is `line`, from its first character to its last; those that explain the other lines
    best first.
    """
    start, end = (line[0] + line[3]) / 2, (line[1] + line[2]) / 2
    laid = _laid(zone, start[None], end[None])
    scores = _scores(laid, np.stack(lines), layout(side))
    return [Placement(side, _mapped(laid[i], CARD_CORNERS), float(scores[i])) for i in np.argsort(-scores)]


def zone_of(side: Side, name: str) -> Zone:
    """The zone of that name."""
    return next(zone for zone in layout(side) if zone.name == name)


def _suggestions(quads: Floats, zone: Zone) -> Floats:
    """Affine maps (n, 2, 3) from card to photo that lay the zone on a line of about its proportions."""
    fitting = quads[_fit_shape(quads, zone)]
    start, end = (fitting[:, 0] + fitting[:, 3]) / 2, (fitting[:, 1] + fitting[:, 2]) / 2
    both = np.asarray(np.stack([start, end, end, start], axis=1).reshape(-1, 2, 2), np.float32)
    return _laid(zone, both[:, 0], both[:, 1])


def _fit_shape(quads: Floats, zone: Zone) -> Flags:
    """Which lines (m, 4, 2) have about the zone's proportions."""
    across = quads[:, 0] - quads[:, 3]
    along = (quads[:, 0] + quads[:, 3] - quads[:, 1] - quads[:, 2]) / 2
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1.0)
    nominal = (sum(zone.right) - sum(zone.left)) / 2
    heights = np.hypot(across[:, 0], across[:, 1]) / length * nominal
    return _within(heights, (zone.height[0], zone.height[1] / min(STRETCHES)))


def _laid(zone: Zone, starts: Floats, ends: Floats) -> Floats:
    """Maps (n, 2, 3) that lay the zone from each start to its end (m, 2), seen from all sides."""
    left, right, middle = (sum(bounds) / 2 for bounds in (zone.left, zone.right, zone.middle))
    along = ((ends - starts) / (right - left))[:, None]  # (m, 1, 2), with the views (m, views, 2)
    upright = along[..., ::-1] * np.array([-1.0, 1.0])
    down = VIEWS[:, :1] * upright + VIEWS[:, 1:] * along
    origin = starts[:, None] - left * along - middle * down
    return np.stack([np.broadcast_to(along, down.shape), down, origin], axis=3).reshape(-1, 2, 3)


def _scores(transforms: Floats, quads: Floats, zones: tuple[Zone, ...]) -> Floats:
    """How well each transform (n, 2, 3) explains the lines (m, 4, 2): (n,)."""
    fits, inside = _fits(transforms, quads, zones)
    hit = fits.any(axis=1).sum(axis=1)
    misfits = (inside & ~fits.any(axis=2)).sum(axis=1)
    return np.asarray(hit - MISFIT_COST * misfits - TILT_COST * _tilt(transforms), np.float32)


def _tilt(transforms: Floats) -> Floats:
    """How far each transform is from a card seen straight on: 0 for a rotation and scaling alone."""
    along, down = transforms[:, :, 0], transforms[:, :, 1]
    length = np.hypot(along[:, 0], along[:, 1])
    shear = np.abs((along * down).sum(axis=1)) / length**2
    return np.asarray(shear + np.abs(np.hypot(down[:, 0], down[:, 1]) / length - 1))


def _fits(transforms: Floats, quads: Floats, zones: tuple[Zone, ...]) -> tuple[Flags, Flags]:
    """Which line fits which zone (n, m, zones), and which lines lie on the card at all (n, m)."""
    inverse, bounds = _inverse(transforms), _bounds(zones)
    points = inverse[:, :, :2] @ quads.reshape(-1, 2).T + inverse[:, :, 2:]  # (n, 2, 4 m)
    x, y = points.reshape(len(transforms), 2, len(quads), 4).transpose(1, 3, 0, 2)  # (4, n, m) each
    left = np.minimum(np.minimum(x[0], x[1]), np.minimum(x[2], x[3]))
    right = np.maximum(np.maximum(x[0], x[1]), np.maximum(x[2], x[3]))
    upper, lower = y[0] + y[1], y[2] + y[3]
    height, middle = np.abs(lower - upper) / 2, (upper + lower) / 4
    fits = (
        _within(height[..., None], bounds.height)
        & _within(left[..., None], bounds.left)
        & _within(right[..., None], bounds.right)
        & _within(middle[..., None], bounds.middle)
    )
    across, down = INNER
    inside = _within(x.sum(axis=0) / 4, (across, CARD_WIDTH - across)) & _within(
        middle, (down, CARD_HEIGHT - down)
    )
    return fits, inside


@dataclass(frozen=True)
class _Bounds:
    """The zones of a side as arrays: least and greatest value of each zone (2, zones), and what else they say."""

    left: Floats
    right: Floats
    middle: Floats
    height: Floats
    narrow: Flags
    """Whether a line in the zone stands at its middle."""
    anchor: Flags
    """Whether a line in it starts and ends in the middle of its bounds."""
    columns: Floats
    """(zones, columns): where a line in it may start; infinite where it has fewer than others."""


@cache
def _bounds(zones: tuple[Zone, ...]) -> _Bounds:
    table = np.array([(zone.left, zone.right, zone.middle, zone.height) for zone in zones], np.float64)
    left, right, middle, height = table.transpose(1, 2, 0)
    most = max(len(zone.columns) for zone in zones)
    columns = [[*zone.columns, *[np.inf] * (most + 1 - len(zone.columns))] for zone in zones]
    anchor = np.array([zone.anchor for zone in zones])
    return _Bounds(left, right, middle, height, middle[1] - middle[0] < NARROW, anchor, np.array(columns))


def _settled(transforms: Floats, fits: Flags, quads: Floats, zones: tuple[Zone, ...]) -> Floats:
    """The transforms (n, 2, 3) moved so that the lines which fit zones (n, m, zones) stand where they should.

    Least squares: both ends of a line in a narrow zone tell how far down the card they are, and its start in one with
    columns or its ends in an anchor how far along.
    """
    bounds = _bounds(zones)
    starts, ends, reached = _ends(transforms, quads)
    corners = np.asarray(CARD_CORNERS @ transforms[:, :, :2].mT + transforms[:, None, :, 2])
    points = np.concatenate([starts, ends, corners], axis=1)
    off = np.abs(reached[:, :, None, None] - bounds.columns)  # (n, m, zones, columns)
    column = bounds.columns[np.arange(len(zones)), off.argmin(axis=3)]
    begun = fits & (off.min(axis=3) < NARROW / 2)
    level, anchor = fits & bounds.narrow, fits & bounds.anchor
    heights = _places(level, bounds.middle.mean(axis=0))
    begins = _places(begun, np.where(begun, column, 0)) + _places(anchor, bounds.left.mean(axis=0))
    along = _fitted(points, begins, _places(anchor, bounds.right.mean(axis=0)), CARD_CORNERS[:, 0])
    down = _fitted(points, heights, heights, CARD_CORNERS[:, 1])
    return _inverse(np.stack([along, down], axis=1))


def _ends(transforms: Floats, quads: Floats) -> tuple[Floats, Floats, Floats]:
    """Where each line starts and ends on a card laid down by each transform, in the photo (n, m, 2), and how far along
    the card it starts (n, m).
    """
    one, other = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
    along = _inverse(transforms)[:, 0]
    here, there = (end @ along[:, :2].T + along[:, 2] for end in (one, other))  # (m, n)
    forwards = (here <= there).T[..., None]
    starts, ends = np.where(forwards, one, other), np.where(forwards, other, one)
    return starts, ends, np.minimum(here, there).T


def _places(stands: Flags, place: Floats) -> Floats:
    """How many places lines have by the zones they stand in (n, m, zones), and the sum of these: (2, n, m)."""
    return np.stack([stands.sum(axis=2), (stands * place).sum(axis=2)])


def _fitted(points: Floats, of_starts: Floats, of_ends: Floats, of_corners: Floats) -> Floats:
    """The rows (n, 3) of affine maps that send points (n, starts, ends and corners, 2) to their places as nearly as
    they can.
    """
    own = np.broadcast_to(OWN_WEIGHT * np.stack([np.ones(4), of_corners])[:, None], (2, len(points), 4))
    weights, sums = np.concatenate([of_starts, of_ends, own], axis=2)
    known = np.concatenate([points, np.ones((*points.shape[:2], 1))], axis=2)
    square = (known * weights[..., None]).mT @ known
    return np.asarray(np.linalg.solve(square, known.mT @ sums[..., None])[..., 0])


def _inverse(transforms: Floats) -> Floats:
    """The affine maps (n, 2, 3) the other way."""
    turn = np.linalg.inv(transforms[:, :, :2])
    return np.concatenate([turn, -turn @ transforms[:, :, 2:]], axis=2)


def _within(values: Floats, bounds: tuple[float, float] | Floats) -> Flags:
    return np.asarray((values > bounds[0]) & (values < bounds[1]))


def _mapped(transform: Floats, points: Floats) -> Polygon:
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float32)


def _distinct(found: list[Placement]) -> list[Placement]:
    """The placements that differ from every better one by more than SAME at some corner."""
    kept: list[Placement] = []
    for placement in found:
        width = float(np.linalg.norm(placement.polygon[0] - placement.polygon[1]))
        if all(np.abs(placement.polygon - k.polygon).max() > SAME * width for k in kept):
            kept.append(placement)
    return kept
