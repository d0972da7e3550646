"""What a document lies on when it is photographed: tables, cloth, papers, keyboards, and other things."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.generators import fonts
from benchmarks.generators.drawing import Pixels, corners, smooth_noise

PROSE = (
    "会议纪要根据安排各部门应当按时完成本季度的工作计划并提交书面报告商品名称规格数量单价金额合计备注收货人电话"
    "请在规定时间内核对无误后签字确认快递单号发件人地址货物清单合同编号甲方乙方经双方协商一致达成如下协议"
)


def surface(rng: np.random.Generator, size: tuple[int, int], things: int = 0) -> Pixels:
    """A surface of (width, height), of a kind chosen at random, with a number of things lying on it."""
    kinds: tuple[Callable[[np.random.Generator, tuple[int, int]], Pixels], ...] = (
        wood,
        wood,
        cloth,
        plain,
        plain,
        tiles,
        papers,
        keyboard,
    )
    # drawn small and enlarged: a background is seldom in sharp focus, and large photos stay cheap
    shrink = max(1.0, max(size) / 1000)
    small = (max(64, round(size[0] / shrink)), max(64, round(size[1] / shrink)))
    drawn = kinds[int(rng.integers(len(kinds)))](rng, small)
    _clutter(drawn, rng, things)
    return cv2.resize(drawn, size, interpolation=cv2.INTER_CUBIC)


def _base(rng: np.random.Generator, low: int, high: int) -> np.ndarray:
    level = rng.uniform(low, high)
    return np.clip(level + rng.normal(0, 14, 3), 8, 248).astype(np.float32)


def plain(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """A painted or plastic desk top of one colour, dark to nearly white."""
    width, height = size
    field = smooth_noise(rng, (height, width), 4)[..., None] * rng.uniform(3, 14)
    grain = rng.normal(0, rng.uniform(1, 5), (height, width, 1))
    return np.clip(_base(rng, 25, 245) + field + grain, 0, 255).astype(np.uint8)


def wood(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Boards with grain along one direction."""
    width, height = size
    tone = np.array(
        [(150, 104, 62), (196, 156, 110), (96, 60, 38), (214, 186, 146)][int(rng.integers(4))], np.float32
    )
    stretched = smooth_noise(rng, (height, max(8, width // 12)), 160)
    streaks = cv2.resize(stretched, (width, height), interpolation=cv2.INTER_CUBIC)
    warp = smooth_noise(rng, (height, width), 5)
    rings = np.sin((np.arange(height)[:, None] / height * rng.uniform(20, 60)) + warp * 5)
    light = 1 + 0.12 * streaks + rng.uniform(0.03, 0.1) * rings
    if rng.random() < 0.5:
        board = height / rng.uniform(2, 6)
        light *= 1 - 0.5 * (np.arange(height) % board < 2.5)[:, None]
    image = np.clip(tone * light[..., None], 0, 255).astype(np.uint8)
    return image if rng.random() < 0.6 else np.ascontiguousarray(cv2.resize(np.rot90(image), size))


def cloth(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Woven cloth with folds, plain, checked or striped."""
    width, height = size
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch = rng.uniform(2.5, 5)
    weave = 0.06 * (np.sin(xs * 6.283 / pitch) * np.sin(ys * 6.283 / pitch))
    folds = 0.18 * smooth_noise(rng, (height, width), int(rng.integers(3, 8)))
    image = _base(rng, 40, 220) * (1 + weave + folds)[..., None]
    if rng.random() < 0.5:
        stripe = rng.uniform(25, 90)
        band = (xs % stripe < stripe * 0.4).astype(np.float32)
        if rng.random() < 0.5:
            band = (band + (ys % stripe < stripe * 0.4)) / 2
        image = image * (1 - 0.5 * band[..., None]) + _base(rng, 40, 230) * 0.5 * band[..., None]
    return np.clip(image, 0, 255).astype(np.uint8)


def tiles(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Stone or ceramic tiles with joints."""
    width, height = size
    marble = np.abs(smooth_noise(rng, (height, width), 7) + 0.5 * smooth_noise(rng, (height, width), 25))
    image = _base(rng, 120, 235) * (1 - 0.2 * np.clip(0.4 - marble, 0, 1))[..., None]
    pitch = rng.uniform(0.25, 0.7) * width
    joint = (np.arange(width) % pitch < 3)[None, :] | (np.arange(height) % pitch < 3)[:, None]
    image[joint] *= 0.7
    return np.clip(image, 0, 255).astype(np.uint8)


def papers(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """A desk with printed sheets over one another: text beside the document, which is not the document's."""
    image = plain(rng, size)
    for _ in range(int(rng.integers(2, 5))):
        lay(image, sheet(rng), rng, rng.uniform(0.5, 0.9) * max(size))
    return image


def keyboard(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Part of a laptop's keyboard."""
    width, height = size
    body, key = (int(rng.integers(150, 215)), int(rng.integers(20, 50))) if rng.random() < 0.6 else (40, 70)
    image = Image.new("RGB", size, (body, body, body))
    draw = ImageDraw.Draw(image)
    face = fonts.choose(rng, "QWERTY", "sans")
    pitch = rng.uniform(0.07, 0.12) * width
    font = fonts.load(face, max(8, round(pitch * 0.3)))
    for row in range(int(height / pitch) + 1):
        for column in range(-1, int(width / pitch) + 1):
            x, y = (column + 0.25 * (row % 4)) * pitch, row * pitch
            draw.rounded_rectangle(
                (x + 2, y + 2, x + pitch * 0.9, y + pitch * 0.9), pitch * 0.1, (key, key, key + 3)
            )
            draw.text(
                (x + pitch * 0.2, y + pitch * 0.2),
                "QWERTYUIOPASDFGHJKLZXCVBNM"[(row * 7 + column) % 26],
                (190,) * 3,
                font,
            )
    return np.asarray(image).copy()


def sheet(rng: np.random.Generator) -> Pixels:
    """A printed sheet, about A5 in shape."""
    shade = int(rng.integers(225, 252))
    image = Image.new("RGB", (420, 590), (shade, shade, max(0, shade - int(rng.integers(0, 18)))))
    draw = ImageDraw.Draw(image)
    font = fonts.load(fonts.choose(rng, PROSE, "song", "hei"), int(rng.integers(13, 22)))
    line = int(font.size * 1.6)
    for y in range(30, 560, line):
        if rng.random() < 0.15:
            continue
        count = int(rng.integers(6, 380 // int(font.size) + 1))
        draw.text(
            (22, y), "".join(PROSE[int(i)] for i in rng.integers(0, len(PROSE), count)), (50, 50, 56), font
        )
    return np.asarray(image).copy()


def lay(image: Pixels, thing: Pixels, rng: np.random.Generator, length: float, keep_off: float = 0.0) -> None:
    """Lays a flat thing on the picture at a random place and angle, `length` pixels long, with a soft shadow.

    `keep_off` in 0..1 pushes it from the middle of the picture towards its borders.
    """
    height, width = image.shape[:2]
    scale = length / max(thing.shape[:2])
    direction = rng.uniform(0, 6.283)
    away = rng.uniform(keep_off, 1.0)
    centre = (width * (0.5 + 0.6 * away * np.cos(direction)), height * (0.5 + 0.6 * away * np.sin(direction)))
    matrix = cv2.getRotationMatrix2D((thing.shape[1] / 2, thing.shape[0] / 2), rng.uniform(0, 360), scale)
    matrix[:, 2] += np.array(centre) - np.array([thing.shape[1] / 2, thing.shape[0] / 2])
    outline = cv2.transform(corners((0, 0, thing.shape[1], thing.shape[0]))[None], matrix)[0]
    low = np.maximum(np.floor(outline.min(axis=0) - 0.05 * length).astype(int), 0)
    high = np.minimum(np.ceil(outline.max(axis=0) + 0.05 * length).astype(int), (width, height))
    if (high <= low).any():
        return
    patch = image[low[1] : high[1], low[0] : high[0]]
    window = (int(high[0] - low[0]), int(high[1] - low[1]))
    matrix[:, 2] -= low
    mask = cv2.warpAffine(np.full(thing.shape[:2], 255, np.uint8), matrix, window)
    drawn = cv2.warpAffine(thing, matrix, window, flags=cv2.INTER_AREA)
    moved = matrix.copy()
    moved[:, 2] += length * 0.015
    shade = cv2.warpAffine(np.full(thing.shape[:2], 90, np.uint8), moved, window)
    shade = cv2.blur(shade, (max(3, int(length * 0.03)),) * 2)
    cv2.multiply(patch, cv2.merge([255 - shade] * 3), dst=patch, scale=1 / 255)
    cv2.copyTo(drawn, mask, patch)
    edge = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    patch[edge] = (patch[edge] * 0.85).astype(np.uint8)


def _clutter(image: Pixels, rng: np.random.Generator, count: int) -> None:
    """Lays `count` things around the borders of the picture: sheets, other cards, pens, a phone, coins."""
    longest = max(image.shape[:2])
    for _ in range(count):
        kind = rng.random()
        if kind < 0.35:
            lay(image, sheet(rng), rng, rng.uniform(0.3, 0.7) * longest, keep_off=0.65)
        elif kind < 0.6:
            card = np.full((120, 190, 3), _base(rng, 30, 230), np.uint8)
            card[20:45] = _base(rng, 20, 230)
            lay(image, card, rng, rng.uniform(0.15, 0.4) * longest, keep_off=0.75)
        elif kind < 0.85:
            pen = np.full((10, 220, 3), _base(rng, 15, 200), np.uint8)
            pen[3:5] = np.clip(pen[3:5].astype(np.int16) + 50, 0, 255)
            lay(image, pen, rng, rng.uniform(0.3, 0.6) * longest, keep_off=0.75)
        else:
            phone = np.full((150, 310, 3), 18, np.uint8)
            phone[8:-8, 8:-8] = _base(rng, 15, 70)
            lay(image, phone, rng, rng.uniform(0.3, 0.5) * longest, keep_off=0.85)
