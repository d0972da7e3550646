"""Face templates: two MobileFaceNets (Chen et al., arXiv 1804.07573), trained apart, fused.

The dot product of two templates is their similarity: the mean of the two networks' cosines, and an allowance for photos
in which faces are hard to recognise. Poor photos of one person look less alike than good ones, while strangers look no
more alike in poor photos; a score that knows how poor they are parts the two better (QMagFace, Terhoerst et al.,
arXiv 2111.13475, whose allowance is by the poorer photo; here it is a product, so that a search by dot product has it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Template
from models.runtime import network

REVISION = 3
"""Of all that makes a template beside the weights: which face is taken, alignment, contrast, fusion, allowance. It is
part of the version that stored templates bear: raise it with every change of these, and `verifier gallery reenrol`
makes templates of the photos anew, while those of another revision are compared with none of this one."""

WEIGHT_512 = 0.5
"""Share of the 512-d network's cosine in the fused similarity; the 192-d network has the rest."""

DARK, LIGHT = 15, 235
"""Brightness that a crop's darkest and lightest hundredth are stretched to: networks know no pale card prints."""

BATCH = 2
"""Crops in one run of either network."""

TYPICAL_512, TYPICAL_192 = 3.533, 70.37
"""Length of each network's output for a face of middling recognisability (medians of 3811 photos of LFW)."""


ALLOWED = 0.25
"""Allowance for two middling faces, and its loss where one of them is twice as recognisable: of 0 to 0.4 best on LFW's
folds 1 to 5 and among its East Asian people alike (docs/accuracy.md)."""

LEAST_RECOGNISABLE = 0.5
"""Recognisability under which a face is allowed no more: of 3811 photos of LFW none has less than 0.6."""


@dataclass(frozen=True)
class Embedding:
    """A face's `template`, float32 (705,), about unit length, and how recognisable the networks found the face.

    `recognisability` is the length of their outputs before it was made one, in typical lengths: 1 for a middling
    photo of LFW, 0.74 for the poorest in a hundred, less for sunglasses, profiles and blur (after MagFace, arXiv
    2103.06627, where this length is the unified quality score).
    """

    template: Template
    recognisability: float


def embed_crops(crops: NDArray[np.uint8], views: int = 1) -> list[Embedding]:
    """The embedding of each face of `crops` (n, 112, 112, 3), aligned.

    `views` crops in a row show the same face and give one template. The dot product of two templates is 1 for a
    middling photo and itself, 0.2 for two that have nothing in common.
    """
    stretched = np.stack([_stretched(crop) for crop in crops])
    whole = np.concatenate([stretched, stretched[len(crops) // BATCH * BATCH :]])
    large, small = [], []
    for start in range(0, len(crops), BATCH):
        batch = whole[start : start + BATCH]
        large.append(network("face_embedder_512").run((batch - 127) / 128)[0])
        small.append(network("face_embedder_192").run((batch - 127.5) / 128)[0])
    both = np.concatenate(large)[: len(crops)], np.concatenate(small)[: len(crops)]
    faces = range(0, len(crops), views)
    return [_fuse(*(outputs[face : face + views] for outputs in both)) for face in faces]


def _stretched(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 (112, 112, 3), whole numbers 0 to 255: with the contrast of a good photo."""
    pixels = crop.astype(np.float32)
    low, high = np.percentile(pixels[::2, ::2].mean(axis=2), [1, 99])
    scaled = (pixels - low) * ((LIGHT - DARK) / max(high - low, 1)) + DARK
    return np.asarray(np.floor(np.clip(scaled, 0, 255)), np.float32)


def _fuse(large: NDArray[np.float32], small: NDArray[np.float32]) -> Embedding:
    recognisability = (_length(large) / TYPICAL_512 + _length(small) / TYPICAL_192) / 2
    parts = [
        np.sqrt(WEIGHT_512) * _direction(large),
        np.sqrt(1 - WEIGHT_512) * _direction(small),
        [_allowance(recognisability)],
    ]
    template = np.concatenate(parts) / np.sqrt(1 + ALLOWED)
    return Embedding(template.astype(np.float32), recognisability)


def _allowance(recognisability: float) -> float:
    """A face's factor of a pair's allowance: sqrt(ALLOWED) for a middling face, more for a poorer one."""
    return float(np.sqrt(ALLOWED) * max(2 - max(recognisability, LEAST_RECOGNISABLE), 0))


def _length(views: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(views, axis=1).mean())


def _direction(views: NDArray[np.float32]) -> NDArray[np.float32]:
    unit = views / np.linalg.norm(views, axis=1, keepdims=True)
    total = unit.sum(axis=0)
    return np.asarray(total / np.linalg.norm(total))
