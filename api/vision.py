"""The one door from the service to the vision core: image bytes go in, a finding comes out.

Nothing else in api/ imports verifier. The work runs in a bounded pool of threads, so that the event loop
stays free and no more checks run at once than the machine has cores for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from models.arrays import Template

CAPTURE_KINDS = ("card_portrait", "card_emblem", "licence", "selfie", "pose")


@dataclass(frozen=True)
class Submission:
    """What one verification shows: encoded images by kind, the challenge posed, and the day."""

    captures: Mapping[str, bytes]
    challenge: str
    today: date


@dataclass(frozen=True)
class FaceTemplate:
    """A face as numbers, float32 of unit length, comparable within one model version only."""

    model: str
    vector: Template


@dataclass(frozen=True)
class Finding:
    """What the vision core makes of a submission."""

    outcome: str
    """verified, in_review, declined, or retake where better photos would decide it."""
    reasons: tuple[dict[str, Any], ...]
    """Each with code, message, check and effect."""
    report: dict[str, Any] = field(default_factory=dict)
    """The whole report as JSON: personal data, never logged, stored encrypted only."""
    face: FaceTemplate | None = None
    """The selfie's face, where one was found."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """Numbers by which a person or an enterprise is found again: id_number, registration_number."""


class UnreadableCapture(Exception):
    """An upload that is no usable image: its kind, a stable code and a sentence for people."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.code, self.message = kind, code, message


class Busy(Exception):
    """Every thread works and the waiting room is full."""


class Verify(Protocol):
    """Takes a submission and gives its finding, or raises UnreadableCapture. Called from many threads."""

    def __call__(self, submission: Submission) -> Finding: ...


class Pool:
    """Runs `verify` for at most `at_once` submissions at a time, with at most `waiting` more in line."""

    def __init__(self, verify: Verify, at_once: int, waiting: int) -> None:
        self._verify = verify
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="vision")
        self._places = threading.BoundedSemaphore(at_once + waiting)

    async def run(self, submission: Submission) -> Finding:
        """Raises Busy at once where no place is free, and whatever `verify` raises."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            future = self._threads.submit(self._verify, submission)
        except BaseException:
            self._places.release()
            raise
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def state() -> str:
    """ok, or why the vision core can't work."""
    try:
        import_module("verifier.verification")
    except ImportError as error:
        return f"not installed: {error.name}"
    return "ok"


def core(policy: Path | None) -> Verify:
    """The real thing: the vision core under the policy of that file, or its own."""

    def verify(submission: Submission) -> Finding:
        import_module("verifier.verification")
        raise NotImplementedError(policy, submission.challenge)

    return verify
