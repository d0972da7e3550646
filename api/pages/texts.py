"""The pages' texts: one catalogue for each language, texts/en.toml and texts/zh.toml, with the same keys."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("texts")
LANGUAGES = ("en", "zh")


class Texts:
    """Texts of one language. `t("queue.title")` is a text that must be there; `t.get` takes a fallback."""

    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = entries

    def __call__(self, key: str, **values: Any) -> str:
        """Raises KeyError for a text that the catalogue lacks."""
        return self.entries[key].format(**values) if values else self.entries[key]

    def under(self, table: str) -> tuple[str, ...]:
        """The names in one table of the catalogue."""
        return tuple(key.removeprefix(f"{table}.") for key in self.entries if key.startswith(f"{table}."))

    def get(self, key: str, fallback: str) -> str:
        """The text under the key, or the fallback."""
        return self.entries.get(key, fallback)


@cache
def texts(language: str) -> Texts:
    """The catalogue of a language, tables flattened to dotted keys."""
    content = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Texts(dict(_flat(content)))


def choose(asked: str | None, accepted: str) -> str:
    """The language asked for, else the first that the Accept-Language header names, else English."""
    if asked in LANGUAGES:
        return str(asked)
    named = (match[1].lower() for match in re.finditer(r"\b(en|zh)\b", accepted, re.IGNORECASE))
    return next(named, "en")


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{prefix}{name}"
        pairs += _flat(value, f"{key}.") if isinstance(value, dict) else [(key, str(value))]
    return pairs
