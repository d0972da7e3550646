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

from models.sentences import Sentence
from verifier.image import CaptureMetadata, Photo
from verifier.reasons import Finding
from verifier.sentences import say

LISTS = Path(__file__).with_suffix(".toml")
LIVE_CAPTURES = ("selfie", "pose")
"""Captures that are taken for the verification itself; a document may have been scanned long ago."""
MOST_DAYS = 1
"""Time zones and cameras set wrongly move a photo by a day."""


def trace_findings(captures: Mapping[str, Photo], today: date) -> Iterator[Finding]:
    """A finding for each trace that the files of selfie and pose bear. `today` is the seller's own day."""
    for kind in LIVE_CAPTURES:
        if kind in captures:
            for code, trace in traces_of(captures[kind].metadata, today):
                yield Finding(code, "captures", {"detail": say("trace_of", capture=say(kind), trace=trace)})


def traces_of(metadata: CaptureMetadata, today: date) -> Iterator[tuple[str, Sentence]]:
    """Reason codes, each with what the file says."""
    software = (metadata.software or "").lower()
    pixels = {"width": metadata.width, "height": metadata.height}
    if any(name in software for name in _lists()["editors"]):
        yield "capture_edited", say("written_by", software=metadata.software or "")
    if _is_screenshot(metadata, software):
        yield "capture_is_screenshot", say("pixels_of_screen", **pixels)
    elif senders := _messengers(metadata):
        yield "capture_sent_on", say("pixels_of_messenger", messengers=" / ".join(senders), **pixels)
    taken = _day(metadata.taken_at)
    if taken and abs(taken - today) > timedelta(days=MOST_DAYS):
        yield "capture_of_another_day", say("taken_on", day=str(taken))


def _is_screenshot(metadata: CaptureMetadata, software: str) -> bool:
    """Says so, or is a PNG of exactly a phone's screen: cameras write neither."""
    size = sorted((metadata.width, metadata.height))
    on_screen = metadata.format == "PNG" and not metadata.camera and size in _lists()["screens"]
    return "screenshot" in software or "截屏" in software or on_screen


def _messengers(metadata: CaptureMetadata) -> list[str]:
    """The messengers whose photos have this long side and, like this one, neither camera nor time."""
    if metadata.format != "JPEG" or metadata.camera or metadata.taken_at:
        return []
    side = max(metadata.width, metadata.height)
    return [m["name"] for m in _lists()["messengers"] if side in m["long_sides"]]


def _day(taken_at: str | None) -> date | None:
    """Of EXIF's 2026:11:24 10:20:00; None where it is none."""
    try:
        return datetime.strptime((taken_at or "")[:10], "%Y:%m:%d").date()
    except ValueError:
        return None


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(LISTS.read_text("utf-8"))
