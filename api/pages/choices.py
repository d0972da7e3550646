"""What people choose from: reasons of decisions (choices.toml), poses of the library."""

from __future__ import annotations

import secrets
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from api.pages.texts import LANGUAGES, texts


@dataclass(frozen=True)
class PoseChoice:
    """A pose that may be asked for; `ask` may hold {code}, which `fresh` fills."""

    ask: str
    text: str


@cache
def reasons_of_people() -> dict[str, tuple[str, ...]]:
    """Codes of reasons by list: reject_reasons, ban_reasons."""
    content = tomllib.loads(Path(__file__).with_name("choices.toml").read_text(encoding="utf-8"))
    return {name: tuple(codes) for name, codes in content.items()}


def templates() -> dict[str, dict[str, str]]:
    """Sentences to sellers for reasons of people and for captures to repeat: by code, then by language."""
    return {
        code: {language: texts(language)(f"template.{code}") for language in LANGUAGES}
        for code in texts("en").under("template")
    }


def poses(language: str) -> list[PoseChoice]:
    """The library of poses, in words."""
    from liveness import challenges

    library = challenges.poses()
    return [PoseChoice(p.ask, (p.zh if language == "zh" else p.en).format(code="······")) for p in library]


def fresh(ask: str) -> str:
    """The challenge of a choice, with a code that nobody can foresee where it needs one."""
    return ask.replace("{code}", f"{secrets.randbelow(10**6):06}")


def pose_asked(challenge: str, language: str) -> PoseChoice:
    """The challenge in words; its short form where the library has no words for it."""
    from liveness import challenges

    asked = challenges.parse_challenge(challenge)
    found = challenges.pose_of(asked)
    return PoseChoice(
        challenge, found.text(asked, "zh" if language == "zh" else "en") if found else challenge
    )


def pose_drawing(challenge: str) -> bytes | None:
    """The challenge as an SVG."""
    from liveness import challenges

    found = challenges.pose_of(challenges.parse_challenge(challenge))
    return found.drawing.read_bytes() if found else None
