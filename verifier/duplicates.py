"""Where a verification asks whether this person, or this card, was seen before. The service's gallery answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from models.arrays import Template


@dataclass(frozen=True)
class Duplicate:
    """Someone who was seen before. `code` is a reason code, such as duplicate_face; `reference` names the
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

    def search(self, faces: Mapping[str, Template], id_number: str | None) -> tuple[Duplicate, ...]:
        """Who else has one of these faces (by capture kind: card_portrait, selfie, pose) or this number."""
        ...


class EmptyGallery:
    """Nobody was seen before: what the command line and one-shot checks search."""

    def search(self, faces: Mapping[str, Template], id_number: str | None) -> tuple[Duplicate, ...]:  # noqa: ARG002
        """Always empty."""
        return ()
