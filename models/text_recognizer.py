"""Reads crops of single lines of text: the PP-OCRv6 recogniser (CTC over 18,708 characters and the space)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import cv2
import numpy as np

from models import side_by_side
from models.arrays import Floats, Image
from models.runtime import Network, network
from models.text_planes import put_planes

HEIGHT = 48
"""Height of the network's input in pixels."""
STEP = 8
"""Pixels of the network's input for each step of its output."""
MIN_WIDTH = 64
MAX_BATCH_PIXELS = 48 * 1600
"""Larger batches only push activations out of the cache."""
MAX_PADDING = 0.15
"""Share of a batch that may be padding: it costs as much time as text."""
ALTERNATIVES = 8
HARDLY_POSSIBLE = (1e-7, 1e-9, 0.0)
"""Most of a step's classes get less: sorting the few others, of the first of these that leaves enough, is faster than
partitioning all."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Character:
    """One character of a line."""

    text: str
    confidence: float
    """Probability that the network gives it, 0 to 1."""
    x: float
    """Centre along the line, 0 at its left end, 1 at its right end."""
    alternatives: tuple[tuple[str, float], ...]
    """The next best characters with their probabilities, best first."""


@dataclass(frozen=True)
class LineText:
    """What stands in one crop."""

    characters: tuple[Character, ...]

    @property
    def text(self) -> str:
        """The characters in a row."""
        return "".join(character.text for character in self.characters)

    @property
    def confidence(self) -> float:
        """Mean over the characters; 0 where there are none."""
        if not self.characters:
            return 0.0
        return sum(character.confidence for character in self.characters) / len(self.characters)


class TextRecognizer:
    """Reads upright crops of single lines."""

    def __init__(self, net: Network | None = None) -> None:
        self._network = net or network("text_recognizer")
        # CTC's blank comes first and the space last; the file lists what is between.
        self.characters = ("", *self._network.metadata["character"].split("\n"), " ")

    def recognise(self, crops: Sequence[Image]) -> tuple[LineText, ...]:
        """The text of each crop (RGB, any size, one line of text that fills it), in the order given."""
        return self._of_each(crops, lambda steps, crop: LineText(tuple(self._decoded(steps, crop))))

    def probabilities(self, crops: Sequence[Image]) -> tuple[Floats, ...]:
        """What the network gives for each crop: float32 (steps, classes), a step for STEP pixels at HEIGHT.

        Class 0 is CTC's blank; the others are `characters`, from 1 on.
        """
        return self._of_each(crops, lambda steps, _: steps)

    def _of_each(self, crops: Sequence[Image], made: Callable[[Floats, Image], Made]) -> tuple[Made, ...]:
        """What is made of each crop's steps, batch beside batch."""

        def of_batch(batch: list[int]) -> list[tuple[int, Made]]:
            output = self._network.run(_normalised([crops[i] for i in batch]))[0]
            return [(i, made(steps, crops[i])) for i, steps in zip(batch, output, strict=True)]

        batches = _batches([_network_width(crop) for crop in crops])
        found = dict(chain.from_iterable(side_by_side.each(of_batch, batches)))
        return tuple(found[i] for i in range(len(crops)))

    def _decoded(self, steps: Floats, crop: Image) -> Iterator[Character]:
        """Greedy CTC: a run of steps with the same best character is that character, once."""
        width = _network_width(crop)
        best = steps.argmax(axis=1)
        starts = np.flatnonzero(np.diff(best, prepend=-1))
        ends = np.append(starts[1:], len(best))
        for start, end in zip(starts, ends, strict=True):
            if best[start] == 0:
                continue
            peak = int(start + steps[start:end, best[start]].argmax())
            centre = ((start + end) / 2) * STEP / width
            yield self._character(steps[peak], min(float(centre), 1.0))

    def _character(self, probabilities: Floats, x: float) -> Character:
        for least in HARDLY_POSSIBLE:
            top = np.flatnonzero(probabilities > least)
            if len(top) >= ALTERNATIVES + 2:
                break
        best = top[np.argsort(-probabilities[top])][: ALTERNATIVES + 2]
        ranked = [i for i in best.tolist() if i != 0]
        first, *others = [(self.characters[i], float(probabilities[i])) for i in ranked[: ALTERNATIVES + 1]]
        return Character(first[0], first[1], x, tuple(others))


def _network_width(crop: Image) -> int:
    height, width = crop.shape[:2]
    return max(STEP, int(np.ceil(HEIGHT * width / height)))


def _normalised(crops: Sequence[Image]) -> Floats:
    """(n, 3, 48, width) BGR, -1 to 1; grey (0) to the right of each crop."""
    widths = [_network_width(crop) for crop in crops]
    blob = np.zeros((len(crops), 3, HEIGHT, _padded(max(widths))), np.float32)
    for crop, width, planes in zip(crops, widths, blob, strict=True):
        resized = cv2.resize(crop, (width, HEIGHT), interpolation=cv2.INTER_LINEAR)
        put_planes(resized.astype(np.uint8, copy=False), planes)
    return blob


def _padded(width: int) -> int:
    return max(MIN_WIDTH, -(-width // STEP) * STEP)


def _batches(widths: list[int]) -> Iterator[list[int]]:
    """Indices of crops of about the same width."""
    batch: list[int] = []
    for i in sorted(range(len(widths)), key=widths.__getitem__):
        padding = sum(widths[i] - widths[j] for j in batch)
        pixels = HEIGHT * widths[i] * (len(batch) + 1)
        if batch and (padding > MAX_PADDING * widths[i] * len(batch) or pixels > MAX_BATCH_PIXELS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
