"""Short clips made from one portrait: a head that turns in depth, a photograph that is moved, a still, a loop."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from models.arrays import Image
from models.face_analysis import find_faces

RATE = 15
"""Frames a second."""


def swing(count: int, most: float) -> list[float]:
    """Degrees of each frame: ahead, to one side, back and a little to the other; no two the same."""
    t = np.linspace(0, 1, count)
    return [float(v) for v in most * np.sin(2 * np.pi * 0.7 * t) * (0.8 + 0.2 * t)]


def turning_head(portrait: Image, degrees: list[float]) -> list[Image]:
    """The head turned by so many degrees: an ellipsoid with a nose, which moves before what is behind it."""
    face = find_faces(portrait)[0]
    middle, half = face.landmarks.mean(axis=0), face.size
    y, x = np.mgrid[: portrait.shape[0], : portrait.shape[1]].astype(np.float32)
    across, down = (x - middle[0]) / (0.75 * half), (y - middle[1] + 0.2 * half) / half
    depth = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1)) * 0.6 * half
    nose = face.landmarks[30]
    depth += (
        0.25 * half * np.exp(-(((x - nose[0]) / (0.09 * half)) ** 2 + ((y - nose[1]) / (0.16 * half)) ** 2))
    )
    frames = []
    for i, angle in enumerate(degrees):
        shift = (depth * np.sin(np.radians(angle))).astype(np.float32)
        frames.append(_seen(cv2.remap(portrait, x - shift, y, cv2.INTER_LINEAR), i))
    return frames


def moved_photograph(portrait: Image, degrees: list[float]) -> list[Image]:
    """A print of the portrait, turned before the camera by so many degrees."""
    h, w = portrait.shape[:2]
    corners = np.array([[-w / 2, -h / 2], [w / 2, -h / 2], [w / 2, h / 2], [-w / 2, h / 2]])
    frames = []
    for i, angle in enumerate(degrees):
        c, s = np.cos(np.radians(3 * angle)), np.sin(np.radians(3 * angle))
        far = 2.5 * w + s * corners[:, 0]
        placed = corners * np.array([c, 1]) * (2.5 * w / far)[:, None] + (w / 2 + angle, h / 2)
        source = (corners + np.array([w, h]) / 2).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(source, placed.astype(np.float32))
        turned = cv2.warpPerspective(portrait, matrix, (w, h), borderValue=(90, 90, 96))
        frames.append(_seen(turned, i))
    return frames


def write_clip(path: Path, frames: list[Image], rate: int = RATE) -> Path:
    """A video file of the frames."""
    code = "VP80" if path.suffix == ".webm" else "mp4v"
    height, width = frames[0].shape[:2]
    out = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), rate, (width, height))
    for frame in frames:
        out.write(np.ascontiguousarray(frame[:, :, ::-1]))
    out.release()
    return path


def _seen(frame: Image, number: int) -> Image:
    """With a camera's noise, new in each frame."""
    noise = np.random.default_rng(number).normal(0, 2, frame.shape)
    return np.clip(frame + noise, 0, 255).astype(np.uint8)
