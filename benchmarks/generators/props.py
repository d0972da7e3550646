"""What someone may hold up instead of a newspaper: a magazine, a book, a sheet, a tablet, a code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.generators import fonts, printed_dates, surfaces
from benchmarks.generators.drawing import Colour, Pixels, Type, put_text, text_width
from benchmarks.generators.newspaper import front_page, picture, words
from benchmarks.generators.security_print import gradient


def _pick(rng: np.random.Generator, items: Sequence[str]) -> str:
    return items[int(rng.integers(len(items)))]


def _colour(rng: np.random.Generator, low: int, high: int) -> Colour:
    red, green, blue = (int(c) for c in rng.integers(low, high, 3))
    return red, green, blue


def magazine(day: date, rng: np.random.Generator, faces: Sequence[Pixels]) -> Pixels:
    """A glossy cover: one large picture, a title over it, lines about what is inside, the month."""
    width, height = 900, 1200
    image = Image.fromarray(picture(rng, (width, height), faces, share=1.0, printed=False))
    title = _pick(rng, words()["magazines"])
    face = fonts.choose(rng, title, "hei_bold", "song_bold")
    size = int(min(220, 0.86 * width / max(2, len(title)) * (1.8 if title.isascii() else 1)))
    put_text(image, (width / 2, 40 + size), title, Type(face, size, _colour(rng, 180, 256)), "ms")
    month = (
        f"{day.year}年{day.month}月号"
        if rng.random() < 0.5
        else f"{printed_dates.MONTHS[day.month - 1]} {day.year}"
    )
    small = fonts.choose(rng, month, "hei", "sans")
    put_text(image, (width - 40, 84 + size), month, Type(small, 28, (250, 250, 250)), "rs")
    for row in range(int(rng.integers(3, 6))):
        line = _pick(rng, words()["headlines"])
        style = Type(fonts.choose(rng, line, "hei_bold"), int(rng.integers(30, 54)), _colour(rng, 200, 256))
        while text_width(line, style) > width - 80:
            line = line[:-1]
        put_text(image, (40, 620 + row * 110), line, style)
    return np.asarray(image).copy()


def book(rng: np.random.Generator) -> Pixels:
    """The cover of a book: a colour, a title, an ornament, the author."""
    width, height = 760, 1080
    ground = gradient(
        (width, height), [_colour(rng, 20, 220), _colour(rng, 20, 220)], rng.uniform(0, 3)
    ).astype(np.uint8)
    cv2.circle(
        ground,
        (width // 2, int(height * 0.6)),
        int(rng.integers(80, 220)),
        _colour(rng, 30, 250),
        int(rng.choice([-1, 6, 20])),
    )
    image = Image.fromarray(ground)
    title = _pick(rng, words()["books"])
    style = Type(fonts.choose(rng, title, "song_bold", "hei_bold"), 96, (248, 244, 232))
    while text_width(title, style) > width - 90:
        style = Type(style.face, style.size - 4, style.colour)
    put_text(image, (width / 2, 300), title, style, "ms")
    author = _pick(rng, ["林一舟 著", "A. M. Harrow", "周砚 编著", "J. P. Lindqvist"])
    put_text(
        image, (width / 2, 980), author, Type(fonts.choose(rng, author, "song"), 40, (240, 236, 224)), "ms"
    )
    return np.asarray(image).copy()


def printed_sheet(day: date, rng: np.random.Generator) -> Pixels:
    """An office sheet with today's date and lines of prose: a date, but no newspaper."""
    shade = int(rng.integers(236, 254))
    image = Image.new("RGB", (1000, 1414), (shade, shade, shade))
    face = fonts.choose(rng, surfaces.PROSE + "年月日0123456789", "song", "hei")
    heading = f"{day.year}年{day.month}月{day.day}日"
    put_text(image, (500, 150), heading, Type(face, int(rng.integers(40, 90)), (25, 25, 28)), "ms")
    if rng.random() < 0.6:
        draw, font = ImageDraw.Draw(image), fonts.load(face, 26)
        for y in range(240, 1300, 52):
            line = "".join(
                surfaces.PROSE[int(i)]
                for i in rng.integers(0, len(surfaces.PROSE), int(rng.integers(10, 33)))
            )
            draw.text((80, y), line, (30, 30, 34), font)
    return np.asarray(image).copy()


def titled_sheet(day: date, rng: np.random.Generator) -> Pixels:
    """An office sheet on which somebody printed a newspaper's name and today's date, and nothing else."""
    head = front_page(day, rng)
    assert head.date_box is not None
    shade = int(rng.integers(236, 254))
    sheet = np.full((1414, 1000, 3), shade, np.uint8)
    printed = head.pixels[: int(head.date_box[3]) + 12]
    printed = cv2.resize(printed, (940, round(940 * printed.shape[0] / printed.shape[1])))
    light = printed.astype(np.float32) / np.percentile(printed, 90) * shade
    sheet[60 : 60 + len(printed), 30:970] = np.clip(light, 0, shade).astype(np.uint8)
    return sheet


def screen(day: date, rng: np.random.Generator, faces: Sequence[Pixels], size: tuple[int, int]) -> Pixels:
    """A tablet or phone of a size (width, height) that shows a newspaper: bezel, back light, the grid of pixels."""
    page = front_page(day, rng, faces=faces).pixels
    width, height = size
    bezel = int(width * rng.uniform(0.036, 0.08))
    body = np.full((height, width, 3), int(rng.integers(8, 40)) if rng.random() < 0.7 else 236, np.uint8)
    screen = cv2.resize(page, (width - 2 * bezel, round((width - 2 * bezel) * page.shape[0] / page.shape[1])))
    screen = screen[: height - 2 * bezel].astype(np.float32)
    grid = (
        1
        - 0.1 * ((np.arange(screen.shape[1]) % 3) == 0)[None, :, None]
        - 0.1 * ((np.arange(screen.shape[0]) % 3) == 0)[:, None, None]
    )
    glow = np.array([0.97, 1.0, 1.08], np.float32) * rng.uniform(1.02, 1.18)
    body[bezel : bezel + screen.shape[0], bezel : width - bezel] = np.clip(
        screen * grid * glow, 0, 255
    ).astype(np.uint8)
    if rng.random() < 0.6:
        bar = slice(bezel, bezel + 34)
        body[bar, bezel : width - bezel] = 250
        image = Image.fromarray(body)
        put_text(
            image,
            (bezel + 14, bezel + 26),
            f"{int(rng.integers(7, 23))}:{int(rng.integers(0, 60)):02d}",
            Type(fonts.choose(rng, "0", "sans"), 22, (20, 20, 20)),
        )
        body = np.asarray(image).copy()
    return body


def code_on_paper(code: str, rng: np.random.Generator) -> Pixels:
    """A sheet with a code on it, printed large or written by hand with a pen."""
    shade = int(rng.integers(228, 252))
    width, height = (1000, 700) if rng.random() < 0.6 else (700, 1000)
    image = Image.new("RGB", (width, height), (shade, shade, shade - int(rng.integers(0, 14))))
    written = rng.random() < 0.5
    role = "hand" if written else str(rng.choice(["sans_bold", "serif_bold", "mono"]))
    size = int(width * rng.uniform(0.2, 0.25) * (1.15 if written else 1))
    ink: Colour = (25, 30, 40) if rng.random() < 0.6 else (30, 50, 150)
    face = fonts.choose(rng, code, role, "kai", "sans")
    style = Type(face, size, ink, weight=int(rng.integers(1, 5)) if written else 0)
    x = (width - text_width(code, style)) / 2 - 10
    for digit in code:
        jump = rng.normal(0, 0.035, 2) * size if written else np.zeros(2)
        put_text(image, (x + jump[0], height * 0.55 + jump[1]), digit, style)
        x += text_width(digit, style) + (rng.uniform(0, 0.1) * size if written else 0)
    if rng.random() < 0.3:
        draw = ImageDraw.Draw(image)
        for y in range(60, height, 58):
            draw.line((0, y, width, y), (170, 190, 214), 2)
    return np.asarray(image).copy()
