"""Which fonts this machine has, by role, and loading them.

Roles and the files that can play them stand in data/fonts.toml. Nothing is bundled: the fonts are those
of the system (Debian packages, macOS, Windows) or of the folders in the variable ``BENCHMARK_FONTS``.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
# a machine with one CJK font can draw everything, if less varied
LAST_RESORT = ("hei", "song")


class FontMissingError(RuntimeError):
    """No font for a role; the message names the packages that have one."""


@lru_cache(maxsize=1)
def _roles() -> dict[str, dict[str, object]]:
    return tomllib.loads((Path(__file__).parent / "data" / "fonts.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _installed() -> dict[str, Path]:
    """Path of each font file on this machine, by file name."""
    extra = os.environ.get("BENCHMARK_FONTS", "").split(os.pathsep)
    found: dict[str, Path] = {}
    for folder in [*filter(None, extra), *FOLDERS]:
        for path in sorted(Path(folder).expanduser().rglob("*")):
            if path.suffix.lower() in {".ttf", ".ttc", ".otf"}:
                found.setdefault(path.name, path)
    return found


@cache
def available(role: str) -> tuple[tuple[str, int], ...]:
    """The (path, index) pairs of the fonts that this machine has for a role; may be empty."""
    files = _roles()[role]["files"]
    assert isinstance(files, list)
    return tuple((str(_installed()[name]), index) for name, index in files if name in _installed())


@lru_cache(maxsize=512)
def load(face: tuple[str, int], size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels; `face` is a pair that `available` or `choose` gave."""
    return ImageFont.truetype(face[0], size, index=face[1])


@lru_cache(maxsize=65536)
def _has_glyph(face: tuple[str, int], character: str) -> bool:
    font = load(face, 24)
    missing = font.getmask("\U0010fffd")
    mask = font.getmask(character)
    return character.isspace() or (mask.size != (0, 0) and bytes(mask) != bytes(missing))


def covers(face: tuple[str, int], text: str) -> bool:
    """Whether the font has a glyph for every character of the text."""
    return all(_has_glyph(face, character) for character in text)


def choose(rng: np.random.Generator, text: str, *roles: str) -> tuple[str, int]:
    """A font of the first role that has one with all the glyphs of `text`, at random among those that do.

    Where none of the roles has one, a plain CJK font that has them stands in.

    Raises:
        FontMissingError: no installed font of these roles covers the text.
    """
    draw = rng.random()
    for role in (*roles, *LAST_RESORT):
        faces = [face for face in available(role) if covers(face, text)]
        if faces:
            return faces[int(draw * len(faces))]
    packages = "; ".join(str(_roles()[role]["packages"]) for role in roles)
    raise FontMissingError(
        f"no installed font for {' or '.join(roles)} can draw {text[:20]!r}: install {packages}, "
        "or name a folder of fonts in BENCHMARK_FONTS"
    )
