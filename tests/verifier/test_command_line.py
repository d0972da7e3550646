"""The commands as a user types them: stable JSON, stable exit codes, and for each bad input its own answer."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from benchmarks.demo import HOLDER, face_box
from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from benchmarks.generators.photography import photograph
from verifier.cli import app


def run(*arguments: object) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, JSON lines, stderr."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return result.exit_code, lines, result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """Photos of both sides of an ID card that bears the portrait of obama.jpg."""
    folder = tmp_path_factory.mktemp("photos")
    portrait = np.asarray(Image.open(samples / "obama.jpg").convert("RGB"))
    rng = np.random.default_rng(7)
    for name, card in (
        ("card", render_card_portrait(HOLDER, portrait, rng, face_box(portrait))),
        ("emblem", render_card_emblem(HOLDER, rng)),
    ):
        photo, _ = photograph(card, "easy", rng)
        cv2.imwrite(str(folder / f"{name}.jpg"), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    return folder


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> dict[str, Path]:
    """Files that are no usable photo, by the code of the error that each must give."""
    folder = tmp_path_factory.mktemp("bad")
    good = (samples / "obama.jpg").read_bytes()
    files = {
        "empty_file": b"",
        "not_an_image": b"a text that somebody named .jpg",
        "truncated": good[: len(good) // 3],
        "too_large": good + bytes(80_000_000),
    }
    paths = {code: folder / f"{code}.jpg" for code in files}
    for code, data in files.items():
        paths[code].write_bytes(data)
    paths["too_small"] = folder / "1x1.png"
    Image.new("RGB", (1, 1)).save(paths["too_small"])
    paths["animated"] = folder / "animated.gif"
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]
    frames[0].save(paths["animated"], save_all=True, append_images=frames[1:])
    paths["file_not_found"] = folder / "missing.jpg"
    return paths


def bomb(path: Path) -> Path:
    """A PNG of 30000 x 30000 pixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
    return path


def test_read_gives_a_line_for_each_image_in_order(folder: Path, bad: dict[str, Path]) -> None:
    """A batch of a thousand cards must not be lost to one bad upload."""
    code, lines, stderr = run("read", folder / "card.jpg", bad["truncated"], folder / "emblem.jpg", "--json")
    assert code == 0
    portrait, broken, emblem = lines
    assert {k: f["value"] for k, f in portrait["fields"].items()} == HOLDER.fields("portrait")
    assert broken == {"image": str(bad["truncated"]), "error": broken["error"]}
    assert broken["error"]["code"] == "truncated"
    assert str(bad["truncated"]) in stderr
    assert emblem["side"] == "emblem"
    assert {k: f["value"] for k, f in emblem["fields"].items()} == HOLDER.fields("emblem")


@pytest.mark.parametrize("command", [("read",), ("attack",), ("pose",)])
def test_each_bad_image_has_its_error(command: tuple[str, ...], bad: dict[str, Path], tmp_path: Path) -> None:
    files = {**bad, "too_large": bomb(tmp_path / "bomb.png")} if command == ("read",) else bad
    code, lines, stderr = run(*command, *files.values(), "--json")
    assert code == 2
    assert [line["error"]["code"] for line in lines] == list(files)
    for path in files.values():
        assert str(path) in stderr


def test_one_photo_of_both_sides_is_enough_for_a_check(folder: Path, samples: Path, tmp_path: Path) -> None:
    """Sellers photograph both sides of a card at once; they must not be asked for what was sent."""
    front, back = (Image.open(folder / f"{name}.jpg") for name in ("card", "emblem"))
    back = back.resize((front.width, round(back.height * front.width / back.width)))
    both = tmp_path / "both.jpg"
    Image.fromarray(np.vstack([front, back])).save(both, quality=92)
    day = HOLDER.fields("emblem")["valid_from"]
    code, (report,), _ = run(
        "check", "--card-portrait", both, "--selfie", samples / "obama2.jpg", "--date", day, "--json"
    )
    assert code == 0
    emblem = report["document"]["emblem"]["fields"]
    assert {k: f["value"] for k, f in emblem.items()} == HOLDER.fields("emblem")
    codes = {reason["code"] for reason in report["reasons"]}
    assert not codes & {"several_documents", "card_emblem_missing"}


def test_match_says_no_face_and_which_photo(folder: Path, samples: Path, tmp_path: Path) -> None:
    plain = tmp_path / "wall.png"
    Image.new("RGB", (400, 400), "grey").save(plain)
    code, lines, stderr = run("match", samples / "obama.jpg", plain, "--json")
    assert code == 2
    assert lines[0]["error"]["code"] == "no_face"
    assert str(plain) in stderr


def test_match_of_pairs(samples: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("image_a,image_b\nobama.jpg,obama2.jpg\nobama.jpg,biden.jpg\nobama.jpg,gone.jpg\n")
    code, lines, _ = run("match", "--pairs", pairs, "--root", samples, "--json")
    assert code == 0
    same, other, gone = lines
    assert (same["image_a"], same["image_b"], same["decision"]) == ("obama.jpg", "obama2.jpg", "match")
    assert other["decision"] == "no_match"
    assert other["false_match_rate"] > 0.1 > same["false_match_rate"]
    assert gone["error"]["code"] == "file_not_found"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("a,b\n1,2\n", "image_a"), ("", "image_a"), ("\xff\xfe", "bad_csv")],
)
def test_a_bad_list_names_what_is_wrong(tmp_path: Path, content: str, complaint: str) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_bytes(content.encode("latin-1"))
    code, _, stderr = run("match", "--pairs", pairs, "--json")
    assert code == 2
    assert complaint in stderr or str(pairs) in stderr


def test_odd_but_usable_images_are_used(folder: Path, samples: Path, tmp_path: Path) -> None:
    """A CMYK JPEG from a scanner and a 16-bit grey PNG are photos all the same."""
    with Image.open(folder / "card.jpg") as card:
        card.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    grey = np.asarray(Image.open(samples / "obama.jpg").convert("L"), np.uint16) * 257
    Image.fromarray(grey).save(tmp_path / "grey16.png")
    _, lines, _ = run("read", tmp_path / "cmyk.jpg", "--json")
    assert lines[0]["fields"]["id_number"]["value"] == HOLDER.id_number
    _, lines, _ = run("match", tmp_path / "grey16.png", samples / "obama2.jpg", "--json")
    assert lines[0]["decision"] == "match"


def reasons(*arguments: object) -> tuple[str, set[str]]:
    code, lines, stderr = run("check", *arguments, "--json")
    assert code == 0, stderr
    return lines[0]["outcome"], {reason["code"] for reason in lines[0]["reasons"]}


def test_wrong_captures_become_reasons(folder: Path, samples: Path, tmp_path: Path) -> None:
    """Sellers mix things up all day: each mix-up has its own word, none is an error."""
    card, emblem, selfie = folder / "card.jpg", folder / "emblem.jpg", samples / "obama2.jpg"

    outcome, codes = reasons("--card-portrait", emblem, "--selfie", selfie)
    assert outcome == "in_review"
    assert "document_wrong_side" in codes

    outcome, codes = reasons("--card-portrait", card, "--selfie", card)
    assert outcome == "declined"
    assert {"same_photo", "card_as_selfie"} <= codes

    plain = tmp_path / "wall.png"
    Image.new("RGB", (600, 400), "grey").save(plain)
    outcome, codes = reasons("--card-portrait", card, "--selfie", plain)
    assert outcome == "in_review"
    assert "selfie_without_face" in codes

    faces = [
        np.asarray(Image.open(samples / f"{n}.jpg").convert("RGB").resize((400, 500)))
        for n in ("obama", "biden")
    ]
    crowd = tmp_path / "crowd.png"
    Image.fromarray(np.hstack([faces[0], faces[1], faces[0]])).save(crowd)
    outcome, codes = reasons("--card-portrait", card, "--selfie", crowd)
    assert outcome == "in_review"
    assert "selfie_of_several_people" in codes

    outcome, codes = reasons("--card-portrait", plain, "--selfie", selfie)
    assert "document_unreadable" in codes


def test_a_bad_upload_ends_check_with_its_error(folder: Path, bad: dict[str, Path], samples: Path) -> None:
    for kind in ("--card-emblem", "--licence", "--pose"):
        code, lines, _ = run(
            "check", "--card-portrait", folder / "card.jpg", "--selfie", samples / "obama2.jpg",
            kind, bad["truncated"], "--json",
        )  # fmt: skip
        assert code == 2
        assert lines[0]["error"]["code"] == "truncated"
        assert lines[0]["image"] == str(bad["truncated"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--selfie", "selfie.jpg"), "captures_missing"),
        (("--card-portrait", "card.jpg"), "captures_missing"),
        (("--card-portrait", "card.jpg", "--selfie", "SELFIE", "--date", "2026-02-30"), "invalid_date"),
        (("--card-portrait", "card.jpg", "--selfie", "SELFIE", "--date", "yesterday"), "invalid_date"),
        (("--card-portrait", "card.jpg", "--selfie", "SELFIE", "--policy", "missing.toml"), "bad_policy"),
        (
            ("--card-portrait", "card.jpg", "--selfie", "SELFIE", "--pose", "SELFIE", "--challenge", "dance"),
            "unknown_challenge",
        ),
    ],
)
def test_wrong_arguments_say_so(
    folder: Path, samples: Path, arguments: tuple[str, ...], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    given = [str(samples / "obama2.jpg") if a == "SELFIE" else a for a in arguments]
    exit_code, lines, _ = run("check", *given, "--json")
    assert exit_code == 2
    assert lines[0]["error"]["code"] == code


def test_a_selfie_too_poor_to_compare_is_taken_again(folder: Path, samples: Path, tmp_path: Path) -> None:
    """Nobody is refused for a bad camera, and the seller learns what to do about it."""
    blurred = tmp_path / "blurred.png"
    cv2.imwrite(str(blurred), cv2.GaussianBlur(cv2.imread(str(samples / "biden.jpg")), (0, 0), 20))
    outcome, codes = reasons("--card-portrait", folder / "card.jpg", "--selfie", blurred)
    assert outcome == "in_review"
    assert "selfie_too_poor" in codes
    assert "face_mismatch" not in codes


def test_photos_of_one_pose_are_judged_together(samples: Path, tmp_path: Path) -> None:
    """A turn of the head takes two photos: one line answers for both, and one photo sent twice is no turn."""
    photos = (samples / "obama.jpg", samples / "obama.jpg")
    asked = ("--burst", "--challenge", "head_turn:left", "--json")
    code, lines, _ = run("pose", *photos, "--selfie", samples / "obama2.jpg", *asked)
    assert (code, len(lines)) == (0, 1)
    assert lines[0]["image"] == str(photos[0])
    assert lines[0]["checks"]["frames_move"]["outcome"] == "fail"
    assert lines[0]["checks"]["head_turned"]["outcome"] == "unknown"
    assert lines[0]["checks"]["face_matches"]["outcome"] == "pass"
    assert lines[0]["outcome"] == "review"


def test_time_passes_for_the_card(folder: Path, samples: Path) -> None:
    """--date stands for today: a card seen before it was issued is not valid yet."""
    shown = ("--card-portrait", folder / "card.jpg", "--card-emblem", folder / "emblem.jpg")
    _, codes = reasons(*shown, "--selfie", samples / "obama2.jpg", "--date", "2018-03-11")
    assert "document_not_yet_valid" in codes
    _, codes = reasons(*shown, "--selfie", samples / "obama2.jpg", "--date", "2126-11-24")
    assert not codes & {"document_not_yet_valid", "document_expired"}


def test_people_get_tables_and_a_report_page(folder: Path, samples: Path, tmp_path: Path) -> None:
    page = tmp_path / "reports" / "report.html"
    result = CliRunner().invoke(
        app,
        ["check", "--card-portrait", str(folder / "card.jpg"), "--selfie", str(samples / "obama2.jpg"),
         "--report", str(page)],
    )  # fmt: skip
    assert result.exit_code == 0
    assert "Outcome" in result.stdout
    html = page.read_text(encoding="utf-8")
    assert HOLDER.name in html
    assert html.count("data:image/jpeg;base64,") > 6
    assert re.search(r"score 0\.\d+ \(0 live, 1 attack\)", html)
    assert "http://" not in html
    assert "https://" not in html


def test_the_program_starts_and_knows_its_models() -> None:
    """As installed, in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    listed = subprocess.run(
        [sys.executable, "-m", "verifier.cli", "models", "list", "--json"],
        capture_output=True, text=True, check=True, timeout=60, env=env,
    )  # fmt: skip
    names = {json.loads(line)["name"] for line in listed.stdout.splitlines()}
    assert {"face_detector", "text_recognizer"} <= names
    code, _, _ = run("models", "check")
    assert code == 0
