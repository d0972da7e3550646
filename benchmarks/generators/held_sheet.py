"""A sheet held up before a camera: turned in space, bent, folded, shaded."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.generators import camera
from benchmarks.generators.drawing import Pixels, corners

SAMPLES = np.linspace(0, 1, 257)


@dataclass(frozen=True)
class HeldSheet:
    """Where a sheet hangs in a photo.

    A point (u, v) of the sheet, both 0..1, is moved by the bend and then by a homography into the photo.

    Attributes:
        homography: (3, 3) from the unit square of the flat hanging sheet to the photo.
        sag: (257,) how far the sheet's points lie below their place, by u, in sheet heights.
        across: (257,) where they lie horizontally, by u; rising from 0 to 1.
        crease: v of a horizontal fold, or 0 for none.
    """

    homography: NDArray[np.float64]
    sag: NDArray[np.float64]
    across: NDArray[np.float64]
    crease: float

    def to_photo(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Photo coordinates (n, 2) of points (n, 2) of the sheet given as (u, v)."""
        u, v = points[:, 0], points[:, 1]
        bent = np.stack([np.interp(u, SAMPLES, self.across), v + np.interp(u, SAMPLES, self.sag)], -1)
        return np.asarray(cv2.perspectiveTransform(bent[None], self.homography)[0], np.float64)

    def polygon(self) -> NDArray[np.float64]:
        """The sheet's four corners in the photo, clockwise from its own top left."""
        return self.to_photo(corners((0, 0, 1, 1)))

    def draw(self, scene: Pixels, sheet: Pixels, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Draws the sheet into the scene with its shadow; gives its opacity (h, w) there, 0..255."""
        edge = np.linspace(0, 1, 33)
        rim = self.to_photo(
            np.concatenate([np.stack([edge, 0 * edge], -1), np.stack([edge, 0 * edge + 1], -1)])
        )
        wide = float(np.linalg.norm(self.polygon()[1] - self.polygon()[0]))
        x0, y0, x1, y1 = camera.window(rim, scene.shape, margin=0.05 * wide)
        shrink = min(1.0, 1.15 * wide / sheet.shape[1])
        small = cv2.resize(sheet, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        u, v = self._unbend((x0, y0, x1, y1))
        height, width = small.shape[:2]
        drawn = cv2.remap(
            small, u * width - 0.5, v * height - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        rise = np.gradient(self.sag, SAMPLES) * rng.uniform(0.6, 1.4)
        shade = (1 - np.interp(np.clip(u, 0, 1), SAMPLES, rise)) * 120
        if self.crease:
            fold = np.clip(1 - np.abs(v - self.crease) * 60, -1, 1)
            shade += np.where(v > self.crease, -7.0, 5.0) + np.clip(fold, 0, 1) * 10
        drawn = cv2.multiply(drawn, cv2.merge([np.clip(shade, 0, 255).astype(np.uint8)] * 3), scale=1 / 120)
        inside = np.minimum(np.minimum(u, 1 - u) * wide, np.minimum(v, 1 - v) * wide)
        opacity = (np.clip(inside + 0.5, 0, 1) * 255).astype(np.uint8)
        _lay_over(scene[y0:y1, x0:x1], drawn, opacity, 0.02 * wide)
        whole = np.zeros(scene.shape[:2], np.uint8)
        whole[y0:y1, x0:x1] = opacity
        return whole

    def _unbend(self, box: tuple[int, int, int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The (u, v) of every pixel of a window of the photo."""
        x0, y0, x1, y1 = box
        xs = np.arange(x0, x1, dtype=np.float32)[None]
        ys = np.arange(y0, y1, dtype=np.float32)[:, None]
        back = np.linalg.inv(self.homography).astype(np.float32)
        depth = back[2, 0] * xs + back[2, 1] * ys + back[2, 2]
        hung_x = (back[0, 0] * xs + back[0, 1] * ys + back[0, 2]) / depth
        hung_y = (back[1, 0] * xs + back[1, 1] * ys + back[1, 2]) / depth
        # a table with a fine step instead of np.interp on a million points
        table = np.interp(np.linspace(-0.5, 1.5, 4097), self.across, SAMPLES, left=-0.5, right=1.5)
        u = table.astype(np.float32)[np.clip((hung_x + 0.5) * 2048, 0, 4096).astype(np.int32)]
        drop = self.sag.astype(np.float32)[np.clip(u * 256, 0, 256).astype(np.int32)]
        return u, (hung_y - drop).astype(np.float32)


def _lay_over(patch: Pixels, drawn: Pixels, opacity: NDArray[np.uint8], fall: float) -> None:
    """Puts the sheet over the patch in place, with the shadow that it casts on what is behind."""
    small = cv2.resize(opacity, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    moved = cv2.warpAffine(small, np.array([(1.0, 0, fall / 8), (0, 1.0, fall / 4)]), small.shape[1::-1])
    soft = 255 - (cv2.GaussianBlur(moved, (0, 0), max(1.0, fall / 6)) * 0.5).astype(np.uint8)
    full = cv2.resize(soft, patch.shape[1::-1])
    cv2.multiply(patch, cv2.merge([full] * 3), dst=patch, scale=1 / 255)
    cv2.copyTo(drawn, cv2.compare(opacity, 255, cv2.CMP_EQ), patch)
    edge = (opacity > 0) & (opacity < 255)
    weight = opacity[edge][:, None] / 255.0
    patch[edge] = (patch[edge] * (1 - weight) + drawn[edge] * weight).astype(np.uint8)


def hang(
    rng: np.random.Generator,
    top_middle: tuple[float, float],
    width: float,
    aspect: float,
    tilt: float,
    bend: float,
) -> HeldSheet:
    """Hangs a sheet with the middle of its upper edge at a point of the photo.

    Args:
        width: width in pixels of the photo, before turning.
        aspect: height by width of the sheet.
        tilt: largest angle in degrees out of the plane; in the plane it turns by up to half of that.
        bend: largest sag as a share of the sheet's height.
    """
    yaw, pitch = np.radians(rng.uniform(-tilt, tilt, 2) * (1.0, 0.8))
    roll = np.radians(rng.uniform(-tilt, tilt) * 0.5)
    turn = cv2.Rodrigues(np.array([0, 0, roll]))[0] @ cv2.Rodrigues(np.array([pitch, yaw, 0.0]))[0]
    flat = np.array([(-0.5, 0, 0), (0.5, 0, 0), (0.5, aspect, 0), (-0.5, aspect, 0)])
    space = flat @ turn.T
    seen = space[:, :2] / (1 + space[:, 2:] / rng.uniform(2.2, 4.0)) * width + np.array(top_middle)
    unit = corners((0, 0, 1, 1)).astype(np.float32)
    homography = cv2.getPerspectiveTransform(unit, seen.astype(np.float32))
    wave = rng.uniform(-1, 1) * np.sin(np.pi * SAMPLES) + rng.uniform(-0.5, 0.5) * np.sin(2 * np.pi * SAMPLES)
    stretch = SAMPLES + rng.uniform(-0.05, 0.05) * bend * 10 * np.sin(2 * np.pi * SAMPLES) / (2 * np.pi)
    crease = rng.uniform(0.45, 0.55) if rng.random() < 0.6 else 0.0
    return HeldSheet(np.asarray(homography, np.float64), bend * wave, stretch, crease)
