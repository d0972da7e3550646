"""Where a verification asks whether this person, card or photo was seen before. The service's gallery answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.arrays import Template
from verifier.same_photo import Fingerprint


@dataclass(frozen=True, eq=False)
class Traces:
    """What a verification leaves by which it is found again."""

    faces: Mapping[str, Template] = field(default_factory=dict)
    """Templates by capture kind: card_portrait, selfie."""
    photos: Mapping[str, Fingerprint] = field(default_factory=dict)
    """Fingerprints of the seller's face in selfie and pose."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """Numbers as read: id_number of the card, registration_number of the licence."""


@dataclass(frozen=True)
class Duplicate:
    """Someone who was seen before. `code` is a reason code, such as lent_face; `reference` names the
    other seller to those who may know.
    """

    code: str
    reference: str
    similarity: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry in a report's `duplicates`."""
        return {"code": self.code, "reference": self.reference, "similarity": self.similarity}


class Gallery(Protocol):
    """All sellers that were verified, and the list of banned people."""

    def search(self, traces: Traces) -> tuple[Duplicate, ...]:
        """Who else left one of these traces."""
        ...


class EmptyGallery:
    """Nobody was seen before: what the command line and one-shot checks search."""

    def search(self, traces: Traces) -> tuple[Duplicate, ...]:  # noqa: ARG002
        """Always empty."""
        return ()
