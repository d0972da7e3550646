"""Sentences for people: each is a stable code with values, and its texts stand in a catalogue, one for each room.

A catalogue is a TOML file of `[code]` tables with one text for each of LANGUAGES, in the syntax of str.format.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Union

LANGUAGES = ("en", "zh")
_COMMA = {"en": ", ", "zh": "、"}

Value = Union[str, int, float, "Sentence", tuple["Sentence", ...]]
"""What fills a gap of a text: as it is, or itself in the reader's language."""


@dataclass(frozen=True)
class Sentence:
    """Something that is said to people. As a str it is English."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def text(self, language: str = "en") -> str:
        """The sentence in one of LANGUAGES."""
        spoken = {name: _spoken(value, language) for name, value in self.values.items()}
        return self.texts[language].format_map(spoken)

    def __str__(self) -> str:
        return self.text()

    def as_json(self) -> dict[str, Any]:
        """`code` and `values`, from which `Catalogue.read` makes the sentence again."""
        return {"code": self.code, "values": {name: json_of(value) for name, value in self.values.items()}}


class Catalogue:
    """The sentences of one room, read from its file when the first is said."""

    def __init__(self, *files: Path) -> None:
        self._files = files

    @cached_property
    def entries(self) -> dict[str, dict[str, str]]:
        """The texts of each code, by language."""
        found: dict[str, dict[str, str]] = {}
        for file in self._files:
            found |= tomllib.loads(file.read_text(encoding="utf-8"))
        return found

    def __call__(self, code: str, **values: Value) -> Sentence:
        """The sentence of that code. Raises KeyError where the catalogue has none."""
        return Sentence(code, values, self.entries[code])

    def with_others(self, *others: Catalogue) -> Catalogue:
        """One catalogue of several rooms."""
        return Catalogue(*self._files, *(file for other in others for file in other._files))

    def read(self, said: Any) -> Value:
        """A value from its JSON. Raises KeyError for a sentence that nobody knows any more."""
        if isinstance(said, list):
            return tuple(self.sentence(one) for one in said)
        value: Value = self.sentence(said) if isinstance(said, dict) else said
        return value

    def sentence(self, said: Mapping[str, Any]) -> Sentence:
        """A sentence from its JSON. Raises KeyError where nobody knows it any more."""
        return self(said["code"], **{name: self.read(value) for name, value in said["values"].items()})


def json_of(value: Value) -> Any:
    """A value as JSON."""
    if isinstance(value, tuple):
        return [one.as_json() for one in value]
    return value.as_json() if isinstance(value, Sentence) else value


def _spoken(value: Value, language: str) -> str | int | float:
    if isinstance(value, tuple):
        return _COMMA[language].join(one.text(language) for one in value)
    return value.text(language) if isinstance(value, Sentence) else value
