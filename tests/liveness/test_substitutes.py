"""What is held up in place of a newspaper."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.page import Page
from liveness.pose import check_pose
from liveness.result import PoseCheck
from liveness.substitutes import is_bare, is_lit_from_behind
from models.arrays import Image
from models.face_analysis import find_faces
from tests.liveness.scenes import held, newspaper, person

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def seller(samples: Path) -> Image:
    """Who holds it."""
    return person(samples, "obama.jpg")


def present(photo: Image) -> PoseCheck:
    """Is there a newspaper?"""
    return check_pose(photo, find_faces(photo), "newspaper", TODAY).checks["newspaper_present"]


def test_a_page_of_a_phones_width_is_doubted(seller: Image) -> None:
    """Today's front page is a web search away: a phone that shows it is a quarter of a newspaper's width."""
    assert present(held(seller, newspaper(TODAY), width=760)).outcome == "pass"
    small = present(held(seller, newspaper(TODAY), width=400))
    assert (small.outcome, "narrower" in str(small.detail)) == ("unknown", True)


def test_a_pale_frame_makes_a_tablet_no_wider(seller: Image) -> None:
    """A tablet with a white frame looks like a sheet as wide as a newspaper's: what it shows is not."""
    framed = cv2.copyMakeBorder(
        newspaper(TODAY), 30, 30, 280, 280, cv2.BORDER_CONSTANT, value=(236, 233, 224)
    )
    shown = present(held(seller, framed.astype(np.uint8), width=650))
    assert (shown.outcome, "narrower" in str(shown.detail)) == ("unknown", True)


def test_a_sheet_with_a_name_and_a_date_is_doubted(seller: Image) -> None:
    """Anybody can print two lines: a front page is full."""
    sheet = newspaper(TODAY).copy()
    sheet[280:] = (236, 233, 224)
    bare = present(held(seller, sheet))
    assert (bare.outcome, "bare" in str(bare.detail)) == ("unknown", True)
    head = np.array([[100, 900], [900, 900], [900, 1200], [100, 1200]], np.float32)
    assert is_bare(held(seller, newspaper(TODAY)), head), "what hangs below the head was not seen"


def test_a_magazine_is_no_newspaper(seller: Image) -> None:
    """TIME is one letter from The Times."""
    found = present(held(seller, newspaper(TODAY, name="TIME")))
    assert (found.outcome, "magazine" in str(found.detail)) == ("unknown", True)


def test_a_white_that_is_bluer_than_the_light_shines(seller: Image) -> None:
    """A backlight is not lit by the lamp that lights the face; a photo in the shade is blue all over."""
    photo = held(seller, newspaper(TODAY))
    face = find_faces(photo)[0]
    corners = np.array([[250, 900], [850, 900], [850, 1400], [250, 1400]], np.float32)
    page = Page(corners, 0.0, ())
    assert not is_lit_from_behind(photo, page, face)
    blue = np.array([0.9, 1.0, 1.12], np.float32)
    shining = photo.copy()
    shining[900:1400, 250:850] = np.clip(photo[900:1400, 250:850] * blue, 0, 255).astype(np.uint8)
    assert is_lit_from_behind(shining, page, face)
    shaded = cv2.convertScaleAbs(photo * np.array([0.75, 0.95, 1.25], np.float32))
    assert not is_lit_from_behind(np.asarray(shaded, np.uint8), page, face)


def test_a_bluish_page_wider_than_tablets_is_paper(seller: Image) -> None:
    """In light from two sides paper may be bluer than the face: a screen is suspected only where one is as wide."""
    blue = np.clip(newspaper(TODAY) * np.array([0.86, 0.98, 1.12]), 0, 255).astype(np.uint8)
    assert "screen" in str(present(held(seller, blue, width=480)).detail)
    assert present(held(seller, blue, width=860)).outcome == "pass"
