"""Pages and cards with a machine-readable zone: the passport's data page (TD3), TD2 and TD1 cards, permits of the PRC."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
from PIL import Image

from benchmarks.generators import fonts, portraits, security_print
from benchmarks.generators.cards import MM, Flat
from benchmarks.generators.drawing import Box, Colour, Pixels, Type, put_text, text_width, union
from benchmarks.generators.travellers import WIDTHS, Traveller, zone

# width and height in millimetres: ICAO Doc 9303 parts 4 to 6
SHEETS = {"TD1": (85.6, 54.0), "TD2": (105.0, 74.0), "TD3": (125.0, 88.0)}
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905


def render_travel_document(
    person: Traveller, portrait: Pixels | None, rng: np.random.Generator, face: Box | None = None
) -> Flat:
    """Draws the side that bears the machine-readable zone.

    On TD1 the zone is on the back, so the visual zone there is small; on TD2 and TD3 it is under the data.
    """
    wide, tall = (round(side * MM) for side in SHEETS[person.layout])
    warm = bool(rng.random() < 0.5)
    pixels = security_print.guilloche((wide, tall), int(rng.integers(5)), warm=warm).copy()
    if person.layout != "TD1" or rng.random() < 0.5:
        _portrait(pixels, person.layout, rng, portrait, face)
    image = Image.fromarray(pixels)
    boxes = _visual_zone(image, person, rng)
    boxes["mrz"] = _machine_zone(image, person, rng)
    detail = 1.0 if person.layout == "TD1" else 0.75
    corner = 3.18 * MM if person.layout != "TD3" else 1.5 * MM
    return Flat(np.asarray(image).copy(), boxes, corner=corner, detail=detail)


def _portrait(
    pixels: Pixels, layout: str, rng: np.random.Generator, portrait: Pixels | None, face: Box | None
) -> None:
    height, width = pixels.shape[:2]
    tall = round(height * (0.52 if layout == "TD3" else 0.4))
    wide = round(tall * 0.78)
    left, top = round(0.035 * width), round(height * (0.2 if layout == "TD3" else 0.14))
    if portrait is None:
        picture, opacity = portraits.drawn(rng, (wide, tall))
        white = np.full_like(picture, 240)
        picture = (picture * opacity[..., None] + white * (1 - opacity[..., None])).astype(np.uint8)
    else:
        head = portraits.head_and_shoulders(portrait, face, 0.78)
        picture = cv2.resize(head, (wide, tall), interpolation=cv2.INTER_AREA)
    toned = cv2.addWeighted(picture, rng.uniform(0.8, 0.95), picture, 0, rng.uniform(4, 20))
    pixels[top : top + tall, left : left + wide] = toned


def _day(day: date, style: int) -> str:
    forms = (
        f"{day.day:02d} {MONTHS[day.month - 1]} {day.year}",
        f"{day:%d.%m.%Y}",
        f"{day:%Y.%m.%d}",
        f"{day:%Y/%m/%d}",
    )
    return forms[style]


def _visual_zone(image: Image.Image, person: Traveller, rng: np.random.Generator) -> dict[str, Box]:
    """Prints the readable data with labels above the values; on the back of a TD1 card a smaller choice of it."""
    width, height = image.size
    chinese = person.issuing_state == "CHN"
    style = int(rng.integers(4))
    rows = [
        ("document_number", "护照号 / Passport No." if chinese else "Document No.", person.document_number),
        ("surname", "姓 / Surname" if chinese else "Surname / Nom", person.surname),
        ("given_names", "名 / Given names" if chinese else "Given names / Prénoms", person.given_names),
        (
            "nationality",
            "国籍 / Nationality" if chinese else "Nationality / Nationalité",
            person.nationality_name,
        ),
        (
            "birth_date",
            "出生日期 / Date of birth" if chinese else "Date of birth",
            _day(person.birth_date, style),
        ),
        (
            "sex",
            "性别 / Sex" if chinese else "Sex / Sexe",
            {"F": "女/F", "M": "男/M"}.get(person.sex, "X") if chinese else person.sex,
        ),
        (
            "expiry_date",
            "有效期至 / Date of expiry" if chinese else "Date of expiry",
            _day(person.expiry_date, style),
        ),
    ]
    ink: Colour = security_print.tinted(rng, (28, 28, 34), 12)
    labels = "".join(row[1] for row in rows)
    values = "".join(row[2] for row in rows)
    small = Type(fonts.choose(rng, labels, "hei" if chinese else "sans"), round(1.75 * MM), (74, 84, 120))
    large = Type(
        fonts.choose(rng, values, "hei", "sans")
        if chinese
        else fonts.choose(rng, values, "sans_bold", "sans"),
        round(2.9 * MM),
        ink,
    )
    title = Type(
        fonts.choose(rng, person.kind, "hei_bold" if chinese else "sans_bold", "hei"),
        round(3.6 * MM),
        (60, 70, 130),
    )
    put_text(image, (width * 0.05, height * 0.105), person.kind, title)
    put_text(image, (width * 0.95, height * 0.105), person.issuing_state, title, "rs")
    if person.layout == "TD1":
        return {}
    left = 0.05 + 0.78 * (0.52 if person.layout == "TD3" else 0.4) * height / width
    top, bottom = 0.19, 0.72 if person.layout == "TD3" else 0.66
    boxes = {}
    for number, (name, label, value) in enumerate(rows):
        y = height * (top + (bottom - top) * (number + 0.5) / len(rows))
        put_text(image, (width * (left + 0.02), y - 1.0 * MM), label, small)
        boxes[name] = put_text(image, (width * (left + 0.02), y + 1.9 * MM), value, large)
    return boxes


def _machine_zone(image: Image.Image, person: Traveller, rng: np.random.Generator) -> Box:
    """Prints the zone in OCR-B at ten characters an inch on white or on the pattern, at the bottom."""
    lines = zone(person)
    face = fonts.choose(rng, "".join(lines), "ocr_b", "mono")
    width, height = image.size
    columns = WIDTHS[person.layout]
    size = round(3.05 * MM)
    style = Type(face, size, security_print.tinted(rng, (22, 22, 26), 10), weight=int(rng.random() < 0.3))
    # 2.54 mm a character in the standard; a narrower sheet edge leaves as much as fits
    pitch = min(2.54 * MM, (width - 6 * MM) / columns)
    spacing = pitch - text_width("<", style)
    rise = 6.0 * MM if len(lines) == 2 else 5.4 * MM
    if rng.random() < 0.6:
        _clear_band(image, height - round(rise * len(lines) + 4.2 * MM))
    left = (width - pitch * columns) / 2
    boxes = []
    for number, line in enumerate(lines):
        y = height - 4.4 * MM - rise * (len(lines) - 1 - number)
        boxes.append(put_text(image, (left, y), line, Type(face, size, style.colour, spacing, style.weight)))
    return union(boxes)


def _clear_band(image: Image.Image, top: int) -> None:
    band = image.crop((0, top, image.width, image.height))
    image.paste(Image.blend(band, Image.new("RGB", band.size, (246, 246, 244)), 0.75), (0, top))
