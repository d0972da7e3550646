"""`python -m benchmarks alarms FOLDER...`: which alarms ring for which attacks on the ID card, and how often falsely."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ocr.documents import read_document
from ocr.reading import Alarm
from verifier.image import load

Raised = dict[str, list[dict[str, Alarm]]]
"""By attack, the alarms by code of each photo on which a card was found."""

GENUINE = "bona_fide"
FALSE_ALARMS = 0.02
"""Share of genuine photos that may score as high as what counts as caught at a rate of its own."""
MEANT = {
    "photocopy_bw": "document_photocopy",
    "photocopy_colour": "document_on_page",
    "screen": "document_recaptured",
    "printed_photo": "document_recaptured",
    "cropped": "document_incomplete",
    "occluded": "document_occluded",
    "glare": "document_glare",
    "altered_portrait": "document_tampered",
    "altered_field": "document_tampered",
}
"""The alarm that each attack should raise."""

console = Console()


def alarms(
    folders: Annotated[list[Path], typer.Argument(help="made by `python -m benchmarks generate attacks`")],
    sample: Annotated[int, typer.Option(help="photos of each folder, evenly over it; 0: all")] = 0,
) -> None:
    """The confusion matrix of the document alarms: the share of each attack's photos that raise each alarm."""
    photos = [photo for folder in folders for photo in _sampled(folder, sample)]
    raised: Raised = defaultdict(list)
    for path, attack in track(photos, description="reading"):
        reading = read_document(load(path).pixels, "cn_resident_id")
        if reading.alarms:
            raised[attack].append({alarm.code: alarm for alarm in reading.alarms})
    console.print(_matrix(raised), "")
    if GENUINE in raised:
        console.print(_caught(raised), "")
    console.print(f"{len(photos) - sum(map(len, raised.values()))} of {len(photos)} photos: no card found")


def _sampled(folder: Path, sample: int) -> list[tuple[Path, str]]:
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    chosen = np.linspace(0, len(rows) - 1, min(sample or len(rows), len(rows))).round().astype(int)
    return [(folder / rows[i]["image"], rows[i]["attack"]) for i in chosen]


def _matrix(raised: Raised) -> Table:
    codes = list(next(iter(raised.values()))[0])
    table = Table("attack", "photos", *(code.removeprefix("document_") for code in codes), box=None)
    for attack in sorted(raised):
        shares = (_share([photo[code].outcome == "fail" for photo in raised[attack]]) for code in codes)
        table.add_row(attack, str(len(raised[attack])), *shares)
    return table


def _caught(raised: Raised) -> Table:
    """Each attack's own alarm: rung, and caught by a score that few genuine photos reach."""
    table = Table(
        "attack",
        "alarm",
        "raised",
        "unknown",
        f"caught at {FALSE_ALARMS:.0%} false alarms",
        "false alarms",
        box=None,
    )
    for attack, code in MEANT.items():
        if attack in raised:
            table.add_row(attack, code, *_row(raised[attack], raised[GENUINE], code))
    return table


def _row(attacked: list[dict[str, Alarm]], genuine: list[dict[str, Alarm]], code: str) -> list[str]:
    limit = float(np.quantile(_scores(genuine, code), 1 - FALSE_ALARMS))
    outcomes = [photo[code].outcome for photo in attacked]
    return [
        _share([outcome == "fail" for outcome in outcomes]),
        _share([outcome == "unknown" for outcome in outcomes]),
        _share([score > limit for score in _scores(attacked, code)]),
        _share([photo[code].outcome == "fail" for photo in genuine]),
    ]


def _scores(photos: list[dict[str, Alarm]], code: str) -> list[float]:
    return [photo[code].score for photo in photos]


def _share(flags: list[bool]) -> str:
    return f"{sum(flags) / len(flags):.0%}"
