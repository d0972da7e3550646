"""The head turn: left, right or up, measured by the network and by the landmarks, which must agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liveness.challenges import Direction
from liveness.result import PoseCheck
from liveness.sentences import say
from models.arrays import Image
from models.face_analysis import Face
from models.head_pose import head_pose

TURNED = 14.0
"""Degrees to a side from which a head counts as turned."""
RAISED = 8.0
"""Degrees from which a chin counts as raised; an upright head measures about -8 (mean of 400 LFW photos)."""
NOSE_ASIDE = 0.12
"""The nose tip then stands this far from between the eyes, in distances between the eyes."""
NOSE_UP = 0.36
"""Height of the nose tip below the eyes, in distances from eyes to mouth; 0.50 for an upright head."""


@dataclass(frozen=True, slots=True)
class HeadTurn:
    """Where a head points."""

    yaw: float
    """Degrees, positive to the person's own left (in a photo that is not mirrored)."""
    pitch: float
    """Degrees, positive up."""
    nose_aside: float
    """The same as yaw, from landmarks; in distances between the eyes."""
    nose_height: float
    """The same as pitch, from landmarks: smaller when the chin is raised."""

    @property
    def direction(self) -> Direction | None:
        """The one direction in which both measures see the head turned; None where they see none."""
        if abs(self.yaw) >= TURNED and abs(self.nose_aside) >= NOSE_ASIDE and self.yaw * self.nose_aside > 0:
            return "left" if self.yaw > 0 else "right"
        return "up" if self.pitch >= RAISED and self.nose_height <= NOSE_UP else None


def measure_turn(image: Image, face: Face) -> HeadTurn:
    """The turn of one face of an upright photo (RGB)."""
    pose = head_pose(image, face.box)
    points = face.landmarks
    right_eye, left_eye = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    nose, mouth, eyes = points[30], points[48:].mean(axis=0), (right_eye + left_eye) / 2
    apart = max(float(np.linalg.norm(left_eye - right_eye)), 1e-6)
    across = (left_eye - right_eye) / apart
    down = np.array([-across[1], across[0]])
    height = float((nose - eyes) @ down) / max(float((mouth - eyes) @ down), 1e-6)
    return HeadTurn(pose.yaw, pose.pitch, float((nose - eyes) @ across) / apart, height)


def head_turned(turn: HeadTurn, asked: Direction) -> PoseCheck:
    """Was the head turned as asked? A head that looks ahead is unknown: the photo may have come too early."""
    if turn.direction is None:
        return PoseCheck("unknown", say("head_hardly_turned", yaw=round(turn.yaw, 1)))
    if turn.direction == asked:
        return PoseCheck("pass", say("head_is_turned", direction=say(asked)), turn.direction)
    said = say("head_turned_otherwise", direction=say(turn.direction), asked=say(asked))
    return PoseCheck("fail", said, turn.direction)
