"""Joins lines that the text detector broke into single characters, because they are set wide apart.

It does so with the citizen number and the titles of an ID card whose lines run steeply through the photo.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.arrays import Floats, Polygon

SQUARE = 1.7
"""Long side by short side of a single character's box, at most."""
ALIKE = 1.5
"""Sizes of neighbours differ by less."""
PITCH = (0.5, 2.2)
"""From one character to the next, in sizes of one."""
AWRY = 0.3
"""A character stands at most so much of a pitch from where those before it lead."""
LEAST = 5
"""Characters of a row: fewer stand in one by accident."""


def joined(lines: Sequence[Polygon]) -> list[Polygon]:
    """The lines (float32 (4, 2), pixels), rows of at least LEAST single characters as one line each."""
    single = [i for i, line in enumerate(lines) if _is_square(line)]
    rows = _rows(np.array([lines[i].mean(axis=0) for i in single]), [_size(lines[i]) for i in single])
    inside = {single[i] for row in rows for i in row}
    rest = [line for i, line in enumerate(lines) if i not in inside]
    return rest + [_around([lines[single[i]] for i in row]) for row in rows]


def _is_square(line: Polygon) -> bool:
    along, across = np.linalg.norm(line[1] - line[0]), np.linalg.norm(line[2] - line[1])
    return bool(max(along, across) < SQUARE * min(along, across))


def _size(line: Polygon) -> float:
    along, across = np.linalg.norm(line[1] - line[0]), np.linalg.norm(line[2] - line[1])
    return float(np.sqrt(along * across))


def _rows(centres: Floats, sizes: Sequence[float]) -> list[list[int]]:
    """Evenly set characters, in order; the longest row first, no character in two of them."""
    if len(centres) < LEAST:
        return []
    pairs = [
        (i, j) for i in range(len(centres)) for j in range(len(centres)) if _neighbours(i, j, centres, sizes)
    ]
    chains = sorted((_followed(pair, centres, sizes) for pair in pairs), key=len, reverse=True)
    rows: list[list[int]] = []
    for chain in chains:
        if len(chain) >= LEAST and not any(set(chain) & set(row) for row in rows):
            rows.append(chain)
    return rows


def _neighbours(i: int, j: int, centres: Floats, sizes: Sequence[float]) -> bool:
    larger, smaller = max(sizes[i], sizes[j]), min(sizes[i], sizes[j])
    apart = float(np.linalg.norm(centres[j] - centres[i]))
    return larger < ALIKE * smaller and PITCH[0] * larger < apart < PITCH[1] * larger


def _followed(pair: tuple[int, int], centres: Floats, sizes: Sequence[float]) -> list[int]:
    """The characters to which the step from the first of a pair to the second leads on."""
    chain = list(pair)
    while True:
        step = centres[chain[-1]] - centres[chain[-2]]
        off = np.linalg.norm(centres - centres[chain[-1]] - step, axis=1)
        nearest = int(off.argmin())
        fits = off[nearest] < AWRY * np.linalg.norm(step) and _neighbours(chain[-1], nearest, centres, sizes)
        if not fits or nearest in chain:
            return chain
        chain.append(nearest)


def _around(characters: Sequence[Polygon]) -> Polygon:
    """The box around the characters of a row, its first side along it, from the left, or from the top of a steep one."""
    start, end = characters[0].mean(axis=0), characters[-1].mean(axis=0)
    along = (end - start) / np.linalg.norm(end - start)
    if (along[1] if abs(along[1]) > abs(along[0]) else along[0]) < 0:
        start, end, along = end, start, -along
    reach = float(np.median([_size(character) for character in characters])) / 2
    down = np.array([-along[1], along[0]]) * reach
    start, end = start - along * reach, end + along * reach
    return np.array([start - down, end - down, end + down, start + down], np.float32)
