"""The name of a newspaper, matched against the papers of mastheads.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rapidfuzz import fuzz, process

from liveness.dates import DayOrder, normalise

MONTH_FIRST = frozenset({"US", "PH"})
"""Countries whose papers write the month before the day in figures (CLDR)."""
MIN_LIKENESS = 88.0
"""Normalised likeness (0 to 100) from which a line is a name: one letter of eight may be misread."""
_TRADITIONAL = str.maketrans(
    "報聞經濟環時參華訊習檢軍農國東陽門齊魯馬藏貴雲慶廣蘇兩齡聯電視澳論壇導靑寧遼龍興間遠團內錢衛線晉滬瀋長風號賣讀産產業財體號與對徽車場壹語條標頭條開發視點術藝連邊極氣總學愛義務實愛點島對訪書",
    "报闻经济环时参华讯习检军农国东阳门齐鲁马藏贵云庆广苏两龄联电视澳论坛导青宁辽龙兴间远团内钱卫线晋沪沈长风号卖读产产业财体号与对徽车场壹语条标头条开发视点术艺连边极气总学爱义务实爱点岛对访书",
)


@dataclass(frozen=True, slots=True)
class Masthead:
    """A newspaper that the list knows."""

    name: str
    country: str
    """ISO 3166-1, two letters."""

    @property
    def day_order(self) -> DayOrder:
        """How its country writes a date in figures."""
        return "mdy" if self.country in MONTH_FIRST else "dmy"


def find_masthead(lines: Iterable[str]) -> Masthead | None:
    """The best known newspaper among lines of print, the most prominent line first; None if there is none.

    A line may hold more than the name (人民日报社出版), but a short name must stand alone: Metro, Dawn and
    Bild are words of any language.
    """
    names = _by_key()
    for line in lines:
        key = _key(line)
        if key in names:
            return names[key]
        held = [k for k in names if len(k) >= _alone_below(k) and k in key]
        if held:
            return names[max(held, key=len)]
        near = process.extractOne(key, names.keys(), scorer=fuzz.ratio, score_cutoff=MIN_LIKENESS)
        if near and len(key) >= 4:
            return names[near[0]]
    return None


def _alone_below(key: str) -> int:
    """Letters from which a name counts inside a longer line: Chinese says as much with fewer."""
    return 4 if re.search(r"[\u4e00-\u9fff]", key) else 9


def _key(name: str) -> str:
    """Letters and Chinese characters alone, lower case, simplified, without a leading article."""
    plain = normalise(name).lower().translate(_TRADITIONAL)
    return re.sub(r"[^\w]|_", "", re.sub(r"^the\s+", "", plain))


@cache
def known_newspapers() -> tuple[Masthead, ...]:
    """Every paper of the list."""
    groups = tomllib.loads(Path(__file__).with_name("mastheads.toml").read_text("utf-8")).values()
    return tuple(Masthead(name, group["country"]) for group in groups for name in group["names"])


@cache
def _by_key() -> dict[str, Masthead]:
    return {_key(paper.name): paper for paper in reversed(known_newspapers())}
