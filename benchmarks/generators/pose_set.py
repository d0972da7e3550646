"""One picture of a set of newspaper poses: genuine, or cheating in one way, and what a check should find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.generators import dataset, fonts, forgery, newspaper, portraits, poses, printed_dates, props
from benchmarks.generators.dataset import Picture, points
from benchmarks.generators.drawing import Pixels
from benchmarks.generators.newspaper import Page
from benchmarks.generators.poses import Portrayed, Pose
from benchmarks.generators.printed_dates import PrintedDate

CHEATS = (
    *("stale_date", "forged_date", "forged_weekday", "no_newspaper", "wrong_person", "two_persons"),
    *("magazine", "book", "printed_sheet", "tablet", "pasted_newspaper", "phone", "titled_sheet"),
)
VARIANTS = ("genuine", *CHEATS)
PROPS = {
    "magazine": 21.0,
    "book": 15.0,
    "printed_sheet": 21.0,
    "titled_sheet": 21.0,
    "tablet": 18.5,
    "phone": 7.5,
}
"""What is held instead of a newspaper, and how wide it is, centimetres."""
NOT_NEWSPAPERS = {"no_newspaper", *PROPS}
# below these a general text reader fails on the crop of the date line (40 poses tried)
LEGIBLE_CLARITY = 0.9
LEGIBLE_HEIGHT = 11.0


@dataclass(frozen=True)
class Cast:
    """Who is in the photo and who should be.

    Attributes:
        holder: photo of the person who holds the paper.
        selfie: photo to compare with: the same person (another photo where there is one), or a stranger.
        names: names of holder and selfie's person, folders of the set of faces.
    """

    holder: Pixels
    selfie: Pixels
    names: tuple[str, str]
    same_photo: bool


def variant_of(number: int) -> str:
    """The variant of picture `number` in a mixed set: every other one genuine, the others in turn."""
    return "genuine" if number % 2 == 0 else CHEATS[number // 2 % len(CHEATS)]


def pose_picture(
    rng: np.random.Generator, number: int, variant: str, level: str, faces: str | None, today: date, out: Path
) -> Picture:
    """Makes one pose and writes the selfie that belongs to it into `out`."""
    cast = choose_cast(rng, faces, stranger=variant == "wrong_person")
    selfie = write_selfie(cast, number, out)
    page, shown = _page(rng, variant, today, newspaper.portraits_for(rng, faces, 3))
    people = [Portrayed(cast.holder)]
    if variant == "two_persons":
        people.append(Portrayed(choose_cast(rng, faces, stranger=False).holder))
    hands = variant != "pasted_newspaper"
    pose = poses.compose(people, page, level, rng, hands=hands, pasted=variant == "pasted_newspaper")
    pixels = pose.pixels
    printed = page.printed if page is not None else None
    if variant == "forged_date" and page is not None:
        pixels, printed = _forge_date(pixels, pose, page, today, rng)
        shown = today
    truth = {
        "selfie": selfie,
        "date": today.isoformat(),
        "challenge": "newspaper",
        "variant": variant,
        "level": level,
        "person": cast.names[0],
        "selfie_person": cast.names[1],
        "same_photo": cast.same_photo,
        **_newspaper_truth(variant, pose, page, printed, shown),
        "expected": _expected(variant, printed, shown, today, hands),
        "faces": [[round(v, 1) for v in box] for box in pose.faces],
    }
    return Picture(pixels, truth, dataset.pose_quality(level, rng))


def write_selfie(cast: Cast, number: int, out: Path) -> str:
    """Writes the selfie, enlarged to the size of a small phone photo, and gives its file name."""
    name = f"selfie_{number:05d}.jpg"
    factor = max(1, round(480 / min(cast.selfie.shape[:2])))
    large = cv2.resize(cast.selfie, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    (out / name).write_bytes(dataset.jpeg(np.asarray(large, np.uint8), 92))
    return name


def choose_cast(rng: np.random.Generator, faces: str | None, stranger: bool) -> Cast:
    """Chooses who holds the paper and whose selfie it is compared with."""
    if faces is None:
        holder = portraits.drawn(rng)[0]
        other = portraits.drawn(rng)[0] if stranger else holder
        return Cast(holder, other, ("drawn", "another" if stranger else "drawn"), not stranger)
    people = portraits.people_in(faces)
    several = [name for name, files in people.items() if len(files) > 1] or list(people)
    name = several[int(rng.integers(len(several)))]
    files = people[name]
    first, second = rng.permutation(len(files))[:2] if len(files) > 1 else (0, 0)
    if not stranger:
        return Cast(
            portraits.load(files[first]), portraits.load(files[second]), (name, name), bool(first == second)
        )
    others = [other for other in people if other != name]
    if not others:
        raise ValueError(f"a wrong person needs photos of two people at least; {faces} has one")
    other = others[int(rng.integers(len(others)))]
    return Cast(portraits.load(files[first]), portraits.load(people[other][0]), (name, other), False)


def _page(
    rng: np.random.Generator, variant: str, today: date, strangers: list[Pixels]
) -> tuple[Page | None, date | None]:
    """What is held and the date that it truly bears."""
    if variant == "no_newspaper":
        return None, None
    if variant in NOT_NEWSPAPERS:
        pixels = {
            "magazine": lambda: props.magazine(today, rng, strangers),
            "book": lambda: props.book(rng),
            "printed_sheet": lambda: props.printed_sheet(today, rng),
            "titled_sheet": lambda: props.titled_sheet(today, rng),
            "tablet": lambda: props.screen(today, rng, strangers, (1000, 1380)),
            "phone": lambda: props.screen(today, rng, strangers, (700, 1480)),
        }[variant]()
        return Page(pixels, variant, "", width=PROPS[variant]), None
    day = today - timedelta(days=_age(rng)) if variant in {"stale_date", "forged_date"} else today
    if variant != "forged_weekday":
        return newspaper.front_page(day, rng, faces=strangers), day
    while True:
        wrong = (today.weekday() + int(rng.integers(1, 7))) % 7
        page = newspaper.front_page(today, rng, weekday=wrong, faces=strangers)
        if page.printed is not None and page.printed.weekday is not None:
            return page, day


def _age(rng: np.random.Generator) -> int:
    """Days since a stale paper appeared: yesterday's, last week's, last month's, last year's."""
    spans = ((1, 2), (2, 3), (3, 30), (30, 364), (365, 366), (366, 900))
    return int(rng.integers(*spans[int(rng.integers(len(spans)))]))


def _forge_date(
    pixels: Pixels, pose: Pose, page: Page, today: date, rng: np.random.Generator
) -> tuple[Pixels, PrintedDate]:
    """Overwrites the date in the finished photo as an editor would: a smooth patch with new type.

    In two of three the forger changes the day alone and keeps the old paper's weekday and lunar date.
    """
    assert page.printed is not None
    assert page.date_box is not None
    assert pose.date_polygon is not None
    weekday, careless = page.printed.weekday, rng.random() < 0.67
    old = weekday if careless else None
    forged = _redated(page.printed, page.language, today, old, keep_lunar=careless)
    box, polygon = page.date_box, pose.date_polygon
    size = (round((box[2] - box[0] + 12) * 2), round((box[3] - box[1] + 8) * 2))
    stacked = _in_lines(forged, box[3] - box[1], page.type_height)
    rows = forged.parts if stacked else ("  ".join(forged.parts),)
    face = fonts.choose(
        rng, "".join(rows), *(("hei", "song") if page.language == "zh" else ("sans", "serif"))
    )
    patch = forgery.text_patch(rows, size, face, page.type_height * 2, forgery.ground(pixels, polygon))
    return forgery.stamp(pixels, patch, polygon, rng), forged


def _in_lines(printed: PrintedDate, height: float, type_height: float) -> bool:
    """Whether the date stands in a block of lines instead of one line."""
    return printed.form == "block" or height > 2.2 * type_height


def _redated(
    old: PrintedDate, language: str, day: date, weekday: int | None, keep_lunar: bool
) -> PrintedDate:
    """The same form of date line for another day."""
    draws = np.random.default_rng(0)
    make = printed_dates.chinese if language == "zh" else printed_dates.english
    while True:
        new = make(day, draws, weekday)
        if new.form != old.form or new.lunar != old.lunar:
            continue
        if old.lunar and keep_lunar:
            new = replace(new, parts=(*new.parts[:-1], old.parts[-1]))
        return new


def _newspaper_truth(
    variant: str, pose: Pose, page: Page | None, printed: PrintedDate | None, shown: date | None
) -> dict[str, Any]:
    if page is None or pose.sheet is None:
        return {"held": None}
    truth: dict[str, Any] = {"held": page.title, "polygon": points(pose.sheet.polygon())}
    if printed is None or pose.date_polygon is None or shown is None:
        return truth
    legible = pose.clarity >= LEGIBLE_CLARITY and pose.date_height >= LEGIBLE_HEIGHT
    return truth | {
        "language": page.language,
        "date_shown": shown.isoformat(),
        "date_text": list(printed.parts),
        "date_form": printed.form,
        "weekday_shown": printed.weekday,
        "lunar_shown": printed.lunar,
        "date_polygon": points(pose.date_polygon),
        "date_height": round(pose.date_height, 1),
        "clarity": round(pose.clarity, 3),
        "legible": bool(legible or (variant == "pasted_newspaper" and pose.date_height >= LEGIBLE_HEIGHT)),
    }


def _expected(
    variant: str, printed: PrintedDate | None, shown: date | None, today: date, hands: bool
) -> dict[str, str]:
    """What each check should say of a legible photo; "unknown" where there is nothing to check."""
    present = variant not in NOT_NEWSPAPERS
    weekday = "unknown"
    if printed is not None and shown is not None and printed.weekday is not None:
        weekday = "pass" if printed.weekday == shown.weekday() else "fail"
    return {
        "newspaper_present": "pass" if present else "fail",
        "date_is_today": "unknown" if shown is None else "pass" if shown == today else "fail",
        "weekday_agrees": weekday,
        "face_matches": "fail" if variant == "wrong_person" else "pass",
        "single_person": "fail" if variant == "two_persons" else "pass",
        "held_by_hands": "pass" if hands and variant != "no_newspaper" else "fail",
        "outcome": "pass" if variant == "genuine" else "fail",
    }
