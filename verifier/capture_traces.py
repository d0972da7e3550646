"""What a capture's file says of its way here: edited, a screenshot, sent on by a messenger, of another day.

Each is a note for an agent. Metadata is easily removed and easily forged: its absence and its presence prove nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from verifier.image import CaptureMetadata, Photo
from verifier.reasons import Finding

LISTS = Path(__file__).with_suffix(".toml")
LIVE_CAPTURES = ("selfie", "pose")
"""Captures that are taken for the verification itself; a document may have been scanned long ago."""
MOST_DAYS = 1
"""Time zones and cameras set wrongly move a photo by a day."""


def trace_findings(captures: Mapping[str, Photo], today: date) -> Iterator[Finding]:
    """A finding for each trace that the files of selfie and pose bear. `today` is the seller's own day."""
    for kind in LIVE_CAPTURES:
        if kind in captures:
            for code, detail in traces_of(captures[kind].metadata, today):
                yield Finding(code, "captures", {"detail": f"{kind}: {detail}"})


def traces_of(metadata: CaptureMetadata, today: date) -> Iterator[tuple[str, str]]:
    """Reason codes, each with what the file says."""
    software = (metadata.software or "").lower()
    if any(name in software for name in _lists()["editors"]):
        yield "capture_edited", f"written by {metadata.software}"
    if _is_screenshot(metadata, software):
        yield "capture_is_screenshot", f"{metadata.width} x {metadata.height}"
    elif sender := _messenger(metadata):
        yield "capture_sent_on", f"{metadata.width} x {metadata.height}, as {sender} sends photos"
    taken = _day(metadata.taken_at)
    if taken and abs(taken - today) > timedelta(days=MOST_DAYS):
        yield "capture_of_another_day", f"the file says {taken}"


def _is_screenshot(metadata: CaptureMetadata, software: str) -> bool:
    """Says so, or is a PNG of exactly a phone's screen: cameras write neither."""
    size = sorted((metadata.width, metadata.height))
    on_screen = metadata.format == "PNG" and not metadata.camera and size in _lists()["screens"]
    return "screenshot" in software or "截屏" in software or on_screen


def _messenger(metadata: CaptureMetadata) -> str | None:
    """The messengers whose photos have this long side and, like this one, neither camera nor time."""
    if metadata.format != "JPEG" or metadata.camera or metadata.taken_at:
        return None
    side = max(metadata.width, metadata.height)
    names = [m["name"] for m in _lists()["messengers"] if side in m["long_sides"]]
    return " or ".join(names) or None


def _day(taken_at: str | None) -> date | None:
    """Of EXIF's 2026:11:24 10:20:00; None where it is none."""
    try:
        return datetime.strptime((taken_at or "")[:10], "%Y:%m:%d").date()
    except ValueError:
        return None


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(LISTS.read_text("utf-8"))
