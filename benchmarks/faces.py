"""`python -m benchmarks faces`: how well faces are told apart, and the calibrations made from that."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.faces_data import as_card_prints, read_pairs, similarities, templates
from benchmarks.faces_figures import Flags, accuracy_over_folds, draw_det, true_accept_rate
from benchmarks.faces_finding import measure_finding
from models.arrays import Template
from verifier.calibration import FOLDER, calibration
from verifier.calibration_fit import LabelledPairs, as_toml, fit
from verifier.cli_tables import calibration_tables
from verifier.match import MatchPolicy

app = typer.Typer(no_args_is_help=True, help=__doc__)
out = Console()

Data = Annotated[Path, typer.Option(help="folder with lfw and lfw_east_asian", envvar="VERIFIER_DATA")]
Embedder = Annotated[str, typer.Option(help="fused, face_recognition or the path of an ONNX file")]
DEFAULT_DATA = Path("../shared/data")
RATES = (1e-2, 1e-3, 1e-4)
SOURCES = {
    "photo": "LFW: 85 East Asian people, 197 photos, 18,750 pairs of different people",
    "card": "LFW: 85 East Asian people, 197 photos against the same as simulated card prints",
}


@app.command()
def lfw(
    data: Data = DEFAULT_DATA,
    profile: Annotated[str, typer.Option(help="fast or accurate")] = "accurate",
    card: Annotated[bool, typer.Option(help="the second photo of a pair as a card prints it")] = False,
    embedder: Embedder = "fused",
    limit: Annotated[int, typer.Option(help="use so many pairs only")] = 10**9,
    curve: Annotated[Path | None, typer.Option(help="draw the error curve to this SVG file")] = None,
) -> None:
    """Accuracy on the pairs of LFW: over folds, and true accepts at a false accept rate."""
    rows = read_pairs(data / "lfw" / "pairs.csv")
    rows = rows[:: max(1, len(rows) // limit)]
    policy = MatchPolicy(profile="fast" if profile == "fast" else "accurate", embedder=embedder)
    first = _templates(data / "lfw", rows, "image_a", policy)
    second = _templates(data / "lfw", rows, "image_b", policy, card)
    scores, same = similarities(rows, first, second), _same(rows)
    table = Table("pairs", "no face", "accuracy", "TAR at FAR 1e-2", "TAR at FAR 1e-3", box=None)
    missing = sum(t is None for t in (*first.values(), *second.values()))
    accuracy = accuracy_over_folds(scores, same, np.array([int(row["fold"]) for row in rows]))
    rates = [f"{true_accept_rate(scores, same, rate):.2%}" for rate in RATES[:2]]
    table.add_row(str(len(rows)), str(missing), f"{accuracy:.2%}", *rates)
    out.print(table)
    scale = calibration("card" if card else "photo", embedder)
    stated = np.mean(scores[~same] >= scale.threshold(1e-3))
    out.print(f"measured false match rate at a stated 1e-3: {stated:.2e}")
    if curve:
        draw_det({"LFW, folds 1 to 5": (scores, same)}, curve)


@app.command()
def calibrate(
    data: Data = DEFAULT_DATA, embedder: Embedder = "fused", images: Path = Path("docs/images")
) -> None:
    """Make the shipped calibrations from the East Asian group, and draw its error curves."""
    groups = {kind: _east_asian(data, MatchPolicy(embedder=embedder), kind == "card") for kind in SOURCES}
    for kind, pairs in groups.items():
        made = fit(pairs, SOURCES[kind])
        (FOLDER / (f"{kind}.toml" if embedder == "fused" else f"{embedder}-{kind}.toml")).write_text(
            as_toml(made), encoding="utf-8"
        )
        out.print(f"[bold]{kind}[/]: {len(pairs.genuine)} genuine, {len(pairs.impostors)} impostor pairs")
        out.print(calibration_tables(pairs, made, ()))
    images.mkdir(parents=True, exist_ok=True)
    names = {"photo": "photo and photo", "card": "card print and photo"}
    curves = {names[kind]: (pairs.similarity, pairs.same) for kind, pairs in groups.items()}
    draw_det(curves, images / f"det-{embedder}.svg")


@app.command()
def finding(
    data: Data = DEFAULT_DATA, photos: Annotated[int, typer.Option(help="people, one photo each")] = 60
) -> None:
    """Which faces are found that are small, turned, covered or faintly printed, and which are recognised."""
    measure_finding(data, photos)


def _same(rows: list[dict[str, str]]) -> Flags:
    return np.array([row["same"] == "1" for row in rows])


def _templates(
    folder: Path, rows: list[dict[str, str]], side: str, policy: MatchPolicy, card: bool = False
) -> dict[str, Template | None]:
    names = (row[side] for row in rows)
    if card:
        return templates(folder / "images", names, policy, as_card_prints)
    return templates(folder / "images", names, policy)


def _east_asian(data: Path, policy: MatchPolicy, card: bool) -> LabelledPairs:
    """Every photo against every other; with `card`, one of the two as a card prints it, in both ways."""
    folder = data / "lfw_east_asian"
    rows = read_pairs(folder / "images.csv")
    names = [row["image"] for row in rows]
    numbers = {name: number for number, name in enumerate(sorted({row["identity"] for row in rows}))}
    person = np.array([numbers[row["identity"]] for row in rows])
    first = _templates(folder, rows, "image", policy)
    second = _templates(folder, rows, "image", policy, card)
    i, j = np.nonzero(~np.eye(len(names), dtype=bool)) if card else np.triu_indices(len(names), 1)
    pairs = [{"image_a": names[a], "image_b": names[b]} for a, b in zip(i, j, strict=True)]
    return LabelledPairs(
        similarities(pairs, first, second), person[i] == person[j], np.column_stack([person[i], person[j]])
    )
