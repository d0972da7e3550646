"""A photo that was copied is no capture of its own: copies are seen, other photos of the person are not."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageOps

from benchmarks.demo import HOLDER, face_box
from benchmarks.generators.cards import render_card_portrait
from benchmarks.generators.photography import photograph
from models.arrays import Image
from models.face_analysis import aligned, find_faces, main_face
from verifier.duplicates import Duplicate, Traces
from verifier.image import decode, load
from verifier.same_photo import (
    DETAIL_SIDE,
    SAME_EXPOSURE,
    SAME_FACE_PHOTO,
    Fingerprint,
    exposure_likeness,
    face_likeness,
    fingerprint,
    same_capture,
    thumbnail,
)
from verifier.verification import Evidence, verify

COPIES: dict[str, Callable[[PillowImage.Image], PillowImage.Image]] = {
    "half the size": lambda p: p.resize((p.width // 2, p.height // 2)),
    "mirrored": ImageOps.mirror,
    "cropped": lambda p: p.crop((p.width // 8, p.height // 10, p.width * 7 // 8, p.height * 9 // 10)),
    "turned and darker": lambda p: p.rotate(5).point(lambda value: value * 0.8),
}
SAME_BITS = 44


def jpeg(picture: PillowImage.Image, quality: int = 60) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def crop(photo: Image) -> Image:
    return aligned(photo, main_face(photo, find_faces(photo)))


def bits_apart(known: Fingerprint, seen: Fingerprint) -> int:
    first = np.frombuffer(known.bits, np.uint8)
    both = (np.frombuffer(bits, np.uint8) for bits in (seen.bits, seen.mirrored))
    return min(int(np.unpackbits(first ^ other).sum()) for other in both)


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_seen_through_what_was_done_to_it(samples: Path, copy: str) -> None:
    """A stolen photo that is cropped or mirrored would otherwise pass for a fresh selfie."""
    original = PillowImage.open(samples / "obama.jpg").convert("RGB")
    first, second = crop(np.asarray(original)), crop(decode(jpeg(COPIES[copy](original))).pixels)
    assert face_likeness(first, second) > SAME_FACE_PHOTO
    assert bits_apart(fingerprint(first), fingerprint(second)) <= SAME_BITS


def test_another_photo_of_the_person_is_no_copy(samples: Path) -> None:
    """Honest sellers look like their card: they must not be taken for copies of it."""
    first, second = (crop(load(samples / name).pixels) for name in ("obama.jpg", "obama2.jpg"))
    assert face_likeness(first, second) < SAME_FACE_PHOTO - 0.1
    assert bits_apart(fingerprint(first), fingerprint(second)) > SAME_BITS + 10


def test_a_selfie_cut_out_of_the_pose_is_seen(samples: Path) -> None:
    """One stolen picture could otherwise serve as both captures, and two prove no more than one."""
    original = PillowImage.open(samples / "obama.jpg").convert("RGB")
    cut = COPIES["cropped"](original)
    larger = decode(jpeg(cut.resize((cut.width * 5 // 4, cut.height * 5 // 4)), 75))
    own, copied, other = (
        aligned(photo, main_face(photo, find_faces(photo)), DETAIL_SIDE)
        for photo in (np.asarray(original), larger.pixels, load(samples / "obama2.jpg").pixels)
    )
    assert exposure_likeness(own, copied) >= SAME_EXPOSURE
    assert exposure_likeness(own, other) < SAME_EXPOSURE - 0.3
    report = verify(Evidence(selfie=larger, pose=load(samples / "obama.jpg")))
    assert "selfie_cut_from_pose" in {reason.code for reason in report.reasons}


def test_pairs_of_one_person_are_no_copies(data: Path) -> None:
    with (data / "lfw" / "pairs.csv").open(encoding="utf-8", newline="") as file:
        genuine = [row for row in csv.DictReader(file) if row["same"] == "1"][::75]
    for row in genuine:
        photos = (load(data / "lfw" / "images" / row[name]).pixels for name in ("image_a", "image_b"))
        first, second = (crop(photo) for photo in photos)
        assert face_likeness(first, second) < SAME_FACE_PHOTO, row
        assert bits_apart(fingerprint(first), fingerprint(second)) > SAME_BITS, row


def test_whole_photos(samples: Path) -> None:
    first, other = (PillowImage.open(samples / name).convert("RGB") for name in ("obama.jpg", "obama2.jpg"))
    again = np.asarray(PillowImage.open(io.BytesIO(jpeg(ImageOps.mirror(first).resize((300, 400)), 50))))
    assert same_capture(thumbnail(np.asarray(first)), thumbnail(again))
    assert not same_capture(thumbnail(np.asarray(first)), thumbnail(np.asarray(other)))
    wall = np.full((400, 300, 3), 128, np.uint8)
    assert not same_capture(thumbnail(wall), thumbnail(wall)), "plain pictures say nothing"


class Remembering:
    """A gallery that knows one photo."""

    def __init__(self, known: Fingerprint) -> None:
        self.known = known

    def search(self, traces: Traces) -> tuple[Duplicate, ...]:
        seen = (kind for kind, mark in traces.photos.items() if bits_apart(self.known, mark) <= SAME_BITS)
        return tuple(Duplicate("same_photo_other_store", kind) for kind in seen)


def test_the_cards_own_portrait_is_no_selfie(samples: Path) -> None:
    """Whoever found a card has its portrait; a selfie cut out of it shows nobody's presence."""
    portrait = load(samples / "obama.jpg").pixels
    rng = np.random.default_rng(11)
    card, _ = photograph(render_card_portrait(HOLDER, portrait, rng, face_box(portrait)), "easy", rng)
    x0, y0, x1, y1 = (int(v) for v in find_faces(card)[0].box)
    wide = (y1 - y0) // 3
    cut = card[max(0, y0 - wide) : y1 + wide, max(0, x0 - wide) : x1 + wide]
    selfie = jpeg(PillowImage.fromarray(cv2.resize(cut[:, ::-1], None, fx=3, fy=3)))
    front = decode(jpeg(PillowImage.fromarray(card), 90))

    gallery = Remembering(fingerprint(crop(load(samples / "obama2.jpg").pixels)))
    copied = verify(Evidence(card_portrait=front, selfie=decode(selfie)), gallery=gallery)
    assert "card_portrait_as_selfie" in {reason.code for reason in copied.reasons}
    assert copied.outcome != "verified"
    assert not copied.parts.duplicates

    honest = verify(Evidence(card_portrait=front, selfie=load(samples / "obama2.jpg")), gallery=gallery)
    codes = {reason.code for reason in honest.reasons}
    assert "card_portrait_as_selfie" not in codes
    assert "same_photo_other_store" in codes, "another store has shown this very photo"
