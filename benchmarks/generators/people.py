"""Invented people with the data that their resident ID card bears; the county codes are real."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from stdnum import numdb
from stdnum.cn import ric

MUNICIPALITIES = {"11", "12", "31", "50"}
# Hainan left Guangdong in 1988, Chongqing left Sichuan in 1997
SPLIT_FROM = {"46": "44", "50": "51"}
NOT_COUNTIES = {"市辖区", "县"}


@dataclass(frozen=True)
class CardData:
    """What the two sides of a resident ID card say.

    Attributes:
        ethnicity: without 族, such as 汉.
        valid_to: None for 长期.
        script: key of the second script on a bilingual card (see `scripts.WORDS`), empty for none.
    """

    name: str
    sex: str
    ethnicity: str
    birth_date: date
    address: str
    id_number: str
    issuing_authority: str
    valid_from: date
    valid_to: date | None
    script: str = ""

    def fields(self, side: str) -> dict[str, str]:
        """The values of one side ("portrait", "emblem", or "temporary": a temporary card's, which bears all) under the
        field names of `verifier read`.
        """
        if side == "temporary":
            return self.fields("portrait") | self.fields("emblem")
        if side == "portrait":
            return {
                "name": self.name,
                "sex": self.sex,
                "ethnicity": self.ethnicity,
                "birth_date": self.birth_date.isoformat(),
                "address": self.address,
                "id_number": self.id_number,
            }
        return {
            "issuing_authority": self.issuing_authority,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else "长期",
        }


@dataclass(frozen=True)
class County:
    """A county of today with the names above it; `city` is empty in the four municipalities."""

    code: str
    province: str
    city: str
    name: str


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Any]:
    """The lists of data/people.toml."""
    return tomllib.loads((Path(__file__).parent / "data" / "people.toml").read_text("utf-8"))


def _current_name(info: str) -> str:
    """The name that an entry of python-stdnum's table bears today, or nothing where the code is abolished."""
    last = info.rsplit(",", maxsplit=1)[-1]
    if not last.startswith("["):
        return last
    years, _, name = last[1:].partition("]")
    return name if years.endswith("-") else ""


@lru_cache(maxsize=1)
def counties() -> tuple[County, ...]:
    """Every county-level division of today in python-stdnum's cn/loc table."""
    found = []
    for _, province_code, _, properties, children in numdb.get("cn/loc").prefixes:
        city = ""
        for _, code, _, entry, _ in children:
            name = _current_name(entry["county"])
            if code.endswith("00"):
                city = "" if "直辖" in name or province_code in MUNICIPALITIES else name
            elif name and name not in NOT_COUNTIES:
                found.append(County(province_code + code, properties["province"], city, name))
    return tuple(found)


def invent(rng: np.random.Generator, today: date = date(2026, 11, 24)) -> CardData:
    """A person whose card is valid on `today` in 19 of 20 cases, and has expired in the others."""
    words = vocabulary()
    county = _pick(rng, counties())
    ethnicity, script, style = _ethnicity(rng, county)
    if script and rng.random() < 0.8:
        home = [code for code, names in words["homes"].items() if ethnicity in names]
        county = _pick(rng, [c for c in counties() if c.code[:2] in home] or counties())
    sex = "男" if rng.random() < 0.5 else "女"
    birth_date, valid_from, valid_to = _dates(rng, today)
    return CardData(
        name=_name(rng, sex, style, ethnicity),
        sex=sex,
        ethnicity=ethnicity,
        birth_date=birth_date,
        address=_address(rng, county),
        id_number=_id_number(rng, county.code, birth_date, sex),
        issuing_authority=_authority(county),
        valid_from=valid_from,
        valid_to=valid_to,
        script=script if rng.random() < 0.7 else "",
    )


def with_temporary_card(person: CardData, rng: np.random.Generator, today: date) -> CardData:
    """The same person with a temporary card that is valid on `today`: of three months."""
    while True:
        start = today - timedelta(days=int(rng.integers(0, 85)))
        year, month = divmod(start.month + 2, 12)
        if start.day < 29:
            return replace(person, valid_from=start, valid_to=start.replace(start.year + year, month + 1))


def _pick(rng: np.random.Generator, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


def _ethnicity(rng: np.random.Generator, county: County) -> tuple[str, str, str]:
    words = vocabulary()
    local = words["homes"].get(county.code[:2], [])
    if rng.random() > (0.5 if local else 0.12):
        return "汉", "", "han"
    rows = [row for row in words["minorities"] if row[0] in local] if local else words["minorities"]
    weights = np.array([row[1] for row in rows], float)
    name, _, script, style = rows[int(rng.choice(len(rows), p=weights / weights.sum()))]
    return name, script, style


def _name(rng: np.random.Generator, sex: str, style: str, ethnicity: str) -> str:
    words = vocabulary()
    if style == "dotted":
        return f"{_pick(rng, words['dotted_first'])}·{_pick(rng, words['dotted_last'])}"
    if style == "single":
        return str(_pick(rng, words["single_names"][ethnicity]))
    given_characters = words["given_male"] if sex == "男" else words["given_female"]
    if rng.random() < 0.2:
        given_characters = words["rare_given"]
    draw = rng.random()
    common = words["surnames"]
    if draw < 0.06:
        surname = _pick(rng, words["compound_surnames"])
    elif draw < 0.16:
        surname = _pick(rng, words["rare_surnames"])
    else:
        surname = common[min(int(rng.exponential(len(common) / 3)), len(common) - 1)]
    length = 1 if rng.random() < 0.25 else 2
    return surname + "".join(_pick(rng, given_characters) for _ in range(length))


def _dates(rng: np.random.Generator, today: date) -> tuple[date, date, date | None]:
    """Birth date, and a validity of 5, 10 or 20 years or without end, as the age at issue asks for."""
    expired = rng.random() < 0.05
    while True:
        birth = today - timedelta(days=int(rng.integers(8 * 365, 85 * 365)))
        issued = today - timedelta(days=int(rng.integers(10, 20 * 365)))
        issued = max(issued, date(2005, 1, 4))
        age = issued.year - birth.year - ((issued.month, issued.day) < (birth.month, birth.day))
        if age < 1 or (issued.month, issued.day) == (2, 29):
            continue
        years = 5 if age < 16 else 10 if age < 26 else 20 if age < 46 else None
        until = issued.replace(year=issued.year + years) if years else None
        if (until is not None and until < today) == expired:
            return birth, issued, until


@lru_cache(maxsize=8192)
def _codes(province: str, year: int) -> tuple[str, ...]:
    """Codes of the counties that a province had in a year: numbers keep the code of their time for life."""
    counted = []
    for _, province_code, _, _, children in numdb.get("cn/loc").prefixes:
        for _, code, _, entry, _ in children if province_code == province else ():
            if not code.endswith("00") and any(_covers(name, year) for name in entry["county"].split(",")):
                counted.append(province_code + code)
    return tuple(counted)


def _covers(entry: str, year: int) -> bool:
    if not entry.startswith("["):
        return True
    start, _, end = entry[1:].partition("]")[0].partition("-")
    return (not start or int(start) <= year) and (not end or year <= int(end))


def _id_number(rng: np.random.Generator, county: str, birth: date, sex: str) -> str:
    """18 digits of GB 11643: county, birth date, order (odd for men), check digit (X more than in life)."""
    province = county[:2]
    codes = _codes(province, birth.year) or _codes(SPLIT_FROM[province], birth.year)
    if county not in codes or rng.random() < 0.1:
        county = _pick(rng, codes)
    wants_x = rng.random() < 0.08
    while True:
        order = int(rng.integers(0, 500)) * 2 + (sex == "男")
        body = f"{county}{birth:%Y%m%d}{order:03d}"
        check = ric.calc_check_digit(body + "0")
        if check == "X" or not wants_x:
            return body + check


def _address(rng: np.random.Generator, county: County) -> str:
    words = vocabulary()
    with_city = county.city if county.name.endswith("区") or rng.random() < 0.5 else ""
    region = county.province + with_city + county.name
    if county.name.endswith("区") and rng.random() < 0.85:
        return region + _urban(rng)
    town, village = _pick(rng, words["towns"]), _pick(rng, words["villages"])
    house = f"{int(rng.integers(1, 200))}号"
    group = (
        f"{_pick(rng, ['第', ''])}{_pick(rng, '一二三四五六七八九')}{_pick(rng, ['组', '村民小组', '社'])}"
        if rng.random() < 0.5
        else ""
    )
    return region + town + village + group + house


def urban_address(rng: np.random.Generator, county: County) -> str:
    """An address in a street of the county's town."""
    return county.province + county.city + county.name + _urban(rng)


def _urban(rng: np.random.Generator) -> str:
    words = vocabulary()
    text = f"{_pick(rng, words['roads'])}{int(rng.integers(1, 999))}号"
    if rng.random() < 0.2:
        text = f"{_pick(rng, words['roads'])}{int(rng.integers(1, 99))}弄{int(rng.integers(1, 60))}号"
    if rng.random() < 0.5:
        text += _pick(rng, words["estates"])
    draw, building, floor = rng.random(), int(rng.integers(1, 40)), int(rng.integers(1, 30))
    room = f"{floor}{int(rng.integers(1, 5)):02d}"
    if draw < 0.3:
        return f"{text}{building}号楼{int(rng.integers(1, 6))}单元{room}号"
    if draw < 0.5:
        return f"{text}{building}栋{room}室"
    if draw < 0.6:
        return f"{text}{'ABCDEF'[building % 6]}座{room}"
    if draw < 0.7:
        return f"{text}{building}-{int(rng.integers(1, 6))}-{room}"
    if draw < 0.75:
        return f"{text}内{building}号附{int(rng.integers(1, 20))}号"
    return text


def _authority(county: County) -> str:
    district = county.name.endswith("区") and len(county.name) > 2
    above = county.province if county.code[:2] in MUNICIPALITIES else county.city
    if district and above:
        short = county.name.removesuffix("区")
        return f"{above}公安局{short if len(short) > 1 else county.name}分局"
    return f"{county.name}公安局"
