"""A phone's camera at its own resolution, for what is finer than a photo: the grids of screens and of printers.

What lies before it is given in linear light and far finer than the sensor. Optics blur it, each site of the sensor
sees one colour, the phone guesses the other two, removes noise and sharpens, and an app stores it smaller. Grids
therefore come out resolved, as moire, or not at all, as their pitch on the sensor has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators import camera, photography, surfaces
from benchmarks.generators.drawing import Box, Pixels, corners
from benchmarks.generators.photography import Shot

Light = NDArray[np.uint16]
SENSORS = ((4000, 3000), (4000, 3000), (3264, 2448))
FINER = 2
"""Samples of the scene for each site of the sensor, each way."""
GAMMA = 2.2

_TO_LIGHT = np.rint(65535 * (np.arange(256) / 255) ** GAMMA).astype(np.uint16)
_TO_BYTES = np.rint(255 * (np.arange(65536) / 65535) ** (1 / GAMMA)).astype(np.uint8)


@dataclass(frozen=True)
class Sheet:
    """Something flat that shows a card.

    Attributes:
        light: RGB uint16 (h, w, 3), linear.
        card: where the card lies on it.
        boxes: the card's fields, on the sheet as well.
        corner: radius of the rounded corners in pixels.
        gain: what the light is multiplied with once it is averaged; room for points brighter than white.
    """

    light: Light
    card: Box
    boxes: Mapping[str, Box]
    corner: float = 0.0
    gain: float = 1.0


def linear(pixels: Pixels) -> Light:
    """The light that bytes stand for."""
    return np.asarray(_TO_LIGHT[pixels], np.uint16)


def bytes_of(light: NDArray[Any]) -> Pixels:
    """Light as a picture's bytes."""
    return np.asarray(_TO_BYTES[light], np.uint8)


def shoot(sheet: Sheet, level: str, rng: np.random.Generator) -> Shot:
    """Photographs a sheet lying on a surface, with a phone; the polygon and boxes are the card's.

    Raises:
        ValueError: no such level.
    """
    rules = camera.level_rules(level)
    height, width = sheet.light.shape[:2]
    detail = (sheet.card[2] - sheet.card[0]) / width
    stored = photography.photo_size(rng, detail, height / width)
    sensor = SENSORS[int(rng.integers(len(SENSORS)))]
    size = sensor if stored[0] > stored[1] else sensor[::-1]
    orientation = int(rng.choice([0, 90, 180, 270], p=rules["orientations"]))
    place = photography.place((width, height), detail, rules, rng, size, orientation)
    scene = surfaces.surface(
        rng, size, things=int(rng.integers(rules["clutter"][0], rules["clutter"][1] + 1))
    )
    to_photo = _lay(scene, sheet, place, rng)
    long_side = float(np.linalg.norm(place[1] - place[0]))
    hidden = np.zeros(scene.shape[:2], np.uint8)
    if rng.random() < rules["finger_chance"]:
        photography.fingers(scene, hidden, place, long_side * rng.uniform(*rules["finger_reach"]), rng)
    scene = camera.light(scene, hidden, place, rules, rng)
    scene = camera.lens(scene, long_side * detail, rules, rng)
    scene = _developed(_mosaic(scene, rules, rng), rng)
    photo, factor = _stored(scene, stored, rng)
    seen = {name: _seen(box, to_photo) * factor for name, box in sheet.boxes.items()}
    return Shot(
        pixels=photo,
        polygon=_seen(sheet.card, to_photo) * factor,
        boxes=seen,
        orientation=orientation,
        level=level,
        jpeg_quality=int(rng.integers(rules["jpeg"][0], rules["jpeg"][1] + 1)),
        hidden=photography.covered_fields(hidden, {name: box / factor for name, box in seen.items()}),
    )


def _seen(box: Box, to_photo: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.perspectiveTransform(corners(box)[None], to_photo)[0], np.float64)


def _lay(
    scene: Pixels, sheet: Sheet, place: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Puts the sheet into the scene as sharp optics would draw it; gives the homography from sheet to scene."""
    height, width = sheet.light.shape[:2]
    full = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    to_scene = cv2.getPerspectiveTransform(full, place.astype(np.float32))
    x0, y0, x1, y1 = camera.window(place, scene.shape, margin=8)
    patch = scene[y0:y1, x0:x1]
    finer = np.array([(FINER, 0, -FINER * x0), (0, FINER, -FINER * y0), (0, 0, 1)], np.float64)
    size = (FINER * (x1 - x0), FINER * (y1 - y0))
    source = _prefiltered(sheet.light, place)
    shrink = np.diag([width / source.shape[1], height / source.shape[0], 1.0])
    fine = cv2.warpPerspective(source, finer @ to_scene @ shrink, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(photography.rounded((width, height), sheet.corner), finer @ to_scene, size)
    photography.cast_shadow(
        patch, cv2.resize(mask, patch.shape[1::-1]), float(np.linalg.norm(place[1] - place[0])), rng
    )
    blur = FINER * rng.uniform(0.35, 0.75)
    seen = cv2.resize(cv2.GaussianBlur(fine, (0, 0), blur), patch.shape[1::-1], interpolation=cv2.INTER_AREA)
    cover = cv2.resize(cv2.GaussianBlur(mask, (0, 0), blur), patch.shape[1::-1], interpolation=cv2.INTER_AREA)
    weight = cover[..., None].astype(np.float32) / 255
    drawn = bytes_of(cv2.multiply(seen, (sheet.gain,) * 4))
    patch[:] = np.where(weight >= 1, drawn, (patch * (1 - weight) + drawn * weight).astype(np.uint8))
    return np.asarray(to_scene, np.float64)


def _prefiltered(light: Light, place: NDArray[np.float64]) -> Light:
    """The sheet reduced where it is more than twice as fine as the samples taken of it."""
    step = light.shape[1] / (FINER * float(np.linalg.norm(place[1] - place[0])))
    if step < 2:
        return light
    return np.asarray(cv2.resize(light, None, fx=1.6 / step, fy=1.6 / step, interpolation=cv2.INTER_AREA))


def _mosaic(scene: Pixels, rules: dict[str, Any], rng: np.random.Generator) -> NDArray[np.uint8]:
    """What the sites of the sensor see: one colour each (RGGB), with noise."""
    raw = scene[..., 1].copy()
    raw[::2, ::2], raw[1::2, 1::2] = scene[::2, ::2, 0], scene[1::2, 1::2, 2]
    noise = np.empty(raw.shape, np.int16)
    cv2.setRNGSeed(int(rng.integers(1 << 31)))
    cv2.randn(noise, 0, float(rng.uniform(*rules["noise"])))
    return np.asarray(cv2.add(raw, noise, dtype=cv2.CV_8U), np.uint8)


def _developed(raw: NDArray[np.uint8], rng: np.random.Generator) -> Pixels:
    """The phone's own processing: demosaicing, smoothed colour noise, sharpening, a first JPEG."""
    rgb = cv2.cvtColor(raw, cv2.COLOR_BayerRGGB2RGB_EA if rng.random() < 0.7 else cv2.COLOR_BayerRGGB2RGB)
    luma, red, blue = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    soft = rng.uniform(0.6, 2.0)
    red, blue = (cv2.GaussianBlur(plane, (0, 0), soft) for plane in (red, blue))
    amount = rng.uniform(0.2, 0.9)
    luma = cv2.addWeighted(
        luma, 1 + amount, cv2.GaussianBlur(luma, (0, 0), rng.uniform(0.8, 1.6)), -amount, 0
    )
    rgb = cv2.cvtColor(cv2.merge([luma, red, blue]), cv2.COLOR_YCrCb2RGB)
    _, buffer = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(90, 98))])
    return np.ascontiguousarray(cv2.imdecode(buffer, cv2.IMREAD_COLOR)[..., ::-1])


def _stored(scene: Pixels, size: tuple[int, int], rng: np.random.Generator) -> tuple[Pixels, float]:
    """The photo as an app stores it: averaged, or with some pixels left out; and the factor of its size."""
    factor = min(1.0, max(size) / max(scene.shape[:2]))
    if factor == 1.0:
        return scene, 1.0
    way = cv2.INTER_AREA if rng.random() < 0.7 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(scene, None, fx=factor, fy=factor, interpolation=way), np.uint8), factor
