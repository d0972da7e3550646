"""What pose checks and videos say to people: sentences.toml."""

from __future__ import annotations

from pathlib import Path

from models.sentences import Catalogue

say = Catalogue(Path(__file__).with_suffix(".toml"))
