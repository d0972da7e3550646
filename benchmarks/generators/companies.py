"""Invented companies with the data of their business licence."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from stdnum.cn import uscc

from benchmarks.generators import people

CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
OFFICES = ("市场监督管理局", "市场监督管理局", "行政审批局")
FINANCIAL = "零壹贰叁肆伍陆柒捌玖"


@dataclass(frozen=True)
class Company:
    """What a business licence says; texts are as they are printed.

    Attributes:
        issued_on: date of the registration authority's seal.
    """

    registration_number: str
    name: str
    type: str
    legal_representative: str
    registered_capital: str
    established_on: date
    business_term: str
    address: str
    scope: str
    authority: str
    issued_on: date

    def fields(self) -> dict[str, str]:
        """The values under the field names of `verifier read`."""
        return {
            "registration_number": self.registration_number,
            "name": self.name,
            "type": self.type,
            "legal_representative": self.legal_representative,
            "registered_capital": self.registered_capital,
            "established_on": self.established_on.isoformat(),
            "business_term": self.business_term,
            "address": self.address,
            "scope": self.scope,
        }


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The lists of data/companies.toml."""
    return tomllib.loads((Path(__file__).parent / "data" / "companies.toml").read_text("utf-8"))


def _pick(rng: np.random.Generator, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


def invent(rng: np.random.Generator, today: date) -> Company:
    """A company established before `today`."""
    lists = words()
    person = people.invent(rng, today)
    county = _pick(rng, people.counties())
    place = county.city or county.province
    shares = np.array([kind[3] for kind in lists["kinds"]], float)
    kind = lists["kinds"][int(rng.choice(len(shares), p=shares / shares.sum()))][0]
    trade, scope = _pick(rng, lists["trades"])
    ending = (
        "股份有限公司" if kind.startswith("股份") else "有限公司" if rng.random() < 0.85 else "有限责任公司"
    )
    founded = today - timedelta(days=int(rng.integers(40, 9000)))
    region = place if rng.random() < 0.5 else place.removesuffix("市").removesuffix("省")
    return Company(
        registration_number=_number(rng, county.code),
        name=f"{region}{_pick(rng, lists['brands'])}{trade}{ending}",
        type=kind,
        legal_representative=person.name,
        registered_capital=_capital(rng, int(_pick(rng, lists["capitals"]))),
        established_on=founded,
        business_term=_term(rng, founded),
        address=people.urban_address(rng, county),
        scope=_scope(rng, scope, trade) + _pick(rng, lists["scope_end"]),
        authority=(county.name if rng.random() < 0.7 else place) + _pick(rng, OFFICES),
        issued_on=max(founded, today - timedelta(days=int(rng.integers(5, 2500)))),
    )


def _number(rng: np.random.Generator, county: str) -> str:
    """18 characters of GB 32100: 91, county, organisation code with its own check (GB 11714), check character."""
    body = "MA" + "".join(_pick(rng, CODE_ALPHABET) for _ in range(6)) if rng.random() < 0.7 else ""
    body = body or "".join(str(d) for d in rng.integers(0, 10, 8))
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    remainder = 11 - sum(values.index(c) * w for c, w in zip(body, weights, strict=True)) % 11
    organisation = body + {10: "X", 11: "0"}.get(remainder, str(remainder))
    first = f"91{county}{organisation}"
    return first + uscc.calc_check_digit(first)


def _capital(rng: np.random.Generator, amount: int) -> str:
    """An amount in units of 10,000 yuan in one of the ways that registries print it."""
    spelt, unit = (
        (capital_in_words(amount), "万") if amount < 10000 else (capital_in_words(amount // 10000), "亿")
    )
    if rng.random() < 0.45:
        return f"{_pick(rng, ['', '', '人民币'])}{spelt}{unit}{_pick(rng, '元圆')}整"
    form = _pick(rng, ("{}万元人民币", "{}万人民币", "人民币{}万元整", "{}万元", "{}.000000万人民币"))
    return str(form).format(amount)


def capital_in_words(amount: int) -> str:
    """A whole number up to 99999 in financial numerals: 508 is 伍佰零捌."""
    if amount >= 10000:
        high, rest = divmod(amount, 10000)
        low = ("零" if 0 < rest < 1000 else "") + capital_in_words(rest)
        return f"{capital_in_words(high)}万{low}"
    text, gap = "", False
    for unit, name in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = amount // unit % 10
        if digit:
            text += ("零" if gap and text else "") + FINANCIAL[digit] + name
            gap = False
        else:
            gap = True
    return text


def _term(rng: np.random.Generator, founded: date) -> str:
    def printed(day: date) -> str:
        return f"{day:%Y}年{day:%m}月{day:%d}日"

    draw = rng.random()
    if draw < 0.35:
        return "长期"
    if draw < 0.5:
        return f"{printed(founded)}至长期"
    if draw < 0.58:
        return f"{printed(founded)}至无固定期限"
    years = int(_pick(rng, (10, 20, 30, 50)))
    return f"{printed(founded)}至{printed(_years_later(founded, years) - timedelta(days=1))}"


def _years_later(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _scope(rng: np.random.Generator, scope: str, trade: str) -> str:
    """The trade's own lines and, often, some of another's, as registries let companies choose them."""
    if rng.random() < 0.6:
        other = _pick(rng, [row for row in words()["trades"] if row[0] != trade])[1]
        scope += "；" + "；".join(other.split("；")[: int(rng.integers(2, 5))])
    return scope
