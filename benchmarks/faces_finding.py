"""`python -m benchmarks faces finding`: which faces are found that are small, turned, covered or faintly printed.

Photos of LFW are changed in one way each. A face counts as found where the one that is taken lies where the person's
does, and as recognised where its template also matches that of the unchanged photo.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.backgrounds import draw_room
from benchmarks.faces_data import as_card_prints, read_pairs
from models.arrays import Floats, Image
from models.face_analysis import Face, find_faces, main_face
from models.face_geometry import apply
from models.person_segmenter import person_mask
from verifier.calibration import CaptureKind, calibration
from verifier.image import load
from verifier.match import compare, portrait_of

WIDTH, HEIGHT = 4000, 3000
"""Pixels of a phone's photo of 12 megapixels."""

RATE = 1e-3
"""False match rate of a match."""

OFF = 0.3
"""How far the centre of the landmarks may lie from the true one, in sizes of the face: those of 0.15 to 0.25 are
other views of one face's shape, a neighbour's face lies at 1 and more."""

console = Console()


@dataclass(frozen=True, eq=False)
class Subject:
    """A photo of LFW and the face that it is of."""

    name: str
    photo: Image
    face: Face


@dataclass(frozen=True, eq=False)
class Scene:
    """A changed photo, and the map float32 (2, 3) from the unchanged photo's pixels to its own."""

    photo: Image
    moved: Floats
    kind: CaptureKind = "photo"


Change = Callable[[Subject, Generator], Scene]
UNMOVED = np.eye(2, 3, dtype=np.float32)


def measure_finding(data: Path, photos: int) -> None:
    """Prints a table: of so many photos of different people, changed in each way, the found and the recognised."""
    subjects = _subjects(data, photos)
    table = Table("photo", "found", "recognised", "median seconds", box=None)
    for name, change in CHANGES.items():
        seen = [_look(subject, change) for subject in track(subjects, description=name, transient=True)]
        found, recognised, seconds = zip(*seen, strict=True)
        of = len(subjects)
        table.add_row(
            name, f"{sum(found)} of {of}", f"{sum(recognised)} of {of}", f"{np.median(seconds):.2f}"
        )
    console.print(table)
    empty = [find_faces(_room(np.random.default_rng(number))) for number in range(photos // 3)]
    console.print(f"faces in {len(empty)} photos of 12 megapixels that show none: {sum(map(len, empty))}")


def _subjects(data: Path, count: int) -> list[Subject]:
    names = {row["image_a"].split("/")[0]: row["image_a"] for row in read_pairs(data / "lfw" / "pairs.csv")}
    chosen = sorted(names.values())[:: max(1, len(names) // count)][:count]
    found = []
    for name in chosen:
        photo = load(data / "lfw" / "images" / name).pixels
        if faces := find_faces(photo):
            found.append(Subject(name, photo, main_face(photo, faces)))
    return found


def _look(subject: Subject, change: Change) -> tuple[bool, bool, float]:
    """Whether the changed photo's face is found, and recognised, and the seconds that the search took."""
    scene = change(subject, np.random.default_rng(len(subject.name)))
    started = time.perf_counter()
    faces = find_faces(scene.photo)
    seconds = time.perf_counter() - started
    if not faces:
        return False, False, seconds
    seen = main_face(scene.photo, faces)
    true = apply(scene.moved, subject.face.landmarks)
    if np.linalg.norm(seen.landmarks.mean(0) - true.mean(0)) > OFF * float(np.ptp(true, axis=0).max()):
        return False, False, seconds
    known, other = (
        portrait_of(photo, [face]).template
        for photo, face in ((subject.photo, subject.face), (scene.photo, seen))
    )
    return True, compare(known, other) >= calibration(scene.kind).threshold(RATE), seconds


def _unchanged(subject: Subject, _: Generator) -> Scene:
    return Scene(subject.photo, UNMOVED)


def _turned(degrees: float, subject: Subject, _: Generator) -> Scene:
    """Turned clockwise about the face's middle, the photo's edge repeated."""
    height, width = subject.photo.shape[:2]
    x, y = subject.face.landmarks.mean(0)
    turn = cv2.getRotationMatrix2D((float(x), float(y)), -degrees, 1).astype(np.float32)
    turned = cv2.warpAffine(
        subject.photo, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return Scene(np.asarray(turned, np.uint8), turn)


def _far(pixels: float, degrees: float, subject: Subject, rng: Generator) -> Scene:
    """The person somewhere in a room, the face so many pixels high: uint8 (3000, 4000, 3), with noise and JPEG."""
    room = _room(rng)
    height, width = subject.photo.shape[:2]
    scale = pixels / float(subject.face.box[3] - subject.face.box[1])
    to = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, scale)
    to[:, 2] += rng.uniform([0.2, 0.3], [0.8, 0.7]) * [WIDTH, HEIGHT] - [width / 2, height / 2]
    sized = cv2.GaussianBlur(subject.photo, (0, 0), max(0.5 * (1 / scale - 1), 0.01))  # before it is sampled
    figure = cv2.warpAffine(sized, to, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    mask = cv2.resize(person_mask(subject.photo), (width, height)) * _fading(height, width)
    alpha = cv2.warpAffine(mask, to, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)[..., None]
    mixed = (alpha * figure + (1 - alpha) * room).astype(np.float32)
    mixed += cv2.randn(np.empty_like(mixed), 0, 3)
    return Scene(_jpeg(np.clip(mixed, 0, 255).astype(np.uint8), 88), to.astype(np.float32))


def _covered(upper: float, lower: float, subject: Subject, rng: Generator) -> Scene:
    """A plain cloth over the face's part between two heights, 0 at the landmarks' top, 1 at the chin."""
    return Scene(_cloth(subject, (-0.1, 1.1), (upper, lower), rng), UNMOVED)


def _half_covered(subject: Subject, rng: Generator) -> Scene:
    """As if a hand or hair hid the image's left 40% of the face."""
    return Scene(_cloth(subject, (-0.1, 0.4), (-0.3, 1.1), rng), UNMOVED)


def _cloth(subject: Subject, across: tuple[float, float], down: tuple[float, float], rng: Generator) -> Image:
    low, high = subject.face.landmarks.min(0), subject.face.landmarks.max(0)
    (x0, y0), (x1, y1) = (low + np.array(at) * (high - low) for at in zip(across, down, strict=True))
    photo = subject.photo.copy()
    cv2.rectangle(
        photo, (int(x0), int(y0)), (int(x1), int(y1)), [int(v) for v in rng.integers(20, 230, 3)], -1
    )
    return photo


def _faint(contrast: float, subject: Subject, rng: Generator) -> Scene:
    """Printed so faintly that so much of the contrast is left, noise added."""
    pale = 200 + (subject.photo.astype(np.float32) - 200) * contrast + rng.normal(0, 2, subject.photo.shape)
    return Scene(np.clip(pale, 0, 255).astype(np.uint8), UNMOVED, "card")


def _card(subject: Subject, _: Generator) -> Scene:
    print_ = as_card_prints(subject.photo, subject.name)
    scale = print_.shape[0] / subject.photo.shape[0]
    return Scene(print_, UNMOVED * np.float32(scale), "card")


CHANGES: dict[str, Change] = {
    "unchanged": _unchanged,
    **{f"turned by {turn} degrees": partial(_turned, turn) for turn in (15, 30, 45, -45, 60, 90, 180)},
    **{f"{size} pixels high in 12 megapixels": partial(_far, size, 0) for size in (120, 60, 40)},
    "40 pixels high in 12 megapixels, turned by 45 degrees": partial(_far, 40, 45),
    "mouth and nose covered": partial(_covered, 0.5, 1.05),
    "eyes covered": partial(_covered, 0.05, 0.32),
    "one side covered": _half_covered,
    "faint print, contrast 0.25": partial(_faint, 0.25),
    "faint print, contrast 0.12": partial(_faint, 0.12),
    "simulated print on a card": _card,
}


def _room(rng: Generator) -> Image:
    return np.asarray(cv2.resize(draw_room(6, rng), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def _fading(height: int, width: int) -> Floats:
    """float32 (h, w): 1, and 0 at the edge, so that a cut-out person has no straight border."""
    inside = np.zeros((height, width), np.float32)
    edge = height // 16
    inside[edge:-edge, edge:-edge] = 1
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), edge / 2), np.float32)


def _jpeg(photo: Image, quality: int) -> Image:
    _, encoded = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1])
