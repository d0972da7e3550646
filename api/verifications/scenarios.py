"""Test mode's named outcomes (scenarios.toml), and the documents that they are about (fixtures.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from api.vision import Finding


@cache
def scenarios() -> dict[str, Finding]:
    """Every scenario by name, as the finding that the vision core would have made."""
    return {name: _finding(entry) for name, entry in _read("scenarios.toml").items()}


@cache
def fixtures() -> dict[str, dict[str, str]]:
    """Fields of an ID card's two sides (portrait, emblem) and of a business licence, by name."""
    return _read("fixtures.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _finding(entry: dict[str, Any]) -> Finding:
    reasons: list[dict[str, Any]] = entry.get("reasons", [])
    report = {
        "outcome": entry["outcome"],
        "reasons": reasons,
        "document": {**{side: _reading(side) for side in ("portrait", "emblem")}, "checks": []},
        "policy_version": "scenario",
    }
    return Finding(entry["outcome"], tuple(reasons), report)


def _reading(side: str) -> dict[str, Any]:
    """As `verifier read --json` gives it."""
    fields = {
        name: {"value": value, "confidence": 1.0, "box": None} for name, value in fixtures()[side].items()
    }
    return {"document_type": "cn_resident_id", "side": side, "fields": fields, "checks": [], "warnings": []}
