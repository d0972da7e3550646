"""A few pose photos, composed from real portraits: enough to walk the real path, not to measure it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from models.arrays import Image

TEXT = """the council met on its new plan for the river and heard from people who live beside it about water
trade and rail before a vote that many in the town had hoped would come sooner than this spring"""
WORDS = TEXT.split()


def person(samples: Path, name: str, height: int = 1500, width: int = 1100) -> Image:
    """A portrait in the upper part of a tall photo."""
    picture = np.asarray(Pictures.open(samples / name).convert("RGB"))
    scale = max(width / picture.shape[1], 0.55 * height / picture.shape[0])
    picture = cv2.resize(picture, None, fx=scale, fy=scale)
    left = (picture.shape[1] - width) // 2
    photo = np.full((height, width, 3), 96, np.uint8)
    upper = picture[: int(0.6 * height), left : left + width]
    photo[: len(upper)] = upper
    return photo


def newspaper(day: date, name: str = "The Guardian", weekday: str | None = None, size: int = 24) -> Image:
    """The front page of a paper in English."""
    page = Pictures.new("RGB", (900, 1200), (236, 233, 224))
    pen = ImageDraw.Draw(page)
    line = f"{weekday or day.strftime('%A')}, {day.strftime('%B')} {day.day}, {day.year}"
    pen.text((450, 70), name, font=ImageFont.load_default(90), fill=(25, 25, 28), anchor="mm")
    pen.text((450, 160), line, font=ImageFont.load_default(size), fill=(25, 25, 28), anchor="mm")
    pen.text((450, 235), "River plan goes to a vote", font=ImageFont.load_default(58), fill=20, anchor="mm")
    for column in range(4):
        for row in range(42):
            start = (7 * column + 5 * row) % (len(WORDS) - 5)
            words = " ".join(WORDS[start : start + 4])
            place = (40 + 212 * column, 300 + 21 * row)
            pen.text(place, words, font=ImageFont.load_default(14), fill=(40, 40, 40))
    return np.asarray(page)


def sheet(text: str) -> Image:
    """A sheet of paper with one large line."""
    page = Pictures.new("RGB", (700, 420), (245, 245, 243))
    pen = ImageDraw.Draw(page)
    pen.text((350, 210), text, font=ImageFont.load_default(120), fill=(30, 40, 90), anchor="mm")
    return np.asarray(page)


def held(photo: Image, paper: Image, width: int = 760, tilt: float = 4.0) -> Image:
    """The paper in front of the chest, tilted, in the photo's light and noise."""
    height = width * paper.shape[0] / paper.shape[1]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - (width / 2, 0)
    c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    target = corners @ np.array([[c, s], [-s, c]]) + (photo.shape[1] / 2, 0.58 * photo.shape[0])
    h, w = paper.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    size = (photo.shape[1], photo.shape[0])
    soft = cv2.GaussianBlur(paper, (0, 0), 0.5)
    over = cv2.warpPerspective(soft, matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((h, w), 255, np.uint8), matrix, size)[..., None] / 255
    noise = np.random.default_rng(1).normal(0, 2, photo.shape)
    return np.clip(photo * (1 - mask) + over * mask + noise, 0, 255).astype(np.uint8)


def lettered(photo: Image, left: str, right: str, y: float) -> Image:
    """The photo with pale boards on the wall at its left and right edge, each with a large letter."""
    picture = Pictures.fromarray(photo)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(260)
    for x, letter in ((160, left), (photo.shape[1] - 160, right)):
        pen.rectangle((x - 130, y - 150, x + 130, y + 150), fill=(225, 224, 220))
        pen.text((x, y), letter, font=font, fill=(170, 20, 30), anchor="mm")
    return np.asarray(picture)


def postered(photo: Image, top: float, bottom: float) -> Image:
    """The photo with a pale poster of lines on the wall at either edge, from `top` to `bottom`."""
    picture = Pictures.fromarray(photo)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(34)
    for x in (0, photo.shape[1] - 165):
        pen.rectangle((x, top, x + 165, bottom), fill=(225, 224, 220))
        for number, y in enumerate(range(int(top) + 12, int(bottom) - 40, 48)):
            pen.text((x + 14, y), WORDS[number + 6].title(), font=font, fill=(60, 30, 110))
    return np.asarray(picture)
