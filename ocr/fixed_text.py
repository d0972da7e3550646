"""Reads printed lines whose alphabet, number of characters and even pitch are known, such as machine-readable zones.

A recogniser of free text miscounts long runs of one character and takes 0 for O. Here the probabilities that it
gives for each step along the line are searched (dynamic programming) for the likeliest text that has exactly the
right length, a steady pitch, and at each place a character which may stand there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats

FLOOR = 1e-4
"""Probability given to whatever the recogniser excludes: it may be wrong everywhere."""
UNEVEN = 12.0
"""Cost, in units of log probability, of a gap that is wrong by a whole pitch: squeezing a character in between two
others must cost more than one that the recogniser did not see."""
GAPS = (0.45, 1.6)
"""Least and largest gap between neighbours, in pitches: perspective narrows the far end of a line."""
LEFT_OUT = 2.0
"""Cost of a step before or after the text that is a character with certainty."""
FAR_TWIN = 0.1
"""Share of an excluded character's probability that goes to any but the first of its twins."""
SURE = 0.5
"""Steps that are a character with at least this probability say where the line begins and ends."""


@dataclass(frozen=True)
class FixedText:
    """A line read at a fixed length."""

    text: str
    score: float
    """Mean logarithm of the probability over the characters, less what is uneven; 0 is certain."""
    chances: tuple[Mapping[str, float], ...]
    """At each place the characters that may stand there, with their probabilities."""
    steps: tuple[int, ...]
    """The step at which each character was seen."""


def read_fixed(
    steps: Floats, alphabet: str, places: Sequence[str], twins: Sequence[str] = ()
) -> FixedText | None:
    """The likeliest text in which the character at each place is one of `places[i]`.

    twins: pairs of characters that look alike, the likeliest first; where only one of them may stand, the other is
    read as it.
    steps: (n, 1 + len(alphabet)) probabilities of no character and of each of the alphabet. None where there are
    fewer than two steps for a place, or no characters to be seen.
    """
    seen = np.flatnonzero(steps[:, 1:].sum(axis=1) > SURE)
    if len(steps) < 2 * len(places) or len(seen) < 2:
        return None
    allowed = np.array([[c in place for c in alphabet] for place in places])
    read_as = {place: _with_twins(steps, alphabet, place, twins) for place in set(places)}
    logs = {place: np.log(np.maximum(chances, FLOOR)) for place, chances in read_as.items()}
    best = np.stack([logs[place][:, may].max(axis=1) for place, may in zip(places, allowed, strict=True)])
    outside = -LEFT_OUT * steps[:, 1:].sum(axis=1)
    path, score = _path(best, outside, float(seen[-1] - seen[0]) / (len(places) - 1))
    chances = tuple(_chances(read_as[place], path, i, alphabet, allowed[i]) for i, place in enumerate(places))
    return FixedText(
        "".join(max(c, key=lambda k: c[k]) for c in chances), score / len(places), chances, tuple(path)
    )


def _with_twins(steps: Floats, alphabet: str, place: str, twins: Sequence[str]) -> Floats:
    """(n, len(alphabet)): the probabilities at such a place, those of a character that can't stand there its twin's."""
    chances = steps[:, 1:].copy()
    for b in (c for c in alphabet if c not in place):
        likely = [a for pair in twins if b in pair and (a := pair.replace(b, "")) in place]
        for rank, a in enumerate(likely):
            chances[:, alphabet.index(a)] += (FAR_TWIN if rank else 1.0) * steps[:, 1 + alphabet.index(b)]
    return np.minimum(chances, 1.0)


def _path(best: Floats, outside: Floats, pitch: float) -> tuple[list[int], float]:
    """The steps of the likeliest characters, in order, and the sum of their scores."""
    where = np.arange(best.shape[1])
    least, most = max(1, round(GAPS[0] * pitch)), max(2, round(GAPS[1] * pitch))
    gaps = np.arange(least, most + 1)
    cost = UNEVEN * ((gaps - pitch) / pitch) ** 2
    source = where - gaps[:, None]  # (gaps, steps)
    total = best[0] + np.concatenate([[0.0], np.cumsum(outside)[:-1]])
    came_from: list[NDArray[np.int_]] = []
    for scores in best[1:]:
        reached = np.where(source >= 0, total[np.maximum(source, 0)], -np.inf) - cost[:, None]
        choice = reached.argmax(axis=0)
        came_from.append(where - gaps[choice])
        total = scores + reached[choice, where]
    total = total + np.concatenate([np.cumsum(outside[::-1])[::-1][1:], [0.0]])
    steps = [int(total.argmax())]
    for previous in reversed(came_from):
        steps.append(int(previous[steps[-1]]))
    return steps[::-1], float(total.max())


def _chances(
    steps: Floats, path: Sequence[int], place: int, alphabet: str, may: NDArray[np.bool_]
) -> Mapping[str, float]:
    """The characters that may stand at a place: the most that the step there, or one beside it which is nearer
    to it than to the next character, gives them.
    """
    here = path[place]
    before = here - path[place - 1] if place else 3
    after = path[place + 1] - here if place + 1 < len(path) else 3
    left, right = here - (before > 2), here + (after > 2)
    chance = steps[max(left, 0) : right + 1].max(axis=0)
    return {c: max(float(chance[i]), FLOOR) for i, c in enumerate(alphabet) if may[i]}
