"""Writing sets of generated pictures: JPEG files and their ground truth as JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.generators.drawing import Pixels

COMMENT = b"synthetic picture made for testing; the person and the document do not exist"


@dataclass(frozen=True)
class Picture:
    """A picture to store, what it shows, and the JPEG quality to store it with."""

    pixels: Pixels
    truth: dict[str, Any]
    jpeg_quality: int = 90


def jpeg(pixels: Pixels, quality: int) -> bytes:
    """The picture as JPEG, with a comment inside that says that it is synthetic."""
    _, buffer = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    data = buffer.tobytes()
    return data[:2] + b"\xff\xfe" + (len(COMMENT) + 2).to_bytes(2, "big") + COMMENT + data[2:]


def points(polygon: NDArray[np.float64]) -> list[list[float]]:
    """A polygon as JSON: pairs rounded to a tenth of a pixel."""
    return [[round(float(x), 1), round(float(y), 1)] for x, y in polygon]


def pose_quality(level: str, rng: np.random.Generator) -> int:
    """The JPEG quality of a photo of a person: higher than a document's, as cameras and messengers store it."""
    low, high = {"easy": (86, 96), "medium": (76, 92), "hard": (60, 86), "extreme": (40, 75)}[level]
    return int(rng.integers(low, high))


def write(
    out: Path, kind: str, count: int, seed: int, make: Callable[[np.random.Generator, int], Picture]
) -> Path:
    """Makes `count` pictures and writes them as kind_00000.jpg ... with truth.jsonl beside them.

    Each picture has a random generator of its own, seeded with (seed, number): picture 7 is the same whether
    10 or 1000 are asked for.

    Returns:
        The path of truth.jsonl.
    """
    out.mkdir(parents=True, exist_ok=True)
    truth_file = out / "truth.jsonl"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        truth_file.open("w", encoding="utf-8") as lines,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        for number in progress.track(range(count), description=kind):
            picture = make(np.random.default_rng([seed, number]), number)
            name = f"{kind}_{number:05d}.jpg"
            (out / name).write_bytes(jpeg(picture.pixels, picture.jpeg_quality))
            lines.write(json.dumps({"image": name, **picture.truth}, ensure_ascii=False) + "\n")
    return truth_file


def write_rows(truth: Path, columns: tuple[str, ...]) -> Path:
    """Writes rows.csv beside truth.jsonl: those columns of it, as the batch commands read them."""
    lines = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    rows = truth.with_name("rows.csv")
    with rows.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)
    return rows
