"""A second reading of a zone's unsure parts by Tesseract (`ocr.second_reading`).

A part with a check digit takes the other reading only where its own check digit fails and the other's holds. Of names,
which no check digit covers, characters are taken from the other reading where the first reader was in two minds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ocr.mrz_parts import PARTS, Part, check_digit, looks_right, passing, places, twins, unchecked
from ocr.mrz_zone import Zone
from ocr.second_reading import MAX_DIFFERENT, read_again

SURE = 0.9
"""A part surer than this, its check digit counted, is not read again."""
UNSEEN_TWIN = 0.003
"""... but one is with a character that no check digit tells from another which is at least this likely: in blurred
photos 6 comes out for G with a confidence of 0.99.
"""
UNCONFIRMED = 0.5
"""Most that such a part's confidence may be where the second reading did not agree."""
RIVAL = 0.1
"""A character of a name to which the first reader gave this share of its own choice's chance may be the right one."""


@dataclass(frozen=True)
class Second:
    """What another reader made of a part."""

    other: str
    """The reading of the part, its check digit with it, that was not taken; empty where the other reader failed."""
    agrees: bool


def confirmed(text: str, zone: Zone, confidences: Mapping[str, float]) -> tuple[str, dict[str, Second]]:
    """The joined lines, and the second reading of each part that has a low confidence."""
    seconds = {}
    for part in PARTS[zone.form]:
        sure = confidences.get(part.name, 1.0) >= SURE and not has_unseen_twin(part, text, zone)
        if sure or (part.name != "names" and unchecked(part, text)):
            continue
        first = text[part.whole].rstrip("<") if part.name == "names" else text[part.whole]
        if first:
            taken, seconds[part.name] = _again(part, first, text, zone)
            text = text[: part.start] + taken + text[part.start + len(first) :]
    return text, seconds


def has_unseen_twin(part: Part, text: str, zone: Zone) -> bool:
    """Whether a character of a part with a check digit may be another that the digit can't tell from it."""
    read = zip(text[part.start : part.end], zone.chances[part.start : part.end], strict=True)
    return part.check is not None and any(
        twins(c, other) and looks_right(c, other) and chance > UNSEEN_TWIN
        for c, options in read
        for other, chance in options.items()
    )


def _again(part: Part, first: str, text: str, zone: Zone) -> tuple[str, Second]:
    """What is taken for the part, and its second reading."""
    end = part.start + len(first)
    second = read_again(zone.cut(part.start, end), _may_stand(zone.form, part.start, end))
    if len(second) != len(first):
        return first, Second("", agrees=False)
    if part.name == "names":
        taken = _of_two_minds(first, second, zone.chances[part.start : end])
    else:
        second = _comparable(first, second)
        proven = second and passing(text[: part.start] + second + text[end:], zone.form) > passing(
            text, zone.form
        )
        taken = (
            second if proven and not _holds(first) and _differences(first, second) <= MAX_DIFFERENT else first
        )
    return taken, Second(second if taken == first else first, agrees=second == first)


def _may_stand(form: str, start: int, end: int) -> str:
    return "".join(sorted(set("".join(places(form)[start:end]))))


def _of_two_minds(first: str, second: str, chances: Sequence[Mapping[str, float]]) -> str:
    """The second reading, if the first reader was in two minds wherever it differs."""
    possible = all(
        chance.get(b, 0.0) >= RIVAL * chance[a] for a, b, chance in zip(first, second, chances, strict=True)
    )
    return second if possible else first


def _comparable(first: str, second: str) -> str:
    """The second reading with look-alikes settled as the first has them; empty where its check digit fails.

    Tesseract takes 0 for O and the like, which check digits tell apart. They can't tell 6 from G: there, whatever its
    other characters are, what it saw counts.
    """
    pairs = list(zip(first, second, strict=True))
    settled = "".join(a if twins(a, b) and not looks_right(a, b) else b for a, b in pairs)
    if _holds(settled):
        return settled
    unseen = "".join(b if twins(a, b) and looks_right(a, b) else a for a, b in pairs)
    return unseen if unseen != first else ""


def _holds(part: str) -> bool:
    return check_digit(part[:-1]) == part[-1]


def _differences(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True))
