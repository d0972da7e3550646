"""Front pages of newspapers: masthead, date line, headlines, columns, pictures."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.generators import fonts, portraits, printed_dates
from benchmarks.generators.drawing import Box, Colour, Pixels, Type, put_text, smooth_noise, text_width, union
from benchmarks.generators.printed_dates import PrintedDate

WIDTH = 1180
INK: Colour = (34, 33, 34)


@dataclass(frozen=True)
class Page:
    """A front page drawn flat.

    Attributes:
        pixels: RGB uint8 (h, w, 3).
        date_box: where the date line stands, in pixels of the page; None on a page without a date.
        printed: what the date line says.
        type_height: height in pixels of the date's characters.
        width: how wide the thing is, centimetres; 0 for a newspaper, whose width is drawn.
    """

    pixels: Pixels
    title: str
    language: str
    date_box: Box | None = None
    printed: PrintedDate | None = None
    type_height: float = 0.0
    width: float = 0.0


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The lists of data/newspapers.toml."""
    return tomllib.loads((Path(__file__).parent / "data" / "newspapers.toml").read_text("utf-8"))


def _pick(rng: np.random.Generator, items: Sequence[Any]) -> Any:
    return items[int(rng.integers(len(items)))]


def front_page(
    day: date,
    rng: np.random.Generator,
    language: str | None = None,
    weekday: int | None = None,
    lunar_of: date | None = None,
    faces: Sequence[Pixels] = (),
) -> Page:
    """Draws a front page of a day.

    Args:
        language: zh or en; at random where None.
        weekday: a weekday to print instead of the day's own (0 is Monday), for forgeries.
        lunar_of: the day whose lunar date is printed instead, for forgeries.
        faces: face photos of people for the pictures in the page.
    """
    language = language or ("zh" if rng.random() < 0.6 else "en")
    height = round(WIDTH * rng.uniform(1.3, 1.48))
    tone = rng.uniform(212, 240)
    paper = np.clip(np.array([tone, tone - rng.uniform(0, 5), tone - rng.uniform(4, 16)]), 0, 255)
    image = Image.new("RGB", (WIDTH, height), tuple(int(c) for c in paper))
    head = _chinese_head if language == "zh" else _english_head
    title, bottom, date_box, printed, type_height = head(image, day, rng, weekday, lunar_of)
    _fill(image, rng, language, bottom, faces)
    return Page(_newsprint(np.asarray(image), rng), title, language, date_box, printed, type_height)


Head = tuple[str, int, Box, PrintedDate, float]


def _chinese_head(
    image: Image.Image, day: date, rng: np.random.Generator, weekday: int | None, lunar_of: date | None
) -> Head:
    name, under = _pick(rng, words()["chinese"])
    printed = printed_dates.chinese(day, rng, weekday, lunar_of)
    red = rng.random() < 0.45
    ink: Colour = (188, 30, 34) if red else INK
    face = fonts.choose(
        rng, name, *(("kai", "song_bold") if rng.random() < 0.5 else ("hei_bold", "song_bold"))
    )
    size = int(min(rng.uniform(128, 172), 0.62 * WIDTH / len(name)))
    small = fonts.choose(rng, "".join(printed.parts) + "第期总号今日版", "song", "hei")
    beside = printed.form == "block" or rng.random() < 0.3
    title_style = Type(face, size, ink, spacing=rng.uniform(0, 12), weight=int(rng.random() < 0.4) * 2)
    title_width = text_width(name, title_style)
    middle = WIDTH * (0.36 if beside else 0.5)
    top = 40 + size
    put_text(image, (max(middle - title_width / 2, 45), top), name, title_style)
    latin = Type(fonts.choose(rng, under, "serif", "sans"), 22, ink, spacing=rng.uniform(1, 5))
    put_text(image, (middle, top + 46), under, latin, "ms")
    issue = f"第{int(rng.integers(5000, 29000))}期"
    if beside:
        box, height = _block_date(image, printed, small, rng, (0.83 * WIDTH, 62))
        serial = f"CN {int(rng.integers(11, 65))}-{int(rng.integers(1, 999)):04d}"
        line = f"{issue}　国内统一连续出版物号 {serial}　今日{int(rng.integers(4, 40))}版"
        bottom = _ruled(image, top + 66, line, Type(small, 19, INK))[0]
        return name, bottom, box, printed, height
    style = Type(small, int(rng.integers(24, 33)), INK, weight=int(rng.random() < 0.3))
    gap = "　" if rng.random() < 0.7 else "  "
    text = gap.join(printed.parts)
    extras = ["", issue, f"今日{int(rng.integers(4, 40))}版", f"零售价{int(rng.integers(1, 4))}.00元"]
    after = gap.join(extras[: int(rng.integers(1, 5))])
    while text_width(text + after, style) > WIDTH - 120 and after:
        after = after[: after.rfind(gap)] if gap in after else ""
    bottom, line_box = _ruled(image, top + 66, text + after, style)
    box = (line_box[0], line_box[1], line_box[0] + text_width(text, style), line_box[3])
    return name, bottom, box, printed, style.size


def _block_date(
    image: Image.Image,
    printed: PrintedDate,
    face: tuple[str, int],
    rng: np.random.Generator,
    at: tuple[float, float],
) -> tuple[Box, float]:
    """Sets the date as a block of lines beside the masthead, the day of the month large in the block form."""
    x, y = at
    size = int(rng.integers(24, 31))
    boxes = []
    for part in printed.parts:
        large = printed.form == "block" and part.isdigit()
        style = Type(face, size * 2 if large else size, INK, weight=int(large))
        while text_width(part, style) > 0.3 * WIDTH:
            style = Type(face, style.size - 1, INK)
        y += style.size * 1.12
        boxes.append(put_text(image, (x, y), part, style, "ms"))
        y += size * 0.3
    return union(boxes), float(size)


def _ruled(image: Image.Image, y: int, text: str, style: Type) -> tuple[int, Box]:
    """Sets a line between two rules; gives the y below it and the line's box."""
    draw = ImageDraw.Draw(image)
    bottom = y + round(style.size * 1.75)
    draw.line((45, y, WIDTH - 45, y), INK, 3)
    draw.line((45, bottom, WIDTH - 45, bottom), INK, 2)
    box = put_text(image, (WIDTH / 2, y + style.size * 1.25), text, style, "ms")
    return bottom + 16, box


def _english_head(
    image: Image.Image, day: date, rng: np.random.Generator, weekday: int | None, lunar_of: date | None
) -> Head:
    del lunar_of
    name = _pick(rng, words()["english"])
    printed = printed_dates.english(day, rng, weekday)
    ink: Colour = (20, 60, 120) if rng.random() < 0.25 else INK
    face = fonts.choose(rng, name, *(("serif_bold",) if rng.random() < 0.65 else ("sans_bold", "serif_bold")))
    size = 150
    while text_width(name, Type(face, size)) > WIDTH - 150:
        size -= 4
    top = 36 + round(size * 0.95)
    put_text(image, (WIDTH / 2, top), name, Type(face, size, ink), "ms")
    small = fonts.choose(rng, printed.parts[0], "serif", "sans")
    style = Type(small, int(rng.integers(23, 32)), INK, weight=int(rng.random() < 0.3))
    bottom, box = _ruled(image, top + 44, printed.parts[0], style)
    side = Type(small, round(style.size * 0.8), INK)
    left = _pick(
        rng,
        [
            f"VOL. {_pick(rng, ['CLXXV', 'LXII', 'XCIV'])} . . No. {int(rng.integers(10000, 60999)):,}",
            f"No {int(rng.integers(20000, 99999)):,}",
            "Late Edition",
            "",
        ],
    )
    right = _pick(
        rng,
        [
            f"${rng.integers(1, 5)}.00",
            f"£{rng.integers(1, 4)}.{rng.integers(0, 9)}0",
            "www.news.example",
            "Established 1874",
            "",
        ],
    )
    y = top + 44 + style.size * 1.25
    if box[0] - 60 > text_width(left, side) + 20:
        put_text(image, (52, y), left, side, "ls")
    if WIDTH - 60 - box[2] > text_width(right, side) + 20:
        put_text(image, (WIDTH - 52, y), right, side, "rs")
    return name, bottom, box, printed, float(style.size)


def _fill(
    image: Image.Image, rng: np.random.Generator, language: str, top: int, faces: Sequence[Pixels]
) -> None:
    """Fills the page below the masthead with rows of articles."""
    row = 0
    while top < image.height - 120:
        height = int(min(rng.uniform(0.2, 0.42) * image.height, image.height - top - 40))
        if image.height - 40 - (top + height) < 150:
            height = image.height - top - 40
        cuts = (
            _pick(rng, [(1.0,), (0.62, 1.0), (0.4, 1.0), (0.34, 0.67, 1.0)])
            if row
            else _pick(rng, [(1.0,), (0.68, 1.0)])
        )
        left = 45
        for share in cuts:
            right = round(45 + (WIDTH - 90) * share)
            _article(
                image,
                rng,
                language,
                (left, top, right - 12, top + height - 14),
                faces,
                lead=row == 0 and left == 45,
            )
            left = right + 8
        top += height
        row += 1


def _article(
    image: Image.Image,
    rng: np.random.Generator,
    language: str,
    area: tuple[int, int, int, int],
    faces: Sequence[Pixels],
    lead: bool,
) -> None:
    """One article: headline, sometimes a picture, columns of text."""
    x0, y0, x1, y1 = area
    wide = x1 - x0
    y = y0 + _headline(image, rng, language, area, lead) + 10
    illustrated = wide > 300 and y1 - y > 220 and rng.random() < (0.85 if lead else 0.5)
    if illustrated:
        width = round(wide * (rng.uniform(0.4, 0.62) if wide > 560 else 1.0))
        height = min(round(width * rng.uniform(0.55, 0.75)), round((y1 - y) * 0.72))
        at = (x0 if rng.random() < 0.5 else x1 - width, y)
        image.paste(Image.fromarray(picture(rng, (width, height), faces)), at)
        if width >= wide * 0.9:
            y += height + 12
        else:
            side = (x0, y, at[0] - 14, y + height) if at[0] > x0 else (x0 + width + 14, y, x1, y + height)
            _columns(image, rng, language, side)
            y += height + 12
    _columns(image, rng, language, (x0, y, x1, y1))


def _headline(
    image: Image.Image, rng: np.random.Generator, language: str, area: tuple[int, int, int, int], lead: bool
) -> int:
    x0, y0, x1, _ = area
    text = _pick(rng, words()["headlines" if language == "zh" else "english_headlines"])
    roles = ("hei_bold", "song_bold") if rng.random() < 0.5 else ("song_bold", "hei_bold")
    face = fonts.choose(rng, text, *(roles if language == "zh" else ("serif_bold", "sans_bold")))
    size = int(rng.uniform(52, 84) if lead else rng.uniform(30, 46))
    while size > 18 and text_width(text, Type(face, size)) > x1 - x0:
        size -= 2
    style = Type(face, size, (176, 24, 30) if lead and language == "zh" and rng.random() < 0.25 else INK)
    centred = rng.random() < 0.4
    put_text(image, ((x0 + x1) / 2 if centred else x0, y0 + size), text, style, "ms" if centred else "ls")
    return round(size * 1.25)


def picture(
    rng: np.random.Generator,
    size: tuple[int, int],
    faces: Sequence[Pixels],
    share: float = 0.6,
    printed: bool = True,
) -> Pixels:
    """A photo on a page of (width, height): a face in so many cases, else hills, water or buildings."""
    if faces and rng.random() < share:
        face = _pick(rng, faces)
        aspect = size[0] / size[1]
        height, width = face.shape[:2]
        crop = min(width, int(height * aspect)), min(height, int(width / aspect))
        y, x = int((height - crop[1]) * 0.4), (width - crop[0]) // 2
        photo = cv2.resize(face[y : y + crop[1], x : x + crop[0]], size, interpolation=cv2.INTER_AREA)
    else:
        photo = _landscape(rng, size)
    if not printed:
        return np.asarray(photo, np.uint8)
    if rng.random() < 0.4:
        photo = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.clip(photo.astype(np.float32) * 0.82 + 26, 0, 255).astype(np.uint8)


def _landscape(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    width, height = size
    sky = rng.integers(150, 235, 3)
    picture = np.full((height, width, 3), sky, np.uint8)
    for layer in range(4):
        base = height * (0.4 + 0.17 * layer)
        ridge = base + height * 0.14 * smooth_noise(rng, (2, width), 6 + 5 * layer)[0]
        tint = tuple(int(c) for c in rng.integers(40, 190 - 30 * layer, 3))
        if rng.random() < 0.35:
            ridge = np.repeat(ridge[:: max(1, width // 14)], max(1, width // 14))[:width]
        outline = np.concatenate(
            [np.stack([np.arange(len(ridge)), ridge], -1), [(width, height), (0, height)]]
        )
        cv2.fillPoly(picture, [outline.astype(np.int32)], tint, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


@lru_cache(maxsize=128)
def _galley(language: str, width: int, style: int) -> tuple[Pixels, int]:
    """A long strip of body text, black on white, from which columns are cut, and the pitch of its lines."""
    rng = np.random.default_rng([13, style, width])
    size = int(rng.integers(15, 19)) if language == "zh" else int(rng.integers(16, 20))
    pool = words()["phrases"] if language == "zh" else words()["english_words"].split()
    face = fonts.choose(rng, "".join(pool), *(("song", "kai") if language == "zh" else ("serif",)))
    strip = Image.new("L", (width, 1700), 255)
    draw, font = ImageDraw.Draw(strip), fonts.load(face, size)
    pitch = round(size * 1.32)
    rest = ""
    for y in range(4, 1690, pitch):
        end = width * (rng.uniform(0.2, 0.9) if rng.random() < 0.1 else 1)
        line = rest
        while font.getlength(line) < end:
            line += str(_pick(rng, pool)) + (_pick(rng, "，，。、") if language == "zh" else " ")
        cut = len(line)
        while cut > 1 and font.getlength(line[:cut]) > end:
            cut = max(line.rfind(" ", 0, cut), 1) if language == "en" else cut - 1
        draw.text((0, y), line[:cut].strip(), 40, font)
        rest = line[cut:].lstrip() if end == width else ""
    return np.asarray(strip).copy(), pitch


def _columns(
    image: Image.Image, rng: np.random.Generator, language: str, area: tuple[int, int, int, int]
) -> None:
    x0, y0, x1, y1 = area
    if y1 - y0 < 24 or x1 - x0 < 90:
        return
    count = max(1, round((x1 - x0) / 215))
    width = (x1 - x0 - 18 * (count - 1)) // count
    width -= width % 24
    style = int(rng.integers(3))
    ground = np.array(image.getpixel((2, 2)), np.float32)
    for column in range(count):
        galley, pitch = _galley(language, width, style)
        height = min(y1 - y0, galley.shape[0]) // pitch * pitch
        start = int(rng.integers(0, (galley.shape[0] - height) // pitch + 1)) * pitch
        strip = galley[start : start + height, :, None] / 255 * ground
        image.paste(Image.fromarray(strip.astype(np.uint8)), (x0 + column * (width + 18), y0))


def _newsprint(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """The paper itself: fibres, ink showing through from the other side, uneven tone."""
    height, width = pixels.shape[:2]
    behind = cv2.GaussianBlur(np.roll(pixels[:, ::-1], int(rng.integers(50, 300)), 0), (0, 0), 3)
    through = cv2.addWeighted(pixels, 1.0, behind, rng.uniform(0, 0.07), -rng.uniform(0, 8))
    small = smooth_noise(rng, (height // 4, width // 4), 30) * 2 + rng.normal(
        0, 1.6, (height // 4, width // 4)
    )
    mottle = cv2.resize(small.astype(np.float32), (width, height)).round().astype(np.int8)
    return cv2.add(through, cv2.merge([mottle] * 3), dtype=cv2.CV_8U)


def portraits_for(rng: np.random.Generator, folder: str | None, count: int) -> list[Pixels]:
    """Faces of strangers for the pictures of a page."""
    if folder is None:
        return [portraits.drawn(rng)[0] for _ in range(count)]
    files = portraits.faces_in(folder)
    return [portraits.load(files[int(i)]) for i in rng.integers(0, len(files), count)]
