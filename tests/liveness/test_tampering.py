"""A date that was laid over the photo, and a page that was pasted into it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.tampering import date_line_intact, page_intact
from models.arrays import Image, Polygon
from tests.liveness.scenes import held, newspaper, person

PAGE = np.array([[250, 950], [850, 950], [850, 1450], [250, 1450]], np.float32)
DATE = np.array([[400, 960], [700, 960], [700, 990], [400, 990]], np.float32)


@pytest.fixture(scope="module")
def photo(samples: Path) -> Image:
    """A seller with a newspaper, all seen by one camera."""
    return held(person(samples, "obama.jpg"), newspaper(date(2026, 11, 24)), tilt=0)


def clean(image: Image, where: Polygon) -> Image:
    """The same photo with a part that brings less noise."""
    x0, y0, x1, y1 = (int(v) for v in (*where[0], *where[2]))
    patched = image.copy()
    patched[y0:y1, x0:x1] = cv2.GaussianBlur(image[y0:y1, x0:x1], (0, 0), 2.5)
    return patched


def test_a_photo_of_one_camera_is_intact(photo: Image) -> None:
    """A false alarm would send honest sellers to review."""
    assert date_line_intact(photo, DATE).outcome == "pass"
    assert page_intact(photo, PAGE).outcome != "fail"


def test_a_patch_over_the_date_is_seen(photo: Image) -> None:
    """The cheapest forgery: yesterday's photo with today's date painted over."""
    grown = DATE + np.array([[-20, -8], [20, -8], [20, 8], [-20, 8]], np.float32)
    assert date_line_intact(clean(photo, grown), DATE).outcome == "fail"


def test_a_pasted_page_is_seen(photo: Image) -> None:
    """A newspaper from the web, put into a selfie."""
    light = np.clip(photo.astype(np.int16) + np.where(np.indices(photo.shape)[0] < 880, 60, 0), 0, 255)
    assert page_intact(clean(light.astype(np.uint8), PAGE), PAGE).outcome == "fail"


def test_a_photo_without_noise_says_nothing() -> None:
    """Strong compression removes noise everywhere: that is no forgery."""
    flat = np.full((1500, 1100, 3), 180, np.uint8)
    assert page_intact(flat, PAGE).outcome == "unknown"
    assert date_line_intact(flat, DATE).outcome == "unknown"


def saved(image: Image, quality: int) -> Image:
    """The photo as it comes back from a file."""
    written, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert written
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def test_a_page_that_was_not_saved_with_the_photo_is_seen(photo: Image) -> None:
    """A page put into a selfie from the album: the file was saved before and after, the page after alone."""
    sheet = np.array([[170, 870], [930, 870], [930, 1500], [170, 1500]], np.float32)
    grain = cv2.GaussianBlur(np.random.default_rng(2).normal(0, 28, photo.shape[:2]), (0, 0), 1)
    taken = np.clip(photo + grain[..., None], 0, 255).astype(np.uint8)
    first = saved(taken, 60)
    for honest in (saved(taken, 95), saved(first, 95)):
        assert page_intact(honest, sheet).outcome != "fail"
    first[870:, 170:930] = taken[870:, 170:930]
    forged = page_intact(saved(first, 95), sheet)
    assert (forged.outcome, "compressed" in str(forged.detail)) == ("fail", True)
