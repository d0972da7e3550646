"""What a seller may be asked to do: the library of poses, and the short form in which one is asked for.

newspaper | code:123456 | fingers:3 | fingers:3:left | head_turn:left|right|up | card_beside_face
"""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

Kind = Literal["newspaper", "code", "fingers", "head_turn", "card_beside_face"]
Hand = Literal["left", "right"]
Direction = Literal["left", "right", "up"]

_FORMS = re.compile(
    r"(?P<newspaper>newspaper)|(?P<card>card_beside_face)|code:(?P<code>\d{6})"
    r"|fingers:(?P<fingers>[1-5])(?::(?P<hand>left|right))?|head_turn:(?P<direction>left|right|up)"
)


class ChallengeError(ValueError):
    """The text asks for no pose that can be checked."""

    code = "unknown_challenge"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One pose, asked for."""

    kind: Kind
    code: str | None = None
    fingers: int | None = None
    hand: Hand | None = None
    """The seller's own hand; None: either."""
    direction: Direction | None = None
    """As the seller sees it: their own left."""

    def __str__(self) -> str:
        """The short form, which `parse_challenge` reads."""
        parts = [self.kind, self.code, self.fingers, self.hand, self.direction]
        return ":".join(str(p) for p in parts if p is not None)


@dataclass(frozen=True, slots=True)
class Pose:
    """An entry of the library of poses."""

    ask: str
    """Short form; may hold {code}."""
    drawing: Path
    """An SVG that shows the pose."""
    en: str
    zh: str

    def text(self, challenge: Challenge, language: Literal["en", "zh"]) -> str:
        """What the seller is told."""
        return (self.zh if language == "zh" else self.en).format(code=challenge.code)


def parse_challenge(text: str) -> Challenge:
    """The challenge that a short form asks for. Raises ChallengeError."""
    m = _FORMS.fullmatch(text.strip())
    if not m:
        raise ChallengeError(
            f"{text[:40]!r} is no challenge; ask for newspaper, code:NNNNNN, fingers:1..5[:left|right], "
            "head_turn:left|right|up or card_beside_face"
        )
    if m["code"]:
        return Challenge("code", code=m["code"])
    if m["fingers"]:
        return Challenge("fingers", fingers=int(m["fingers"]), hand=cast(Hand | None, m["hand"]))
    if m["direction"]:
        return Challenge("head_turn", direction=cast(Direction, m["direction"]))
    return Challenge("newspaper" if m["newspaper"] else "card_beside_face")


@cache
def poses() -> tuple[Pose, ...]:
    """The library, challenges.toml."""
    here = Path(__file__).parent
    entries = tomllib.loads((here / "challenges.toml").read_text("utf-8"))["poses"]
    return tuple(Pose(e["ask"], here / "drawings" / e["drawing"], e["en"], e["zh"]) for e in entries)


def pose_of(challenge: Challenge) -> Pose | None:
    """The entry that shows a challenge; None where the library holds none (fingers:1:left)."""
    asked = str(challenge)
    return next((p for p in poses() if p.ask.format(code=challenge.code) == asked), None)


def draw_challenge(kinds: Sequence[str] = ("newspaper",)) -> Challenge:
    """A challenge of these kinds, drawn so that nobody can foresee it, its code too.

    Raises ChallengeError where the library has no pose of these kinds.
    """
    allowed = [p for p in poses() if p.ask.partition(":")[0] in kinds]
    if not allowed:
        raise ChallengeError(f"no pose of the kinds {', '.join(kinds)}")
    return parse_challenge(secrets.choice(allowed).ask.format(code=f"{secrets.randbelow(10**6):06}"))
