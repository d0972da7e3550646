"""A newspaper on a screen is not a newspaper in the hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.newspaper import find_newspaper
from liveness.newspaper_pose import newspaper_present
from liveness.result import PoseCheck
from models.arrays import Image
from models.text_reader import TextReader
from tests.liveness.scenes import held, newspaper, person

TODAY = date(2026, 11, 24)


def tablet(page: Image, clock: str | None, body: int = 22) -> Image:
    """The page on a tablet, with or without the clock of its status bar."""
    screen = page.copy()
    if clock:
        cv2.putText(screen, clock, (24, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 2, cv2.LINE_AA)
    framed = cv2.copyMakeBorder(screen, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=(body, body, body))
    return np.asarray(framed, np.uint8)


def present(photo: Image) -> PoseCheck:
    """Is there a newspaper?"""
    return newspaper_present(find_newspaper(photo, TextReader()), photo)


def test_paper_in_the_hand_is_a_newspaper(samples: Path) -> None:
    """The measure of the others: the same page, on paper."""
    assert present(held(person(samples, "obama.jpg"), newspaper(TODAY))).outcome == "pass"


@pytest.mark.parametrize("body", [22, 48])
def test_a_devices_frame_sends_the_page_to_a_person(samples: Path, body: int) -> None:
    """Today's front page is a web search away: shown on a tablet it proves nothing about today."""
    photo = held(person(samples, "obama.jpg"), tablet(newspaper(TODAY), None, body))
    assert present(photo).outcome == "unknown"


def test_a_frame_with_a_clock_is_a_screen(samples: Path) -> None:
    """Paper has no status bar."""
    photo = held(person(samples, "obama.jpg"), tablet(newspaper(TODAY), "10:57"), width=860)
    assert present(photo).outcome == "fail"


def test_a_paper_before_dark_clothes_is_no_screen(samples: Path) -> None:
    """Sellers wear black jackets: a dark surrounding alone is no frame."""
    photo = held(person(samples, "obama.jpg"), newspaper(TODAY))
    background = np.all(photo == 96, axis=2) | (np.abs(photo.astype(int) - 96).max(axis=2) < 9)
    dark = np.where(background[..., None], 18, photo).astype(np.uint8)
    assert present(dark).outcome == "pass"
