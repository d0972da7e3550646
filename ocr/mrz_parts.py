"""What stands where in a machine-readable zone (ICAO Doc 9303 parts 4 to 7), in which characters; its check digits."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import date

ALPHABET = string.digits + string.ascii_uppercase + "<"
LETTERS = string.ascii_uppercase + "<"
DIGITS = string.digits + "<"
FORMS = {
    "TD3": (
        ("PV", 1), (LETTERS, 43),
        (ALPHABET, 9), (string.digits, 1), (LETTERS, 3), (DIGITS, 6), (string.digits, 1), ("MFX<", 1),
        (DIGITS, 6), (string.digits, 1), (ALPHABET, 14), (DIGITS, 1), (string.digits, 1),
    ),
    "TD2": (
        ("ACIPV", 1), (LETTERS, 35),
        (ALPHABET, 9), (DIGITS, 1), (LETTERS, 3), (DIGITS, 6), (string.digits, 1), ("MFX<", 1),
        (DIGITS, 6), (string.digits, 1), (ALPHABET, 7), (string.digits, 1),
    ),
    "TD1": (
        ("ACI", 1), (ALPHABET, 1), (LETTERS, 3), (ALPHABET, 9), (DIGITS, 1), (ALPHABET, 15),
        (DIGITS, 6), (string.digits, 1), ("MFX<", 1), (DIGITS, 6), (string.digits, 1), (LETTERS, 3),
        (ALPHABET, 11), (string.digits, 1),
        (LETTERS, 30),
    ),
}  # fmt: skip
"""Characters that may stand at the places of each format, its lines joined (Doc 9303 parts 4 to 7); travel permits in
the size of TD2 begin with the P of passports too."""
TWINS = ("0O", "0Q", "0D", "1I", "5S", "8B", "2Z", "6G")
"""Characters that look alike in OCR-B and the fonts that stand for it."""
LENGTHS = {"TD1": (30, 3), "TD2": (36, 2), "TD3": (44, 2)}
"""Characters in a line and lines, by format."""
_WEIGHTS = (7, 3, 1)
_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


@dataclass(frozen=True)
class Part:
    """Where a value stands in the joined lines, and where its check digit."""

    name: str
    start: int
    end: int
    check: int | None = None

    @property
    def whole(self) -> slice:
        """The value with its check digit, which follows it."""
        return slice(self.start, self.end + (self.check is not None))


PARTS = {
    "TD1": (
        Part("document_code", 0, 2),
        Part("issuing_state", 2, 5),
        Part("document_number", 5, 14, 14),
        Part("optional_data", 15, 30),
        Part("birth_date", 30, 36, 36),
        Part("sex", 37, 38),
        Part("expiry_date", 38, 44, 44),
        Part("nationality", 45, 48),
        Part("names", 60, 90),
    ),
    "TD2": (
        Part("document_code", 0, 2),
        Part("issuing_state", 2, 5),
        Part("names", 5, 36),
        Part("document_number", 36, 45, 45),
        Part("nationality", 46, 49),
        Part("birth_date", 49, 55, 55),
        Part("sex", 56, 57),
        Part("expiry_date", 57, 63, 63),
        Part("optional_data", 64, 71),
    ),
    "TD3": (
        Part("document_code", 0, 2),
        Part("issuing_state", 2, 5),
        Part("names", 5, 44),
        Part("document_number", 44, 53, 53),
        Part("nationality", 54, 57),
        Part("birth_date", 57, 63, 63),
        Part("sex", 64, 65),
        Part("expiry_date", 65, 71, 71),
        Part("optional_data", 72, 86, 86),
    ),
}
"""The parts of each format, by their places in its lines joined."""
_COMPOSITE = {
    "TD1": (((5, 30), (30, 37), (38, 45), (48, 59)), 59),
    "TD2": (((36, 46), (49, 56), (57, 71)), 71),
    "TD3": (((44, 54), (57, 64), (65, 87)), 87),
}
"""The ranges under the composite check digit, and its place."""
COVERED = ("document_number", "birth_date", "expiry_date", "optional_data")
"""Parts under the composite check digit."""
COUNTRIES = ("issuing_state", "nationality")
"""Parts with the code of a country."""


def part_of(form: str, name: str) -> Part:
    """The part of that name."""
    return next(part for part in PARTS[form] if part.name == name)


def places(form: str) -> list[str]:
    """The characters that may stand at each place of the joined lines."""
    return [characters for characters, times in FORMS[form] for _ in range(times)]


def twins(a: str, b: str) -> bool:
    """Whether the characters look alike."""
    return a + b in TWINS or b + a in TWINS


def check_digit(text: str) -> str:
    """The check digit of a part (Doc 9303 part 3, 4.9).

    >>> check_digit("L898902C3")
    '6'
    """
    return str(sum(_VALUES[c] * _WEIGHTS[i % 3] for i, c in enumerate(text)) % 10)


def looks_right(a: str, b: str) -> bool:
    """Whether no check digit tells the characters apart: their values differ by tens, as those of 6 and G do."""
    return (_VALUES[a] - _VALUES[b]) % 10 == 0


def composite_holds(text: str, form: str) -> bool:
    """Whether the composite check digit of the joined lines is right."""
    ranges, place = _COMPOSITE[form]
    return check_digit("".join(text[start:end] for start, end in ranges)) == text[place]


def unchecked(part: Part, text: str) -> bool:
    """Optional data needs no check digit, and a long number on TD1 has it elsewhere (Doc 9303 part 5, 4.2.2)."""
    may_lack_it = part.name in ("optional_data", "document_number")
    return part.check is None or (may_lack_it and text[part.check] == "<")


def long_number(text: str) -> tuple[str, bool] | None:
    """A TD1 number of more than nine characters, which goes on in the optional data, and whether its digit holds."""
    rest = text[15:30].split("<", maxsplit=1)[0]
    if text[14] != "<" or len(rest) < 2:
        return None
    number = text[5:14] + rest[:-1]
    return number, check_digit(number) == rest[-1]


def digits_hold(text: str, form: str) -> dict[str, bool]:
    """Whether each check digit of the joined lines is right, by the name of its part; the composite one last."""
    found = {}
    for part in PARTS[form]:
        if part.check is None or (part.name == "optional_data" and text[part.check] == "<"):
            continue
        holds = check_digit(text[part.start : part.end]) == text[part.check]
        if form == "TD1" and part.name == "document_number" and (long := long_number(text)):
            holds = long[1]
        found[part.name] = holds
    return {**found, "composite": composite_holds(text, form)}


def passing(text: str, form: str) -> int:
    """How many check digits are right."""
    return sum(digits_hold(text, form).values())


def without_specks(raw: str) -> str:
    """The part of the names with fillers for what follows two more fillers behind them; what is kept stays in place.

    >>> without_specks("MEER<<NILS<PETER<<<<<C<C<")
    'MEER<<NILS<PETER<<<<<<<<<'
    """
    return "<<".join(raw.split("<<")[:2]).ljust(len(raw), "<")


def names_of(raw: str) -> tuple[str, str]:
    """Surname and given names of the part, fillers between their words; what follows two more fillers is noise.

    >>> names_of("VAN<DER<MEER<<NILS<PETER<<<<<<<C<C<")
    ('VAN<DER<MEER', 'NILS<PETER')
    """
    surname, *rest = raw.split("<<")
    return surname.strip("<"), rest[0].strip("<") if rest else ""


def day_of(text: str, today: date, past: bool) -> date | None:
    """The day that six digits name; None where there is no such day. past: a birth lies in the past, an expiry at most 50
    years ahead.
    """
    try:
        year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
        found = date(today.year // 100 * 100 + year, month, day)
        limit = today if past else today.replace(year=today.year + 50, day=1)
        return found.replace(year=found.year - 100) if found > limit else found
    except ValueError:
        return None
