"""Invented holders of travel documents and the machine-readable zones that ICAO Doc 9303 gives them."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

WIDTHS = {"TD1": 30, "TD2": 36, "TD3": 44}
LETTERS_AND_DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Traveller:
    """What a travel document says; names as printed, with accents.

    Attributes:
        layout: TD1, TD2 or TD3.
        document_code: one or two letters, such as P, ID, CR.
        expiry_date: None is not allowed by the layouts that we draw.
        kind: what the document calls itself, in print.
    """

    layout: str
    document_code: str
    issuing_state: str
    surname: str
    given_names: str
    document_number: str
    nationality: str
    nationality_name: str
    birth_date: date
    sex: str
    expiry_date: date
    issued_on: date
    optional_data: str
    kind: str

    def fields(self) -> dict[str, str]:
        """The values under the field names of `verifier read`, names as the zone has them."""
        return {
            "document_code": self.document_code,
            "issuing_state": self.issuing_state,
            "surname": zone_text(self.surname).replace("<", " "),
            "given_names": zone_text(self.given_names).replace("<", " "),
            "document_number": self.document_number,
            "nationality": self.nationality,
            "birth_date": self.birth_date.isoformat(),
            "sex": self.sex,
            "expiry_date": self.expiry_date.isoformat(),
            "optional_data": self.optional_data,
        }


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "travellers.toml").read_text("utf-8"))


def zone_text(text: str) -> str:
    """A name as Doc 9303 part 3 writes it in the zone: A-Z, apostrophes dropped, everything else a filler."""
    spelt = "".join(_lists()["transliteration"].get(character, character) for character in text.upper())
    plain = unicodedata.normalize("NFKD", spelt)
    kept = "".join(c for c in plain if not unicodedata.combining(c) and c != "'")
    return "".join(c if c.isascii() and c.isalnum() else "<" for c in kept)


def check_digit(text: str) -> str:
    """The check digit of Doc 9303 part 3: values 0-35, weights 7 3 1, modulo 10; fillers count 0."""
    values = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(value * (7, 3, 1)[i % 3] for i, value in enumerate(values)) % 10)


def _checked(text: str, length: int) -> str:
    filled = text.ljust(length, "<")
    return filled + check_digit(filled)


def zone(person: Traveller) -> tuple[str, ...]:
    """The lines of the machine-readable zone."""
    width = WIDTHS[person.layout]
    names = f"{zone_text(person.surname)}<<{zone_text(person.given_names)}"
    birth = _checked(f"{person.birth_date:%y%m%d}", 6)
    expiry = _checked(f"{person.expiry_date:%y%m%d}", 6)
    sex = "<" if person.sex == "X" else person.sex
    head = person.document_code.ljust(2, "<") + person.issuing_state.ljust(3, "<")
    nationality = person.nationality.ljust(3, "<")
    number = _checked(person.document_number, 9)
    optional = person.optional_data.replace(" ", "<")
    if person.layout == "TD1":
        first = head + number + optional.ljust(15, "<")
        second = birth + sex + expiry + nationality + "<" * 11
        composite = check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
        return first, second + composite, names[:width].ljust(width, "<")
    if person.layout == "TD2":
        second = number + nationality + birth + sex + expiry + optional.ljust(7, "<")
        composite = check_digit(second[0:10] + second[13:20] + second[21:35])
        return (head + names)[:width].ljust(width, "<"), second + composite
    personal = optional.ljust(14, "<")
    mark = "<" if not optional else check_digit(personal)
    second = number + nationality + birth + sex + expiry + personal + mark
    composite = check_digit(second[0:10] + second[13:20] + second[21:43])
    return (head + names)[:width].ljust(width, "<"), second + composite


def _pick(rng: np.random.Generator, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


def invent(rng: np.random.Generator, layout: str, today: date) -> Traveller:
    """A holder of a passport (TD3), an identity card (TD1, TD2) or a permit of the PRC (TD1)."""
    states = _lists()["states"]
    shares = np.array([state["share"] for state in states], float)
    state = states[int(rng.choice(len(states), p=shares / shares.sum()))]
    permit = layout == "TD1" and rng.random() < 0.5
    if permit:
        state = states[0]
    sex = "FM"[int(rng.integers(2))] if rng.random() < 0.98 else "X"
    birth = today - timedelta(days=int(rng.integers(6 * 365, 88 * 365)))
    issued = max(birth, today - timedelta(days=int(rng.integers(20, 3000))))
    years = 5 if permit or rng.random() < 0.3 else 10
    code, number, optional, kind = _identity(rng, layout, permit, state["code"], birth)
    names = state["female"] if sex == "F" else state["male"]
    issued_safe = issued.replace(day=min(issued.day, 28))
    return Traveller(
        layout=layout,
        document_code=code,
        issuing_state=state["code"],
        surname=_pick(rng, state["surnames"]),
        given_names=_pick(rng, names),
        document_number=number,
        nationality=state["code"],
        nationality_name=state["name"],
        birth_date=birth,
        sex=sex,
        expiry_date=issued_safe.replace(year=issued.year + years) - timedelta(days=1),
        issued_on=issued_safe,
        optional_data=optional,
        kind=kind,
    )


def _identity(
    rng: np.random.Generator, layout: str, permit: bool, state: str, birth: date
) -> tuple[str, str, str, str]:
    """Document code, number, optional data and the document's name in print."""
    digits = "".join(str(d) for d in rng.integers(0, 10, 12))
    if permit:
        code, letter, kind = _pick(rng, PERMITS)
        # residents of Hong Kong and Macao: H or M and eight digits; of Taiwan: eight digits
        return (
            code,
            letter + digits[: 9 - len(letter) if letter else 8],
            digits[8:10] if rng.random() < 0.5 else "",
            kind,
        )
    if layout == "TD3":
        if state == "CHN":
            number = _pick(rng, ("E", "EA", "EJ", "EK", "G"))
            return "PO" if rng.random() < 0.6 else "P", (number + digits)[:9], "", "护照 PASSPORT"
        number = (
            "".join(_pick(rng, LETTERS_AND_DIGITS) for _ in range(9)) if rng.random() < 0.5 else digits[:9]
        )
        optional = (
            digits[:14] if rng.random() < 0.2 else f"{birth:%d%m%y}{digits[:5]}" if rng.random() < 0.2 else ""
        )
        return "P", number, optional, "PASSPORT"
    number = "".join(_pick(rng, LETTERS_AND_DIGITS) for _ in range(int(rng.integers(7, 10))))
    optional = digits[: int(rng.integers(4, 8))] if rng.random() < 0.4 else ""
    return _pick(rng, ("ID", "I")), number, optional, "IDENTITY CARD"


PERMITS = (
    ("CR", "H", "港澳居民来往内地通行证"),
    ("CR", "M", "港澳居民来往内地通行证"),
    ("CT", "", "台湾居民来往大陆通行证"),
)
