"""Which pixels of a photo show the person, by network (MediaPipe's selfie segmentation)."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Floats, Image
from models.runtime import network

INPUT = 256


def person_mask(image: Image) -> Floats:
    """float32 (256, 256), 0 background to 1 person, for the whole photo stretched to that square."""
    small = cv2.resize(image, (INPUT, INPUT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(network("person_segmenter").run(small[None])[0].reshape(INPUT, INPUT), np.float32)
