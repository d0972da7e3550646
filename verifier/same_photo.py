"""Are two pictures the same photograph? Two photos of one person differ in every hair; a copy does not.

Copies are seen through cropping, scaling, recompression, mirroring and printing on a card: faces are compared
upright and finely aligned, by their structure of a few pixels, which lighting and print leave alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Image

SAME_FACE_PHOTO = 0.92
"""Likeness from which two aligned faces come from one photograph: other photos of the same person reach 0.89, copies
0.98, a simulated card print of the photo 0.92 in 98 of 100 (docs/accuracy.md)."""

SAME_EXPOSURE = 0.93
"""Likeness of finest detail from which two faces come from one exposure: of a still person's webcam pictures, at least
five seconds apart, the most alike have 0.928, cut, scaled and recompressed copies 0.944 (docs/accuracy.md)."""

SAME_CAPTURE = 0.97
"""Likeness from which two whole captures are copies of one photo."""

FINE, COARSE = 1.5, 6.0
"""Pixels (standard deviations of Gaussians) between which a picture's structure is compared."""

MARGIN = 14
"""Pixels of an aligned face's edge that are left out: background, and what the alignment pushed in."""

DETAIL_SIDE = 192
"""Pixels of an aligned face in which an exposure's own detail is compared."""
DETAIL_FINE, DETAIL_COARSE, DETAIL_SHAPE = 1.0, 2.5, 8.0
"""Pixels there: the band that is compared, and the coarser one that serves to align."""

THUMBNAIL = 64
FINGERPRINT_SIDE, FREQUENCIES, FACE_EDGE = 32, 16, 8


@dataclass(frozen=True)
class Fingerprint:
    """A face photo's perceptual hash, 32 bytes, and that of its mirror image: copies differ in few bits."""

    bits: bytes
    mirrored: bytes


def face_likeness(crop_a: Image, crop_b: Image) -> float:
    """How alike the pixels of two aligned faces (112, 112, 3) are, mirrored or not: 1 for the same photo, about 0.5
    for two photos of one person.

    Correlation of their band-passed brightness, after an affine alignment that maximises it (ECC; Evangelidis and
    Psarakis, 2008).
    """
    first = _structure(crop_a)
    return max(_aligned_correlation(first, _structure(crop)) for crop in (crop_b, crop_b[:, ::-1]))


def exposure_likeness(crop_a: Image, crop_b: Image) -> float:
    """How alike two aligned faces (192, 192, 3) are in their finest detail: 1 for one exposure, cut or scaled.

    Unlike `face_likeness` it tells two pictures of a person who sits still: noise and the smallest hairs differ.
    """
    transform = _alignment(_band(crop_a, FINE, DETAIL_SHAPE), _band(crop_b, FINE, DETAIL_SHAPE))
    if transform is not None:
        fully = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        crop_b = np.asarray(cv2.warpAffine(crop_b, transform, crop_b.shape[1::-1], flags=fully), np.uint8)
    edge = DETAIL_SIDE // 8
    first, second = (_band(crop, DETAIL_FINE, DETAIL_COARSE) for crop in (crop_a, crop_b))
    return _correlation(first[edge:-edge, edge:-edge], second[edge:-edge, edge:-edge])


def thumbnail(photo: Image) -> Image:
    """What `same_capture` compares of a photo: uint8 (64, 64, 3)."""
    return np.asarray(cv2.resize(photo, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA), np.uint8)


def same_capture(thumbnail_a: Image, thumbnail_b: Image) -> bool:
    """Are two whole photos copies of one, of whatever size and quality, mirrored or not?"""
    first, second = _structure(thumbnail_a), _structure(thumbnail_b)
    return max(_correlation(first, second), _correlation(first, second[:, ::-1])) >= SAME_CAPTURE


def fingerprint(crop: Image) -> Fingerprint:
    """Perceptual hashes of an aligned face (112, 112, 3): signs of its 256 lowest cosine frequencies (after pHash)."""
    return Fingerprint(_hash(crop), _hash(crop[:, ::-1]))


def _hash(crop: Image) -> bytes:
    grey = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2GRAY)[
        FACE_EDGE:-FACE_EDGE, FACE_EDGE:-FACE_EDGE
    ]
    small = cv2.resize(grey, (FINGERPRINT_SIDE, FINGERPRINT_SIDE), interpolation=cv2.INTER_AREA)
    lowest = cv2.dct(small.astype(np.float32))[:FREQUENCIES, :FREQUENCIES]
    lowest[0, 0] = 0  # brightness
    return np.packbits(lowest > np.median(lowest)).tobytes()


def _structure(picture: Image) -> Floats:
    return _band(picture, FINE, COARSE)


def _band(picture: Image, fine: float, coarse: float) -> Floats:
    """Brightness between two scales, with contrast made even: float32 (h, w)."""
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY).astype(np.float32)
    band = cv2.GaussianBlur(grey, (0, 0), fine) - cv2.GaussianBlur(grey, (0, 0), coarse)
    contrast = np.sqrt(cv2.GaussianBlur(band * band, (0, 0), COARSE))
    return np.asarray(band / (contrast + 2), np.float32)


def _aligned_correlation(first: Floats, second: Floats) -> float:
    found = _correlation(_middle(first), _middle(second))
    transform = _alignment(first, second)
    if transform is None:
        return found
    moved = cv2.warpAffine(
        second, transform, first.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return max(found, _correlation(_middle(first), _middle(np.asarray(moved, np.float32))))


def _alignment(first: Floats, second: Floats) -> Floats | None:
    """The affine map (2, 3) from the first to the second; None where they have nothing in common to align by."""
    transform = np.eye(2, 3, dtype=np.float32)
    everywhere = np.full(first.shape, 255, np.uint8)
    enough = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        cv2.findTransformECC(first, second, transform, cv2.MOTION_AFFINE, enough, everywhere, 5)
    except cv2.error:
        return None
    return transform


def _middle(structure: Floats) -> Floats:
    return structure[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Pearson's, -1 to 1; 0 where a picture is plain."""
    a, b = first - first.mean(), second - second.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / norm if norm > 1e-3 else 0.0
