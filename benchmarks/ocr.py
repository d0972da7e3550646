"""`python -m benchmarks ocr`: how well ID cards are read, beside other engines; what confidences are worth."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import ocr_calibration, ocr_documents, ocr_names, ocr_peers
from benchmarks.bare_networks import bare_seconds, kept_runs
from benchmarks.generators import card_set, dataset
from benchmarks.ocr_figures import bins, draw_reliability, fitted, recalibrated
from benchmarks.ocr_scores import FIELDS, Answer, Sample, answers, samples, share_right
from models import runtime
from models.text_reader import TextReader
from ocr import cn_resident_id, second_reading
from ocr.documents import read_document
from ocr.find_cards import find_cards
from ocr.looks import Looks

app = typer.Typer(invoke_without_command=True, help="Reading of resident ID cards.")
ocr_names.register(app)
ocr_documents.register(app)
app.command()(ocr_calibration.calibrate_documents)
LEVELS = ("easy", "medium", "hard", "extreme")
TODAY = date(2026, 11, 24)
Values = Mapping[str, tuple[str, float]]
Set = Annotated[
    Path | None,
    typer.Option(
        help="a folder of `generate cards`; without it, photos are made", exists=True, file_okay=False
    ),
]


@app.callback()
def compare(
    context: typer.Context,
    folder: Set = None,
    count: Annotated[int, typer.Option(help="photos to make, or at most to read")] = 24,
    seed: int = 1,
) -> None:
    """Compare our reading with RapidOCR's and Tesseract's lines in our parser, photo by photo, in one run."""
    if context.invoked_subcommand:
        return
    console = Console()
    with tempfile.TemporaryDirectory() as made:
        readers = _readers()
        given, seconds = _compared(folder or _make(Path(made), count, seed), count, readers)
    console.print(_accuracy(given, tuple(readers)))
    console.print(_times(seconds))
    console.print(f"{runtime.threads()} threads; a ratio is the median over photos, taken in the same run")


def _make(folder: Path, count: int, seed: int) -> Path:
    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        side = ("portrait", "emblem")[number // 4 % 2]
        return card_set.card_picture(rng, LEVELS[number % 4], side, None, TODAY)

    return dataset.write(folder, "card", count, seed, make).parent


def _readers() -> dict[str, Callable[[Sample], Values]]:
    rapid, tesseract = ocr_peers.rapidocr(), ocr_peers.tesseract()
    return {
        "ours": _ours,
        "RapidOCR + our parser": lambda sample: ocr_peers.read_with(rapid, sample.pixels),
        "Tesseract + our parser": lambda sample: ocr_peers.read_with(tesseract, sample.pixels),
    }


def _ours(sample: Sample) -> Values:
    reading = read_document(sample.pixels, "cn_resident_id", TODAY)
    right_side = reading.fields if reading.side == sample.side else {}
    return {name: (found.value, found.confidence) for name, found in right_side.items()}


def _compared(
    folder: Path, count: int, readers: Mapping[str, Callable[[Sample], Values]]
) -> tuple[list[Answer], dict[str, list[float]]]:
    """The answers of all readers, and the seconds of each on each photo; ours also by its networks alone."""
    given: list[Answer] = []
    seconds: dict[str, list[float]] = defaultdict(list)
    for number, sample in zip(range(-1, count), _first_twice(folder), strict=False):
        for name, read in readers.items():
            with kept_runs() as runs:
                started = time.perf_counter()
                values = read(sample)
                took = time.perf_counter() - started
            if number < 0:  # the first photo loads the networks
                continue
            seconds[name].append(took)
            if name == "ours":
                seconds["networks"].append(bare_seconds(runs))
            given += answers(name, sample, values)
    return given, seconds


def _first_twice(folder: Path) -> Iterator[Sample]:
    yield next(samples(folder))
    yield from samples(folder)


def _accuracy(given: Sequence[Answer], readers: Sequence[str]) -> Table:
    table = Table("field", "reader", *LEVELS, title="Values read right", box=None)
    for field in FIELDS:
        for reader in readers:
            mine = [a for a in given if a.field == field and a.reader == reader]
            table.add_row(
                field, reader, *(share_right([a for a in mine if a.level == level]) for level in LEVELS)
            )
    return table


def _times(seconds: Mapping[str, Sequence[float]]) -> Table:
    table = Table("reader", "median s", "ours / theirs", title="Time for a photo", box=None)
    ours = seconds["ours"]
    for name, took in seconds.items():
        ratio = median(a / b for a, b in zip(ours, took, strict=True))
        table.add_row(name, f"{median(took):.3f}", f"{ratio:.2f}")
    return table


@app.command()
def calibrate(
    folder: Annotated[
        Path, typer.Argument(help="a folder of `generate cards`", exists=True, file_okay=False)
    ],
    table: Annotated[Path, typer.Option(help="the file to write")] = Path("ocr/confidence.toml"),
    diagram: Annotated[Path, typer.Option(help="the picture to write")] = Path("docs/images/reliability.svg"),
) -> None:
    """Fit what confidences are worth: on every other photo, shown on the rest."""
    fit, rest, seconds = _uncalibrated(folder)
    curves = {field: fitted([a for a in fit if a.field == field]) for field in FIELDS}
    _write_table(table, curves, fit, seconds, folder.name)
    before = _reliability([(a.confidence, a.right) for a in rest])
    after = _reliability([(recalibrated(a, curves[a.field]), a.right) for a in rest])
    draw_reliability({"reader's own": before, "calibrated": after}, diagram)
    for name, rows in (("reader's own", before), ("calibrated", after)):
        shown = ", ".join(f"{sure:.2f}: {right:.2f} of {count}" for sure, right, count in rows)
        Console().print(f"{name} (confidence: share right): {shown}")


def _uncalibrated(folder: Path) -> tuple[list[Answer], list[Answer], list[tuple[bool, bool]]]:
    """Answers on the even photos and on the odd ones; and of each number whether it is right and read twice alike."""
    reader = TextReader()
    halves: tuple[list[Answer], list[Answer]] = ([], [])
    seconds = []
    for number, sample in enumerate(samples(folder)):
        for card in find_cards(Looks(sample.pixels, reader)):
            fields = cn_resident_id.uncalibrated_fields(card, reader)
            if card.side != sample.side or not cn_resident_id.convincing(card, fields, reader):
                continue
            printed = {name: (f.value, f.confidence) for name, f in fields.items() if not f.derived}
            halves[number % 2].extend(a for a in answers("ours", sample, printed) if a.field in printed)
            if "id_number" in fields:
                value = fields["id_number"].value
                again = second_reading.read_again(fields["id_number"].crop)
                seconds.append((value == sample.fields["id_number"], value == again))
            break
    return (*halves, seconds)


def _reliability(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    return bins(np.array([c for c, _ in pairs]), np.array([r for _, r in pairs], bool))


def _write_table(
    path: Path,
    curves: Mapping[str, tuple[float, float]],
    fit: Sequence[Answer],
    seconds: Sequence[tuple[bool, bool]],
    name: str,
) -> None:
    lines = [
        "# What the reader's confidence is worth, by field: chance = sigmoid(slope * logit(confidence) + offset).",
        f"# Written by `python -m benchmarks ocr calibrate` from generated photos, set {name}.",
        "",
        "failing_check_digit = 0.05  # chance that a number is right though its check digit fails: misprints, forgeries",
        "",
        "[fields]",
    ]
    for field, (slope, offset) in curves.items():
        count = sum(a.field == field for a in fit)
        lines.append(f"{field} = {{slope = {slope:.3f}, offset = {offset:.3f}, samples = {count}}}")
    lines += [
        "",
        "# How often Tesseract reads the same number, where the first reading is right and where it is wrong.",
    ]
    lines += ["[second_reading]"]
    for key, wanted in (("agrees_if_right", True), ("agrees_if_wrong", False)):
        alike = [again for right, again in seconds if right is wanted]
        lines.append(f"{key} = {(sum(alike) + 1) / (len(alike) + 2):.3f}  # of {len(alike)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
