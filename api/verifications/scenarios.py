"""Test mode's named outcomes: scenarios.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from api.vision import Finding


@cache
def scenarios() -> dict[str, Finding]:
    """Every scenario by name, as the finding that the vision core would have made."""
    text = Path(__file__).with_name("scenarios.toml").read_text(encoding="utf-8")
    return {name: _finding(entry) for name, entry in tomllib.loads(text).items()}


def _finding(entry: dict[str, object]) -> Finding:
    reasons: list[dict[str, object]] = entry.get("reasons", [])  # type: ignore[assignment]
    report = {"outcome": entry["outcome"], "reasons": reasons, "policy_version": "scenario"}
    return Finding(str(entry["outcome"]), tuple(reasons), report)
