"""`python -m benchmarks morphs`: how often a morph of two people matches both of them.

A morph is one photo that two people can use (Scherhag et al., 2019). Each person of LFW with two photos is blended
with the most similar other one, as an accomplice would be chosen: faces warped to their mean shape, mixed half and
half, put back into the first person's photo. The morph is compared with the *other* photo of each.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from models.arrays import Floats, Image, Template
from models.face_analysis import Face, find_faces, main_face
from verifier.calibration import calibration
from verifier.image import load
from verifier.match import compare, portrait_of

RATES = (1e-2, 1e-3, 1e-4)
console = Console()


@dataclass(frozen=True, eq=False)
class Person:
    """A photo with its face, and the templates of it and of another photo."""

    photo: Image
    face: Face
    template: Template
    other: Template


def morphs(
    data: Annotated[Path, typer.Option(help="folder with lfw", envvar="VERIFIER_DATA")] = Path(
        "../shared/data"
    ),
    people: Annotated[int, typer.Option(help="people to blend")] = 100,
) -> None:
    """Part of the morphs that match one, and both, of the people in them."""
    known = _people(data, people)
    alike = np.array([[compare(a.template, b.template) for b in known] for a in known])
    np.fill_diagonal(alike, -1)
    scores = []
    for number, person in enumerate(track(known, description="morphs", transient=True)):
        accomplice = known[int(alike[number].argmax())]
        blended = morph(person.photo, person.face, accomplice.photo, accomplice.face)
        if faces := find_faces(blended):
            template = portrait_of(blended, faces).template
            scores.append((compare(template, person.other), compare(template, accomplice.other)))
    found = np.array(scores)
    genuine = np.array([compare(p.template, p.other) for p in known])
    table = Table("false match rate", "genuine pairs match", "morphs match one", "both", box=None)
    for rate in RATES:
        least = calibration().threshold(rate)
        passed = found >= least
        cells = ((genuine >= least).mean(), passed.any(axis=1).mean(), passed.all(axis=1).mean())
        table.add_row(f"{rate:g}", *(f"{cell:.0%}" for cell in cells))
    console.print(table)
    console.print(
        f"{len(found)} morphs; median similarity to the first {np.median(found[:, 0]):.2f}, to the second "
        f"{np.median(found[:, 1]):.2f}; genuine pairs {np.median(genuine):.2f}"
    )


def morph(photo_a: Image, face_a: Face, photo_b: Image, face_b: Face) -> Image:
    """Both faces in one, in the place of the first: uint8, of the first photo's size."""
    mean = (face_a.mesh.points + _onto(face_b.mesh.points, face_a.mesh.points)) / 2
    triangles = _triangles(mean, photo_a.shape)
    first = _warped(photo_a, face_a.mesh.points, mean, triangles, photo_a)
    second = _warped(photo_b, face_b.mesh.points, mean, triangles, photo_a)
    hull = cv2.convexHull(mean.astype(np.int32))
    inside = cv2.fillConvexPoly(np.zeros(photo_a.shape[:2], np.float32), hull, 1.0)
    soft = cv2.GaussianBlur(inside, (0, 0), 0.03 * face_a.size)[..., None]
    tone = first[inside > 0].mean(axis=0) - second[inside > 0].mean(axis=0)
    mixed = (first.astype(np.float32) + second + tone) / 2
    return np.clip(soft * mixed + (1 - soft) * photo_a, 0, 255).astype(np.uint8)


def _onto(points: Floats, target: Floats) -> Floats:
    transform, _ = cv2.estimateAffinePartial2D(points, target, method=cv2.LMEDS)
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float32)


def _triangles(points: Floats, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """int (n, 3): which points make Delaunay's triangles."""
    plane = cv2.Subdiv2D((0, 0, shape[1], shape[0]))
    for x, y in np.clip(points, 0, [shape[1] - 1, shape[0] - 1]):
        plane.insert((float(x), float(y)))
    corners = np.array(plane.getTriangleList()).reshape(-1, 3, 2)
    distance = np.linalg.norm(corners[:, :, None] - points[None, None], axis=3)
    return np.asarray(distance.argmin(axis=2)[distance.min(axis=2).max(axis=1) < 1])


def _warped(
    image: Image, source: Floats, target: Floats, triangles: NDArray[np.intp], canvas: Image
) -> Image:
    """The image's face with its points moved to `target`, triangle by triangle, on a copy of the canvas."""
    result = canvas.copy()
    height, width = canvas.shape[:2]
    for triangle in triangles:
        to = target[triangle]
        x0, y0 = np.maximum(np.floor(to.min(axis=0)).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(to.max(axis=0)).astype(int) + 1, [width, height])
        if x1 <= x0 or y1 <= y0:
            continue
        transform = cv2.getAffineTransform(
            source[triangle].astype(np.float32), (to - [x0, y0]).astype(np.float32)
        )
        piece = cv2.warpAffine(
            image, transform, (int(x1 - x0), int(y1 - y0)), borderMode=cv2.BORDER_REPLICATE
        )
        mask = cv2.fillConvexPoly(
            np.zeros(piece.shape[:2], np.uint8), np.round(to - [x0, y0]).astype(np.int32), 1
        )
        result[y0:y1, x0:x1][mask > 0] = piece[mask > 0]
    return result


def _people(data: Path, count: int) -> list[Person]:
    photos: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((data / "lfw" / "images").glob("*/*.jpg")):
        photos[path.parent.name].append(path)
    several = [paths for paths in photos.values() if len(paths) > 1]
    found = []
    for paths in track(
        several[:: max(1, len(several) // count)][:count], description="people", transient=True
    ):
        (photo, faces), (other, others) = ((p := load(path).pixels, find_faces(p)) for path in paths[:2])
        if faces and others:
            template, second = portrait_of(photo, faces).template, portrait_of(other, others).template
            found.append(Person(photo, main_face(photo, faces), template, second))
    return found
