"""Calibrating on labelled pairs of one's own, as a user types it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from verifier.calibration import read_calibration
from verifier.cli import app
from verifier.labelled_pairs import LabelError, labelled_pairs, people_of

DATA = Path(os.environ.get("VERIFIER_DATA", "../shared/data")) / "lfw_east_asian"


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    result = CliRunner().invoke(app, ["calibrate", *(str(a) for a in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def pair(image_a: str, image_b: str, same: str) -> dict[str, str]:
    return {"image_a": image_a, "image_b": image_b, "same": same}


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_marketplace_calibrates_on_its_own_pairs(tmp_path: Path) -> None:
    """Rates hold for people like those they were measured on: every operator needs their own."""
    if not DATA.is_dir():
        pytest.skip(f"needs the photos in {DATA} (VERIFIER_DATA)")
    with (DATA / "images.csv").open(encoding="utf-8") as file:
        photos = [(row["image"], row["identity"]) for row in csv.DictReader(file)][:45]
    rows = [
        {**pair(a, b, str(int(one == other))), "group": one[0]}
        for i, (a, one) in enumerate(photos)
        for b, other in photos[i + 1 :]
    ]
    rows.append({**pair("gone.jpg", photos[0][0], "0"), "group": "?"})
    code, shown, complaint = run(
        "--pairs",
        write(tmp_path / "pairs.csv", rows),
        "--root",
        DATA / "images",
        "--out",
        tmp_path / "own.toml",
    )
    assert code == 0, complaint
    assert "990 of 991 pairs" in shown
    assert "gone.jpg" in complaint
    made = read_calibration(tmp_path / "own.toml")
    assert made.rate(0.1) > 0.1 > made.rate(0.6)
    weak, strong = made.likelihood_ratio(0.1), made.likelihood_ratio(0.7)
    assert weak is not None
    assert strong is not None
    assert weak.value < 0.1
    assert strong.value > 10
    assert strong.low <= strong.value <= strong.high


def test_pairs_of_the_same_person_say_who_is_who() -> None:
    """Whole people are resampled, so photos of one must count as one."""
    rows = [pair("a1", "a2", "1"), pair("a3", "a2", "yes"), pair("a1", "b1", "0"), pair("b1", "b2", "True")]
    people = people_of(rows)
    assert people["a1"] == people["a2"] == people["a3"] != people["b1"] == people["b2"]


def test_contradictions_are_named() -> None:
    """One wrong label among impostors would raise every threshold."""
    with pytest.raises(LabelError, match=r"line 4: a1 and a3"):
        people_of([pair("a1", "a2", "1"), pair("a2", "a3", "1"), pair("a1", "a3", "0")])
    with pytest.raises(LabelError, match=r"line 2: same is 'maybe'"):
        people_of([pair("a", "b", "maybe")])


def test_pairs_without_a_face_are_left_out() -> None:
    """A bad photo must not stop a calibration."""
    up, right = np.array([0, 1], np.float32), np.array([1, 0], np.float32)
    pairs, used = labelled_pairs([pair("a", "b", "0"), pair("a", "c", "1")], {"a": up, "b": right})
    assert len(used) == 1
    assert pairs.similarity.tolist() == [0]
    assert pairs.same.tolist() == [False]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("image_a,image_b\na,b\n", "same"),
        ("image_a,image_b,same\na,b,perhaps\n", "line 2"),
        ("image_a,image_b,same\nobama.jpg,biden.jpg,0\n", "too few"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(
    tmp_path: Path, samples: Path, content: str, complaint: str
) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(content)
    code, _, stderr = run("--pairs", pairs, "--root", samples)
    assert code == 2
    assert complaint in stderr
