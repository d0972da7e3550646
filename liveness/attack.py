"""Presentation attacks: is a face live, or a photo of paper or of a screen?

A network, looking at the face and at what is around it, and the cues of liveness.attack_cues go into one
logistic regression, whose weights and threshold stand in attack_weights.toml with how they were made. The score
is evidence: it sends a photo to review and never rejects anybody. Deepfakes and injected camera streams are not
covered.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from liveness.attack_cues import measure_cues
from models.arrays import Floats, Image
from models.attack_detector import MINIFASNET_SCALE, minifasnet_attack
from models.face_analysis import Face

SIDE = 2.6
"""Side of the square that holds a face, in distances from eyes to mouth or from eye to eye, the larger of them."""
MIDDLE = 0.45
"""Where its middle lies on the way from the eyes to the mouth."""
CLIP = 3.0
"""Standard deviations at which a cue is cut: no single one may decide about a kind of photo never seen."""


@dataclass(frozen=True, slots=True)
class AttackResult:
    """How much a face looks like an attack."""

    attack_score: float
    """0 live to 1 attack."""
    outcome: Literal["pass", "review"]
    cues: dict[str, float]
    """What each measure adds to the score (its logit): positive speaks for an attack."""

    def as_json(self) -> dict[str, object]:
        """The form of the command's JSON."""
        return {"attack_score": round(self.attack_score, 4), "outcome": self.outcome}


@dataclass(frozen=True)
class AttackModel:
    """A logistic regression over named measures."""

    names: tuple[str, ...]
    mean: Floats
    deviation: Floats
    weight: Floats
    bias: float
    threshold: float
    """Scores from this on go to review."""

    def contributions(self, measures: dict[str, float]) -> Floats:
        """What each measure adds to the logit, float32 (n,)."""
        values = np.array([measures[name] for name in self.names], np.float32)
        return np.asarray(
            np.clip((values - self.mean) / self.deviation, -CLIP, CLIP) * self.weight, np.float32
        )


def attack_score(image: Image, face: Face | None, threshold: float | None = None) -> AttackResult:
    """The attack score of a photo's (RGB) face; without a face the whole photo is taken for one.

    `threshold` replaces the model's own.
    """
    model = attack_model()
    parts = model.contributions(attack_measures(image, face))
    score = float(1 / (1 + np.exp(-(parts.sum() + model.bias))))
    suspected = score >= (model.threshold if threshold is None else threshold)
    cues = {name: round(float(part), 3) for name, part in zip(model.names, parts, strict=True)}
    return AttackResult(score, "review" if suspected else "pass", cues)


def attack_measures(image: Image, face: Face | None) -> dict[str, float]:
    """Everything that is measured of a face, by name; the network's scores as logits."""
    height, width = image.shape[:2]
    box = np.array([0, 0, width, height], np.float32) if face is None else _square(face)
    around, face_alone = (_logit(minifasnet_attack(image, box, scale)) for scale in (MINIFASNET_SCALE, 1.0))
    return {"minifasnet": around, "minifasnet_face": face_alone} | measure_cues(image, box)


def _square(face: Face) -> Floats:
    """The square around a face, by eyes and mouth: detectors draw boxes of many sizes, which would shift each cue."""
    points = face.points
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    length = max(float(np.linalg.norm(mouth - eyes)), face.inter_eye_distance)
    middle, half = eyes + MIDDLE * (mouth - eyes), SIDE * length / 2
    return np.concatenate([middle - half, middle + half]).astype(np.float32)


@cache
def attack_model() -> AttackModel:
    """The model of attack_weights.toml."""
    table = tomllib.loads(Path(__file__).with_name("attack_weights.toml").read_text("utf-8"))
    names = tuple(table["measures"])
    mean, deviation, weight = (
        np.array([table["measures"][n][k] for n in names], np.float32)
        for k in ("mean", "deviation", "weight")
    )
    return AttackModel(names, mean, deviation, weight, table["bias"], table["threshold"])


def _logit(chance: float) -> float:
    chance = min(max(chance, 1e-3), 1 - 1e-3)
    return float(np.log(chance / (1 - chance)))
