"""A video in place of a selfie: what a live head does, and what a photograph can't."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.head_turn import HeadTurn
from liveness.video import Sighting, judge_clip, thumbnail_of, turned_over_time
from models.arrays import Image
from models.face_analysis import aligned, find_faces
from tests.liveness.clips import RATE, moved_photograph, swing, turning_head, write_clip
from tests.liveness.scenes import person
from verifier.clip import decode_clip, load_selfie
from verifier.image import ImageError, load

FRAMES = 16


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Image:
    """A face of 200 pixels, as a phone's front camera shows it."""
    picture = person(samples, "obama.jpg")[:900, 100:1000]
    return np.asarray(cv2.resize(picture, (420, 420), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def head(portrait: Image) -> list[Image]:
    """A head that turns."""
    return turning_head(portrait, swing(FRAMES, 18))


def outcomes(frames: list[Image], full: int = 7) -> dict[str, str]:
    """Of each check: all frames as thumbnails, some of them in full."""
    chosen = [frames[i] for i in np.linspace(0, len(frames) - 1, full).astype(int)]
    judged = judge_clip(chosen, np.stack([thumbnail_of(frame) for frame in frames]))
    return {name: check.outcome for name, check in judged.checks.items()}


def test_a_live_head_passes(head: list[Image]) -> None:
    """An honest seller turns the head a little."""
    found = outcomes(head)
    assert "fail" not in found.values(), found
    assert found["same_person"] == "pass"
    assert found["head_has_depth"] != "fail"


def test_a_moved_photograph_is_flat(portrait: Image) -> None:
    """A stolen portrait, printed and turned before the camera."""
    assert outcomes(moved_photograph(portrait, swing(FRAMES, 14)))["head_has_depth"] == "fail"


def test_a_still_is_frozen(portrait: Image) -> None:
    """One photo saved as a video."""
    assert outcomes([portrait] * FRAMES, 2)["frames_move"] == "fail"


def test_a_loop_is_seen(head: list[Image]) -> None:
    """A second of somebody's video, played forwards and backwards."""
    half = head[: FRAMES // 2]
    assert outcomes(half + half[::-1] + half, 2)["frames_unrepeated"] == "fail"
    assert outcomes(half * 3, 2)["frames_unrepeated"] == "fail"


def test_another_person_takes_the_place(samples: Path, portrait: Image) -> None:
    """The seller looks into the camera first, the impostor answers."""
    other = cv2.resize(person(samples, "biden.jpg")[:900, 100:1000], (420, 420), interpolation=cv2.INTER_AREA)
    frames = turning_head(portrait, swing(4, 8)) + turning_head(np.asarray(other, np.uint8), swing(4, 8))
    assert outcomes(frames, 4)["same_person"] == "fail"


def test_the_turn_must_be_made(portrait: Image) -> None:
    """A photo in profile is no turn; a turn to the other side is no answer."""
    face = find_faces(portrait)[0]
    one = Sighting(0, face, HeadTurn(0, -8, 0, 0.5), 1, 1, aligned(portrait, face))
    left = replace(one, turn=HeadTurn(25, -8, 0.3, 0.5))
    assert turned_over_time([one, one, left, left], "left").outcome == "pass"
    assert turned_over_time([one, one, left, left], "right").outcome == "fail"
    assert turned_over_time([left, left, left], "left").outcome == "unknown"
    assert turned_over_time([one, one, one], "left").outcome == "unknown"


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_file_becomes_a_selfie(tmp_path: Path, head: list[Image], suffix: str) -> None:
    """What phones and browsers record."""
    path = write_clip(tmp_path / f"selfie{suffix}", head)
    clip = decode_clip(path.read_bytes())
    assert len(clip.thumbnails) == FRAMES
    assert clip.frames[0].shape == head[0].shape
    assert np.abs(clip.frames[0].astype(int) - head[0]).mean() < 12
    assert clip.seconds == pytest.approx(FRAMES / RATE, abs=0.15)


def test_a_photo_is_still_a_photo(samples: Path) -> None:
    """Most sellers send one."""
    taken = load_selfie(samples / "obama.jpg")
    assert taken.clip is None
    assert taken.photo.sha256 == load(samples / "obama.jpg").sha256


def test_several_photos_are_a_burst(tmp_path: Path, head: list[Image]) -> None:
    """The best of them is compared, and a photo that is sent again and again is a still."""
    frames = [cv2.GaussianBlur(head[0], (0, 0), 4), head[0], cv2.GaussianBlur(head[3], (0, 0), 4)]
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, frame in zip(paths, frames, strict=True):
        cv2.imwrite(str(path), np.asarray(frame)[:, :, ::-1])
    taken = load_selfie(*paths)
    assert taken.clip
    assert taken.photo.sha256 == load(paths[1]).sha256
    assert taken.clip.checks["frames_move"].outcome == "pass"
    again = load_selfie(paths[1], paths[1])
    assert again.clip
    assert again.clip.checks["frames_move"].outcome == "fail"
    with pytest.raises(ImageError, match="10 photos"):
        load_selfie(*[paths[1]] * 11)


@pytest.mark.parametrize(
    ("frames", "code"), [(5, "clip_too_short"), (RATE * 11, "clip_too_long"), (0, "clip_unreadable")]
)
def test_bad_videos_have_their_own_errors(tmp_path: Path, portrait: Image, frames: int, code: str) -> None:
    """The seller is told what to send instead."""
    small = portrait[::8, ::8][:48, :48]
    path = write_clip(tmp_path / "clip.mp4", [small] * max(frames, 1))
    data = path.read_bytes()
    with pytest.raises(ImageError) as error:
        decode_clip(data if frames else data[:40])
    assert error.value.code == code


def test_a_video_of_another_kind_is_named(tmp_path: Path, portrait: Image) -> None:
    """A seller who is told that an AVI is a damaged photo takes the same video again."""
    path = write_clip(tmp_path / "clip.avi", [portrait[::8, ::8][:48, :48]] * RATE)
    with pytest.raises(ImageError, match="AVI") as error:
        load_selfie(path)
    assert error.value.code == "clip_unsupported"


def test_large_frames_are_made_smaller(tmp_path: Path, portrait: Image) -> None:
    """A few sellers who send 4K at once must not take the memory of a worker."""
    frame = cv2.resize(portrait, (2560, 320))
    clip = decode_clip(write_clip(tmp_path / "clip.mp4", [np.asarray(frame, np.uint8)] * RATE).read_bytes())
    assert clip.frames[0].shape == (240, 1920, 3)
    assert abs(float(clip.frames[0].mean()) - float(frame.mean())) < 8


def test_slow_motion_is_no_longer_than_its_seconds(tmp_path: Path, portrait: Image) -> None:
    """Three seconds at 240 frames a second were refused as too long."""
    small = portrait[::8, ::8][:48, :48]
    clip = decode_clip(write_clip(tmp_path / "clip.mp4", [small] * 720, rate=240).read_bytes())
    assert clip.seconds == pytest.approx(3, abs=0.1)
    assert len(clip.thumbnails) == pytest.approx(180, abs=2)


def test_a_damaged_video_is_an_error_and_no_noise(
    tmp_path: Path, portrait: Image, capfd: pytest.CaptureFixture[str]
) -> None:
    """A decoder's complaints on stderr, a line for each block, would bury the log and the command's own message."""
    data = write_clip(tmp_path / "clip.mp4", [portrait[::8, ::8][:48, :48]] * RATE).read_bytes()
    for damaged in (data[: len(data) // 2], b"\x1a\x45\xdf\xa3" + data[4:]):
        with pytest.raises(ImageError) as error:
            decode_clip(damaged)
        assert error.value.code == "clip_unreadable"
    assert capfd.readouterr().err == ""
