"""Finds ID cards in a photo: lines of text, then the pattern that they make, then the card's borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from models.arrays import Image, Polygon
from models.text_reader import TextReader, line_crop
from ocr import emblem_side, resident_number
from ocr.borders import snapped
from ocr.flat import FlatCard, flatten
from ocr.layout import CARD_HEIGHT, Placement, Side, Zone, could_be, moved, placements_on, zone_of
from ocr.layout_rows import placements_on_rows
from ocr.looks import CLEARER, FIRST, NEARER, NEAREST, Look, Looks

USUAL = (FIRST, CLEARER, NEARER, NEAREST)
"""The looks for cards in most photos. At the last of them emblem sides come last, for titles in small print on other
documents stand alike, and so do cards that show nothing but their rows."""
MAX_TOLD = 6
"""Lines that are read because they could say where the card lies."""
ASKEW = 0.96
"""Cosine of twice the angle from which on a line runs otherwise than most of the text."""
MIN_DIGITS = 15
"""A line with so many of the number's 18 digits is the number."""
MAX_CARDS = 4
"""Cards tried for each look."""
BORDERS_WEIGHT = 3.0
"""Four clear borders count as much as this many lines at their places."""
TIE = 1.0
"""Placements of a card whose scores differ by at most one line explain its text equally well: borders decide."""
MAX_TIES = 4
"""Of these so many are compared by their borders."""
WELL_FRAMED = 0.97
"""Share of the four borders that is seen, from which no other placement is tried."""


def find_cards(looks: Looks, kinds: Sequence[Look] = USUAL) -> Iterator[FlatCard]:
    """Cards that the photo may show, the likeliest first; a later one costs time only when asked for.

    kinds: the looks that are taken, one after the other.
    """
    small, factor = looks.small, looks.factor
    seen: list[Polygon] = []
    for look in kinds:
        lines = looks.lines(look)
        seen += lines
        found = [p for p in looks.placements(look) if look != NEAREST or p.side == "portrait"]
        for card in _ranked(small, _by_card(found)[:MAX_CARDS], lines):
            yield _flattened(looks, card)
    if NEAREST in kinds:
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
