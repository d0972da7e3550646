"""Face templates: two MobileFaceNets (Chen et al., arXiv 1804.07573), trained apart, fused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.arrays import Template
from models.runtime import network

WEIGHT_512 = 0.5
"""Share of the 512-d network's cosine in the fused similarity; the 192-d network has the rest."""

BATCH = 2
"""Crops in one run of either network."""


def embed_crops(crops: NDArray[np.uint8], views: int = 1) -> list[Template]:
    """float32 (704,), unit length, for each face of `crops` (n, 112, 112, 3), aligned.

    `views` crops in a row show the same face and give one template. The dot product of two templates is the
    weighted mean of the two networks' cosine similarities.
    """
    whole = np.concatenate([crops, crops[len(crops) // BATCH * BATCH :]]).astype(np.float32)
    large, small = [], []
    for start in range(0, len(crops), BATCH):
        batch = whole[start : start + BATCH]
        large.append(network("face_embedder_512").run((batch - 127) / 128)[0])
        small.append(network("face_embedder_192").run((batch - 127.5) / 128)[0])
    both = np.concatenate(large)[: len(crops)], np.concatenate(small)[: len(crops)]
    faces = range(0, len(crops), views)
    return [_fuse(*(outputs[face : face + views] for outputs in both)) for face in faces]


def _fuse(large: NDArray[np.float32], small: NDArray[np.float32]) -> Template:
    parts = [np.sqrt(WEIGHT_512) * _direction(large), np.sqrt(1 - WEIGHT_512) * _direction(small)]
    return np.concatenate(parts).astype(np.float32)


def _direction(views: NDArray[np.float32]) -> NDArray[np.float32]:
    unit = views / np.linalg.norm(views, axis=1, keepdims=True)
    total = unit.sum(axis=0)
    return np.asarray(total / np.linalg.norm(total))
