"""The PRC business licence (营业执照) of enterprises and sole proprietors, layouts of 2014 and 2019.

Values stand right of their labels, some over several lines, in one column or two; labels are found by what they say,
so landscape and portrait pages are read alike. The number is the unified social credit code (GB 32100-2015).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import zxingcpp
from stdnum.cn import uscc

from models.arrays import Image, Polygon
from models.text_reader import Character, TextLine, TextReader, line_crop
from ocr.calibration import calibrated_document
from ocr.licence_characters import as_in_values, without_strangers
from ocr.licence_gaps import ends_in_glare, goes_on, has_gap
from ocr.licence_items import as_in_catalogue
from ocr.licence_labels import (
    LABELS,
    Label,
    Value,
    bare,
    column_end,
    joined,
    labels_of,
    value_left,
    whole_value,
)
from ocr.licence_lists import as_in_lists
from ocr.licence_phrases import as_usual
from ocr.licence_punctuation import as_wide_as_printed
from ocr.licence_words import as_in_words
from ocr.lines import alternatives, certainty, preferring_simplified
from ocr.name_characters import LENGTHS
from ocr.page import Page, height, in_view, left, read_page, right, rows_of
from ocr.page_borders import page_around
from ocr.page_print import in_even_light, without_seals
from ocr.place_characters import as_in_places
from ocr.places import repaired, repaired_head
from ocr.portrait_name import belongs_to_name
from ocr.reading import Card, Check, Field, Outcome, Reading
from ocr.sentences import say
from ocr.towns import with_known_town
from ocr.unknown import other_kind

TITLE = "营业执照"
MAX_TITLES = 4
"""Lines of a photo that are read because they are high enough for the title."""
TITLE_SHAPE = (2.2, 12.0)
"""Length of the title by its height."""
EXTENT = ((-9.0, 9.0), (-4.5, 14.0))
"""How far the page reaches from the title's middle, along it and down, in heights of the title: both formats."""
BODY, SHEET_LINE = 0.3, 0.029
"""Height of the other lines in heights of the title, and in short sides of the sheet."""
_CODE = re.compile(r"(?=([1-9ANY][0-9A-Z]\d{6}[0-9A-Z]{10}))")
OLD_LENGTH = 15
"""Digits of the registration numbers before 2015."""
_OLD_NUMBER = re.compile(rf"\d{{{OLD_LENGTH}}}")
FAINT = {
    "type": re.compile(
        "有限责任|股份有限|个人独资|有限合伙企业|普通合伙|个体工商|农民专业|全民所有|集体所有|外商|其他"
    ),
    "registered_capital": re.compile(
        r"(人民币)?([零壹贰叁肆伍陆柒捌玖拾佰仟]+万?.{0,3}[元圆]整|\d[\d.]*万.{0,3}[元币])"
    ),
    "address": re.compile(
        r"(?!.*(公司|合作社|中心|[厂店部社])([(（]|$)).{2,}[省市区县州旗].*([路街号村镇乡道室楼])"
    ),
    "scope": re.compile("(许可|一般)(经营)?项目"),
}
"""How values begin that are known without their labels."""
_NO_LETTERS = str.maketrans("IOZSV", "10257")
"""The code has none of these letters (GB 32100, 4.2): each is its look-alike."""
_DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?")
MIN_DIGITS = 9
"""Of the code's characters, where its check character fails."""
IF_GAP = 0.05
"""Chance that a value is right in which there is room for words that were not read."""
CHECK_CHARACTERS = 31
"""A wrong code passes its check character once in so many times."""


def find_titles(photo: Image, lines: Sequence[Polygon], reader: TextReader) -> list[Polygon]:
    """Titles of licences among the lines (pixels of the photo), upright."""
    tall = sorted((line for line in lines if _like_title(line)), key=_height, reverse=True)[:MAX_TITLES]
    ways = [way for line in tall for way in (line, np.roll(line, 2, axis=0))]
    texts = reader.recognise([line_crop(photo, way) for way in ways])
    upright: dict[int, tuple[tuple[int, float], Polygon]] = {}
    for number, (way, text) in enumerate(zip(ways, texts, strict=True)):
        alike = (len(set(text.text) & set(TITLE)), text.confidence)
        upright[number // 2] = max(
            upright.get(number // 2, (alike, way)), (alike, way), key=lambda seen: seen[0]
        )
    return [way for (same, _), way in upright.values() if same >= 3]


def licence_page(photo: Image, small: Image, title: Polygon, reader: TextReader) -> Page:
    """The page with the title (pixels of the photo, upright), flattened by its borders where they can be seen.

    small: the photo, smaller.
    """
    factor = photo.shape[1] / small.shape[1]
    corners = page_around(small, (title / factor).astype(np.float32))
    if corners is not None:
        line_height = (
            SHEET_LINE * min(_height(corners), float(np.linalg.norm(corners[1] - corners[0]))) * factor
        )
        return read_page(
            photo, corners * np.float32(factor), line_height, reader, without_seals, in_even_light
        )
    along, down = (
        side / np.linalg.norm(side) * _height(title) for side in (title[1] - title[0], title[3] - title[0])
    )
    (before, after), (above, below) = EXTENT
    around = [(before, above), (after, above), (after, below), (before, below)]
    region = np.array([title.mean(axis=0) + along * x + down * y for x, y in around], np.float32)
    return read_page(
        photo, in_view(photo, region), _height(title) * BODY, reader, without_seals, in_even_light
    )


def _like_title(line: Polygon) -> bool:
    shape = float(np.linalg.norm(line[1] - line[0])) / max(_height(line), 1.0)
    return TITLE_SHAPE[0] < shape < TITLE_SHAPE[1]


def _height(line: Polygon) -> float:
    return float(np.linalg.norm(line[3] - line[0]))


def read_licence(photo: Image, page: Page, today: date) -> Reading | None:
    """The licence on the page; None where the page is none."""
    rows = rows_of(page.lines)
    labels = labels_of(rows)
    named = {label.name for label in labels if label.name}
    text = "".join(bare(line.text) for line in page.lines)
    if len(named) < 3 or not (TITLE in text or {"registration_number", "scope"} <= named):
        return None
    kind = other_kind(page)
    if kind == "company_record" or (kind and TITLE not in text):
        return None
    fields, gaps = {}, set()
    labels = [*labels, *_faint(rows, labels)]
    number = _number(page, rows, labels)
    region = _region(number.value) if number is not None else ""
    for label in labels:
        if label.name and label.name not in fields and label.name != "registration_number":
            whole = without_strangers(label.name, whole_value(label, rows, labels))
            found = as_written(label.name, whole, region)
            value = _tidied(label.name, found)
            if value:
                fields[label.name] = _with_alternatives(
                    label.name, _field(page, value, certainty(found.characters), found), found
                )
                hidden = has_gap(found.lines, found.characters) or ends_in_glare(page, found.lines)
                hidden |= goes_on(page, found.lines, column_end(label, labels))
                gaps |= {label.name} if hidden else set()
    if number is not None:
        fields = {"registration_number": number, **fields}
    ordered = {name: fields[name] for name in LABELS if name in fields}
    ordered = calibrated_document("cn_business_licence", ordered)
    ordered |= {name: replace(ordered[name], confidence=IF_GAP) for name in gaps}
    print_whole = Check("print_whole", "fail" if gaps else "pass", say("licence_print_whole"))
    agreed = (*_checks(photo, page.image, ordered, today), print_whole)
    return Reading("cn_business_licence", None, ordered, agreed, card=Card(page.outline, lambda: page.image))


def _faint(rows: Sequence[Sequence[TextLine]], labels: Sequence[Label]) -> Iterator[Label]:
    """Labels too faint to be read, of values that are known by what they say, and of the name above the type."""
    alone = [
        (number, piece)
        for number, row in enumerate(rows)
        for piece in row
        if _unlabelled(number, piece, labels) and not set(TITLE) <= set(piece.text)
    ]
    values = {id(piece): joined(Value([], []), piece) for _, piece in alone}
    named = {label.name for label in labels}
    found = {}
    for name, pattern in FAINT.items():
        alike = [place for place in alone if pattern.match(_said(name, place[1]))]
        if alike and name not in named:
            # A name may end in what types begin with, on a line of its own.
            found[name] = alike[-1] if name == "type" else alike[0]
    types = [(number, left(piece)) for name, (number, piece) in found.items() if name == "type"]
    types += [(o.row, value_left(o)) for o in labels if o.name == "type" and o.value.lines]
    for row, start in types[:1]:
        above = [(n, p) for n, p in alone if n < row and abs(left(p) - start) < height(p)]
        speck = [(n, p) for n, r in enumerate(rows[:row]) for p in r[:1] if _after_speck(p, start)]
        if "name" not in named and len(above or speck) == 1:
            found["name"] = (above or speck)[0]
            values |= {id(p): Value(list(p.characters[1:]), [p]) for _, p in speck if not above}
    for name, (number, piece) in found.items():
        yield Label(name, number, piece, values[id(piece)])


def _said(name: str, piece: TextLine) -> str:
    """What the piece says as a value of that name."""
    return "".join(c.text for c in as_in_values(name, [c for c in piece.characters if c.text.strip()]))


def _after_speck(piece: TextLine, start: float) -> bool:
    """Whether all of a piece but its first character, what was left of a label, stands in the column of values."""
    if len(piece.characters) < 3:
        return False
    place = left(piece) + piece.characters[1].x * (right(piece) - left(piece)) - height(piece) / 2
    return abs(place - start) < height(piece) / 2 and left(piece) < start - height(piece)


def _unlabelled(number: int, piece: TextLine, labels: Sequence[Label]) -> bool:
    """Whether a piece of a row begins where the values of a column do, and no label stands before it."""
    starts = [(o.row, value_left(o)) for o in labels if o.name and o.value.lines]
    near = [row for row, start in starts if abs(left(piece) - start) < height(piece)]
    return bool(near) and number not in near


def _paired(text: str) -> str:
    """The text with each parenthesis closed by the kind that opened it: readers mix the wide and the narrow."""
    opened: list[str] = []
    shown = []
    for character in text:
        if character in "(（":
            opened.append(character)
        closes = character in ")）" and opened
        shown.append({"(": ")", "（": "）"}[opened.pop()] if closes else character)
    return "".join(shown)


def as_written(name: str, found: Value, region: str) -> Value:
    """The value in simplified characters where the reader thinks these likely, punctuation in its printed width, counties
    by their known names. region: that of the office that registered the business, or none.
    """
    characters = as_wide_as_printed(found.characters, found.lines)
    characters = as_in_values(name, [preferring_simplified(c) for c in characters])
    if name in ("address", "name"):
        characters = repaired(characters, "[省市县区旗州]", region)
    if name == "name":
        characters = repaired_head(characters, region)
    if name == "address":
        characters = as_in_places(*with_known_town(characters))
    if name == "scope":
        characters = as_in_lists(as_in_catalogue(as_in_words(characters)))
    places = {c.x for c in characters}
    held = [line for line in found.lines if any(c.x in places for c in line.characters)]
    return Value(characters, held)


def _tidied(name: str, found: Value) -> str:
    value = found.text
    if name == "established_on":
        day = _DAY.search(value)
        value = f"{int(day[1]):04}-{int(day[2]):02}-{int(day[3]):02}" if day else ""
    if name == "scope":
        value = as_usual(value)
    if name == "business_term":
        value = re.sub(r"(?<=日)(?=\d{4}年|长期)", "至", value)
    return _paired(value)


def _number(page: Page, rows: Sequence[Sequence[TextLine]], labels: Sequence[Label]) -> Field | None:
    """The unified social credit code wherever it stands; of several, one whose check character is right."""
    found: list[tuple[bool, str, Value]] = []
    for row in rows:
        characters = [c for line in row for c in line.characters if c.text.strip()]
        text = "".join(c.text[:1] for c in characters).upper().translate(_NO_LETTERS)
        for match in _CODE.finditer(text):
            code = match[1]
            part = characters[match.start() : match.start() + len(code)]
            if uscc.is_valid(code) or sum(c.isdigit() for c in code) >= MIN_DIGITS:
                held = [line for line in row if any(c in part for c in line.characters)]
                found.append((uscc.is_valid(code), code, Value(part, held)))
    best = max(found, key=lambda f: (f[0], certainty(f[2].characters)), default=None)
    if best is not None:
        valid, code, value = best
        sure = certainty(value.characters)
        return _field(page, code, sure / (sure + (1 - sure) / CHECK_CHARACTERS) if valid else sure, value)
    for label in labels:
        old = _OLD_NUMBER.search(label.value.text) if label.name == "registration_number" else None
        if old:
            return _field(page, old[0], certainty(label.value.characters), label.value)
    return None


def _region(number: str) -> str:
    """The region (six digits) of the office that registered the business: GB 32100, 4.3; old numbers begin with it."""
    return number[:6] if len(number) == OLD_LENGTH else number[2:8]


def _part(line: TextLine, characters: Sequence[Character]) -> Polygon:
    """The part of the line where the characters stand: a label is often in the same line."""
    kept = {c.x for c in characters}
    places = [c.x for c in line.characters if c.x in kept]
    step = 0.6 / max(len(line.characters), 1)
    start, end = max(min(places) - step, 0.0), min(max(places) + step, 1.0)
    top, bottom = line.polygon[1] - line.polygon[0], line.polygon[2] - line.polygon[3]
    ends = [line.polygon[0] + top * start, line.polygon[0] + top * end]
    return np.array([*ends, line.polygon[3] + bottom * end, line.polygon[3] + bottom * start], np.float32)


def _field(page: Page, value: str, confidence: float, found: Value) -> Field:
    points = np.concatenate([_part(line, found.characters) for line in found.lines])
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    box: Polygon = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    return Field(value, float(np.clip(confidence, 0, 1)), page.in_photo(box), lambda: page.crop(box))


def _with_alternatives(name: str, field: Field, found: Value) -> Field:
    """The field; a person's name with its other readings, of which an agent or a seller may pick one."""
    if name != "legal_representative" or len(found.characters) not in LENGTHS:
        return field
    return replace(field, alternatives=alternatives(found.characters, belongs_to_name))


def _checks(photo: Image, page: Image, fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    code = fields["registration_number"].value if "registration_number" in fields else ""
    started = fields["established_on"].value if "established_on" in fields else ""
    return (
        Check(
            "registration_number_check_character",
            "unknown" if not code else "pass" if uscc.is_valid(code) else "fail",
            say("licence_check_character"),
        ),
        _qr_agrees(photo, page, code),
        Check(
            "established_before_today",
            "unknown" if not started else "pass" if started <= today.isoformat() else "fail",
            say("established_in_past"),
        ),
        _term_not_over(fields, today),
    )


def _qr_agrees(photo: Image, page: Image, code: str) -> Check:
    # The flattened page first: it is smaller.
    found = zxingcpp.read_barcodes(page) or zxingcpp.read_barcodes(photo)
    texts = [barcode.text.upper() for barcode in found]
    codes = {code for text in texts for code in _CODE.findall(text) if uscc.is_valid(code)}
    outcome: Outcome = "unknown" if not codes or not code else "pass" if code in codes else "fail"
    return Check("qr_code_agrees", outcome, say("number_and_qr_code"))


def _term_not_over(fields: dict[str, Field], today: date) -> Check:
    term = fields["business_term"].value if "business_term" in fields else ""
    days = _DAY.findall(term)
    detail = say("business_term")
    if len(days) < 2:
        endless = "长期" in term or "无固定期限" in term
        return Check("term_not_over", "pass" if endless else "unknown", detail)
    year, month, day = (int(part) for part in days[-1])
    return Check(
        "term_not_over",
        "pass" if (year, month, day) >= (today.year, today.month, today.day) else "fail",
        detail,
    )
