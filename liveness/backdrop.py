"""Lettering on the wall behind the seller, which is no part of the page that the seller holds."""

from __future__ import annotations

from collections.abc import Sequence

from liveness.page import Block, Page, of_blocks, rotation
from liveness.people import LOWER_LIP, contains, covers_mouth
from models.arrays import Floats
from models.face_analysis import Face

LIFE_SIZE = (4.0, 9.0)
"""Width of the print, in distances between the eyes (6.3 cm), with which a newspaper is held before the face among it:
25 to 57 cm. Faces that are printed on a page are smaller, those of a magazine's cover larger."""
RIVAL = 0.5
"""A face outside the print of this size against one within is the seller's, and the one within is printed."""
APART = 0.25
"""The wall's lettering ends this far above the page's first line at least, in distances between the eyes."""
LEAST_LINES = 3
"""Fewer lines below the chin are no page."""
CHIN, JAW = 8, slice(0, 17)
"""Of the 68 landmarks (iBUG 300-W)."""


def without_backdrop(page: Page, faces: Sequence[Face]) -> Page:
    """The page without what stands beside and above a face that is as near as the page is: print across a face is in
    front of it, print that stops at either side is behind."""
    for face in faces:
        if (
            covers_mouth(page.polygon, face)
            and _is_life_size(page, face)
            and not _has_rival(page, face, faces)
        ):
            return _below(page, face)
    return page


def _is_life_size(page: Page, face: Face) -> bool:
    width = max(b.right for b in page.blocks) - min(b.left for b in page.blocks)
    return LIFE_SIZE[0] < width / max(face.inter_eye_distance, 1e-6) < LIFE_SIZE[1]


def _has_rival(page: Page, face: Face, faces: Sequence[Face]) -> bool:
    return any(
        other.size > RIVAL * face.size and not contains(page.polygon, other.landmarks[LOWER_LIP])
        for other in faces
    )


def _below(page: Page, face: Face) -> Page:
    """What stands below the chin, where that is a page of its own and no print crosses the face."""
    points = (face.landmarks @ rotation(-page.angle).T).astype("float32")
    chin = float(points[CHIN, 1])
    behind = [b for b in page.blocks if b.y < chin]
    rest = [b for b in page.blocks if b.y >= chin]
    if len(rest) < max(LEAST_LINES, len(behind)) or any(_crosses(b, points) for b in behind):
        return page
    gap = min(b.y - b.height / 2 for b in rest) - max((b.y + b.height / 2 for b in behind), default=chin)
    return of_blocks(rest, page.angle) if behind and gap > APART * face.inter_eye_distance else page


def _crosses(block: Block, points: Floats) -> bool:
    """Does the line reach the middle half of the jaw?"""
    left, right = float(points[JAW, 0].min()), float(points[JAW, 0].max())
    inner = (right - left) / 4
    return block.left < right - inner and block.right > left + inner and block.y > float(points[27, 1])
