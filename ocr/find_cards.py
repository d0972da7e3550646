"""Finds ID cards in a photo: lines of text, then the pattern that they make, then the card's borders."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Floats, Image, Polygon
from models.scaling import Pyramid, halvings
from models.text_reader import TextReader, line_crop
from ocr import emblem_side, resident_number
from ocr.borders import snapped
from ocr.flat import FlatCard, flatten
from ocr.layout import CARD_HEIGHT, Placement, Side, Zone, could_be, moved, placements, placements_on, zone_of
from ocr.layout_rows import placements_on_rows
from ocr.spaced_lines import joined


@dataclass(frozen=True)
class Look:
    """A way to look for lines in a photo."""

    side: int
    """Long side in pixels at which lines are looked for."""
    clearer: bool = False
    """Whether the picture is made clearer before: for dark and blurred cards."""
    turned: bool = False
    """Whether it is turned by an eighth before: the detector sees hardly any line that runs from corner to corner."""


LOOKS = (Look(608), Look(608, True), Look(1024, True), Look(1408), Look(1408, turned=True), Look(2816))
"""The later looks, which are slower, are for small cards and for the small print of zones."""
TURNED, FAR = 4, 5
"""The last looks, which take a second and more, where nothing else was found: for cards that lie askew, and for those
of an eighth of the photo's width."""
NEAREST = 3
"""The look at which emblem sides come last, for titles in small print on other documents stand alike, and cards that
show nothing but their rows."""
MAX_TOLD = 6
"""Lines that are read because they could say where the card lies."""
ASKEW = 0.96
"""Cosine of twice the angle from which on a line runs otherwise than most of the text."""
MIN_DIGITS = 15
"""A line with so many of the number's 18 digits is the number."""
BORDER_SIDE = 1024
"""Long side at which the borders are looked for."""
MAX_CARDS = 4
"""Cards tried for each look."""
BORDERS_WEIGHT = 3.0
"""Four clear borders count as much as this many lines at their places."""
TIE = 1.0
MAX_TIES = 4
WELL_FRAMED = 0.97
"""Share of the four borders that is seen, from which no other placement is tried."""


UNTURNED = np.eye(2, 3, dtype=np.float32)


class Looks:
    """The looks at a photo, each taken when it is first asked for."""

    def __init__(self, photo: Image, reader: TextReader) -> None:
        self.photo, self.reader = photo, reader
        self.pyramid = Pyramid(photo)
        self.small = _shrunk(self.pyramid, BORDER_SIDE)
        self.factor = np.float32(photo.shape[1] / self.small.shape[1])
        """Pixels of the photo for one of `small`."""
        self._taken: dict[int, list[Polygon]] = {}
        self._placements: dict[int, list[Placement]] = {}

    def lines(self, number: int) -> list[Polygon]:
        """Where lines of text stand in `small`, as look `number` of LOOKS finds them."""
        if number not in self._taken:
            self._taken[number] = self._seen(LOOKS[number])
        return self._taken[number]

    def _seen(self, look: Look) -> list[Polygon]:
        fine = look.side > BORDER_SIDE
        image = self.photo if fine else _clearer(self.small) if look.clearer else self.small
        factor = np.float32(self.small.shape[1] / image.shape[1])
        scale = look.side / max(image.shape[:2])
        image, back = _turned(image) if look.turned else (image, UNTURNED)
        boxes = self.reader.detect(image, scale)
        return joined([cv2.transform(box.polygon[None], back)[0] * factor for box in boxes])

    def placements(self, number: int) -> list[Placement]:
        """Cards that these lines suggest (`ocr.layout`)."""
        if number not in self._placements:
            self._placements[number] = placements(self.lines(number))
        return self._placements[number]

    def in_photo(self, number: int) -> list[Polygon]:
        """The same lines in pixels of the photo."""
        return [line * self.factor for line in self.lines(number)]

    def outside(self, polygon: Polygon) -> Looks:
        """The looks so far without the lines inside a polygon of the photo."""
        rest = copy(self)
        corners = (polygon / self.factor).astype(np.float32)
        rest._taken = {
            number: [line for line in lines if not _inside(line, corners)]
            for number, lines in self._taken.items()
        }
        rest._placements = {}
        return rest


def _inside(line: Polygon, corners: Polygon) -> bool:
    x, y = line.mean(axis=0)
    return cv2.pointPolygonTest(corners, (float(x), float(y)), False) >= 0


def find_cards(looks: Looks, numbers: Sequence[int] = range(TURNED)) -> Iterator[FlatCard]:
    """Cards that the photo may show, the likeliest first; a later one costs time only when asked for.

    numbers: the looks that are taken, one after the other.
    """
    small, factor = looks.small, looks.factor
    seen: list[Polygon] = []
    for number in numbers:
        lines = looks.lines(number)
        seen += lines
        found = [p for p in looks.placements(number) if number != NEAREST or p.side == "portrait"]
        for card in _ranked(small, _by_card(found)[:MAX_CARDS], lines):
            yield _flattened(looks, card)
    if NEAREST in numbers:
        lines = looks.lines(NEAREST)
        emblems = [p for p in looks.placements(NEAREST) if p.side == "emblem"]
        found = sorted([*placements_on_rows(lines), *emblems], key=lambda p: -p.score)
        for card in _ranked(small, _by_card(found)[:MAX_CARDS], lines):
            yield _flattened(looks, card)
    for line, side, zone in _told(looks.photo, [line * factor for line in seen], looks.reader):
        card = _framed(small, placements_on(line / factor, side, zone, seen), seen)
        yield _flattened(looks, card)


def _flattened(looks: Looks, found: Placement) -> FlatCard:
    """The card flattened; once more where its lines, seen without most of the tilt, ask for another place."""
    photo, factor, reader = looks.pyramid, looks.factor, looks.reader
    card = flatten(photo, found.polygon * factor, found.side, reader)
    better = moved(card.boxes, found.side)
    if better is None:
        return card
    lines = [card.in_photo(box) / factor for box in card.boxes]
    polygon, framing = snapped(looks.small, card.in_photo(better) / factor, lines)
    return flatten(photo, polygon * factor, found.side, reader) if framing >= found.framing else card


def _told(photo: Image, lines: Sequence[Polygon], reader: TextReader) -> Iterator[tuple[Polygon, Side, Zone]]:
    """Lines that read as a citizen number, a period of validity or the card's title, and where on a card they stand:
    for photos that show no other line of a card.
    """
    number, title = zone_of("portrait", "id_number"), zone_of("emblem", "title")
    ways = [way for line in _likely(lines, (number, title)) for way in (line, np.roll(line, 2, axis=0))]
    for way, text in zip(ways, reader.recognise([line_crop(photo, way) for way in ways]), strict=True):
        period = emblem_side.period_in(text.characters)
        if period is not None:
            start, end, right = period
            yield _part(way, start, end), "emblem", _period_until(right)
        elif len(resident_number.cleaned(text.text)) >= MIN_DIGITS:
            yield way, "portrait", number
        elif emblem_side.says(text.text, emblem_side.CARD_TITLE):
            yield way, "emblem", title


def _likely(lines: Sequence[Polygon], zones: Sequence[Zone]) -> list[Polygon]:
    """Lines of a zone's proportions, of each place one: those that run otherwise than most text first, then long ones."""
    ways = np.array([line[1] - line[0] for line in lines]).reshape(-1, 2)
    doubled = np.square(ways @ np.array([1, 1j]))
    common = np.angle(doubled.sum())
    askew = np.cos(np.angle(doubled) - common) < ASKEW
    fitting = [i for i, line in enumerate(lines) if any(could_be(line, zone) for zone in zones)]
    likely: list[Polygon] = []
    for i in sorted(fitting, key=lambda i: (askew[i], _length(lines[i])), reverse=True):
        if all(_apart(lines[i], other) for other in likely):
            likely.append(lines[i])
    return likely[:MAX_TOLD]


def _period_until(right: float) -> Zone:
    """Where the period of validity stands on the emblem side, from its first digit to one that ends there."""
    left, middle = emblem_side.PERIOD_LEFT, emblem_side.PERIOD_MIDDLE
    return Zone("period", (left, left), (right, right), (middle, middle), (0, CARD_HEIGHT))


def _part(line: Polygon, start: float, end: float) -> Polygon:
    """The line from one share of its length to another."""
    top, bottom = line[1] - line[0], line[2] - line[3]
    return np.stack(
        [line[0] + start * top, line[0] + end * top, line[3] + end * bottom, line[3] + start * bottom]
    )


def _length(line: Polygon) -> float:
    return float(np.linalg.norm(line[1] - line[0]))


def _apart(a: Polygon, b: Polygon) -> bool:
    return bool(np.linalg.norm(a.mean(axis=0) - b.mean(axis=0)) > _length(a) / 4)


def _by_card(found: list[Placement]) -> list[list[Placement]]:
    """Placements of the same card together, those as good as its best."""
    cards: list[list[Placement]] = []
    for placement in found:
        for ties in cards:
            if _same_card(placement, ties[0]):
                if placement.score >= ties[0].score - TIE:
                    ties.append(placement)
                break
        else:
            cards.append([placement])
    return cards


def _ranked(image: Image, cards: list[list[Placement]], lines: list[Polygon]) -> Iterator[Placement]:
    """The cards with their borders, best first. Borders are looked for only where they may change the order."""
    framed: list[Placement] = []
    bounds = [ties[0].score + BORDERS_WEIGHT for ties in cards[1:]] + [-np.inf]
    for ties, best_of_the_rest in zip(cards, bounds[: len(cards)], strict=True):
        framed = sorted([*framed, _framed(image, ties[:MAX_TIES], lines)], key=_worth)
        while framed and _worth(framed[-1]) >= best_of_the_rest:
            yield framed.pop()


def _worth(card: Placement) -> float:
    return card.score + BORDERS_WEIGHT * card.framing


def _same_card(a: Placement, b: Placement) -> bool:
    size = float(np.linalg.norm(a.polygon[0] - a.polygon[2]))
    same_place = np.linalg.norm(a.polygon.mean(axis=0) - b.polygon.mean(axis=0)) < size / 4
    same_way = np.dot(a.polygon[1] - a.polygon[0], b.polygon[1] - b.polygon[0]) > 0
    return bool(a.side == b.side and same_place and same_way)


def _framed(image: Image, ties: list[Placement], lines: list[Polygon]) -> Placement:
    """Of placements that explain the text equally well, the one whose borders are seen best, moved to them."""
    best, best_support = ties[0].polygon, 0.0
    for placement in ties:
        polygon, support = snapped(image, placement.polygon, lines)
        if support > best_support:
            best, best_support = polygon, support
        if support >= WELL_FRAMED:
            break
    return Placement(ties[0].side, best, ties[0].score, best_support)


def _shrunk(photo: Pyramid, side: int) -> Image:
    """The photo with `side` pixels on its long side, if it has so many."""
    height, width = photo.image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return photo.image
    size = (round(width * scale), round(height * scale))
    level = photo.halved(halvings(1 / scale))
    return cv2.resize(level, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _turned(image: Image) -> tuple[Image, Floats]:
    """The picture turned by an eighth, whole, and the map (2, 3) from it back to the picture."""
    height, width = image.shape[:2]
    size = (height + width) * math.sqrt(0.5)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 45, 1)
    matrix[:, 2] += size / 2 - np.array([width, height]) / 2
    turned = cv2.warpAffine(image, matrix, (round(size), round(size)), borderMode=cv2.BORDER_REPLICATE)
    return turned.astype(np.uint8, copy=False), cv2.invertAffineTransform(matrix).astype(np.float32)


def _clearer(image: Image) -> Image:
    """The same picture with its noise smoothed, its strokes sharpened and its light made equal everywhere."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.2).astype(np.float32)
    strokes = 2.5 * smooth - 1.5 * cv2.GaussianBlur(smooth, (0, 0), 3)
    small = cv2.resize(smooth, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    light = cv2.resize(cv2.GaussianBlur(small, (0, 0), 4), image.shape[1::-1])
    return np.clip(strokes / np.maximum(light, 8) * 150, 0, 255).astype(np.uint8)
