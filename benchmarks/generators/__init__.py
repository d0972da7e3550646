"""Generators of synthetic documents and poses with ground truth: tools for development.

No parser is ever tuned to them.
"""

from __future__ import annotations

from benchmarks.generators.cards import Flat, render_card_emblem, render_card_portrait
from benchmarks.generators.people import CardData
from benchmarks.generators.photography import photograph
from benchmarks.generators.poses import render_newspaper_pose

__all__ = [
    "CardData",
    "Flat",
    "photograph",
    "render_card_emblem",
    "render_card_portrait",
    "render_newspaper_pose",
]
