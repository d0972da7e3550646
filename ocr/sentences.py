"""What checks of documents say to people, and the names of fields: sentences.toml."""

from __future__ import annotations

from pathlib import Path

from models.sentences import Catalogue

say = Catalogue(Path(__file__).with_suffix(".toml"))
