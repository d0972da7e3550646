"""`python -m benchmarks pose`: newspaper poses judged against ground truth, and what a check costs."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.bare_networks import bare_seconds, kept_runs
from verifier.image import Photo, load
from verifier.policy import load_policy
from verifier.posing import check_pose_photo

console = Console()
CHECKS = ("newspaper_present", "date_is_today", "weekday_agrees", "face_matches", "single_person")


def pose(
    folder: Annotated[Path, typer.Argument(help="Scenes with truth.jsonl, of `generate newspapers`.")],
    limit: Annotated[int, typer.Option(help="Scenes at most.")] = 1000,
) -> None:
    """Date reading, single checks and outcomes by kind of scene, and time against the bare networks."""
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()][:limit]
    policy = load_policy()
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    checks: dict[str, Counter[bool]] = defaultdict(Counter)
    ratios, seconds = [], []
    for row in track(rows, "judging", console=console):
        photo, selfie = load(folder / row["image"]), load(folder / row["selfie"])
        with kept_runs() as runs:
            started = time.perf_counter()
            result = check_pose_photo(photo, selfie, "newspaper", date.fromisoformat(row["date"]), policy)
            seconds.append(time.perf_counter() - started)
        ratios.append(seconds[-1] / bare_seconds(runs))
        outcomes[row["variant"]][result.outcome] += 1
        for name, right in _judged(row, result.checks):
            checks[name][right] += 1
            if not right and name == "date_read, legible":
                console.print(
                    f"{row['image']}: {row['date_text']} read as {result.checks['date_read'].value}"
                )
    _print(outcomes, checks)
    middle = len(rows) // 2
    console.print(
        f"median {sorted(seconds)[middle]:.2f} s, {sorted(ratios)[middle]:.2f} times the bare networks, "
        f"photos of {_sizes([load(folder / row['image']) for row in rows[:3]])}"
    )


def _judged(row: dict[str, Any], checks: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Which checks said what the truth says. Only a legible date can be asked for."""
    if row.get("legible"):
        yield "date_read, legible", checks["date_read"].value == row["date_shown"]
    for name in CHECKS:
        if name in row["expected"] and (row.get("legible") or not name.endswith(("today", "agrees"))):
            yield name, checks[name].outcome == row["expected"][name]


def _print(outcomes: dict[str, Counter[str]], checks: dict[str, Counter[bool]]) -> None:
    table = Table("scene", "n", "pass", "review", "fail")
    for variant, counts in sorted(outcomes.items()):
        table.add_row(variant, str(counts.total()), *(str(counts[o]) for o in ("pass", "review", "fail")))
    console.print(table)
    table = Table("check", "right", "of", "share")
    for name, rights in checks.items():
        table.add_row(name, str(rights[True]), str(rights.total()), f"{rights[True] / rights.total():.1%}")
    console.print(table)


def _sizes(photos: list[Photo]) -> str:
    return ", ".join(f"{p.pixels.shape[1]}x{p.pixels.shape[0]}" for p in photos)
