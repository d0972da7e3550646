"""`python -m benchmarks backgrounds`: how often one room behind two people is seen, and how often two rooms are mixed up.

Rooms are drawn: walls with pictures, a shelf, a curtain; some rich, some nearly plain. Two people of LFW, cut out of
their photos, stand before each, photographed from other places, with other light and cameras.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.random import Generator
from rich.console import Console
from rich.progress import track
from rich.table import Table

from models.arrays import Image
from models.person_segmenter import person_mask
from verifier.background import Background, background, same_background
from verifier.image import load

ROOM = (900, 1200)
PHOTO = (960, 720)
RICHNESS = {"one picture": 1, "three pictures": 3, "six pictures, shelf, curtain": 6}

console = Console()


def backgrounds(
    data: Annotated[Path, typer.Option(help="folder with lfw", envvar="VERIFIER_DATA")] = Path(
        "../shared/data"
    ),
    rooms: Annotated[int, typer.Option(help="rooms of each richness")] = 20,
    strangers: Annotated[int, typer.Option(help="photos of different people, each compared with all")] = 200,
) -> None:
    """Rates at which same rooms are seen and different ones mixed up."""
    people = _people(data, max(strangers, 40))
    rng = np.random.default_rng(5)
    table = Table("two people before", "too plain", "seen as one room", box=None)
    different: list[Background] = []
    for name, pictures in RICHNESS.items():
        pairs = [
            _two_photos(draw_room(pictures, rng), people, rng)
            for _ in track(range(rooms), description=name, transient=True)
        ]
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        seen = sum(same_background(a, b) for a, b in known)
        table.add_row(f"one room: {name}", f"{rooms - len(known)} of {rooms}", f"{seen} of {len(known)}")
        different += [a for a, _ in known]
    table.add_row("different drawn rooms", "", _mixed_up(different))
    real = [background(person) for person in track(people[:strangers], description="people", transient=True)]
    kept = [b for b in real if b is not None]
    table.add_row(
        "real photos of different people", f"{len(real) - len(kept)} of {len(real)}", _mixed_up(kept)
    )
    console.print(table)


def draw_room(pictures: int, rng: Generator) -> Image:
    """A wall, uint8 (900, 1200, 3), with so many pictures; from four on, a shelf of books and a curtain too."""
    height, width = ROOM
    wall = np.full((height, width, 3), rng.integers(120, 235, 3), np.float32)
    wall += cv2.GaussianBlur(rng.normal(0, 60, (height, width, 1)).astype(np.float32), (0, 0), 2)[..., None]
    room = np.clip(wall, 0, 255).astype(np.uint8)
    for _ in range(pictures):
        h, w = rng.integers(120, 300, 2)
        y, x = rng.integers(0, height - h), rng.integers(0, width - w)
        room[y : y + h, x : x + w] = _picture(int(h), int(w), rng)
    if pictures >= 4:
        _shelf(room, rng)
        _curtain(room, rng)
    return room


def photograph_before(room: Image, person: Image, rng: Generator) -> Image:
    """The person before the room, from a place of its own: uint8 (960, 720, 3), with the camera's light and JPEG."""
    height, width = PHOTO
    scale = rng.uniform(0.95, 1.25) * height / ROOM[0]
    corners = np.array([[0, 0], [ROOM[1], 0], [ROOM[1], ROOM[0]], [0, ROOM[0]]], np.float32)
    shift = np.array([(width - ROOM[1] * scale) / 2 + rng.uniform(-90, 90), rng.uniform(-40, 0)])
    seen = corners * scale + shift + rng.uniform(-45, 45, (4, 2))
    view = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    photo = cv2.warpPerspective(room, view, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    side = int(rng.uniform(0.75, 0.95) * width)
    alpha = cv2.resize(person_mask(person), (side, side))[..., None]
    figure = cv2.resize(person, (side, side)).astype(np.float32)
    x = int(np.clip((width - side) / 2 + rng.uniform(-40, 40), 0, width - side))
    place = photo[height - side :, x : x + side]
    place[:] = alpha * figure + (1 - alpha) * place
    photo = photo * rng.uniform(0.7, 1.15) * rng.uniform(0.92, 1.08, 3) + rng.normal(0, 4, photo.shape)
    photo = cv2.GaussianBlur(np.clip(photo, 0, 255), (0, 0), rng.uniform(0.4, 1.2)).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 92))])
    return np.ascontiguousarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)[..., ::-1])


def _two_photos(
    room: Image, people: Sequence[Image], rng: Generator
) -> tuple[Background | None, Background | None]:
    first, second = rng.choice(len(people), 2, replace=False)
    a, b = (background(photograph_before(room, people[i], rng)) for i in (first, second))
    return a, b


def _mixed_up(all_different: Sequence[Background]) -> str:
    pairs = list(combinations(all_different, 2))
    return f"{sum(same_background(a, b) for a, b in track(pairs, transient=True))} of {len(pairs)}"


def _picture(height: int, width: int, rng: Generator) -> Image:
    """A framed picture of shapes and scribbles that no other has."""
    picture = np.full((height, width, 3), rng.integers(0, 255, 3), np.uint8)
    for _ in range(int(rng.integers(6, 16))):
        colour = tuple(int(v) for v in rng.integers(0, 255, 3))
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        size = int(rng.integers(6, 60))
        if rng.random() < 0.5:
            cv2.circle(picture, centre, size, colour, -1 if rng.random() < 0.7 else 3)
        else:
            points = np.array(centre) + rng.integers(-size, size, (int(rng.integers(3, 6)), 2))
            cv2.fillPoly(picture, [points.astype(np.int32)], colour)
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), tuple(int(v) for v in rng.integers(0, 120, 3)), 8)
    return picture


def _shelf(room: Image, rng: Generator) -> None:
    top, x = int(rng.integers(60, 500)), int(rng.integers(0, 150))
    for _ in range(int(rng.integers(8, 16))):
        w, h = int(rng.integers(12, 34)), int(rng.integers(80, 140))
        cv2.rectangle(
            room, (x, top + 140 - h), (x + w, top + 140), tuple(int(v) for v in rng.integers(0, 255, 3)), -1
        )
        x += w + 2
    cv2.rectangle(room, (0, top + 140), (x + 20, top + 152), (90, 60, 40), -1)


def _curtain(room: Image, rng: Generator) -> None:
    left = int(rng.integers(850, 1000))
    columns = np.arange(ROOM[1] - left)
    folds = 40 * np.sin(columns / rng.uniform(6, 14) + np.sin(columns / 23))
    colour = rng.integers(80, 200, 3)
    room[:, left:] = np.clip(colour + folds[:, None], 0, 255).astype(np.uint8)


def _people(data: Path, count: int) -> list[Image]:
    folders = sorted(path for path in (data / "lfw" / "images").iterdir() if path.is_dir())
    step = max(1, len(folders) // count)
    return [load(min(folder.glob("*.jpg"))).pixels for folder in folders[::step][:count]]
