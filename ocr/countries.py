"""The codes that stand for states, organisations and people without a nationality in machine-readable zones."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import pycountry


@cache
def codes() -> frozenset[str]:
    """ISO 3166-1 alpha-3, and what ICAO Doc 9303 part 3, section 5 adds to it (country_codes.toml)."""
    table = tomllib.loads(files("ocr").joinpath("country_codes.toml").read_text("utf-8"))
    added = [code for group in table.values() for code in group]
    return frozenset([country.alpha_3 for country in pycountry.countries] + added)
