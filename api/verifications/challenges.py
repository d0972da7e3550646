"""What a seller is asked to show: drawn by chance, for one verification, for some days."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

PATTERN = r"^[a-z_]{1,32}(:[\w-]{1,32})?$"


def draw(kinds: Sequence[str]) -> str:
    """One of these kinds by chance; a code gets its six digits here, which no earlier photo shows."""
    kind = secrets.choice(kinds)
    return f"code:{secrets.randbelow(1_000_000):06d}" if kind == "code" else kind
