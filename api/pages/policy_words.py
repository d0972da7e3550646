"""A policy as people read it: each section with what it says, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.texts import Texts

WORDS = ("kind", "role", "decision", "effect", "policy_name")
"""Tables of the catalogue in which a policy's values are found, such as selfie or review."""


@dataclass(frozen=True)
class Section:
    """A part of a policy: its name in the file, its title, and what it says, as pairs of words."""

    name: str
    title: str
    rows: tuple[tuple[str, str], ...]


def sections(policy: Mapping[str, Any], said: Texts, brief: Callable[[str], str]) -> tuple[Section, ...]:
    """The sections of a policy as JSON; `brief` says a reason's code in few words."""
    return tuple(
        Section(name, said.get(f"policy_section.{name}", _plain(name)), tuple(_rows(content, said, brief)))
        for name, content in policy.items()
        if name != "version"
    )


def _rows(content: Any, said: Texts, brief: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if isinstance(content, list):
        yield from (_signal_rule(rule, said) for rule in content)
        return
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _rows(value, said, brief)
        else:
            yield said.get(f"policy_name.{name}", "") or brief(name), _value(value, said)


def _signal_rule(rule: Mapping[str, Any], said: Texts) -> tuple[str, str]:
    """Which signals, and what they lead to."""
    types = [said("signal.any") if t == "*" else said.get(f"signal.{t}", _plain(t)) for t in rule["types"]]
    severity = said(f"policy_name.{rule['at_least']}")
    when = said("policy_name.signal", count=rule["count"], days=rule["within_days"], severity=severity)
    return f"{', '.join(types)} ({when})", said(f"policy_name.{rule['then']}")


def _value(value: Any, said: Texts) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_value(one, said) for one in value)
    if value is None or isinstance(value, bool):
        return said("policy_name." + {None: "none", True: "yes", False: "no"}[value])
    if not isinstance(value, str):
        return str(value)
    found = (said.get(f"{table}.{value}", "") for table in WORDS)
    return next((words for words in found if words), value)


def _plain(name: str) -> str:
    return name.replace("_", " ")
