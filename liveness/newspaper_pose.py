"""The newspaper pose: a newspaper of today in the photo of the right person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from liveness.dateline import SURE, DateLine
from liveness.hands_pose import hands_near, held_by_hands
from liveness.mastheads import Masthead
from liveness.newspaper import Newspaper, find_newspaper
from liveness.page import rotation
from liveness.people import (
    box_polygon,
    centre,
    contains,
    covers_mouth,
    face_matches,
    seller_first,
    single_person,
)
from liveness.result import CheckOutcome, Evidence, FaceCheck, PoseCheck
from liveness.screen import has_clock, has_frame
from liveness.sentences import say
from liveness.substitutes import DEVICE, NARROWEST, is_bare, is_lit_from_behind, width_against
from liveness.tampering import date_line_intact, page_intact
from models import side_by_side
from models.arrays import Image, Polygon
from models.face_analysis import Face
from models.hands import Hand
from models.text_reader import TextReader

READABLE = 0.5
READ_LETTERS = 4
"""Shorter readings may be texture."""
READ_LINES = 3
"""A page on which fewer lines could be read is texture, not print."""
PAGE_LETTERS = 30
"""Fewer letters than this, without a newspaper's name or a date, are a poster or a sign."""
PAPER_AREA = 0.02
"""Print on less of the photo than this is no page, but a sign or a label."""
NEAREST = 48.0
"""Pixels between the eyes: of whom is farther away, the print of a newspaper is too small to be seen as such."""
CHIN = 8
"""Of the 68 landmarks (iBUG 300-W)."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_newspaper(
    image: Image,
    faces: Sequence[Face],
    reader: TextReader,
    *,
    today: date,
    face_check: FaceCheck | None,
    max_age_days: int,
) -> tuple[dict[str, PoseCheck], Evidence]:
    """The checks of the pose, and what they saw."""
    paper = find_newspaper(image, reader, faces)
    sellers = [face for face in faces if not (paper and is_printed_on(face, paper))]
    seller = seller_first(image, sellers, face_check)
    hands, checks = side_by_side.both(
        lambda: hands_near(image, paper.sheet) if paper else (),
        lambda: _checks(image, paper, seller, today, face_check, max_age_days),
    )
    checks["held_by_hands"] = _held(hands, paper)
    evidence = _evidence(paper, seller)
    evidence.regions.update({f"hand_{i + 1}": hand.polygon for i, hand in enumerate(hands)})
    return checks, evidence


def _checks(
    image: Image,
    paper: Newspaper | None,
    seller: Sequence[Face],
    today: date,
    face_check: FaceCheck | None,
    max_age_days: int,
) -> dict[str, PoseCheck]:
    """All of them but that of the hands."""
    date_line = paper.date_line if paper else None
    present = newspaper_present(paper, image, seller[0] if seller else None)
    return {
        "newspaper_present": present,
        "masthead_known": masthead_known(paper),
        "date_read": date_read(date_line),
        "date_is_today": date_is_today(date_line, today, max_age_days),
        "weekday_agrees": weekday_agrees(date_line),
        "lunar_date_agrees": lunar_date_agrees(date_line),
        "date_line_intact": _intact(
            date_line_intact, image, date_line.lines[0].polygon if date_line else None
        ),
        "page_intact": _intact(page_intact, image, paper.sheet if paper else None),
        "face_matches": face_matches(seller, face_check),
        "face_uncovered": face_uncovered(seller, paper if present.outcome != "fail" else None),
        "single_person": single_person(image, seller),
    }


def is_printed_on(face: Face, paper: Newspaper) -> bool:
    """Is the face a picture of the page, with print above it that can be read?

    Above the seller's own face is no print: what a text detector takes for lines there, on curtains and book
    spines, can't be read.
    """
    if len(paper.lines) < READ_LINES:
        return False
    if not (contains(paper.page.polygon, centre(face)) or contains(paper.sheet, centre(face))):
        return False
    top = float((rotation(-paper.page.angle) @ face.box[:2])[1])
    return any(line.y < top and len(line.text) >= READ_LETTERS for line in paper.lines)


def newspaper_present(paper: Newspaper | None, image: Image, seller: Face | None = None) -> PoseCheck:
    """A page of a newspaper, and that on paper and as large as one by the seller's face.

    One sign of a screen is a doubt, two are a fact.
    """
    found = _is_newspaper(paper, float(image.shape[0] * image.shape[1]))
    if paper is None or found.outcome == "fail":
        far = seller is not None and seller.inter_eye_distance < NEAREST
        return PoseCheck("unknown", say("seller_too_far")) if far else found
    if seller is not None and _hangs_beside(paper, seller):
        return PoseCheck("fail", say("no_page"))
    signs = has_frame(image, paper.page) + has_clock(paper.lines)
    width = width_against(paper.sheet, paper.page.polygon, seller) if seller else DEVICE
    cold = seller is not None and width < DEVICE and is_lit_from_behind(image, paper.page, seller)
    if signs or cold:
        return PoseCheck("fail" if signs > 1 else "unknown", say("page_on_screen"))
    if found.outcome == "pass" and width < NARROWEST:
        return PoseCheck("unknown", say("page_narrow"))
    if found.outcome == "pass" and is_bare(image, paper.sheet):
        return PoseCheck("unknown", say("page_bare"))
    return found


def _is_newspaper(paper: Newspaper | None, photo_area: float) -> PoseCheck:
    """A known name, or dense print in columns under a large title."""
    small = paper is None or paper.page.area < PAPER_AREA * photo_area
    if paper is None or (small and not paper.masthead):
        return PoseCheck("fail", say("no_page"))
    if paper.masthead:
        return _named(paper.masthead, alone=small or len(paper.lines) < 2)
    if len(paper.lines) < READ_LINES or (paper.date_line is None and _letters(paper) < PAGE_LETTERS):
        return PoseCheck("fail", say("no_page"))
    if paper.is_dense:
        shape = {"lines": len(paper.page.blocks), "columns": paper.page.columns}
        return PoseCheck("pass", say("page_of_columns", **shape))
    return PoseCheck("unknown", say("page_unlike_newspaper"))


def _hangs_beside(paper: Newspaper, seller: Face) -> bool:
    """Is it print without a newspaper's name or date, all of it above the seller's chin? Then it is on the wall."""
    if paper.masthead or paper.date_line:
        return False
    return float(paper.page.polygon[:, 1].max()) < float(seller.landmarks[CHIN, 1])


def _named(masthead: Masthead, *, alone: bool) -> PoseCheck:
    if masthead.is_magazine:
        return PoseCheck("unknown", say("page_of_magazine", name=masthead.name))
    if alone:
        return PoseCheck("unknown", say("only_masthead", name=masthead.name))
    return PoseCheck("pass", say("page_of_paper", name=masthead.name))


def _letters(paper: Newspaper) -> int:
    return sum(len(text) for text in {line.text for line in paper.lines})


def masthead_known(paper: Newspaper | None) -> PoseCheck:
    """A paper that the list does not know may still be one: never a failure."""
    if paper is None or paper.masthead is None or paper.masthead.is_magazine:
        return PoseCheck("unknown", say("masthead_unlisted"))
    return PoseCheck("pass", say("masthead_is", name=paper.masthead.name), paper.masthead.name)


def date_read(line: DateLine | None) -> PoseCheck:
    """Carries the date as `value`, ISO, whenever one was read."""
    if line is None:
        return PoseCheck("fail", say("no_date"))
    value = line.value.isoformat()
    if line.printed.other:
        return PoseCheck("unknown", say("date_of_two_readings", text=line.text), value)
    if line.rivals or line.confidence < READABLE or not line.is_sure:
        return PoseCheck("unknown", say("date_unsure", text=line.text), value)
    return PoseCheck("pass", say("date_says", text=line.text), value)


def date_is_today(line: DateLine | None, today: date, max_age_days: int = 0) -> PoseCheck:
    """A date that is not today's fails. Today's passes once something stands by it: weekday, lunar date, or
    characters that leave no doubt. A weekday that contradicts it is a check of its own, and a doubt here where it was
    not read surely."""
    if line is None:
        return PoseCheck("unknown", say("date_not_read"))
    allowed = [today - timedelta(days=age) for age in range(max_age_days + 1)]
    if not any(line.printed.covers(day) for day in allowed):
        if line.printed.other in allowed or set(line.rivals) & set(allowed):
            return PoseCheck("unknown", say("several_dates"))
        said = say("date_of_another_day", date=str(line.value), today=str(today))
        decided = line.is_sure and not _may_be_misread(line, allowed)
        return PoseCheck("fail" if decided else "unknown", said)
    repaired_alone = line.printed.repaired and not (line.weekday_agrees or line.lunar_agrees)
    contradicted = line.weekday_agrees is False and not line.weekday_is_sure
    if line.printed.other or line.rivals or not line.is_sure or repaired_alone or contradicted:
        return PoseCheck("unknown", say("date_may_be_today"))
    return PoseCheck("pass", say("date_of_today"))


def _may_be_misread(line: DateLine, allowed: Sequence[date]) -> bool:
    """Is one doubtful figure all that parts the date from an allowed one of the same weekday, as 2020 from 2026?"""
    said = line.value.isoformat()
    return line.confidence < SURE and any(
        day.weekday() == line.value.weekday()
        and sum(a != b for a, b in zip(said, day.isoformat(), strict=True)) == 1
        for day in allowed
    )


def weekday_agrees(line: DateLine | None) -> PoseCheck:
    """A forged date usually keeps the old weekday."""
    if line is None or line.weekday is None:
        return PoseCheck("unknown", say("weekday_not_read"))
    printed = WEEKDAYS[line.weekday]
    if line.weekday_agrees:
        return PoseCheck("pass", say("weekday_fits", weekday=say(printed)), printed)
    true = WEEKDAYS[line.value.weekday()]
    outcome: CheckOutcome = "fail" if line.weekday_is_sure else "unknown"
    said = say("weekday_does_not_fit", printed=say(printed), date=str(line.value), true=say(true))
    return PoseCheck(outcome, said, printed)


def lunar_date_agrees(line: DateLine | None) -> PoseCheck:
    """Chinese papers print the lunar date too."""
    if line is None or line.lunar is None:
        return PoseCheck("unknown", say("lunar_date_not_read"))
    if line.lunar_agrees:
        return PoseCheck("pass", say("lunar_date_fits", lunar=str(line.lunar)), str(line.lunar))
    said = say("lunar_date_does_not_fit", lunar=str(line.lunar), date=str(line.value))
    return PoseCheck("fail", said, str(line.lunar))


def face_uncovered(sellers: Sequence[Face], paper: Newspaper | None) -> PoseCheck:
    """The paper is in front of the body, not of the face."""
    if not sellers or paper is None:
        return PoseCheck("unknown", say("no_face_and_newspaper"))
    if covers_mouth(paper.page.polygon, sellers[0]):
        return PoseCheck("fail", say("newspaper_over_face"))
    return PoseCheck("pass", say("face_is_uncovered"))


def _intact(check: Callable[[Image, Polygon], PoseCheck], image: Image, place: Polygon | None) -> PoseCheck:
    return PoseCheck("unknown", say("nothing_to_compare")) if place is None else check(image, place)


def _held(hands: Sequence[Hand], paper: Newspaper | None) -> PoseCheck:
    if paper is None:
        return PoseCheck("unknown", say("no_newspaper_to_hold"))
    return held_by_hands(hands, paper.sheet)


def _evidence(paper: Newspaper | None, sellers: Sequence[Face]) -> Evidence:
    evidence = Evidence()
    if sellers:
        evidence.regions["seller_face"] = box_polygon(sellers[0])
    if paper:
        evidence.regions["newspaper"] = paper.sheet
        for name, line in zip(
            ("date", "weekday"), paper.date_line.lines if paper.date_line else (), strict=False
        ):
            evidence.regions[name] = line.polygon
    return evidence
