"""The newspaper pose, from a photo to its checks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.newspaper import find_newspaper
from liveness.pose import check_pose
from liveness.result import FaceComparison, PoseResult
from models.arrays import Image
from models.face_analysis import Face, embed, find_faces
from models.text_reader import TextReader
from tests.liveness.scenes import held, lettered, newspaper, person, postered

TODAY = date(2026, 11, 24)
SAME_PERSON = 0.4


def judge(photo: Image, selfie: Image) -> PoseResult:
    """The pose against the selfie, with the real face networks."""
    owner = embed(selfie, find_faces(selfie)[0])

    def compare(face: Face) -> FaceComparison:
        similarity = float(embed(photo, face) @ owner)
        return FaceComparison("match" if similarity > SAME_PERSON else "no_match", similarity)

    return check_pose(photo, find_faces(photo), "newspaper", TODAY, compare)


@pytest.fixture(scope="module")
def selfie(samples: Path) -> Image:
    """Another photo of the person who holds the newspapers."""
    return person(samples, "obama.jpg")


def test_the_right_person_with_todays_newspaper_passes(samples: Path, selfie: Image) -> None:
    """The whole point: an honest seller gets through."""
    result = judge(held(person(samples, "obama.jpg"), newspaper(TODAY)), selfie)
    assert result.outcome == "pass", result.as_json()
    assert result.checks["date_read"].value == "2026-11-24"
    assert {"newspaper", "date", "seller_face"} <= set(result.evidence.regions)


@pytest.mark.parametrize("days", [1, 7, 365, -1])
def test_a_paper_of_another_day_never_passes(samples: Path, selfie: Image, days: int) -> None:
    """Yesterday's photo could be of anybody who once had the seller's picture."""
    paper = newspaper(TODAY - timedelta(days=days))
    result = judge(held(person(samples, "obama.jpg"), paper), selfie)
    assert result.outcome == "fail"
    assert result.checks["date_is_today"].outcome == "fail"


def test_lettering_on_the_wall_is_not_of_the_page(samples: Path, selfie: Image) -> None:
    """Behind a seller in a shop stands a sign: the newspaper does not cover the face for that."""
    photo = held(person(samples, "obama.jpg"), newspaper(TODAY))
    chin = float(find_faces(photo)[0].landmarks[8, 1])
    result = judge(lettered(photo, "K", "R", chin - 120), selfie)
    assert result.checks["face_uncovered"].outcome == "pass"
    assert result.outcome == "pass", result.as_json()


def test_a_poster_that_reaches_below_the_chin_is_not_of_the_page(samples: Path, selfie: Image) -> None:
    """In an office hang calendars and notices: a seller before them is not asked to uncover the face."""
    photo = held(person(samples, "obama.jpg"), newspaper(TODAY))
    chin = float(find_faces(photo)[0].landmarks[8, 1])
    result = judge(postered(photo, chin - 300, chin + 240), selfie)
    assert result.checks["face_uncovered"].outcome == "pass"
    assert result.outcome == "pass", result.as_json()


def test_a_mirrored_selfie_passes(samples: Path, selfie: Image) -> None:
    """Front cameras save what their screen shows: nobody finds out why a plain date "can't be read"."""
    photo = held(person(samples, "obama.jpg"), newspaper(TODAY))
    result = judge(np.ascontiguousarray(photo[:, ::-1]), selfie)
    assert result.checks["date_read"].value == "2026-11-24"
    assert result.outcome == "pass", result.as_json()
    old = held(person(samples, "obama.jpg"), newspaper(TODAY - timedelta(days=1)))
    assert judge(np.ascontiguousarray(old[:, ::-1]), selfie).outcome == "fail"


def test_a_seller_far_away_is_asked_to_come_nearer(samples: Path, selfie: Image) -> None:
    """A photo across the room shows a newspaper too small to be seen as one: that is no seller without one."""
    near = held(person(samples, "obama.jpg"), newspaper(TODAY))
    photo = np.full_like(near, 96)
    small = cv2.resize(near, None, fx=0.28, fy=0.28, interpolation=cv2.INTER_AREA)
    photo[500 : 500 + small.shape[0], 400 : 400 + small.shape[1]] = small
    result = judge(photo, selfie)
    assert result.checks["date_read"].outcome == "fail", "which asks for a new photo, nearer"
    assert result.outcome == "review", result.as_json()


def test_a_forged_date_keeps_the_wrong_weekday(samples: Path, selfie: Image) -> None:
    """Who changes the date on an old paper forgets the weekday."""
    result = judge(held(person(samples, "obama.jpg"), newspaper(TODAY, weekday="Friday")), selfie)
    assert result.checks["weekday_agrees"].outcome == "fail"
    assert result.outcome == "fail"


def test_another_person_fails(samples: Path, selfie: Image) -> None:
    """Today's newspaper in somebody else's hands."""
    result = judge(held(person(samples, "biden.jpg"), newspaper(TODAY)), selfie)
    assert result.checks["face_matches"].outcome == "fail"
    assert result.outcome == "fail"


def test_no_newspaper_fails(samples: Path, selfie: Image) -> None:
    """A selfie is no pose."""
    result = judge(person(samples, "obama.jpg"), selfie)
    assert result.checks["newspaper_present"].outcome == "fail"
    assert result.outcome == "fail"


def test_a_newspaper_that_nobody_knows_goes_to_a_person(samples: Path, selfie: Image) -> None:
    """A village paper may be genuine: it is reviewed, not refused."""
    result = judge(held(person(samples, "obama.jpg"), newspaper(TODAY, name="Riverside Gull")), selfie)
    assert result.checks["newspaper_present"].outcome == "pass"
    assert result.checks["masthead_known"].outcome == "unknown"
    assert result.outcome == "review"


def test_a_face_printed_in_the_newspaper_is_not_a_second_person(samples: Path, selfie: Image) -> None:
    """Front pages show people: the seller must not fail for the president on the page."""
    paper = newspaper(TODAY).copy()
    portrait = person(samples, "biden.jpg")[50:850, 150:950]
    paper[500:1000, 230:730] = portrait[::2, ::2][:500, :500].repeat(1, 0)[
        np.linspace(0, 399, 500).astype(int)
    ][:, np.linspace(0, 399, 500).astype(int)]
    photo = held(person(samples, "obama.jpg"), paper)
    assert len(find_faces(photo)) == 2
    result = judge(photo, selfie)
    assert result.checks["single_person"].outcome == "pass"
    assert result.checks["face_matches"].outcome == "pass"


def test_texture_behind_the_seller_does_not_hide_the_face(samples: Path, selfie: Image) -> None:
    """Bookshelves and curtains look like lines of text: whoever stands before them must be seen all the same."""
    photo = person(samples, "obama.jpg")
    for x in range(0, photo.shape[1], 26):
        photo[:700, x : x + 9] //= 3
    photo[150:650, 300:800] = person(samples, "obama.jpg")[150:650, 300:800]
    result = judge(photo, selfie)
    assert result.checks["newspaper_present"].outcome == "fail"
    assert result.checks["single_person"].outcome == "pass"
    assert result.checks["face_matches"].outcome == "pass"


def test_a_head_that_hands_part_from_the_page_belongs_to_it(samples: Path, selfie: Image) -> None:
    """Hands and a large picture leave name and date far above the print below: it is one paper all the same."""
    paper = newspaper(TODAY).copy()
    paper[270:720] = np.array((236, 233, 224))
    paper[330:700, 60:840] = 90
    result = judge(held(person(samples, "obama.jpg", height=1900), paper), selfie)
    assert result.checks["masthead_known"].outcome == "pass"
    assert result.checks["date_is_today"].outcome == "pass"


def test_print_on_the_wall_is_no_newspaper(samples: Path, selfie: Image) -> None:
    """Somebody who holds nothing stands before a notice: an agent would look at it for nothing."""
    photo = person(samples, "obama.jpg")
    notice = cv2.resize(newspaper(TODAY)[280:560], (420, 300))
    photo[20:320, 10:430] = notice
    found = find_newspaper(photo, TextReader(), find_faces(photo))
    assert found
    assert found.page.area > 0.02 * photo.shape[0] * photo.shape[1]
    assert judge(photo, selfie).checks["newspaper_present"].outcome == "fail"


def test_a_name_in_two_pieces_is_one_name(samples: Path) -> None:
    """Titles are set so wide that a detector sees two lines: the paper would be unlisted, its seller reviewed."""
    paper = newspaper(TODAY, "Chicago            Tribune")
    found = find_newspaper(held(person(samples, "obama.jpg"), paper), TextReader())
    assert found
    assert found.masthead
    assert found.masthead.name == "Chicago Tribune"
