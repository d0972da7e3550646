"""Identifiers: a prefix that says of what, then a number that grows with time and can't be guessed."""

from __future__ import annotations

import secrets
import time

PATTERN = r"^[a-z]{2,5}_[0-9a-f]{28}$"


def new_id(prefix: str) -> str:
    """The prefix, 16 hex digits of nanoseconds, 12 random ones: sorts by time of making."""
    return f"{prefix}_{time.time_ns():016x}{secrets.token_hex(6)}"
