"""Decodes a short video (MP4, WebM, QuickTime) that is sent in place of a photo, and takes the photo from it; or from a
burst, several photos taken one after another."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from liveness.video import ClipResult, judge_clip, thumbnail_of
from models.arrays import Floats
from models.arrays import Image as Pixels
from models.scaling import shrunk
from verifier.image import (
    MAX_BYTES,
    MAX_PIXELS,
    CaptureMetadata,
    ImageError,
    ImageErrorCode,
    Photo,
    decode,
    load,
    unsupported_clip,
)

MIN_SECONDS, MAX_SECONDS = 0.8, 10.0
"""Of less there is nothing to see move, of more nobody was asked for."""
MIN_FRAMES, MAX_FRAMES = 8, 600
RATE = 60.0
"""Frames a second that are looked at, at most: between those of a slow motion little changes."""
MAX_RATE = 240.0
"""Frames a second that cameras record, at most: more would hold a worker for long."""
KEPT = 10
"""Frames that are kept in full, and photos of a burst; of a video all frames are kept as thumbnails."""
MAX_FRAME_SIDE = 1920
"""Larger frames are made smaller as they are decoded: twenty of them in full, of 4K, take half a gigabyte."""
_VIDEO_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"qt  ",
    b"M4V ",
    b"3gp4",
    b"3gp5",
)
_WEBM = b"\x1a\x45\xdf\xa3"

# A damaged video is an ImageError; what FFmpeg (which reads its level before the first video) and OpenCV would print of
# it, a line for each block, is nobody's.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


@dataclass(frozen=True, eq=False)
class Clip:
    """A decoded video: some frames, RGB uint8 (h, w, 3), evenly spread; thumbnails of all of them, float32
    (n, side, side)."""

    name: str
    frames: tuple[Pixels, ...]
    thumbnails: Floats
    seconds: float
    sha256: str
    format: str


@dataclass(frozen=True, eq=False)
class Selfie:
    """A selfie or pose, and what the video or burst showed that it was taken from; None where one photo was sent."""

    photo: Photo
    clip: ClipResult | None = None


def is_clip(data: bytes) -> bool:
    """Does the file begin as a video does?"""
    return data.startswith(_WEBM) or (data[4:8] == b"ftyp" and data[8:12] in _VIDEO_BRANDS)


def load_selfie(*paths: Path | str) -> Selfie:
    """A photo, the best frame of a video, or the best of several photos in order of time. Raises ImageError."""
    if len(paths) > 1:
        return burst([load(path) for path in paths])
    path = Path(paths[0])
    with_head = path.is_file() and is_clip(path.open("rb").read(16))
    return selfie_of(_bytes(path), name=str(path)) if with_head else Selfie(load(path))


def selfie_of(*files: bytes, name: str = "selfie") -> Selfie:
    """As `load_selfie`, of files' bytes."""
    if len(files) > 1:
        return burst([decode(data, name) for data in files])
    (data,) = files
    if not is_clip(data):
        return Selfie(decode(data, name))
    clip = decode_clip(data, name)
    judged = judge_clip(clip.frames, clip.thumbnails)
    best = clip.frames[judged.best]
    metadata = CaptureMetadata(clip.format, best.shape[1], best.shape[0])
    return Selfie(Photo(name, best, clip.sha256, metadata), judged)


def burst(photos: Sequence[Photo]) -> Selfie:
    """The best of several photos taken one after another, judged as a video's frames. Raises ImageError clip_too_long."""
    if len(photos) > KEPT:
        cause = f"a burst may have {KEPT} photos at most"
        raise ImageError(ImageErrorCode.CLIP_TOO_LONG, photos[0].name, cause)
    frames = [photo.pixels for photo in photos]
    judged = judge_clip(frames, np.stack([thumbnail_of(frame) for frame in frames]))
    return Selfie(photos[judged.best], judged)


def decode_clip(data: bytes, name: str = "clip") -> Clip:
    """Decodes a video's bytes, turned upright as its header says, frames of MAX_FRAME_SIDE at most. Raises ImageError:
    clip_unreadable, clip_unsupported, clip_too_short, clip_too_long, too_large."""
    if len(data) > MAX_BYTES:
        raise ImageError(ImageErrorCode.TOO_LARGE, name, f"a video may have {MAX_BYTES / 1e6:.0f} MB at most")
    frames, thumbnails, seconds = _frames(data, name)
    _check_length(len(thumbnails), seconds, name)
    format_ = "WEBM" if data.startswith(_WEBM) else "MP4"
    return Clip(name, tuple(frames), np.stack(thumbnails), seconds, hashlib.sha256(data).hexdigest(), format_)


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise ImageError(
            ImageErrorCode.TOO_LARGE, str(path), f"a video may have {MAX_BYTES / 1e6:.0f} MB at most"
        )
    return path.read_bytes()


def _frames(data: bytes, name: str) -> tuple[list[Pixels], list[Floats], float]:
    """Frames that are kept, thumbnails of all, and the last one's time. A recorder's header may hold no length, so
    each time that too many are kept every other one goes."""
    stream = cast(Any, io.BytesIO(data))  # must outlive the capture, which does not hold it
    video = cv2.VideoCapture(stream, cv2.CAP_FFMPEG, [])
    try:
        if video.get(cv2.CAP_PROP_FRAME_WIDTH) * video.get(cv2.CAP_PROP_FRAME_HEIGHT) > MAX_PIXELS / 8:
            raise ImageError(
                ImageErrorCode.TOO_LARGE, name, "a video's frames may have 12 megapixels at most"
            )
        kept: list[Pixels] = []
        thumbnails: list[Floats] = []
        every, seconds, looked_at = 1, 0.0, -1.0
        for _ in range(round(MAX_RATE * MAX_SECONDS) + 1):
            if len(thumbnails) == MAX_FRAMES or seconds > MAX_SECONDS or not video.grab():
                break
            seconds = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if seconds - looked_at < 0.9 / RATE:
                continue
            more, frame = video.retrieve()
            if not more:
                break
            looked_at = seconds
            scale = min(1.0, MAX_FRAME_SIDE / max(frame.shape[:2]))
            small = shrunk(frame.astype(np.uint8, copy=False), scale)
            rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
            if len(thumbnails) % every == 0:
                kept.append(rgb)
            thumbnails.append(thumbnail_of(rgb))
            if len(kept) > 2 * KEPT:
                kept, every = kept[::2], 2 * every
        if not thumbnails and _codec(video) == "AV01":
            raise unsupported_clip(name, "AV1")
        return kept, thumbnails, seconds
    finally:
        video.release()


def _codec(video: cv2.VideoCapture) -> str:
    """The codec's four characters; empty where the container could not be read."""
    code = int(video.get(cv2.CAP_PROP_FOURCC))
    return code.to_bytes(4, "little").decode("ascii", "replace").upper() if code > 0 else ""


def _check_length(frames: int, seconds: float, name: str) -> None:
    if not frames:
        raise ImageError(ImageErrorCode.CLIP_UNREADABLE, name, "the video can't be read; send MP4 or WebM")
    if frames < MIN_FRAMES or seconds < MIN_SECONDS:
        raise ImageError(ImageErrorCode.CLIP_TOO_SHORT, name, "the video is too short; send 1 to 5 seconds")
    if seconds > MAX_SECONDS or frames >= MAX_FRAMES:
        raise ImageError(ImageErrorCode.CLIP_TOO_LONG, name, "the video is too long; send 1 to 5 seconds")
