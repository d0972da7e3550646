"""One picture of a set of selfies for attack detection: live people, and photos of photos of people."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.generators import camera, held_sheet, portraits, poses, recapture, rooms, sitters
from benchmarks.generators.card_set import random_face
from benchmarks.generators.dataset import Picture, points
from benchmarks.generators.drawing import Pixels
from benchmarks.generators.poses import Portrayed
from benchmarks.generators.recapture import Medium

FACE_ATTACKS = ("print", "screen")
MEDIA: dict[str, Callable[[Pixels, np.random.Generator], Medium]] = {
    "print": recapture.printed,
    "screen": recapture.on_screen,
}


def face_attack_of(number: int) -> str:
    """The attack of picture `number` in a mixed set: every other one bona fide, the others in turn."""
    return "bona_fide" if number % 2 == 0 else FACE_ATTACKS[number // 2 % len(FACE_ATTACKS)]


def face_picture(rng: np.random.Generator, attack: str, level: str, faces: str | None) -> Picture:
    """A selfie of a live person, or a photo of a print or a screen that shows one."""
    photo, source = random_face(rng, faces)
    photo = portraits.drawn(rng)[0] if photo is None else photo
    if attack == "bona_fide":
        pose = poses.compose([Portrayed(photo)], None, level, rng)
        truth = {"attack": attack, "level": level, "face": source, "medium": None}
        return Picture(pose.pixels, truth, int(rng.integers(70, 96)))
    medium = MEDIA[attack](_first_photo(photo, rng), rng).pixels
    pixels, polygon = _held_before_camera(medium, level, rng, flat=attack == "screen")
    truth = {"attack": attack, "level": level, "face": source, "medium": points(polygon)}
    return Picture(pixels, truth, int(rng.integers(70, 96)))


def _first_photo(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """The photo that is printed or shown, enlarged as an attacker enlarges a found picture."""
    factor = max(1.0, 900 / max(photo.shape[:2]))
    large = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    whole = rng.random() < 0.5
    return (
        np.asarray(large, np.uint8)
        if whole
        else portraits.head_and_shoulders(large, None, rng.uniform(0.75, 1))
    )


def _held_before_camera(
    medium: Pixels, level: str, rng: np.random.Generator, flat: bool
) -> tuple[Pixels, np.ndarray]:
    """Photographs the medium: in hands before a room, or so near that its borders may lie outside the frame."""
    width, height = poses.SIZE
    scene = rooms.room(rng, poses.SIZE)
    tilt, bend = poses.HOLDING[level]
    near = rng.random() < 0.35
    wide = width * (rng.uniform(1.0, 1.35) if near else rng.uniform(0.5, 0.85))
    aspect = medium.shape[0] / medium.shape[1]
    top = (
        width * rng.uniform(0.46, 0.54),
        max(-0.1 * height, (height - wide * aspect) * rng.uniform(0.3, 0.6)),
    )
    sheet = held_sheet.hang(rng, top, wide, aspect, tilt, 0.0 if flat else bend * 2)
    skin = np.array(portraits.SKIN[int(rng.integers(len(portraits.SKIN)))], np.float32)
    holder = sitters.Sitter((0, 0, 0, 0), skin, rng.integers(20, 200, 3).astype(np.float32))
    grips = [] if near else sitters.grips(sheet, 260.0, rng)
    for grip in grips:
        sitters.hand_behind(scene, grip, holder, rng)
    sheet.draw(scene, medium, rng)
    hidden = np.zeros(scene.shape[:2], np.uint8)
    for grip in grips:
        sitters.hand_before(scene, hidden, grip, holder, rng)
    rules = camera.level_rules(level)
    lit = camera.light(scene, hidden, sheet.polygon(), rules, rng)
    return camera.sensor(camera.lens(lit, 0.5 * wide, rules, rng), rules, rng), sheet.polygon()
