"""Pictures as the text networks take them: planes of blue, green and red, from -1 to 1."""

from __future__ import annotations

import cv2

from models.arrays import Floats, Image

STEP = 1 / 127.5
"""What one level of a colour is there (value of PP-OCR's own pipeline)."""


def put_planes(image: Image, planes: Floats) -> None:
    """Writes the image into float32 (3, h, w or more); what is right of it stays as it is.

    Of a whole photo's look (608 x 448) `cv2.dnn.blobFromImage` takes four times as long.
    """
    width = image.shape[1]
    for plane, colour in zip(planes, reversed(cv2.split(image)), strict=True):
        plane[:, :width] = cv2.addWeighted(colour, STEP, colour, 0, -1, dtype=cv2.CV_32F)
