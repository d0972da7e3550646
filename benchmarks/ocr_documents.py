"""`python -m benchmarks ocr documents`: zones and licences read by us, and by other engines through our parser."""

from __future__ import annotations

import json
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import ocr_peers
from benchmarks.generators import dataset, document_sets
from benchmarks.generators.licences import LAYOUTS
from benchmarks.ocr_scores import Answer, Sample, answers, share_right
from models import runtime
from models.arrays import Image
from models.text_reader import TextLine
from ocr import mrz, mrz_lines, mrz_parts, mrz_repairs, mrz_zone
from ocr.cn_business_licence import read_licence
from ocr.documents import read_document
from ocr.fixed_text import FixedText
from ocr.page import Page
from ocr.reading import Reading
from verifier.image import load

LEVELS = ("easy", "medium", "hard", "extreme")
TODAY = date(2026, 11, 24)
DIRECTION_LINES = 6
"""The longest lines of a photo, which tell which way its text runs."""
PASSPORTEYE = (
    "pip install --no-deps passporteye==2.2.2; pip install scikit-image scikit-learn matplotlib pdfminer.six"
)
"""Its own requirements name pdfminer, whose place pdfminer.six has taken."""
PADDED = 4
"""Characters that may be missing from a zone's line as an engine read it: they are mostly fillers."""
Values = Mapping[str, str]
Reader = Callable[[Sample, Path], Values]


class Kind(StrEnum):
    """The documents that are compared."""

    MRZ = "mrz"
    LICENCE = "cn_business_licence"


def documents(
    kind: Annotated[Kind, typer.Option(help="which documents")] = Kind.MRZ,
    folder: Annotated[Path | None, typer.Option(help="a folder of `generate mrz` or `licences`")] = None,
    count: Annotated[int, typer.Option(help="photos to make, or at most to read")] = 40,
    seed: int = 1,
) -> None:
    """Compare our reading of zones or licences with other engines, photo by photo, in one run."""
    console = Console()
    readers = _readers(kind)
    given: list[Answer] = []
    seconds: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as made:
        place = folder or _make(Path(made), kind, count, seed)
        rows = [json.loads(row) for row in (place / "truth.jsonl").read_text("utf-8").splitlines()[:count]]
        for number, row in zip(range(-1, count), (rows[0], *rows), strict=False):
            path = place / row["image"]
            sample = Sample(load(path).pixels, row["level"], "", row["fields"])
            for name, read in readers.items():
                started = time.perf_counter()
                values = read(sample, path)
                if number >= 0:  # the first photo loads the networks
                    seconds[name].append(time.perf_counter() - started)
                    given += answers(name, sample, {field: (value, 1.0) for field, value in values.items()})
    console.print(_table(given, seconds, tuple(readers)))
    console.print(f"{runtime.threads()} threads; {len(rows)} photos")


def _make(folder: Path, kind: Kind, count: int, seed: int) -> Path:
    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        level = LEVELS[number % 4]
        if kind is Kind.MRZ:
            layout = document_sets.ZONES[number // 4 % len(document_sets.ZONES)]
            return document_sets.mrz_picture(rng, layout, level, None, TODAY)
        return document_sets.licence_picture(rng, LAYOUTS[number // 4 % len(LAYOUTS)], level, TODAY)

    return dataset.write(folder, kind.value, count, seed, make).parent


def _readers(kind: Kind) -> dict[str, Reader]:
    parse = _zone_in if kind is Kind.MRZ else _licence_in
    engines = {"RapidOCR": ocr_peers.rapidocr(), "Tesseract": ocr_peers.tesseract()}
    readers: dict[str, Reader] = {
        "ours": lambda sample, _: _values(kind, read_document(sample.pixels, "auto", TODAY))
    }
    for name, engine in engines.items():
        readers[f"{name} + our parser"] = lambda sample, _, engine=engine: _values(
            kind, parse(sample.pixels, engine(sample.pixels))
        )
    if kind is Kind.MRZ and find_spec("passporteye"):
        readers["PassportEye"] = _passporteye
    elif kind is Kind.MRZ:
        Console().print(f"PassportEye is left out, it is not installed: {PASSPORTEYE}")
    return readers


def _values(kind: Kind, reading: Reading | None) -> Values:
    if reading is None or reading.document_type != kind.value:
        return {}
    return {name: found.value for name, found in reading.fields.items()}


def _zone_in(photo: Image, lines: Sequence[ocr_peers.Line]) -> Reading | None:
    """The zone that neighbouring lines of an engine make, if two check digits pass."""
    del photo
    texts = ["".join(text.upper().split()) for _, text, _ in lines]
    plain = [
        "".join(
            "<" if c in mrz_lines.FILLER else c for c in text if c in mrz_parts.ALPHABET + mrz_lines.FILLER
        )
        for text in texts
    ]
    best: tuple[int, Reading] | None = None
    for form, (length, count) in mrz_parts.LENGTHS.items():
        rows = [
            (line[0], text.ljust(length, "<")[:length])
            for line, text in zip(lines, plain, strict=True)
            if length - PADDED <= len(text) <= length + PADDED
        ]
        for start in range(len(rows) - count + 1):
            zone = mrz_zone.Zone(
                form, tuple(_row(*row) for row in rows[start : start + count]), rows[start][0]
            )
            text = mrz_repairs.repaired(zone)
            passing = mrz_parts.passing(text, form)
            if passing >= mrz.MIN_PASSING and (best is None or passing > best[0]):
                best = passing, Reading("mrz", None, mrz.uncalibrated_fields(text, zone, {}, TODAY))
    return best[1] if best else None


def _row(polygon: Image, text: str) -> mrz_zone.Row:
    fixed = FixedText(text, 0.0, tuple({c: 1.0} for c in text), ())
    return mrz_zone.Row(fixed, polygon, np.zeros((1, 1, 3), np.uint8))


def _licence_in(photo: Image, lines: Sequence[ocr_peers.Line]) -> Reading | None:
    """The licence that an engine's lines make, turned level by the longest of them."""
    if not lines:
        return None
    along = sum(sorted((p[1] - p[0] for p, _, _ in lines), key=np.linalg.norm)[-DIRECTION_LINES:])
    turn = -float(np.arctan2(along[1], along[0]))
    level = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    read = [
        TextLine((p @ level[:2, :2].T).astype(np.float32), text, sure, ocr_peers.characters(text, sure))
        for p, text, sure in lines
        if text
    ]
    return read_licence(photo, Page(photo, photo, np.eye(3), (), tuple(read), level), TODAY)


def _passporteye(sample: Sample, path: Path) -> Values:
    """PassportEye's own fields, in our terms."""
    del sample
    from passporteye import read_mrz

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = read_mrz(str(path))
    if found is None:
        return {}
    said = found.to_dict()
    zone = {name: str(said.get(theirs, "")).strip("<") for name, theirs in _THEIRS.items()}
    for name, past in (("birth_date", True), ("expiry_date", False)):
        day = mrz_parts.day_of(zone[name], TODAY, past)
        zone[name] = day.isoformat() if day else ""
    return {**zone, "sex": zone["sex"] if zone["sex"] in ("M", "F") else "X"}


_THEIRS = {
    "document_code": "type",
    "issuing_state": "country",
    "surname": "surname",
    "given_names": "names",
    "document_number": "number",
    "nationality": "nationality",
    "birth_date": "date_of_birth",
    "sex": "sex",
    "expiry_date": "expiration_date",
    "optional_data": "personal_number",
}


def _table(given: Sequence[Answer], seconds: Mapping[str, Sequence[float]], readers: Sequence[str]) -> Table:
    table = Table(
        "reader", "all fields", *LEVELS, "median s", "ours / theirs", title="Values read right", box=None
    )
    for reader in readers:
        mine = [a for a in given if a.reader == reader]
        ratio = median(a / b for a, b in zip(seconds["ours"], seconds[reader], strict=True))
        shares = [share_right([a for a in mine if a.level == level]) for level in LEVELS]
        table.add_row(reader, share_right(mine), *shares, f"{median(seconds[reader]):.2f}", f"{ratio:.2f}")
    return table


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(documents)
