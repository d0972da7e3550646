"""One picture of a set of presentation attacks on the card check: genuine cards, copies, screens, edits, bad framing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators import (
    camera,
    cards,
    fine_copies,
    fonts,
    forgery,
    people,
    phone_camera,
    photography,
    portraits,
    recapture,
)
from benchmarks.generators.card_set import random_face
from benchmarks.generators.cards import Flat
from benchmarks.generators.dataset import Picture, points
from benchmarks.generators.drawing import Box, Pixels, corners
from benchmarks.generators.people import CardData
from benchmarks.generators.photography import Shot

ATTACKS = (
    *("photocopy_bw", "photocopy_colour", "screen", "printed_photo", "cropped", "glare", "occluded"),
    *("altered_field", "altered_portrait"),
)


@dataclass(frozen=True)
class _Subject:
    """The card under attack and the material for it."""

    person: CardData
    side: str
    flat: Flat
    faces: str | None
    level: str


def attack_of(number: int) -> str:
    """The attack of picture `number` in a mixed set: every third one is genuine, the others in turn."""
    return "bona_fide" if number % 3 == 0 else ATTACKS[(number - number // 3 - 1) % len(ATTACKS)]


def attack_picture(
    rng: np.random.Generator, attack: str, side: str, level: str, faces: str | None, today: date
) -> Picture:
    """Draws a card and presents it as the attack does."""
    person = people.invent(rng, today)
    portrait, _ = random_face(rng, faces)
    side = "portrait" if attack == "altered_portrait" else side
    flat = (
        cards.render_card_portrait(person, portrait, rng)
        if side == "portrait"
        else cards.render_card_emblem(person, rng)
    )
    subject = _Subject(person, side, flat, faces, level)
    shot, found = _PRESENT[attack](subject, rng)
    truth = {
        "document_type": "cn_resident_id",
        "attack": attack,
        "side": side,
        "level": level,
        "fields": person.fields(side) | found.pop("fields", {}),
        "orientation": shot.orientation,
        "polygon": points(shot.polygon),
        "hidden": list(shot.hidden),
        **found,
    }
    return Picture(shot.pixels, truth, shot.jpeg_quality)


Presented = tuple[Shot, dict[str, Any]]


def _genuine(subject: _Subject, rng: np.random.Generator) -> Presented:
    """Half of them through the same camera as screens and prints, so that it is no cue."""
    if rng.random() < 0.5:
        return photography.shoot(subject.flat, subject.level, rng), {}
    flat = subject.flat
    card = (0.0, 0.0, float(cards.SIZE[0]), float(cards.SIZE[1]))
    sheet = phone_camera.Sheet(phone_camera.linear(flat.pixels), card, flat.boxes, flat.corner)
    return phone_camera.shoot(sheet, subject.level, rng), {}


def _inside(shot: Shot, box: Box, size: tuple[int, int]) -> NDArray[np.float64]:
    """Where a box of the photographed drawing lies in the photo."""
    source = corners((0, 0, *size)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, shot.polygon.astype(np.float32))
    return np.asarray(cv2.perspectiveTransform(corners(box)[None], matrix)[0], np.float64)


def _again(
    subject: _Subject, picture: Pixels, card: Box, rng: np.random.Generator, corner: float = 0.0
) -> Presented:
    """Photographs a picture that shows the card in a box of it; the truth's polygon is the card's."""
    height, width = picture.shape[:2]
    sheet = Flat(picture, {}, corner=corner, detail=(card[2] - card[0]) / width)
    shot = photography.shoot(sheet, subject.level, rng)
    medium = points(shot.polygon)
    return replace(shot, polygon=_inside(shot, card, (width, height))), {"medium": medium}


def _photocopy(subject: _Subject, rng: np.random.Generator, colour: bool) -> Presented:
    copies = [subject.flat.pixels]
    if rng.random() < 0.4:
        other = cards.render_card_emblem(subject.person, rng) if subject.side == "portrait" else None
        copies += [other.pixels] if other else []
    small = [cv2.resize(copy, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA) for copy in copies]
    sheets = [recapture.photocopy(np.asarray(copy, np.uint8), rng, colour) for copy in small]
    page, boxes = recapture.page_with(sheets, rng.uniform(0.5, 0.75), rng)
    return _again(subject, page, boxes[0], rng)


def _first_photo(subject: _Subject, rng: np.random.Generator) -> tuple[Pixels, Box]:
    """The photo that gets printed or shown: the flat drawing, or a first photo cut to the card's surroundings."""
    if rng.random() < 0.5:
        height, width = subject.flat.pixels.shape[:2]
        return subject.flat.pixels, (0.0, 0.0, float(width), float(height))
    shot = photography.shoot(subject.flat, "easy", rng, size=(1600, 1200))
    x0, y0, x1, y1 = camera.window(shot.polygon, shot.pixels.shape, margin=rng.uniform(10, 120))
    low, high = shot.polygon.min(axis=0) - (x0, y0), shot.polygon.max(axis=0) - (x0, y0)
    return shot.pixels[y0:y1, x0:x1], (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _screen(subject: _Subject, rng: np.random.Generator) -> Presented:
    sheet, facts = fine_copies.shown(*_first_photo(subject, rng), rng)
    return phone_camera.shoot(sheet, subject.level, rng), facts


def _printed(subject: _Subject, rng: np.random.Generator) -> Presented:
    sheet, facts = fine_copies.print_out(*_first_photo(subject, rng), rng)
    return phone_camera.shoot(sheet, subject.level, rng), facts


def _cropped(subject: _Subject, rng: np.random.Generator) -> Presented:
    """A photo whose frame cuts off a part of the card."""
    shot = photography.shoot(subject.flat, subject.level, rng)
    low, high = shot.polygon.min(axis=0), shot.polygon.max(axis=0)
    cut = rng.uniform(0.07, 0.25)
    height, width = shot.pixels.shape[:2]
    x0, y0, x1, y1 = 0, 0, width, height
    side = int(rng.integers(4))
    if side == 0:
        x0 = int(low[0] + cut * (high[0] - low[0]))
    elif side == 1:
        y0 = int(low[1] + cut * (high[1] - low[1]))
    elif side == 2:
        x1 = int(high[0] - cut * (high[0] - low[0]))
    else:
        y1 = int(high[1] - cut * (high[1] - low[1]))
    offset = np.array([x0, y0])
    boxes = {name: polygon - offset for name, polygon in shot.boxes.items()}
    lost = tuple(
        name
        for name, polygon in boxes.items()
        if (polygon < 0).any() or (polygon > (x1 - x0, y1 - y0)).any() or name in shot.hidden
    )
    pixels = np.ascontiguousarray(shot.pixels[y0:y1, x0:x1])
    return replace(shot, pixels=pixels, polygon=shot.polygon - offset, boxes=boxes, hidden=lost), {
        "cut": round(cut, 3)
    }


def _covered(subject: _Subject, rng: np.random.Generator, overrides: dict[str, Any]) -> Presented:
    """A photo with glare or fingers far over the card."""
    return photography.shoot(subject.flat, subject.level, rng, overrides=overrides), {}


def _altered_field(subject: _Subject, rng: np.random.Generator) -> Presented:
    """One value of the photo overwritten in an editor; the truth holds the new value."""
    shot = photography.shoot(subject.flat, subject.level, rng)
    opened = forgery.recompressed(shot.pixels, int(rng.integers(70, 95)))
    other = people.invent(rng)
    field, printed, value = _alteration(subject, other, rng)
    box, polygon = subject.flat.boxes[field], shot.boxes[field]
    size = (round(box[2] - box[0]) + 12, round(box[3] - box[1]) + 8)
    rows = cards.wrap(printed, cards.ADDRESS_COLUMNS) if field == "address" else [printed]
    face = fonts.choose(rng, printed, "hei", "song", "kai")
    paper = forgery.ground(opened, polygon)
    patch = forgery.text_patch(rows, size, face, size[1] * 0.95, paper, spread=field == "id_number")
    pixels = forgery.stamp(opened, patch, polygon, rng)
    found = {"fields": {field: value}, "altered": field, "altered_polygon": points(polygon)}
    return replace(shot, pixels=pixels), found


def _alteration(subject: _Subject, other: CardData, rng: np.random.Generator) -> tuple[str, str, str]:
    """The field that is overwritten, what is written, and its value in the truth."""
    if subject.side == "emblem":
        later = subject.person.valid_from + timedelta(days=int(rng.integers(7300, 9000)))
        return "valid_to", f"-{later:%Y.%m.%d}", later.isoformat()
    field = ("name", "id_number", "address")[int(rng.integers(3))]
    value = {"name": other.name, "id_number": other.id_number, "address": other.address}[field]
    return field, value, value


def _altered_portrait(subject: _Subject, rng: np.random.Generator) -> Presented:
    """Another face pasted over the portrait in the photo."""
    shot = photography.shoot(subject.flat, subject.level, rng)
    opened = forgery.recompressed(shot.pixels, int(rng.integers(70, 95)))
    stranger, source = random_face(rng, subject.faces)
    face = (
        portraits.drawn(rng)[0] if stranger is None else portraits.head_and_shoulders(stranger, None, 26 / 32)
    )
    polygon = shot.boxes["portrait"]
    pixels = forgery.stamp(opened, face, polygon, rng, grow=(1.0, 1.0))
    return replace(shot, pixels=pixels), {
        "altered": "portrait",
        "altered_polygon": points(polygon),
        "face": source,
    }


_PRESENT: dict[str, Callable[[_Subject, np.random.Generator], Presented]] = {
    "bona_fide": _genuine,
    "photocopy_bw": lambda subject, rng: _photocopy(subject, rng, colour=False),
    "photocopy_colour": lambda subject, rng: _photocopy(subject, rng, colour=True),
    "screen": _screen,
    "printed_photo": _printed,
    "cropped": _cropped,
    "glare": lambda subject, rng: _covered(subject, rng, {"glare_chance": 1.0, "glare": [0.85, 1.0]}),
    "occluded": lambda subject, rng: _covered(
        subject, rng, {"finger_chance": 1.0, "finger_reach": [0.14, 0.3]}
    ),
    "altered_field": _altered_field,
    "altered_portrait": _altered_portrait,
}
