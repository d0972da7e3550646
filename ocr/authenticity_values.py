"""Was a value typed over? It lies on paper of its own, in type of its own.

One printer fills a whole card and one camera sees it: its values share a typeface, an ink, a sharpness, and the
pattern and noise of the paper. Each is compared with the others, an expiry date with the date before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.arrays import Floats, Polygon
from models.scaling import halvings
from ocr import emblem_side
from ocr.authenticity_cues import flat_spots, quantile
from ocr.flat import FlatCard, brightest
from ocr.layout import CARD_HEIGHT, CARD_WIDTH, Side
from ocr.lines import around
from ocr.portrait_grid import ROWS, may_hold_value
from ocr.reading import Field

FINE = 1.2
"""Pixels for a tenth of a millimetre at which type is measured."""
AROUND = 6
"""Tenths of a millimetre around a value's box that are looked at too."""
GLYPH = (12, 48)
"""Heights of connected strokes that are parts of characters, not dots or dirt, tenths of a millimetre."""
PAPER_AROUND = 20
"""Tenths of a millimetre around a value whose paper is compared with that under it."""
PAPER_SCALE = 1.0
"""Pixels for a tenth of a millimetre, up to twice as many, at which paper is looked at, where the photo has them."""
LEAST_PAPER = 300
"""Flat pixels that must be seen under a value and around it."""
PALEST = 0.75
"""Ink lighter than this share of the paper's brightness is not measured."""
SHARP = 0.5
"""Sharpness of type (`Print.sharpness`) from which the ranges of USUAL hold."""
TOLERANCE = 1.75
"""Exponent with which they widen below."""
BLURRED = 0.3
"""Below this type is not compared."""
FIRST_DAY, LAST_DAY = (0.0, 0.44), (0.56, 1.0)
"""Shares of a term's width between which its two days stand; it is read as one line."""
PEERS = ("name", "sex", "ethnicity", "birth_date", "address")
"""Values of the portrait side in one type; the number has its own."""
USUAL: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "name": {"stroke": (-0.27, 0.53), "ink": (-0.85, 0.2), "sharpness": (-0.2, 0.1)},
    "sex": {"stroke": (-0.49, 0.32), "sharpness": (-0.2, 0.36)},
    "ethnicity": {"stroke": (-0.62, 0.88), "sharpness": (-0.47, 0.36)},
    "birth_date": {"stroke": (-0.32, 0.27), "ink": (-0.46, 0.6), "sharpness": (-0.12, 0.22)},
    "address": {"stroke": (-0.27, 0.37), "ink": (-0.72, 0.24), "sharpness": (-0.18, 0.12)},
    "id_number": {"sharpness": (-0.44, 0.06)},
    "valid_to": {
        "stroke": (-0.22, 0.67),
        "ink": (-1.1, 0.2),
        "sharpness": (-0.25, 0.12),
        "height": (-0.32, 0.08),
    },
}
"""Logarithms of its ratio to its neighbours' median between which each measure lies on genuine cards of two
generators."""


@dataclass(frozen=True)
class Print:
    """How a value, or a part of it, is printed."""

    height: float
    """Of its characters' parts, median, tenths of a millimetre."""
    stroke: float
    """Width of its strokes, tenths of a millimetre."""
    ink: float
    """Brightness of its ink as a share of the paper's."""
    sharpness: float
    """Steepest slope of its edges, in contrasts a tenth of a millimetre."""


@dataclass(frozen=True)
class Paper:
    """The paper under a value against that around it: logarithms of ratios, 0 where they are alike."""

    noise: float
    texture: float
    """Of the printed pattern, a few pixels fine; the edges of the value itself raise it."""


@dataclass(frozen=True)
class Look:
    """What is seen of a value; None where it can't be measured."""

    print: Print | None
    """None without dark ink."""
    paper: Paper | None
    """None without enough flat paper. What is typed over lies on new paper, which has too little noise and texture."""


Looks = Mapping[bytes, Look]
"""Looks at boxes of the photo, by their corners' bytes."""


def looks(card: FlatCard) -> Looks:
    """Looks at the lines that are values by their places, which can be taken while those are read."""
    likely = _portrait_values(card) if card.side == "portrait" else _emblem_values(card)
    return {box.tobytes(): _look(card, box) for box in likely}


def looks_at(card: FlatCard, fields: Mapping[str, Field], taken: Looks) -> dict[str, Look]:
    """The look at each value that was read, from those taken where it is among them."""
    return {name: taken.get(box.tobytes()) or _look(card, box) for name, box in _places(card, fields)}


def _look(card: FlatCard, box: Polygon) -> Look:
    return Look(_print(card, box), _paper(card, box))


def _portrait_values(card: FlatCard) -> list[Polygon]:
    """Boxes in the photo of the lines of values; those of the address together."""
    values = [box for box in card.boxes if may_hold_value(box)]
    top, bottom = ROWS["address"]
    address = [box for box in values if top <= box[:, 1].mean() < bottom]
    others = [box for box in values if not top <= box[:, 1].mean() < bottom]
    return list(map(card.in_photo, [*others, around(address)] if address else others))


def _emblem_values(card: FlatCard) -> list[Polygon]:
    """Boxes in the photo of the office's lines, and of both days of the period, which stands last."""
    values = sorted(filter(emblem_side.may_hold_value, card.boxes), key=lambda box: float(box[:, 1].mean()))
    boxes = list(map(card.in_photo, values))
    days = [_part(period, *day) for period in boxes[-1:] for day in (FIRST_DAY, LAST_DAY)]
    return [*boxes[:-1], *days]


def legible(prints: Mapping[str, Print]) -> bool:
    """Whether the type is sharp enough to be compared."""
    return bool(prints) and _sharpness(prints) >= BLURRED


def odd_type(side: Side, prints: Mapping[str, Print]) -> dict[str, float]:
    """How far each value's type is from its neighbours': 1 is as far as that of genuine cards gets.

    Blur thickens thin strokes more than thick ones: the less sharp the type, the more it may differ.
    """
    if not legible(prints):
        return {}
    names: tuple[str, ...] = (*PEERS, "id_number") if side == "portrait" else ("valid_to",)
    peers: tuple[str, ...] = PEERS if side == "portrait" else ("valid_from",)
    tolerance = max(SHARP / _sharpness(prints), 1.0) ** TOLERANCE
    found = {}
    for name in names:
        others = [prints[peer] for peer in peers if peer in prints and peer != name]
        if name in prints and others and (side == "emblem" or len(others) > 1):
            found[name] = max(_oddities(name, prints[name], others)) / tolerance
    return found


def _sharpness(prints: Mapping[str, Print]) -> float:
    return float(np.median([p.sharpness for p in prints.values()]))


def _oddities(name: str, own: Print, others: Sequence[Print]) -> Iterator[float]:
    """Each measure's distance from the others' median, as a share of the range that genuine cards keep."""
    for measure, (least, most) in USUAL[name].items():
        usual = float(np.median([getattr(other, measure) for other in others]))
        off = float(np.log(max(getattr(own, measure), 1e-3) / max(usual, 1e-3)))
        away = (off - (least + most) / 2) / ((most - least) / 2)
        # A value less sharp than the others is what movement and a tilted camera make too.
        yield max(away, 0.0) if measure == "sharpness" else abs(away)


def _places(card: FlatCard, fields: Mapping[str, Field]) -> Iterator[tuple[str, Polygon]]:
    """Each value and its box in the photo; the halves of a term, which is read as one line."""
    if card.side == "portrait":
        yield from ((name, field.box) for name, field in fields.items() if not field.derived)
        return
    if "issuing_authority" in fields:
        yield "issuing_authority", fields["issuing_authority"].box
    if {"valid_from", "valid_to"} <= fields.keys() and fields["valid_to"].value[:1].isdigit():
        yield "valid_from", _part(fields["valid_to"].box, *FIRST_DAY)
        yield "valid_to", _part(fields["valid_to"].box, *LAST_DAY)


def _part(box: Polygon, start: float, end: float) -> Polygon:
    """The part of a box between two shares of its width."""
    above, below = box[1] - box[0], box[2] - box[3]
    corners = (box[0] + start * above, box[0] + end * above, box[3] + end * below, box[3] + start * below)
    return np.array(corners, np.float32)


def _paper(card: FlatCard, box: Polygon) -> Paper | None:
    """Seen in the photo itself, for noise is what flattening changes; None where there is too little flat paper.

    The kernel for noise is Immerkaer's (CVIU 64(2), 1996).
    """
    times = halvings(card.resolution / PAPER_SCALE)
    photo = card.photo.halved(times)
    reach = round(PAPER_AROUND * card.resolution / 2**times)
    x, y, w, h = cv2.boundingRect(np.round(box / 2**times).astype(np.int32))
    x0, y0 = max(x - reach, 0), max(y - reach, 0)
    image = photo[y0 : y + h + reach, x0 : x + w + reach]
    if not image.size:
        return None
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside, apart, around = (
        _filled(_grown(box / 2**times, grown) - (x0, y0), grey.shape) for grown in (0, reach // 4, reach)
    )
    soft = np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5), np.float32)
    plain = flat_spots(soft)
    under, near = cv2.bitwise_and(plain, inside), cv2.bitwise_and(plain, cv2.subtract(around, apart))
    if min(cv2.countNonZero(under), cv2.countNonZero(near)) <= LEAST_PAPER:
        return None
    rough = np.minimum(np.abs(cv2.filter2D(grey, -1, _IMMERKAER)), np.float32(12))
    texture = cv2.absdiff(soft, cv2.blur(soft, (9, 9)))
    noise, pattern = (
        float(np.log((_mean_of(values, under) + 0.05) / (_mean_of(values, near) + 0.05)))
        for values in (rough, texture)
    )
    return Paper(noise, pattern)


def _grown(box: Polygon, reach: float) -> Polygon:
    """The box with each side moved outwards."""
    along, across = box[1] - box[0], box[3] - box[0]
    along, across = (reach * side / max(float(np.linalg.norm(side)), 1.0) for side in (along, across))
    return box + np.array([-along - across, along - across, along + across, across - along], np.float32)


def _filled(polygon: Polygon, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """1 inside the polygon, else 0."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(mask, np.round(polygon).astype(np.int32), 1)
    return mask


def _mean_of(values: MatLike, mask: MatLike) -> float:
    """Mean of the values where the mask is 1: as a product of vectors, a tenth of the time."""
    chosen = mask.ravel().astype(np.float32)
    return float(values.ravel() @ chosen) / max(float(chosen.sum()), 1.0)


_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6


def _print(card: FlatCard, box: Polygon) -> Print | None:
    """How what stands in the box is printed; None where no dark ink is there."""
    corners = card.on_card(box)
    left, top = np.maximum(corners.min(axis=0) - AROUND, 0)
    right, bottom = np.minimum(corners.max(axis=0) + AROUND, (CARD_WIDTH, CARD_HEIGHT))
    if min(right - left, bottom - top) < 2 * AROUND:
        return None
    fine = card.view((left, top, right, bottom), FINE, fine=True, one=brightest)
    ground = cv2.blur(cv2.dilate(cv2.blur(fine, (7, 7)), np.ones((25, 25), np.uint8)), (21, 21))
    brightness = np.asarray(cv2.divide(fine, np.maximum(ground, 1), dtype=cv2.CV_32F), np.float32)
    darkest = quantile(brightness, 0.015)
    if darkest > PALEST:
        return None
    ink = (brightness < (1 + darkest) / 2 - 0.03).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ink)
    glyphs = np.asarray(boxes, np.int32)[1:, :4]
    tall = glyphs[:, 3] / FINE
    glyphs = glyphs[(tall >= GLYPH[0]) & (tall <= GLYPH[1]) & (glyphs[:, 2] / FINE <= GLYPH[1])]
    return _measured(brightness, ink, glyphs) if len(glyphs) else None


def _measured(brightness: Floats, ink: NDArray[np.uint8], glyphs: NDArray[np.int32]) -> Print:
    (x0, y0), (x1, y1) = glyphs[:, :2].min(axis=0), (glyphs[:, :2] + glyphs[:, 2:]).max(axis=0)
    ink, brightness = ink[y0:y1, x0:x1], brightness[y0:y1, x0:x1]
    outlines, _ = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    around = sum(cv2.arcLength(outline, True) for outline in outlines)
    slopes = cv2.magnitude(
        cv2.Sobel(brightness, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(brightness, cv2.CV_32F, 0, 1, scale=0.125),
    )
    darkness = quantile(brightness[ink > 0], 0.5)
    edges = slopes[cv2.dilate(ink, np.ones((3, 3), np.uint8)) > 0]
    return Print(
        height=float(np.median(glyphs[:, 3])) / FINE,
        stroke=2 * float(ink.sum()) / max(around, 1.0) / FINE,
        ink=darkness,
        sharpness=quantile(edges, 0.85) * FINE / (1 - darkness),
    )
