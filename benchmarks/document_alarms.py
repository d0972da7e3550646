"""`python -m benchmarks alarms FOLDER`: which alarms ring for which attacks on the ID card, and how often falsely."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ocr.documents import read_document
from ocr.reading import Alarm
from verifier.image import load

Raised = dict[str, list[tuple[Alarm, ...]]]
"""By attack, the alarms of each photo on which a card was found."""

console = Console()


def alarms(
    folder: Annotated[Path, typer.Argument(help="made by `python -m benchmarks generate attacks`")],
) -> None:
    """The confusion matrix of the document alarms: the share of each attack's photos that raise each alarm."""
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    raised: Raised = defaultdict(list)
    for row in track(rows, description="reading"):
        reading = read_document(load(folder / row["image"]).pixels, "cn_resident_id")
        if reading.alarms:
            raised[row["attack"]].append(reading.alarms)
    console.print(_matrix(raised))
    console.print(f"{len(rows) - sum(map(len, raised.values()))} of {len(rows)} photos: no card found")


def _matrix(raised: Raised) -> Table:
    codes = [alarm.code for alarm in next(iter(raised.values()))[0]]
    table = Table("attack", "photos", *(code.removeprefix("document_") for code in codes), box=None)
    for attack in sorted(raised):
        shares = (_share(raised[attack], number) for number in range(len(codes)))
        table.add_row(attack, str(len(raised[attack])), *shares)
    return table


def _share(photos: Iterable[tuple[Alarm, ...]], alarm: int) -> str:
    outcomes = [found[alarm].outcome for found in photos]
    return f"{outcomes.count('fail') / len(outcomes):.0%}"
