"""One picture of a set of code poses: a person who holds a paper with a six-digit code."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.generators import dataset, pose_set, poses, props
from benchmarks.generators.dataset import Picture, points
from benchmarks.generators.newspaper import Page
from benchmarks.generators.poses import Portrayed

CODE_VARIANTS = ("genuine", "wrong_code", "no_code", "wrong_person")


def code_variant_of(number: int) -> str:
    """The variant of picture `number` in a mixed set: every other one genuine, the others in turn."""
    return "genuine" if number % 2 == 0 else CODE_VARIANTS[1 + number // 2 % (len(CODE_VARIANTS) - 1)]


def code_picture(
    rng: np.random.Generator, number: int, variant: str, level: str, faces: str | None, out: Path
) -> Picture:
    """Makes one pose and writes the selfie that belongs to it into `out`."""
    cast = pose_set.choose_cast(rng, faces, stranger=variant == "wrong_person")
    selfie = pose_set.write_selfie(cast, number, out)
    asked = _code(rng)
    written = _code(rng) if variant == "wrong_code" else asked
    page = None if variant == "no_code" else Page(props.code_on_paper(written, rng), "code", "")
    pose = poses.compose([Portrayed(cast.holder)], page, level, rng)
    truth = {
        "selfie": selfie,
        "challenge": f"code:{asked}",
        "variant": variant,
        "level": level,
        "person": cast.names[0],
        "selfie_person": cast.names[1],
        "written": None if page is None else written,
        "polygon": None if pose.sheet is None else points(pose.sheet.polygon()),
        "expected": {
            "code_agrees": {"wrong_code": "fail", "no_code": "fail"}.get(variant, "pass"),
            "face_matches": "fail" if variant == "wrong_person" else "pass",
            "outcome": "pass" if variant == "genuine" else "fail",
        },
    }
    return Picture(pose.pixels, truth, dataset.pose_quality(level, rng))


def _code(rng: np.random.Generator) -> str:
    return f"{int(rng.integers(0, 1_000_000)):06d}"
