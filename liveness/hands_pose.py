"""Hands in a pose: raised fingers beside the face, and hands that hold the paper."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from liveness.challenges import Challenge
from liveness.fingers import count_fingers
from liveness.result import PoseCheck
from liveness.sentences import say
from models.arrays import Floats, Image, Polygon
from models.face_analysis import Face
from models.hands import Hand, find_hands

HAND_WINDOW = 3.5
"""Side of the square beside a face in which a raised hand is looked for, in sizes of the face."""
EDGE_WINDOW = 0.55
"""Side of the squares along a paper's edges, in its widths."""
GRIP = 0.08
"""A hand holds the paper where it comes this close to its edge, in its widths."""
SURE_HAND = 0.8


def raised_hands(image: Image, face: Face | None) -> tuple[Hand, ...]:
    """Hands with their fingers up, beside the face or, without a face, anywhere."""
    height, width = image.shape[:2]
    whole = np.array([0, 0, width, height], np.float32)
    return find_hands(image, [whole, *(_beside(face) if face else ())])


def _beside(face: Face) -> list[Floats]:
    """Squares to the left and to the right of a face."""
    half = HAND_WINDOW * face.size / 2
    y = float(face.box[1] + face.box[3]) / 2
    middles = (float(face.box[0]) - half, float(face.box[2]) + half)
    return [np.array([x - half, y - half, x + half, y + half], np.float32) for x in middles]


def fingers_raised(hands: Sequence[Hand], asked: Challenge) -> PoseCheck:
    """Does one of the hands raise as many fingers as were asked for?"""
    if not hands:
        return PoseCheck("unknown", say("no_hand"))
    counts = [count_fingers(hand) for hand in hands]
    if asked.fingers not in counts:
        said = say("fingers_differ", raised=counts[0], asked=str(asked.fingers))
        return PoseCheck("fail", said, str(counts[0]))
    raised = str(asked.fingers)
    if asked.hand and all(
        h.side != asked.hand for h, n in zip(hands, counts, strict=True) if str(n) == raised
    ):
        return PoseCheck("unknown", say("other_hand"), raised)
    return PoseCheck("pass", say("fingers_as_asked", raised=raised), raised)


def hands_near(image: Image, paper: Polygon) -> tuple[Hand, ...]:
    """Hands anywhere in the photo and along the edges of a paper."""
    height, width = image.shape[:2]
    across = float(np.linalg.norm(paper[1] - paper[0]))
    half = EDGE_WINDOW * across / 2
    left, right = (paper[0], paper[3]), (paper[1], paper[2])
    spots = [top + share * (bottom - top) for top, bottom in (left, right) for share in (0.25, 0.75)]
    edges = [np.concatenate([spot - half, spot + half]).astype(np.float32) for spot in spots]
    return find_hands(image, [np.array([0, 0, width, height], np.float32), *edges])


def held_by_hands(hands: Sequence[Hand], paper: Polygon) -> PoseCheck:
    """A hand at the paper's edge. Hands behind paper show little of themselves, so none found is unknown."""
    holding = [hand for hand in hands if _at_edge(hand, paper)]
    if holding:
        return PoseCheck("pass", say("hands_at_paper", count=len(holding)))
    free = [hand for hand in hands if hand.score >= SURE_HAND and not _inside(hand, paper)]
    if len(free) > 1:
        return PoseCheck("fail", say("hands_free"))
    if free:
        return PoseCheck("unknown", say("one_hand_free"))
    return PoseCheck("unknown", say("no_hand_at_paper"))


def _at_edge(hand: Hand, paper: Polygon) -> bool:
    """Landmarks near the paper's border: a hand that is printed on the page is not."""
    across = float(np.linalg.norm(paper[1] - paper[0]))
    inside = _depths(hand, paper)
    return bool((np.abs(inside) < GRIP * across).sum() >= 3 or (inside.min() < 0 < inside.max()))


def _inside(hand: Hand, paper: Polygon) -> bool:
    return bool((_depths(hand, paper) > 0).all())


def _depths(hand: Hand, paper: Polygon) -> Floats:
    """Pixels of each landmark from the border of the print, positive inside."""
    return np.array(
        [cv2.pointPolygonTest(paper, (float(x), float(y)), True) for x, y in hand.landmarks[:, :2]],
        np.float32,
    )
