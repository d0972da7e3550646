"""PRC business licences in the layouts of 2014 and 2019, landscape and portrait: frame, emblem, QR code, seal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.generators import fonts, security_print
from benchmarks.generators.cards import Flat, wrap
from benchmarks.generators.companies import Company
from benchmarks.generators.drawing import Box, Colour, Pixels, Type, put_text, text_width, union

LAYOUTS = ("2019_landscape", "2019_portrait", "2014_portrait", "2014_landscape")
SIZES = {"landscape": (2100, 1485), "portrait": (1485, 2100)}
COLUMN, LEADING = 5.9, (1.4, 1.6)
"""Where values begin behind their labels, and how far lines are apart, in sizes of the type."""
APART = 0.4
"""Room between two values, in lines."""
FOOTER = 0.9
"""Where the lines below the frame's content begin."""
PUBLIC_RECORD = "http://www.gsxt.gov.cn/index.html?uniscid="


@dataclass(frozen=True)
class _Row:
    """A labelled value: where it stands (left edge and first baseline) and how wide it may run."""

    field: str
    label: str
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class _Set:
    label: Type
    value: Type
    column: float
    leading: float


def render_licence(company: Company, layout: str, rng: np.random.Generator) -> tuple[Flat, str]:
    """Draws a licence.

    Args:
        layout: one of LAYOUTS.

    Returns:
        The drawing and what its QR code says.
    """
    year, _, form = layout.partition("_")
    size = SIZES[form]
    pixels = _ground(size, rng)
    image = Image.fromarray(pixels)
    style = _style(company, year, form, rng)
    _title(image, rng, duplicate=bool(rng.random() < 0.6))
    message = PUBLIC_RECORD + company.registration_number
    if rng.random() < 0.25:
        message = f"https://zzapp.gsxt.gov.cn/scan?code={int(rng.integers(10**15, 10**16))}"
    boxes = {"registration_number": _number(image, company, year, style, rng)}
    rows = _rows(year, form)
    texts = company.fields() | {"established_on": f"{company.established_on:%Y年%m月%d日}"}
    bottom: dict[float, float] = {}
    for row in rows:
        y = max(row.y * size[1], bottom.get(row.x, 0.0))
        box, end = _field(image, row, texts[row.field], y, size, style)
        boxes[row.field] = box
        bottom[row.x] = end + style.leading * APART
    _qr(image, message, year, size)
    _authority(image, company, size, style, rng)
    _footer(image, year, size, rng)
    return Flat(
        np.asarray(image).copy(), boxes, corner=0.0, detail=0.5 if form == "landscape" else 0.65
    ), message


def _style(company: Company, year: str, form: str, rng: np.random.Generator) -> _Set:
    drawn = (
        company.name
        + company.address
        + company.scope
        + company.legal_representative
        + company.registered_capital
    )
    size = 36 if form == "landscape" else 34
    size = round(size * rng.uniform(0.9, 1.06))
    while len(company.scope) > 150 and size > 30:
        size -= 1
    while year == "2014" and form == "landscape" and not _fits(company.scope, size):
        size -= 1
    value = Type(
        fonts.choose(rng, drawn, "song", "hei", "kai"), size, security_print.tinted(rng, (30, 30, 34), 10)
    )
    if rng.random() < 0.35:
        value = replace(value, face=fonts.choose(rng, drawn, "hei", "song"))
    label_face = fonts.choose(
        rng, "名称类型住所法定代表人注册资本成立日期营业期限经营范围", "hei", "song", "kai"
    )
    label = Type(
        label_face, size, (60, 48, 40) if rng.random() < 0.5 else (30, 30, 32), weight=int(rng.random() < 0.5)
    )
    return _Set(label, value, column=size * COLUMN, leading=size * rng.uniform(*LEADING))


def _fits(scope: str, size: int) -> bool:
    """Whether a scope set in that size ends above the footer of the landscape sheet of 2014."""
    (width, height), rows = SIZES["landscape"], _rows("2014", "landscape")
    columns = int((rows[-1].width * width - size * COLUMN) / size)
    # The address may take a second line.
    lines = len(wrap(scope, columns)) + 1 + (1 + APART) * (len(rows) - 1)
    return lines * size * LEADING[1] < height * (FOOTER - rows[0].y)


@lru_cache(maxsize=8)
def _frame(size: tuple[int, int], style: int) -> Pixels:
    """A licence's blank: cream ground, fine lines, an ornamental border."""
    rng = np.random.default_rng([17, style])
    tint = security_print.tinted(rng, (250, 246, 236), 5)
    image = np.full((size[1], size[0], 3), tint, np.uint8)
    for _ in range(2):
        ink = security_print.tinted(rng, (236, 226, 200), 8)
        security_print.waves(image, rng, ink, int(rng.integers(40, 80)), size[1] * rng.uniform(0.02, 0.06))
    gold = security_print.tinted(rng, (178, 148, 92), 20)
    for inset, thick in ((38, 4), (52, 12), (92, 5), (106, 2)):
        cv2.rectangle(image, (inset, inset), (size[0] - inset, size[1] - inset), gold, thick)
    for x in range(78, size[0] - 60, 34):
        for y in (72, size[1] - 72):
            cv2.circle(image, (x, y), 12, gold, 3, cv2.LINE_AA)
            cv2.circle(image, (x, y), 4, gold, -1, cv2.LINE_AA)
    for y in range(106, size[1] - 80, 34):
        for x in (72, size[0] - 72):
            cv2.circle(image, (x, y), 12, gold, 3, cv2.LINE_AA)
            cv2.circle(image, (x, y), 4, gold, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(image, (0, 0), 0.7)


def _ground(size: tuple[int, int], rng: np.random.Generator) -> Pixels:
    image = _frame(size, int(rng.integers(4))).copy()
    side = round(min(size) * 0.115)
    emblem = cv2.resize(security_print.emblem(), (side, side), interpolation=cv2.INTER_AREA).astype(
        np.float32
    )
    x, y = (size[0] - side) // 2, 128
    patch, opacity = image[y : y + side, x : x + side], emblem[..., 3:] / 255
    patch[:] = (patch * (1 - opacity) + emblem[..., :3] * opacity).astype(np.uint8)
    return image


def _title(image: Image.Image, rng: np.random.Generator, duplicate: bool) -> None:
    width, short = image.width, min(image.size)
    face = fonts.choose(rng, "营业执照副本", "song_bold", "hei_bold", "kai")
    size = round(short * 0.085)
    y = 128 + short * 0.115 + size * 1.2
    style = Type(face, size, (24, 22, 22), spacing=size * rng.uniform(0.25, 0.6))
    put_text(image, (width / 2, y), "营业执照", style, "ms")
    if duplicate:
        put_text(
            image,
            (width / 2, y + size * 0.55),
            f"（副本）{rng.choice(['', '1-1', '2-1'])}",
            Type(face, round(size * 0.36), (24, 22, 22)),
            "ms",
        )


def _number(image: Image.Image, company: Company, year: str, style: _Set, rng: np.random.Generator) -> Box:
    """The unified social credit code: at the upper left in 2019, centred under the title or at the right in 2014."""
    face = (
        fonts.choose(rng, company.registration_number, "sans", "mono")
        if rng.random() < 0.5
        else style.value.face
    )
    number = Type(face, round(style.value.size * 1.02), style.value.colour, spacing=rng.uniform(0, 3))
    short = min(image.size)
    if year == "2019":
        x, y = 175.0, 150 + short * (0.085 if image.width > image.height else 0.03)
        put_text(image, (x, y), "统一社会信用代码", replace(style.label, size=round(style.label.size * 0.9)))
        return put_text(image, (x, y + style.leading * 1.05), company.registration_number, number)
    y = 128 + short * (0.36 if image.height > image.width else 0.29)
    label = "统一社会信用代码"
    whole = text_width(label, style.label) + 24 + text_width(company.registration_number, number)
    x = (image.width - whole) / 2
    put_text(image, (x, y), label, style.label)
    return put_text(image, (x + text_width(label, style.label) + 24, y), company.registration_number, number)


def _rows(year: str, form: str) -> list[_Row]:
    """Where each labelled value starts, as shares of the sheet; a longer value pushes the next ones down."""
    labels = {
        "name": "名称",
        "type": "类型",
        "legal_representative": "法定代表人",
        "registered_capital": "注册资本",
        "established_on": "成立日期",
        "business_term": "营业期限",
        "address": "住所",
        "scope": "经营范围",
    }
    if year == "2019" and form == "landscape":
        left = [("name", 0.4), ("type", 0.47), ("legal_representative", 0.54), ("scope", 0.61)]
        right = [
            ("registered_capital", 0.4),
            ("established_on", 0.47),
            ("business_term", 0.54),
            ("address", 0.61),
        ]
        return [_Row(f, labels[f], 0.09, y, 0.46) for f, y in left] + [
            _Row(f, labels[f], 0.575, y, 0.34) for f, y in right
        ]
    if year == "2019":
        order = [
            "name",
            "registered_capital",
            "type",
            "established_on",
            "legal_representative",
            "business_term",
            "address",
            "scope",
        ]
        return [_Row(f, labels[f], 0.12, 0.33 + 0.045 * i, 0.76) for i, f in enumerate(order)]
    order = [
        "name",
        "type",
        "address",
        "legal_representative",
        "registered_capital",
        "established_on",
        "business_term",
        "scope",
    ]
    # The seal stands beside the landscape sheet's scope, and the footer under it.
    start, step, width = (0.35, 0.045, 0.72) if form == "portrait" else (0.42, 0.041, 0.5)
    return [_Row(f, labels[f], 0.14, start + step * i, width) for i, f in enumerate(order)]


def _field(
    image: Image.Image, row: _Row, text: str, y: float, size: tuple[int, int], style: _Set
) -> tuple[Box, float]:
    """Sets a label, spread over five characters, and its value; gives the value's box and the next baseline."""
    x = row.x * size[0]
    room = style.label.size * 5.0
    spread = (room - text_width(row.label, style.label)) / max(1, len(row.label) - 1)
    put_text(image, (x, y), row.label, replace(style.label, spacing=max(0.0, spread)))
    columns = int((row.width * size[0] - style.column) / style.value.size)
    value = style.value
    boxes: list[Box] = []
    for line in wrap(text, columns):
        boxes.append(put_text(image, (x + style.column, y), line, value))
        y += style.leading
    return union(boxes), y


def _qr(image: Image.Image, message: str, year: str, size: tuple[int, int]) -> None:
    code = cv2.QRCodeEncoder.create().encode(message)
    side = round(min(size) * (0.135 if year == "2019" else 0.13))
    picture = Image.fromarray(cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)).convert("RGB")
    at = (185, size[1] - 215 - side) if year == "2014" and size[1] > size[0] else (size[0] - 175 - side, 150)
    image.paste(picture, at)


def _authority(
    image: Image.Image, company: Company, size: tuple[int, int], style: _Set, rng: np.random.Generator
) -> None:
    """登记机关, the date of issue and the red seal over them, at the lower right."""
    x, y = size[0] * 0.74, size[1] - 330
    put_text(image, (x - 60, y), "登记机关", replace(style.label, spacing=style.label.size * 0.3), "ms")
    day = company.issued_on
    text = f"{day.year} 年 {day.month:02d} 月 {day.day:02d} 日"
    put_text(image, (x + 40, y + 120), text, style.value, "ms")
    seal = _seal(company.authority, rng)
    side = round(min(size) * rng.uniform(0.17, 0.2))
    small = seal.resize((side, side), Image.Resampling.LANCZOS).rotate(
        rng.uniform(-14, 14), Image.Resampling.BICUBIC
    )
    image.paste(
        small.convert("RGB"), (round(x - side * 0.4), round(y + 40 - side * 0.5)), small.getchannel("A")
    )


def _seal(authority: str, rng: np.random.Generator) -> Image.Image:
    """A round seal, RGBA: ring, star, the authority's name along the upper arc, ink unevenly taken."""
    side = 420
    seal = Image.new("RGBA", (side, side), (206, 32, 40, 0))
    draw = ImageDraw.Draw(seal)
    red = (206, 32, 40, 235)
    draw.ellipse((6, 6, side - 6, side - 6), outline=red, width=11)
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    radii = np.where(np.arange(10) % 2 == 0, 64, 25)
    star = [(side / 2 + r * np.cos(a), side / 2 + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    draw.polygon(star, fill=red)
    face = fonts.choose(rng, authority, "song", "hei")
    font = fonts.load(face, 52 if len(authority) < 13 else 42)
    reach = min(4.4, 0.36 * len(authority))
    for character, turn in zip(authority, np.linspace(-reach / 2, reach / 2, len(authority)), strict=True):
        tile = Image.new("RGBA", (80, 80), (206, 32, 40, 0))
        ImageDraw.Draw(tile).text(
            (40, 40), character, font=font, fill=red, anchor="mm", stroke_width=1, stroke_fill=red
        )
        tile = tile.rotate(-np.degrees(turn), Image.Resampling.BICUBIC)
        at = (side / 2 + 158 * np.sin(turn) - 40, side / 2 - 158 * np.cos(turn) - 40)
        seal.alpha_composite(tile, (round(at[0]), round(at[1])))
    worn = np.clip(1.15 - rng.random((side // 6, side // 6)) * rng.uniform(0.2, 0.8), 0.25, 1)
    grain = cv2.resize(worn, (side, side), interpolation=cv2.INTER_CUBIC)
    alpha = np.asarray(seal.getchannel("A")) * np.clip(grain, 0, 1)
    seal.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    return seal


def _footer(image: Image.Image, year: str, size: tuple[int, int], rng: np.random.Generator) -> None:
    if year == "2019":
        left, right = "国家企业信用信息公示系统网址 http://www.gsxt.gov.cn", "国家市场监督管理总局监制"
        middle = "市场主体应当于每年1月1日至6月30日通过国家企业信用信息公示系统报送公示年度报告"
    else:
        left, right = "企业信用信息公示系统网址", "中华人民共和国国家工商行政管理总局监制"
        middle = "每年1月1日至6月30日报送上一年度年度报告并公示"
    colour: Colour = (70, 62, 54)
    small = Type(fonts.choose(rng, left + middle + right, "hei", "song"), 19, colour)
    y = size[1] - 122
    if size[0] > size[1]:
        put_text(image, (size[0] / 2, y), middle, small, "ms")
    else:
        put_text(image, (size[0] / 2, y - 34), middle, small, "ms")
    put_text(image, (135, y), left, small)
    put_text(image, (size[0] - 135, y), right, small, "rs")
