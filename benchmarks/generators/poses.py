"""Photos of a person who holds something up: a newspaper, something else, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators import camera, held_sheet, newspaper, rooms, sitters
from benchmarks.generators.drawing import Box, Pixels, corners
from benchmarks.generators.held_sheet import HeldSheet
from benchmarks.generators.newspaper import Page

SIZE = (1200, 1600)
# largest angle out of the plane in degrees, and largest bend, by level
HOLDING = {"easy": (8, 0.006), "medium": (16, 0.012), "hard": (24, 0.02), "extreme": (32, 0.03)}


FACE_HEIGHT = 12.5
"""Centimetres from brows to chin."""
NEARER = (1.0, 1.35)
"""What is held before the body looks so much larger against the face."""


@dataclass(frozen=True)
class Portrayed:
    """A person to put into a scene: an RGB photo and the face's box in it (see `sitters.face_box`)."""

    photo: Pixels
    face: Box | None = None


@dataclass(frozen=True)
class Pose:
    """A photo of a pose.

    Attributes:
        pixels: RGB uint8 (h, w, 3).
        sheet: where what is held hangs; None where nothing is held.
        date_polygon: (4, 2) the date line in the photo; None without one.
        date_height: height of the date's characters in pixels of the photo.
        clarity: how far the date line still looks as it was printed, correlation of -1..1.
        faces: boxes of the faces of the people present.
    """

    pixels: Pixels
    sheet: HeldSheet | None
    date_polygon: NDArray[np.float64] | None = None
    date_height: float = 0.0
    clarity: float = 0.0
    faces: list[Box] = field(default_factory=list)


def render_newspaper_pose(
    face_photo: Pixels,
    day: date,
    rng: np.random.Generator | None = None,
    face: Box | None = None,
    level: str = "easy",
    language: str | None = None,
) -> Pixels:
    """A photo (1600 x 1200) of the person of a face photo who holds a newspaper of a day.

    Args:
        face_photo: RGB (h, w, 3).
        face: the face's box (x0, y0, x1, y1) from brows to chin; without one it is taken to be in the middle.
        level: easy, medium, hard or extreme.
        language: zh or en; at random where None.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    return compose([Portrayed(face_photo, face)], newspaper.front_page(day, rng, language), level, rng).pixels


def compose(
    people: Sequence[Portrayed],
    page: Page | None,
    level: str,
    rng: np.random.Generator,
    hands: bool = True,
    pasted: bool = False,
) -> Pose:
    """Composes the photo.

    Args:
        people: who is present; the first one holds the page.
        page: what is held; None for a person with empty hands.
        hands: whether hands hold the page.
        pasted: whether the page is laid over the finished photo by software, without its light and noise.
    """
    rules = camera.level_rules(level)
    scene, seated = _people(people, rng, near=page is None)
    holder = seated[0]
    boxes = [sitter.face for sitter in seated]
    hidden = np.zeros(scene.shape[:2], np.uint8)
    if page is None:
        rules = rules | {"glare_chance": 0.0}
        return Pose(_finish(scene, hidden, rules, 700.0, None, rng), None, faces=boxes)
    page = _folded(page, rng)
    sheet = _hang(page, holder, level, rng)
    if pasted:
        scene = _finish(scene, hidden, rules, 700.0, None, rng)
        sheet.draw(scene, page.pixels, rng)
        return _pose(scene, scene, sheet, page, hidden, boxes)
    heights = (0.3, 0.72) if page.printed else (0.78, 0.94)
    held = sitters.grips(sheet, holder.face[3] - holder.face[1], rng, heights) if hands else []
    for grip in held:
        sitters.hand_behind(scene, grip, holder, rng)
    sheet.draw(scene, page.pixels, rng)
    for grip in held:
        sitters.hand_before(scene, hidden, grip, holder, rng)
    top = sheet.polygon()
    wide = float(np.linalg.norm(top[1] - top[0]))
    photo = _finish(scene, hidden, rules, 0.6 * wide, top, rng)
    return _pose(photo, scene, sheet, page, hidden, boxes)


def _people(
    people: Sequence[Portrayed], rng: np.random.Generator, near: bool
) -> tuple[Pixels, list[sitters.Sitter]]:
    """The room with the people in it, the first in front; `near` as in a selfie, in the photo's own surroundings."""
    width, height = SIZE
    holder = people[0]
    cut = not near and (bool(rng.random() < 0.6) or len(people) > 1)
    scene = rooms.room(rng, SIZE) if cut else sitters.backdrop(holder.photo, SIZE)
    face = rng.uniform(480, 640) if near else rng.uniform(225, 320)
    at = (
        width * rng.uniform(0.42, 0.58),
        height * (rng.uniform(0.26, 0.36) if near else rng.uniform(0.13, 0.2)),
    )
    seated = []
    for other in people[1:]:
        side = 1 if at[0] < width / 2 else -1
        beside = (at[0] + side * face * rng.uniform(1.25, 1.5), at[1] + face * rng.uniform(-0.1, 0.25))
        seated.append(
            sitters.seat(scene, other.photo, other.face, beside, face * rng.uniform(0.8, 0.95), rng)
        )
    seated.insert(0, sitters.seat(scene, holder.photo, holder.face, at, face, rng, cut))
    return scene, seated


def _folded(page: Page, rng: np.random.Generator) -> Page:
    """In two cases of five only the upper half of the page is held up, folded in the middle."""
    if page.printed is None or rng.random() < 0.6:
        return page
    half = page.pixels[: round(page.pixels.shape[0] * rng.uniform(0.5, 0.6))]
    return Page(half, page.title, page.language, page.date_box, page.printed, page.type_height)


def _hang(page: Page, holder: sitters.Sitter, level: str, rng: np.random.Generator) -> HeldSheet:
    """Hangs the page before the chest, below the chin."""
    tilt, bend = HOLDING[level]
    face = holder.face[3] - holder.face[1]
    aspect = page.pixels.shape[0] / page.pixels.shape[1]
    width = SIZE[0] * (rng.uniform(0.6, 0.86) if page.printed else rng.uniform(0.42, 0.6))
    if page.width:
        width = min(page.width * face / FACE_HEIGHT * rng.uniform(*NEARER), 0.9 * SIZE[0])
    middle = (holder.face[0] + holder.face[2]) / 2
    slack = max(0.0, (SIZE[0] - width) / 2 - 12)
    centre = float(np.clip(middle + rng.normal(0, 40), SIZE[0] / 2 - slack, SIZE[0] / 2 + slack))
    top = holder.face[3] + face * rng.uniform(0.22, 0.5)
    return held_sheet.hang(rng, (centre, top), width, aspect, tilt, bend)


def _finish(
    scene: Pixels,
    hidden: NDArray[np.uint8],
    rules: dict[str, object],
    detail: float,
    sheet: NDArray[np.float64] | None,
    rng: np.random.Generator,
) -> Pixels:
    """The camera: light, lens, sensor. `detail` takes the place of the card's width in the levels' blur."""
    middle = corners((300, 700, 900, 1300)) if sheet is None else sheet
    lit = camera.light(scene, hidden, middle, rules, rng)
    return camera.sensor(camera.lens(lit, detail, rules, rng), rules, rng)


def _pose(
    photo: Pixels, before: Pixels, sheet: HeldSheet, page: Page, hidden: NDArray[np.uint8], boxes: list[Box]
) -> Pose:
    if page.date_box is None:
        return Pose(photo, sheet, faces=boxes)
    size = np.array(page.pixels.shape[1::-1], np.float64)
    polygon = sheet.to_photo(corners(page.date_box) / size)
    u, v = np.array(page.date_box[:2]) / size
    rise = sheet.to_photo(np.array([(u, v), (u, v + page.type_height / size[1])]))
    x0, y0, x1, y1 = camera.window(polygon, photo.shape, margin=2)
    inside = (polygon >= 0).all() and (polygon <= np.array(SIZE)).all()
    clarity = 0.0
    if inside and not hidden[y0:y1, x0:x1].any():
        a, b = (
            cv2.cvtColor(np.ascontiguousarray(p[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY) for p in (photo, before)
        )
        clarity = float(cv2.matchTemplate(a, b, cv2.TM_CCOEFF_NORMED)[0, 0])
    return Pose(photo, sheet, polygon, float(np.linalg.norm(rise[1] - rise[0])), clarity, boxes)
