"""The two sides of a PRC resident identity card, drawn to the layout of GA 448.

The card is 85.6 x 54 mm, drawn at 20 pixels a millimetre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image

from benchmarks.generators import fonts, portraits, scripts, security_print
from benchmarks.generators.drawing import Box, Pixels, Type, put_text, text_width, union
from benchmarks.generators.people import CardData

SIZE = (1712, 1080)
MM = 20
AUTHORITY_COLUMNS = 14
"""Characters of the issuing authority on a line; longer names take two."""
ADDRESS_COLUMNS = 11
STYLES = 8


@dataclass(frozen=True)
class Flat:
    """A document drawn flat.

    Attributes:
        pixels: RGB uint8 (h, w, 3).
        boxes: where each field's value (and the portrait) stands, (x0, y0, x1, y1) in pixels of the drawing.
        corner: radius of the rounded corners in pixels.
        detail: size of the smaller type, as a share of the drawing's width, in proportion to an ID card's.
    """

    pixels: Pixels
    boxes: dict[str, Box]
    corner: float = 3.18 * MM
    detail: float = 1.0


@dataclass(frozen=True)
class _Design:
    """What differs between one printer and another: fonts, inks, and small shifts of everything."""

    label: Type
    value: Type
    name: Type
    number: Type
    shift: tuple[float, float]


def _ink(rng: np.random.Generator, base: tuple[int, int, int]) -> tuple[int, int, int]:
    return security_print.tinted(rng, base, 14)


def _design(rng: np.random.Generator, person: CardData) -> _Design:
    drawn = person.name + person.address + person.ethnicity + "男女族出生年月日住址公民身份号码0123456789X"
    face = fonts.choose(rng, drawn, "hei", "song", "kai")
    if rng.random() < 0.1:
        face = fonts.choose(rng, drawn, "song", "hei", "kai")
    number_face = fonts.choose(rng, "0123456789X", "ocr_b", "mono") if rng.random() < 0.8 else face
    blue = _ink(rng, (62, 128, 172))
    black = _ink(rng, (24, 24, 28))
    label = Type(face, round(rng.uniform(2.55, 2.75) * MM), blue)
    value = Type(face, round(rng.uniform(3.05, 3.3) * MM), black, spacing=rng.uniform(0, 2))
    weight = int(rng.random() < 0.3)
    return _Design(
        label=label,
        value=replace(value, weight=weight),
        name=replace(
            value, size=round(value.size * rng.uniform(1.08, 1.2)), spacing=rng.uniform(0, 6), weight=weight
        ),
        number=Type(number_face, round(rng.uniform(3.9, 4.3) * MM), black, weight=int(rng.random() < 0.7)),
        shift=(rng.normal(0, 0.35) * MM, rng.normal(0, 0.3) * MM),
    )


def render_card_portrait(
    person: CardData,
    portrait: Pixels | None = None,
    rng: np.random.Generator | None = None,
    face: Box | None = None,
) -> Flat:
    """Draws the portrait side.

    Args:
        portrait: an RGB photo of the holder (h, w, 3); without one a drawn figure stands in.
        face: the face's box in that photo (see `portraits.head_and_shoulders`).
    """
    rng = np.random.default_rng(0) if rng is None else rng
    design = _design(rng, person)
    pixels = _background(rng, int(rng.integers(STYLES)), warm=bool(rng.random() < 0.4))
    picture = _place_portrait(pixels, rng, portrait, face)
    image = Image.fromarray(pixels)
    boxes = _portrait_text(image, person, design, rng) | {"portrait": picture}
    return Flat(np.asarray(image).copy(), boxes)


def render_temporary_card(
    person: CardData, portrait: Pixels | None = None, rng: np.random.Generator | None = None
) -> Flat:
    """Draws the side of a temporary card that bears all values: a grey portrait, authority and term below the number.

    Where they stand is not published as the ID card's layout is: rows are set as close as nine items ask for.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    design = _design(rng, replace(person, name=person.name + person.issuing_authority + "签发机关有效期限"))
    pixels = _background(rng, int(rng.integers(STYLES)), warm=False)
    left, top, right, bottom = (round(side) for side in _place_portrait(pixels, rng, portrait, None))
    patch = pixels[top:bottom, left:right]
    patch[:] = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)[..., None]
    image = Image.fromarray(pixels)
    boxes = _portrait_text(image, replace(person, script=""), design, rng, number=43.0)
    small = replace(design.value, size=round(2.5 * MM))
    boxes |= _term(image, person, replace(design.label, size=small.size), small, design.shift)
    return Flat(np.asarray(image).copy(), boxes)


def _term(
    image: Image.Image, person: CardData, label: Type, value: Type, shift: tuple[float, float]
) -> dict[str, Box]:
    """Prints a temporary card's last two rows."""
    until = f"{person.valid_to:%Y.%m.%d}" if person.valid_to else "长期"
    period = f"{person.valid_from:%Y.%m.%d}-{until}"
    boxes = []
    for y, name, text in ((47.3, "签发机关", person.issuing_authority), (51.2, "有效期限", period)):
        put_text(image, (4.9 * MM + shift[0], y * MM + shift[1]), name, label)
        boxes.append(put_text(image, (19.0 * MM + shift[0], y * MM + shift[1]), text, value))
    return {"issuing_authority": boxes[0], "valid_from": boxes[1], "valid_to": boxes[1]}


def _background(rng: np.random.Generator, style: int, warm: bool) -> Pixels:
    """A guilloche of one of the printers, its lines printed more or less strongly."""
    plain = security_print.tint(SIZE, style, warm)
    return cv2.addWeighted(
        security_print.guilloche(SIZE, style, warm),
        float(strength := rng.uniform(0.45, 1)),
        plain,
        1 - strength,
        0,
    )


def _place_portrait(
    pixels: Pixels, rng: np.random.Generator, portrait: Pixels | None, face: Box | None
) -> Box:
    """Prints the portrait, 26 x 32 mm at the right, the card's ground behind the person; gives its box."""
    width, height = 26 * MM, 32 * MM
    left, top = round((53.4 + rng.normal(0, 0.3)) * MM), round((8.2 + rng.normal(0, 0.3)) * MM)
    if portrait is None:
        picture, opacity = portraits.drawn(rng, (width, height))
    else:
        head = portraits.head_and_shoulders(portrait, face, 26 / 32)
        opacity = cv2.resize(portraits.cut_out(head), (width, height))
        picture = cv2.resize(head, (width, height), interpolation=cv2.INTER_CUBIC)
    printed = 128 + (picture.astype(np.float32) - 128) * rng.uniform(0.78, 0.95) + rng.uniform(4, 16)
    grey = printed.mean(-1, keepdims=True)
    printed = grey + (printed - grey) * rng.uniform(0.55, 0.95)
    fade = opacity[..., None] * 0.97
    patch = pixels[top : top + height, left : left + width]
    white = rng.uniform(0, 0.6)
    backing = patch * (1 - white) + 250 * white
    patch[:] = np.clip(backing * (1 - fade) + printed * fade, 0, 255).astype(np.uint8)
    return (float(left), float(top), float(left + width), float(top + height))


def _portrait_text(
    image: Image.Image, person: CardData, design: _Design, rng: np.random.Generator, number: float = 47.4
) -> dict[str, Box]:
    """Prints labels and values; baselines (the number's is `number`) and left edges are millimetres on the card."""
    dx, dy = design.shift
    bilingual = bool(person.script)
    rows = (9.9, 15.6, 21.3, 27.2) if not bilingual else (9.6, 16.0, 22.0, 28.2)

    def at(x: float, y: float) -> tuple[float, float]:
        return x * MM + dx, y * MM + dy

    left, column = 4.9, 14.7
    for text, x, y in (
        ("姓名", left, rows[0]),
        ("性别", left, rows[1]),
        ("民族", 25.4, rows[1]),
        ("出生", left, rows[2]),
        ("住址", left, rows[3]),
    ):
        put_text(image, at(x, y), text, replace(design.label, spacing=0.75 * MM))
    boxes = {
        "name": put_text(image, at(column, rows[0]), person.name, design.name),
        "sex": put_text(image, at(column, rows[1]), person.sex, design.value),
        "ethnicity": put_text(image, at(33.2, rows[1]), person.ethnicity, design.value),
        "birth_date": _birth_date(image, person, design, rows[2]),
        "address": _address(image, person, design, rows[3]),
    }
    put_text(image, at(left, number - 0.1), "公民身份号码", replace(design.label, spacing=0.25 * MM))
    spacing = (49.5 * MM - text_width(person.id_number, design.number)) / 17
    digits = replace(design.number, spacing=min(spacing, 0.9 * MM) * rng.uniform(0.85, 1.0))
    boxes["id_number"] = put_text(image, at(29.0, number), person.id_number, digits)
    if bilingual:
        scripts.print_second_script(
            image, rng, person.script, left * MM + dx, [row * MM + dy for row in rows], MM
        )
    return boxes


def _birth_date(image: Image.Image, person: CardData, design: _Design, row: float) -> Box:
    """The date as the card spaces it: values in black, 年 月 日 as labels between them, no leading zeros."""
    dx, dy = design.shift
    y = row * MM + dy
    birth = person.birth_date
    boxes = []
    for x, text, anchor, style in (
        (18.1, str(birth.year), "ms", design.value),
        (23.9, "年", "ms", design.label),
        (28.2, str(birth.month), "ms", design.value),
        (32.1, "月", "ms", design.label),
        (36.2, str(birth.day), "ms", design.value),
        (40.1, "日", "ms", design.label),
    ):
        boxes.append(put_text(image, (x * MM + dx, y), text, style, anchor))
    return union(boxes)


def _address(image: Image.Image, person: CardData, design: _Design, row: float) -> Box:
    dx, dy = design.shift
    lines = wrap(person.address, ADDRESS_COLUMNS)
    step = 4.3 if len(lines) < 4 else 3.9
    boxes = [
        put_text(image, (14.7 * MM + dx, (row + i * step) * MM + dy), line, design.value)
        for i, line in enumerate(lines)
    ]
    return union(boxes)


def wrap(text: str, columns: int) -> list[str]:
    """Breaks a text into lines of so many full-width characters; digits and letters count half."""
    lines, filled = [""], 0.0
    for character in text:
        wide = 0.55 if character.isascii() else 1.0
        if filled + wide > columns + 0.05:
            lines.append("")
            filled = 0.0
        lines[-1] += character
        filled += wide
    return lines


def render_card_emblem(person: CardData, rng: np.random.Generator | None = None) -> Flat:
    """Draws the emblem side: emblem, the state's and the card's name, issuing authority, validity."""
    rng = np.random.default_rng(0) if rng is None else rng
    design = _design(
        rng, replace(person, name=person.issuing_authority + "中华人民共和国居民身份证签发机关有效期限长.")
    )
    style = int(rng.integers(STYLES))
    pixels = _background(rng, style, warm=bool(rng.random() < 0.6))
    _wall(pixels, style, rng)
    _emblem(pixels, rng)
    image = Image.fromarray(pixels)
    dx, dy = design.shift
    heading = fonts.choose(rng, "中华人民共和国居民身份证", "song_bold", "hei_bold", "song", "hei")
    if rng.random() < 0.4:
        heading = fonts.choose(rng, "中华人民共和国居民身份证", "hei_bold", "song_bold", "hei", "song")
    black = design.value.colour
    small = Type(heading, round(4.7 * MM), black, spacing=rng.uniform(0.7, 1.2) * MM)
    big = Type(heading, round(7.6 * MM), black, spacing=rng.uniform(0.9, 1.6) * MM)
    put_text(image, (53.0 * MM + dx, 13.6 * MM + dy), "中华人民共和国", small, "ms")
    put_text(image, (53.0 * MM + dx, 24.6 * MM + dy), "居民身份证", big, "ms")
    boxes = _emblem_fields(image, person, design, rng)
    if person.script:
        scripts.print_heading(image, rng, person.script, (53.0 * MM + dx, 28.6 * MM + dy), MM)
    return Flat(np.asarray(image).copy(), boxes)


def _emblem_fields(
    image: Image.Image, person: CardData, design: _Design, rng: np.random.Generator
) -> dict[str, Box]:
    dx, dy = design.shift
    label = replace(design.label, colour=design.value.colour, size=round(2.7 * MM), spacing=0.1 * MM)
    value = replace(design.value, size=round(2.85 * MM), spacing=rng.uniform(0, 1.5))
    put_text(image, (24.2 * MM + dx, 42.3 * MM + dy), "签发机关", label)
    put_text(image, (24.2 * MM + dx, 48.3 * MM + dy), "有效期限", label)
    lines = wrap(person.issuing_authority, AUTHORITY_COLUMNS)
    rows = (42.3,) if len(lines) == 1 else (40.5, 44.5)
    authority = union(
        [
            put_text(image, (37.2 * MM + dx, y * MM + dy), line, value)
            for y, line in zip(rows, lines, strict=True)
        ]
    )
    start = f"{person.valid_from:%Y.%m.%d}"
    end = f"{person.valid_to:%Y.%m.%d}" if person.valid_to else "长期"
    term = put_text(image, (37.2 * MM + dx, 48.3 * MM + dy), f"{start}-{end}", value)
    middle = term[0] + text_width(start, value)
    return {
        "issuing_authority": authority,
        "valid_from": (term[0], term[1], middle, term[3]),
        "valid_to": (middle, term[1], term[2], term[3]),
    }


def _wall(pixels: Pixels, style: int, rng: np.random.Generator) -> None:
    width, height = SIZE[0], 460
    mask = security_print.great_wall((width, height), style)[..., None] * rng.uniform(0.25, 0.5)
    patch = pixels[-height:]
    ink = np.array(_ink(rng, (176, 186, 196)), np.float32)
    patch[:] = (patch * (1 - mask) + ink * mask).astype(np.uint8)


def _emblem(pixels: Pixels, rng: np.random.Generator) -> None:
    size = round(rng.uniform(13.0, 14.5) * MM)
    left, top = round(7.6 * MM), round(6.4 * MM)
    picture = cv2.resize(security_print.emblem(), (size, size), interpolation=cv2.INTER_AREA).astype(
        np.float32
    )
    opacity = picture[..., 3:] / 255 * rng.uniform(0.85, 0.97)
    patch = pixels[top : top + size, left : left + size]
    patch[:] = (patch * (1 - opacity) + picture[..., :3] * opacity).astype(np.uint8)
