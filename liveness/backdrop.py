"""Lettering on the wall behind the seller, which is no part of the page that the seller holds."""

from __future__ import annotations

from collections.abc import Sequence

from liveness.page import Block, Page, of_blocks, rotation
from liveness.people import LOWER_LIP, contains, covers_mouth
from models.arrays import Floats
from models.face_analysis import Face

LIFE_SIZE = (4.0, 9.0)
"""Width of the print below the chin, in distances between the eyes (6.3 cm), with which a newspaper is held by whom the
face is of: 25 to 57 cm. Faces that are printed on a page are smaller, those of a magazine's cover larger."""
RIVAL = 0.5
"""A face outside the print of this size against one within is the seller's, and the one within is printed."""
APART = 0.25
"""The wall's lettering over the page ends this far above its first line at least, in distances between the eyes."""
LIKE = 1.6
"""Lines of one column on the wall are this high at most against each other, and as far apart in their heights."""
LEAST_LINES = 3
"""Fewer lines below the chin are no page."""
CHIN, JAW = 8, slice(0, 17)
"""Of the 68 landmarks (iBUG 300-W)."""


def without_backdrop(page: Page, faces: Sequence[Face]) -> Page:
    """The page without what stands beside and above a face that is as near as the page is: print across a face is in
    front of it, print that stops at either side is behind."""
    for face in faces:
        if covers_mouth(page.polygon, face) and not _has_rival(page, face, faces):
            return _below(page, face)
    return page


def _is_life_size(blocks: Sequence[Block], face: Face) -> bool:
    width = max(b.right for b in blocks) - min(b.left for b in blocks)
    return LIFE_SIZE[0] < width / max(face.inter_eye_distance, 1e-6) < LIFE_SIZE[1]


def _has_rival(page: Page, face: Face, faces: Sequence[Face]) -> bool:
    return any(
        other.size > RIVAL * face.size and not contains(page.polygon, other.landmarks[LOWER_LIP])
        for other in faces
    )


def _below(page: Page, face: Face) -> Page:
    """What stands below the chin, where that is a page of its own and no print crosses the face."""
    points = (face.landmarks @ rotation(-page.angle).T).astype("float32")
    behind, rest = _parted(page, points)
    if len(rest) < LEAST_LINES or any(_crosses(b, points) for b in behind):
        return page
    apart = _gap(behind, rest) > APART * face.inter_eye_distance
    return of_blocks(rest, page.angle) if behind and apart and _is_life_size(rest, face) else page


def _parted(page: Page, points: Floats) -> tuple[list[Block], list[Block]]:
    """Lines above the chin, with those beside the jaw that go on below them as a poster's do; and all others."""
    chin, left, right = float(points[CHIN, 1]), float(points[JAW, 0].min()), float(points[JAW, 0].max())
    behind: list[Block] = []
    rest: list[Block] = []
    for block in page.blocks:
        beside = block.right < left or block.left > right
        on_wall = block.y < chin or (beside and any(_goes_on(above, block) for above in behind))
        (behind if on_wall else rest).append(block)
    return behind, rest


def _goes_on(above: Block, block: Block) -> bool:
    """Is the line the next one of a column in one type?"""
    alike = block.height / LIKE < above.height < LIKE * block.height
    near = block.y - above.y < LIKE * (block.height + above.height)
    return alike and near and block.left < above.right and block.right > above.left


def _gap(behind: Sequence[Block], page: Sequence[Block]) -> float:
    """From the lowest line over the middle half of the page to the page's first one."""
    left, right = min(b.left for b in page), max(b.right for b in page)
    inner = (right - left) / 4
    over = [b.y + b.height / 2 for b in behind if b.left < right - inner and b.right > left + inner]
    return min(b.y - b.height / 2 for b in page) - max(over, default=-float("inf"))


def _crosses(block: Block, points: Floats) -> bool:
    """Does the line reach the middle half of the jaw?"""
    left, right = float(points[JAW, 0].min()), float(points[JAW, 0].max())
    inner = (right - left) / 4
    return block.left < right - inner and block.right > left + inner and block.y > float(points[27, 1])
