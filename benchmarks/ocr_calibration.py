"""`python -m benchmarks ocr calibrate-documents`: what the confidences of zones and licences are worth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import numpy as np
import typer
from rich.console import Console

from benchmarks.ocr_documents import TODAY, Kind
from benchmarks.ocr_figures import bins, draw_reliability, fitted
from benchmarks.ocr_scores import Answer
from ocr.calibration import Curve, DocumentTable, document_chance
from ocr.documents import read_document
from ocr.reading import Field
from verifier.image import load

Folders = Annotated[list[Path], typer.Argument(help="folders of `generate mrz` or `licences`, to fit on")]
HeldOut = Annotated[list[Path], typer.Option(help="a folder of other seeds, to show the reliability on")]


@dataclass(frozen=True)
class Given:
    """A value as read, before calibration, and whether it is right."""

    name: str
    field: Field
    right: bool


def calibrate_documents(
    fit: Folders,
    held_out: HeldOut,
    kind: Annotated[Kind, typer.Option(help="which documents")] = Kind.MRZ,
    table: Annotated[Path | None, typer.Option(help="the file to write")] = None,
    diagram: Annotated[Path | None, typer.Option(help="the picture to write")] = None,
) -> None:
    """Fit what confidences are worth on some sets, and show it on others."""
    found = table_of([given for folder in fit for given in uncalibrated(kind, folder)])
    names = ", ".join(folder.name for folder in fit)
    (table or Path(f"ocr/confidence_{kind.value}.toml")).write_text(written(found, names), encoding="utf-8")
    rest = [given for folder in held_out for given in uncalibrated(kind, folder)]
    show(rest, found, diagram or Path(f"docs/images/reliability_{kind.value}.svg"))


def uncalibrated(kind: Kind, folder: Path) -> Iterator[Given]:
    """The values read in the photos of a set in which a document of the kind was found."""
    module = "ocr.mrz" if kind is Kind.MRZ else "ocr.cn_business_licence"
    with patch(f"{module}.calibrated_document", lambda _, fields: fields):
        for line in (folder / "truth.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            reading = read_document(load(folder / row["image"]).pixels, today=TODAY)
            if reading.document_type == kind.value:
                for name, field in reading.fields.items():
                    yield Given(name, field, field.value == row["fields"].get(name))


def table_of(given: Sequence[Given]) -> DocumentTable:
    """The curve of each field, and how often a second reader agrees where the first is right and where it is wrong."""
    curves = {}
    for name in dict.fromkeys(g.name for g in given):
        mine = [Answer("ours", "", name, g.right, g.field.confidence) for g in given if g.name == name]
        curves[name] = Curve(*fitted(mine))
    asked = [(g.right, g.field.second_reading == g.field.value) for g in given if g.field.second_reading]
    right, wrong = ([alike for r, alike in asked if r is wanted] for wanted in (True, False))
    # One of each is added (Laplace): few values are read twice.
    shares = [(sum(alike) + 1) / (len(alike) + 2) for alike in (right, wrong)]
    return DocumentTable(curves, *shares)


def written(table: DocumentTable, sets: str) -> str:
    """The table as TOML."""
    lines = [
        "# What the reader's confidence is worth, by field: chance = sigmoid(slope * logit(confidence) + offset).",
        f"# Written by `python -m benchmarks ocr calibrate-documents` from generated photos, sets {sets}.",
        "",
        "[fields]",
        *(f"{name} = {{slope = {c.slope:.3f}, offset = {c.offset:.3f}}}" for name, c in table.fields.items()),
        "",
        "# How often a second reader agrees, where the first reading is right and where it is wrong.",
        "[second_reading]",
        f"agrees_if_right = {table.agrees_if_right:.3f}",
        f"agrees_if_wrong = {table.agrees_if_wrong:.3f}",
    ]
    return "\n".join(lines) + "\n"


def show(given: Sequence[Given], table: DocumentTable, diagram: Path) -> None:
    """Draws the reliability diagram before and after, and prints its points."""
    right = np.array([g.right for g in given], bool)
    points = {
        "reader's own": bins(np.array([g.field.confidence for g in given]), right),
        "calibrated": bins(np.array([document_chance(table, g.name, g.field) for g in given]), right),
    }
    draw_reliability(points, diagram)
    for name, rows in points.items():
        shown = ", ".join(f"{sure:.2f}: {share:.2f} of {count}" for sure, share, count in rows)
        Console().print(f"{name} (confidence: share right): {shown}")
