"""The PRC business licence (营业执照) of enterprises and sole proprietors, layouts of 2014 and 2019.

Values stand right of their labels, some over several lines; labels are found by what they say, so landscape and
portrait pages, photos and scans are read alike. The number is the unified social credit code (GB 32100-2015).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import zxingcpp
from stdnum.cn import uscc

from models.arrays import Image, Polygon
from models.text_reader import TextLine, line_crop
from ocr.lines import plain
from ocr.reading import Check, Field, Outcome, Reading

LABELS = {
    "registration_number": ("统一社会信用代码", "注册号"),
    "name": ("企业名称", "名称"),
    "type": ("类型", "主体类型"),
    "legal_representative": ("法定代表人", "经营者", "负责人", "投资人", "执行事务合伙人"),
    "registered_capital": ("注册资本",),
    "established_on": ("成立日期", "注册日期"),
    "business_term": ("营业期限", "合伙期限"),
    "address": ("住所", "经营场所", "营业场所", "主要经营场所"),
    "scope": ("经营范围",),
}
MANY_LINES = ("address", "scope", "name")
_CODE = re.compile(r"[0-9A-Z]{18}")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


def read_licence(image: Image, lines: Sequence[TextLine], today: date) -> Reading | None:
    """The licence whose lines these are; None where the page is none."""
    text = "".join(plain(line.text) for line in lines)
    if "营业执照" not in text and not ("统一社会信用代码" in text and "经营范围" in text):
        return None
    fields = {}
    for name, labels in LABELS.items():
        found = _value(lines, labels, name in MANY_LINES)
        value = _tidy(name, found[0]) if found else ""
        if found and value:
            fields[name] = _field(image, value, found[1])
    return Reading("cn_business_licence", None, fields, _checks(image, fields, today))


def _all_labels() -> tuple[str, ...]:
    known = (label for labels in LABELS.values() for label in labels)
    return (*known, "登记机关", "营业执照", "副本", "证照编号")


def _value(
    lines: Sequence[TextLine], labels: Sequence[str], several: bool
) -> tuple[str, list[TextLine]] | None:
    """What stands after the label in its line, else right of it, and below where it may go on."""
    for line in lines:
        text = _bare(line.text)
        label = next((label for label in labels if text.startswith(label)), None)
        if label is None:
            continue
        rest = text[len(label) :].lstrip(":：")
        found = [line] if rest else [other for other in lines if _right_of(other, line)][:1]
        value = rest or "".join(_bare(other.text) for other in found)
        if several and found:
            below = _going_on(lines, found[0])
            found, value = found + below, value + "".join(_bare(other.text) for other in below)
        return (value, found) if found else None
    return None


def _bare(text: str) -> str:
    """The text without white space, its punctuation as printed."""
    return "".join(text.split())


def _right_of(line: TextLine, label: TextLine) -> bool:
    height = label.polygon[3, 1] - label.polygon[0, 1]
    level = abs(line.polygon[:, 1].mean() - label.polygon[:, 1].mean()) < height * 0.7
    gap = line.polygon[0, 0] - label.polygon[1, 0]
    return bool(line is not label and level and -height < gap < 8 * height)


def _going_on(lines: Sequence[TextLine], first: TextLine) -> list[TextLine]:
    """The lines below that continue the value: close, overlapping, and without a label of their own."""
    found: list[TextLine] = []
    last = first
    for line in lines:
        height = last.polygon[3, 1] - last.polygon[0, 1]
        step = line.polygon[:, 1].mean() - last.polygon[:, 1].mean()
        overlap = min(line.polygon[1, 0], first.polygon[1, 0]) - max(line.polygon[0, 0], first.polygon[0, 0])
        labelled = plain(line.text).startswith(_all_labels())
        if (
            0.5 * height < step < 1.9 * height
            and overlap > 0
            and not labelled
            and line.polygon[1, 0] > first.polygon[0, 0] + height
        ):
            found.append(line)
            last = line
    return found


def _tidy(name: str, value: str) -> str:
    if name == "registration_number":
        match = _CODE.search(value.upper())
        return match[0] if match else ""
    if name == "established_on":
        day = _DAY.search(value)
        return f"{int(day[1]):04}-{int(day[2]):02}-{int(day[3]):02}" if day else ""
    return value


def _field(image: Image, value: str, lines: Sequence[TextLine]) -> Field:
    points = np.concatenate([line.polygon for line in lines])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    box: Polygon = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return Field(value, float(np.mean([line.confidence for line in lines])), box, line_crop(image, box))


def _checks(image: Image, fields: dict[str, Field], today: date) -> tuple[Check, ...]:
    code = fields["registration_number"].value if "registration_number" in fields else ""
    started = fields["established_on"].value if "established_on" in fields else ""
    return (
        Check(
            "registration_number_check_character",
            "unknown" if not code else "pass" if uscc.is_valid(code) else "fail",
            "check character of the unified social credit code (GB 32100)",
        ),
        _qr_agrees(image, code),
        Check(
            "established_before_today",
            "unknown" if not started else "pass" if started <= today.isoformat() else "fail",
            "the day of establishment is in the past",
        ),
        _term_not_over(fields, today),
    )


def _qr_agrees(image: Image, code: str) -> Check:
    texts = [found.text.upper() for found in zxingcpp.read_barcodes(image)]
    codes = {match for text in texts for match in _CODE.findall(text) if uscc.is_valid(match)}
    outcome: Outcome = "unknown" if not codes or not code else "pass" if code in codes else "fail"
    return Check("qr_code_agrees", outcome, "printed number and the one in the QR code")


def _term_not_over(fields: dict[str, Field], today: date) -> Check:
    term = fields["business_term"].value if "business_term" in fields else ""
    days = _DAY.findall(term)
    detail = "the term of business is not over"
    if len(days) < 2:
        endless = "长期" in term or "无固定期限" in term
        return Check("term_not_over", "pass" if endless else "unknown", detail)
    year, month, day = (int(part) for part in days[-1])
    return Check(
        "term_not_over",
        "pass" if (year, month, day) >= (today.year, today.month, today.day) else "fail",
        detail,
    )
