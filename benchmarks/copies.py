"""`python -m benchmarks copies`: how surely a copied face photo is told from another photo of the same person."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from api.gallery.search import SAME_PHOTO_BITS
from benchmarks.faces_data import as_card_prints, read_pairs
from models.arrays import Image
from models.face_analysis import CROP, aligned, find_faces, main_face
from verifier.image import load
from verifier.same_photo import (
    DETAIL_SIDE,
    SAME_EXPOSURE,
    SAME_FACE_PHOTO,
    Fingerprint,
    exposure_likeness,
    face_likeness,
    fingerprint,
)

console = Console()
Pair = tuple[Image, Image]

APART = 120
"""Frames of a webcam that five seconds take at the least."""


def copies(
    data: Annotated[Path, typer.Option(help="folder with lfw", envvar="VERIFIER_DATA")] = Path(
        "../shared/data"
    ),
    pairs: Annotated[int, typer.Option(help="pairs of one person; every third is also copied")] = 300,
) -> None:
    """False alarms on pairs of one person, and which copies are seen."""
    rows = [row for row in read_pairs(data / "lfw" / "pairs.csv") if row["same"] == "1"]
    rows = rows[:: max(1, len(rows) // pairs)][:pairs]
    found: dict[str, list[Pair]] = {}
    for number, row in enumerate(track(rows, description="photos", transient=True)):
        first, other = (load(data / "lfw" / "images" / row[name]).pixels for name in ("image_a", "image_b"))
        _add(found, "another photo of the person (false alarms)", first, other)
        if number % 3 == 0:
            for name, copy in COPIES.items():
                _add(found, name, first, copy(first))
            printed = as_card_prints(first, row["image_a"])
            _add(found, "a card's print of the photo", first, printed)
            _add(found, "a selfie cut out of the card's print", printed, _jpeg(_scaled(printed, 2.5), 70))
    table = Table("", "pairs", "likeness", "fingerprint", "highest likeness", "fewest bits", box=None)
    for name, crops in found.items():
        table.add_row(name, *_counted(crops))
    console.print(table)
    if (data / "pad").is_dir():
        _still(data / "pad")


def _still(folder: Path) -> None:
    """One person sitting still before a webcam: pictures at least APART frames apart, and cut copies of each."""
    with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
        names = sorted(row["image"] for row in csv.DictReader(file) if row["type"] == "bona_fide")
    rng = np.random.default_rng(0)
    others, cuts = [], []
    for name in track(names[::4], description="still", transient=True):
        photo = _framed(load(folder / "images" / name).pixels)
        later = [other for other in names if _frames_after(name, other) >= APART]
        if later:
            others.append((photo, _framed(load(folder / "images" / str(rng.choice(later))).pixels)))
        cut = _scaled(photo[40:-30, 30:-40], rng.uniform(0.7, 1.4))
        cuts.append((photo, _jpeg(cut, int(rng.integers(60, 92)))))
    table = Table(
        "one person, still, before a webcam", "pairs", "one exposure", "highest", "median", box=None
    )
    for name, pairs in (("pictures five seconds apart", others), ("a selfie cut out of the picture", cuts)):
        crops = [(_crop(a, DETAIL_SIDE), _crop(b, DETAIL_SIDE)) for a, b in pairs]
        likeness = [exposure_likeness(a, b) for a, b in crops if a is not None and b is not None]
        seen = str(sum(value >= SAME_EXPOSURE for value in likeness))
        table.add_row(name, str(len(likeness)), seen, f"{max(likeness):.3f}", f"{np.median(likeness):.3f}")
    console.print(table)


def _frames_after(name: str, other: str) -> int:
    """How many frames of one recording lie between two pictures; -1 where they are of different ones."""
    (recording, frame), (second, later) = (n.removesuffix(".jpg").rsplit("_", 1) for n in (name, other))
    return int(later) - int(frame) if recording == second else -1


def _framed(photo: Image) -> Image:
    """With a margin: the set's pictures are cut so tightly that faces are not found in them."""
    return np.asarray(cv2.copyMakeBorder(photo, 60, 60, 60, 60, cv2.BORDER_REPLICATE), np.uint8)


def _counted(crops: list[Pair]) -> list[str]:
    likeness = np.array([face_likeness(a, b) for a, b in crops])
    bits = np.array([_bits_apart(fingerprint(a), fingerprint(b)) for a, b in crops])
    seen = (len(crops), int((likeness >= SAME_FACE_PHOTO).sum()), int((bits <= SAME_PHOTO_BITS).sum()))
    return [*map(str, seen), f"{likeness.max():.3f}", str(bits.min())]


def _add(found: dict[str, list[Pair]], name: str, first: Image, second: Image) -> None:
    a, b = _crop(first), _crop(second)
    if a is not None and b is not None:
        found.setdefault(name, []).append((a, b))


def _crop(photo: Image, size: int = CROP) -> Image | None:
    faces = find_faces(photo)
    return aligned(photo, main_face(photo, faces), size) if faces else None


def _bits_apart(known: Fingerprint, seen: Fingerprint) -> int:
    first, *both = (np.frombuffer(bits, np.uint8) for bits in (known.bits, seen.bits, seen.mirrored))
    return min(int(np.bitwise_count(first ^ other).sum()) for other in both)


def _jpeg(photo: Image, quality: int) -> Image:
    _, encoded = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1])


def _scaled(photo: Image, factor: float) -> Image:
    return np.asarray(cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _cropped(photo: Image) -> Image:
    height, width = photo.shape[:2]
    return photo[int(height * 0.12) : int(height * 0.92), int(width * 0.12) : int(width * 0.9)]


def _turned(photo: Image) -> Image:
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 5, 1.05)
    turned = cv2.warpAffine(photo, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.clip(turned * 0.8, 0, 255).astype(np.uint8)


COPIES: dict[str, Callable[[Image], Image]] = {
    "JPEG 60": lambda photo: _jpeg(photo, 60),
    "55% of the size, JPEG 80": lambda photo: _jpeg(_scaled(photo, 0.55), 80),
    "mirrored, JPEG 80": lambda photo: _jpeg(photo[:, ::-1], 80),
    "cropped, JPEG 75": lambda photo: _jpeg(_cropped(photo), 75),
    "turned by 5 degrees and darker, JPEG 75": lambda photo: _jpeg(_turned(photo), 75),
}
