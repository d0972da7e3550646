"""The PRC citizen identification number (公民身份号码, GB 11643-1999).

Six digits of the region where the number was given, eight of the birth date, three of a serial (odd for men,
even for women), and a check character by ISO 7064 MOD 11-2.

>>> passes_check_digit("11010519491231002X")
True
>>> birth_date("11010519491231002X")
datetime.date(1949, 12, 31)
"""

from __future__ import annotations

import re
from datetime import date

from stdnum import numdb
from stdnum.cn import ric

LENGTH = 18
_SHAPE = re.compile(r"\d{17}[\dX]")
_LOOKALIKES = str.maketrans("OoQDIl|iZzSsBxｘＸ×", "0000111122558XXXX")


def cleaned(text: str) -> str:
    """The text as a number: letters that look like digits become digits, everything else goes."""
    return re.sub(r"[^0-9X]", "", text.translate(_LOOKALIKES))


def well_formed(number: str) -> bool:
    """18 characters, the last may be X."""
    return _SHAPE.fullmatch(number) is not None


def passes_check_digit(number: str) -> bool:
    """Whether the number is well formed and its last character is the right one."""
    return well_formed(number) and ric.calc_check_digit(number) == number[-1]


def plausible(number: str) -> bool:
    """Whether the check digit passes, the birth date is a day and the region exists or existed."""
    return passes_check_digit(number) and birth_date(number) is not None and region(number) is not None


def passing_window(digits: str) -> int | None:
    """Where 18 characters of a longer run begin that are a plausible number; None where there are none."""
    starts = range(len(digits) - LENGTH + 1)
    return next((i for i in starts if plausible(digits[i : i + LENGTH])), None)


def birth_date(number: str) -> date | None:
    """The birth date in the number; None where there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex(number: str) -> str:
    """男 or 女."""
    return "男" if int(number[16]) % 2 else "女"


def region(code: str) -> tuple[str, tuple[str, ...]] | None:
    """Province, and all names that the county of a region code has had; None for no such code.

    Counties that have been merged or renamed count: a number is kept for life.
    """
    parts = numdb.get("cn/loc").info(code[:6])
    found = {key: value for _, properties in parts for key, value in properties.items()}
    if "county" not in found:
        return None
    counties = tuple(re.sub(r"^\[[^\]]*\]", "", name) for name in found["county"].split(","))
    return found["province"], counties
