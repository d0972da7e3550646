"""The name of a newspaper, matched against the papers of mastheads.toml; and of magazines (magazines.toml), which must
not be taken for one."""

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
    "報聞經濟環時參華訊習檢軍農國東陽門齊魯馬藏貴雲慶廣蘇兩齡聯電視澳論壇導靑寧遼龍興間遠團內錢衛線晉滬瀋長風號賣讀産產業財體號與對徽車場壹語條標頭條開發視點術藝連邊極氣總學愛義務實愛點島對訪書済経売読毎",
    "报闻经济环时参华讯习检军农国东阳门齐鲁马藏贵云庆广苏两龄联电视澳论坛导青宁辽龙兴间远团内钱卫线晋沪沈长风号卖读产产业财体号与对徽车场壹语条标头条开发视点术艺连边极气总学爱义务实爱点岛对访书济经卖读每",
)


@dataclass(frozen=True, slots=True)
class Masthead:
    """A newspaper, or a magazine, that the lists know."""

    name: str
    country: str
    """ISO 3166-1, two letters."""
    is_magazine: bool = False
    """Known only not to be taken for a newspaper: TIME is one letter from The Times."""

    @property
    def day_order(self) -> DayOrder:
        """How its country writes a date in figures."""
        return "mdy" if self.country in MONTH_FIRST else "dmy"


def find_masthead(lines: Iterable[str]) -> Masthead | None:
    """The best known paper among lines of print, the most prominent line first; None if there is none.

    A line may hold more than the name (人民日报社出版), but a short name must stand alone: Metro, Dawn and
    Bild are words of any language.
    """
    names = _by_key()
    within = [k for k, paper in names.items() if len(k) >= _alone_below(k) and not paper.is_magazine]
    for line in lines:
        key = _key(line)
        if key in names:
            return names[key]
        held = [k for k in within if k in key]
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
    """Every paper of mastheads.toml."""
    return _listed("mastheads.toml", is_magazine=False)


def _listed(file: str, *, is_magazine: bool) -> tuple[Masthead, ...]:
    groups = tomllib.loads(Path(__file__).with_name(file).read_text("utf-8")).values()
    return tuple(Masthead(name, group["country"], is_magazine) for group in groups for name in group["names"])


@cache
def _by_key() -> dict[str, Masthead]:
    magazines = _listed("magazines.toml", is_magazine=True)
    return {_key(paper.name): paper for paper in (*magazines, *reversed(known_newspapers()))}
