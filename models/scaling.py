"""Makes pictures smaller, soon."""

from __future__ import annotations

import threading

import cv2
import numpy as np

from models.arrays import Image


class Pyramid:
    """A picture and its halves, quarters and so on, each made when it is first asked for.

    Averaging four pixels costs a fifteenth of any other reduction, and what goes on from there is small. Safe to share
    between threads.
    """

    def __init__(self, image: Image) -> None:
        self._levels = [image]
        self._growing = threading.Lock()

    @property
    def image(self) -> Image:
        """The picture itself, RGB uint8 (h, w, 3)."""
        return self._levels[0]

    def halved(self, times: int) -> Image:
        """The picture with half the width and height, so many times; an odd last row or column falls away."""
        with self._growing:
            while len(self._levels) <= times:
                last = self._levels[-1]
                height, width = (side // 2 for side in last.shape[:2])
                even = last[: 2 * height, : 2 * width]
                half = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
                self._levels.append(half.astype(np.uint8, copy=False))
            return self._levels[times]


def halvings(reduction: float) -> int:
    """How often a picture can be halved when it is to be `reduction` times smaller."""
    return max(0, int(np.floor(np.log2(max(reduction, 1.0)))))


def shrunk(image: Image, scale: float) -> Image:
    """The picture at `scale` times its size, by areas. Halving first costs a fraction of doing it at once."""
    size = [max(1, round(scale * length)) for length in image.shape[1::-1]]
    small = cv2.resize(Pyramid(image).halved(halvings(1 / scale)), size, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)
