"""From pairs of faces that are alike to groups of faces of one person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Pair(NamedTuple):
    """Two faces, by their place in the gallery, and their similarity."""

    first: int
    second: int
    similarity: float


def clusters(pairs: Iterable[Pair], templates: NDArray[np.float16], least_mean: float) -> list[list[int]]:
    """Groups of two faces and more, by the faces' places in `templates` (n, d).

    The most similar pairs first; two groups become one where the mean similarity between them is `least_mean` or
    more (average linkage): otherwise one unlucky pair would make one person of two crowds.
    """
    group_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    sums: dict[int, NDArray[np.float32]] = {}
    for pair in sorted(pairs, key=lambda each: -each.similarity):
        for face in pair[:2]:
            if face not in group_of:
                group_of[face], members[face] = face, [face]
                sums[face] = templates[face].astype(np.float32)
        small, large = sorted((group_of[pair.first], group_of[pair.second]), key=lambda g: len(members[g]))
        if small == large:
            continue
        mean = float(sums[small] @ sums[large]) / (len(members[small]) * len(members[large]))
        if mean >= least_mean:
            group_of.update(dict.fromkeys(members[small], large))
            members[large] += members.pop(small)
            sums[large] += sums.pop(small)
    return [faces for faces in members.values() if len(faces) > 1]
