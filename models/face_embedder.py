"""Face templates: two MobileFaceNets (Chen et al., arXiv 1804.07573), trained apart, fused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.arrays import Image, Template
from models.runtime import network

WEIGHT_512 = 0.5
"""Share of the 512-d network's cosine in the fused similarity; the 192-d network has the rest."""


def embed_crop(crop: Image) -> Template:
    """float32 (704,), unit length, of an aligned face (112, 112, 3).

    The dot product of two templates is the weighted mean of the two networks' cosine similarities. Each
    network sees the crop and its mirror image, which cancels part of the pose and the lighting.
    """
    both = np.stack([crop, crop[:, ::-1]]).astype(np.float32)
    (large,) = network("face_embedder_512").run((both - 127) / 128)
    (small,) = network("face_embedder_192").run((both - 127.5) / 128)
    return fuse(large, small)


def fuse(large: NDArray[np.float32], small: NDArray[np.float32]) -> Template:
    """One template of the outputs (n, 512) and (n, 192) for n views of the same face."""
    parts = [
        np.sqrt(WEIGHT_512) * _direction(large),
        np.sqrt(1 - WEIGHT_512) * _direction(small),
    ]
    return np.concatenate(parts).astype(np.float32)


def _direction(views: NDArray[np.float32]) -> NDArray[np.float32]:
    total = views.sum(axis=0)
    return np.asarray(total / np.linalg.norm(total))
