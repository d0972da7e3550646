"""Labelled pairs of photos, from a list in a CSV file to similarities that a calibration can be made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.arrays import Template
from verifier.calibration_fit import LabelledPairs
from verifier.match import compare

Row = Mapping[str, str]

COLUMNS = ("image_a", "image_b", "same")
_LABELS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class LabelError(Exception):
    """A row of the list contradicts itself or another one. The message names the row."""

    code = "bad_label"


def images_of(rows: Sequence[Row]) -> list[str]:
    """The images that the rows name, each once, sorted."""
    return sorted({row[side] for row in rows for side in ("image_a", "image_b")})


def labels(rows: Sequence[Row]) -> list[bool]:
    """Which rows show one person: 1 or 0, true or false, yes or no. Raises LabelError for anything else."""
    for number, row in enumerate(rows, start=2):
        if (row["same"] or "").strip().lower() not in _LABELS:
            raise LabelError(f"line {number}: same is {row['same']!r}; write 1 for one person, 0 for two")
    return [_LABELS[row["same"].strip().lower()] for row in rows]


def people_of(rows: Sequence[Row]) -> dict[str, int]:
    """The number of the person whom each image shows: pairs of the same person link images to one.

    Raises LabelError where a pair of different people is linked by others.
    """
    images = images_of(rows)
    leader = dict(zip(images, images, strict=True))

    def first(image: str) -> str:
        while leader[image] != image:
            leader[image] = image = leader[leader[image]]
        return image

    same = labels(rows)
    for row, one in zip(rows, same, strict=True):
        if one:
            leader[first(row["image_a"])] = first(row["image_b"])
    for number, (row, one) in enumerate(zip(rows, same, strict=True), start=2):
        if not one and first(row["image_a"]) == first(row["image_b"]):
            raise LabelError(
                f"line {number}: {row['image_a']} and {row['image_b']} are labelled as two people, "
                "but other lines link them as one"
            )
    numbers = {image: number for number, image in enumerate(sorted({first(i) for i in images}))}
    return {image: numbers[first(image)] for image in images}


def labelled_pairs(rows: Sequence[Row], templates: Mapping[str, Template]) -> tuple[LabelledPairs, list[Row]]:
    """The pairs of which both images have a template, and their rows. Raises LabelError as `people_of`."""
    people = people_of(rows)
    used = [row for row in rows if row["image_a"] in templates and row["image_b"] in templates]
    sides = [(row["image_a"], row["image_b"]) for row in used]
    pairs = LabelledPairs(
        np.array([compare(templates[a], templates[b]) for a, b in sides], float),
        np.array(labels(used), bool),
        np.array([[people[a], people[b]] for a, b in sides], int).reshape(-1, 2),
    )
    return pairs, used
