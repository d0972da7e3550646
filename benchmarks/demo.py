"""`python -m benchmarks demo`: verifies a person, rejects an impostor, refuses an old newspaper, and shows each.

The portraits are official, public-domain photographs of two presidents; card and poses are composed around them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from benchmarks.generators.drawing import Box, Pixels
from benchmarks.generators.people import CardData
from benchmarks.generators.photography import photograph
from benchmarks.generators.poses import render_newspaper_pose
from models.face_analysis import find_faces
from models.install import fetch
from models.manifest import models_folder, package
from verifier.image import load
from verifier.report import Report
from verifier.report_page import write_page
from verifier.verification import Evidence, verify

ARCHIVE = "face_recognition-1.3.0/tests/test_images"
SAMPLES = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")

HOLDER = CardData(
    name="奥巴马",
    sex="男",
    ethnicity="汉",
    birth_date=date(1961, 8, 4),
    address="江苏省南京市玄武区北京东路41号3幢502室",
    id_number="320102196108040013",
    issuing_authority="南京市公安局玄武分局",
    valid_from=date(2018, 3, 12),
    valid_to=None,
)

console = Console()


@dataclass(frozen=True)
class Case:
    """One seller of the demo: a file name, a title, the pictures shown, and the outcome that must come."""

    name: str
    title: str
    selfie: str
    pose: Path
    expected: str


def demo(
    out: Annotated[Path, typer.Option(help="folder for pictures and report pages")] = Path("demo"),
) -> None:
    """Verify a person, reject an impostor, refuse an old newspaper; write a report page for each."""
    out.mkdir(parents=True, exist_ok=True)
    today = date.today()
    with console.status("composing an ID card and newspaper poses from public-domain portraits"):
        samples = samples_folder()
        pictures = compose(samples, out, today)
    cases = (
        Case("report", "the right person", "obama3.jpg", pictures["pose"], "verified"),
        Case("impostor", "an impostor with the same card", "biden.jpg", pictures["impostor"], "declined"),
        Case("stale", "a newspaper of last week", "obama3.jpg", pictures["stale"], "in_review"),
    )
    table = Table("seller", "outcome", "why", box=None, padding=(0, 3, 0, 0))
    failed = False
    for case in cases:
        with console.status(f"verifying {case.title}"):
            report = _verify(case, samples, pictures, today)
            write_page(report, out / f"{case.name}.html")
        failed |= report.outcome != case.expected
        why = "\n".join(r.code for r in report.reasons if r.effect != "note") or "every check passed"
        table.add_row(case.title, _outcome(report), why)
    console.print(table)
    console.print("Report pages, to open in a browser:")
    for case in cases:
        console.print(f"  {out / case.name}.html  {case.title}", soft_wrap=True, highlight=False)
    console.print(f"The photos are in {out}/ too.", soft_wrap=True, highlight=False)
    if failed:
        console.print("An outcome is not the one that the demo stands for.", style="bold red")
        raise typer.Exit(1)


def samples_folder() -> Path:
    """The folder of portraits, fetched once and kept beside the weights."""
    folder = models_folder() / "samples"
    missing = {f"{ARCHIVE}/{name}": folder / name for name in SAMPLES if not (folder / name).exists()}
    if missing:
        fetch(package("face_recognition"), missing)
    return folder


def compose(samples: Path, out: Path, today: date) -> dict[str, Path]:
    """Photos of a card, its emblem side and three poses, in the folder `out`: their paths by name."""
    rng = np.random.default_rng(20)
    obama, speaking, biden = (load(samples / f"{n}.jpg").pixels for n in ("obama", "obama2", "biden"))
    card = render_card_portrait(HOLDER, obama, rng, face_box(obama))
    pictures: dict[str, Callable[[], Pixels]] = {
        "card_portrait": lambda: photograph(card, "easy", rng, (1600, 1200))[0],
        "card_emblem": lambda: photograph(render_card_emblem(HOLDER, rng), "easy", rng, (1600, 1200))[0],
        "pose": lambda: _pose(speaking, today, rng),
        "impostor": lambda: _pose(biden, today, rng),
        "stale": lambda: _pose(speaking, today - timedelta(days=7), rng),
    }
    paths = {}
    for name, draw in pictures.items():
        paths[name] = out / f"{name}.jpg"
        cv2.imwrite(str(paths[name]), cv2.cvtColor(draw(), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return paths


def _pose(portrait: Pixels, day: date, rng: np.random.Generator) -> Pixels:
    return render_newspaper_pose(portrait, day, rng, face_box(portrait), "easy", "zh")


def face_box(photo: Pixels) -> Box:
    """The largest face of a photo, from brows to chin."""
    points = find_faces(photo)[0].landmarks
    (x0, y0), (x1, y1) = points.min(0), points.max(0)
    return float(x0), float(y0), float(x1), float(y1)


def _verify(case: Case, samples: Path, pictures: dict[str, Path], today: date) -> Report:
    return verify(
        Evidence(
            card_portrait=load(pictures["card_portrait"]),
            card_emblem=load(pictures["card_emblem"]),
            selfie=load(samples / case.selfie),
            pose=load(case.pose),
            today=today,
        )
    )


def _outcome(report: Report) -> str:
    colour = {"verified": "green", "declined": "red"}.get(report.outcome, "yellow")
    return f"[bold {colour}]{report.outcome}[/]" + (" (new capture)" if report.retake else "")
