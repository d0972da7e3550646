"""Who is in a pose photo: the seller, and whether anybody else is."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from liveness.result import FaceCheck, PoseCheck
from liveness.sentences import say
from models.arrays import Floats, Image, Polygon
from models.face_analysis import Face, main_face

COMPANION = 0.75
"""A whole face at least this large against the seller's belongs to somebody in the pose."""
BYSTANDER = 0.65
"""A face smaller than this is behind the seller, or on a poster."""
CUT = 0.02
"""Share of a face's points beyond the photo's edge from which the frame cuts it: nobody poses half outside."""
LIKELY_FACE = 0.5
"""Presence (see models.face_analysis) that a second face must have: people far out of focus have less."""
LOWER_LIP = 57
"""Of the 68 landmarks (iBUG 300-W)."""


def faces_outside(faces: Sequence[Face], region: Polygon | None) -> tuple[Face, ...]:
    """Faces whose middle is not in the region, largest first."""
    return tuple(face for face in faces if region is None or not contains(region, centre(face)))


def covers_mouth(page: Polygon, face: Face) -> bool:
    """Does the page reach above the lower lip?"""
    return contains(page, face.landmarks[LOWER_LIP])


def single_person(image: Image, faces: Sequence[Face]) -> PoseCheck:
    """`faces` are those outside the newspaper, the seller's first."""
    if not faces:
        return PoseCheck("fail", say("no_face_beside_newspaper"))
    others = [f.size / faces[0].size for f in companions(image, faces)]
    if max(others, default=0.0) >= COMPANION:
        count = 1 + sum(o >= COMPANION for o in others)
        return PoseCheck("fail", say("people_in_photo", count=count))
    if others:
        return PoseCheck("unknown", say("smaller_face_behind"))
    return PoseCheck("pass", say("one_person_poses"))


def companions(image: Image, faces: Sequence[Face]) -> list[Face]:
    """Faces beside the first one that could as well be the seller's."""
    return [
        face
        for face in faces[1:]
        if face.size >= BYSTANDER * faces[0].size
        and face.mesh.presence >= LIKELY_FACE
        and _share_outside(image, face) <= CUT
    ]


def seller_first(image: Image, faces: Sequence[Face], face_check: FaceCheck | None) -> tuple[Face, ...]:
    """The faces with the seller's in front: the one that the photo is of, or the companion that the selfie shows.

    A photo with companions passes for nobody, but the right one of two people must not be refused as a stranger.
    """
    if not faces:
        return ()
    main = main_face(image, faces)
    rivals = companions(image, [main, *(face for face in faces if face is not main)])
    if rivals and face_check is not None:
        main = max((main, *rivals), key=lambda face: face_check(face).similarity)
    return (main, *(face for face in faces if face is not main))


def face_matches(faces: Sequence[Face], face_check: FaceCheck | None) -> PoseCheck:
    """The seller's face, the first one, against the selfie, by the caller's matcher."""
    if not faces:
        return PoseCheck("unknown", say("no_face_seen"))
    if face_check is None:
        return PoseCheck("unknown", say("no_selfie"))
    compared = face_check(faces[0])
    similarity = round(compared.similarity, 3)
    if compared.decision == "match":
        return PoseCheck("pass", say("face_is_selfies", similarity=similarity))
    if compared.decision == "review":
        return PoseCheck("unknown", say("face_may_be_selfies", similarity=similarity))
    return PoseCheck("fail", say("face_is_not_selfies", similarity=similarity))


def _share_outside(image: Image, face: Face) -> float:
    height, width = image.shape[:2]
    x, y = face.mesh.points[:, 0], face.mesh.points[:, 1]
    return float(((x < 1) | (y < 1) | (x > width - 2) | (y > height - 2)).mean())


def centre(face: Face) -> Floats:
    """Middle of the face's box, float32 (2,)."""
    return np.asarray((face.box[:2] + face.box[2:]) / 2, np.float32)


def box_polygon(face: Face) -> Polygon:
    """The face's box as a polygon."""
    x0, y0, x1, y1 = face.box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def contains(polygon: Polygon, point: Floats) -> bool:
    """Is the point (x, y) in the polygon, or on its edge?"""
    return cv2.pointPolygonTest(polygon, (float(point[0]), float(point[1])), False) >= 0
