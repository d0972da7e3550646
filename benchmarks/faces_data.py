"""Pairs of face photos, their templates, and portraits as a card would print them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from models.arrays import Image, Template
from models.face_analysis import find_faces, main_face
from verifier.image import load
from verifier.match import MatchPolicy, compare, portrait_of

Scores = NDArray[np.float64]

PRINTED = (72, 110)
"""Pixels of the portrait's face that a phone's photo of the card leaves, least and most."""


def read_pairs(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file with the columns image_a, image_b, same, and perhaps fold or group."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def templates(
    root: Path,
    images: Iterable[str],
    policy: MatchPolicy | None = None,
    change: Callable[[Image, str], Image] = lambda image, _: image,
) -> dict[str, Template | None]:
    """The template of the main face of each image, None where no face was found."""
    found = {}
    for name in track(sorted(set(images)), description="faces", transient=True):
        photo = change(load(root / name).pixels, name)
        faces = find_faces(photo)
        found[name] = portrait_of(photo, faces, policy).template if faces else None
    return found


def similarities(
    rows: list[dict[str, str]], first: dict[str, Template | None], second: dict[str, Template | None]
) -> Scores:
    """Similarity of each pair; -1 where a face was not found, so that it counts as a miss."""
    pairs = ((first[row["image_a"]], second[row["image_b"]]) for row in rows)
    return np.array([-1.0 if a is None or b is None else compare(a, b) for a, b in pairs])


def as_card_prints(photo: Image, name: str) -> Image:
    """The photo's portrait as a resident ID card prints it and a phone takes it again, seeded by its name.

    Small, pale, with the print's dots, the card's fine lines over it, the phone's blur, noise and JPEG.
    """
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big"))
    face = main_face(photo, faces) if (faces := find_faces(photo)) else None
    height = float(face.box[3] - face.box[1]) if face else photo.shape[0] / 2
    scale = rng.uniform(*PRINTED) / height
    small = cv2.resize(photo, None, fx=scale * 2, fy=scale * 2, interpolation=cv2.INTER_AREA).astype(
        np.float32
    )
    grey = small.mean(axis=2, keepdims=True)
    pale = grey + (small - grey) * rng.uniform(0.2, 0.6)
    pale = 128 + (pale - 128) * rng.uniform(0.6, 0.85) + rng.uniform(5, 35)
    rows, columns = np.mgrid[0 : pale.shape[0], 0 : pale.shape[1]]
    dots = np.sin((rows + columns) * 1.9) * np.sin((rows - columns) * 1.9)
    lines = np.sin(rows * 0.35 + 6 * np.sin(columns * 0.03 + rng.uniform(0, 6)))
    printed = pale + (dots * rng.uniform(4, 12) + lines * rng.uniform(1, 5))[..., None]
    blurred = cv2.GaussianBlur(printed, (0, 0), rng.uniform(1.2, 2.2))
    taken = cv2.resize(blurred, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    taken = taken * rng.uniform(0.75, 1.05) + rng.normal(0, rng.uniform(1, 4), taken.shape)
    _, jpeg = cv2.imencode(
        ".jpg", np.clip(taken, 0, 255).astype(np.uint8)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85]
    )
    return np.ascontiguousarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)[..., ::-1])
