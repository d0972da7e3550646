"""Reliability of confidences: curves fitted to answers, and the diagram that shows what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.ocr_scores import Answer
from ocr.calibration import logit, sigmoid

EDGES = (0.0, 0.5, 0.8, 0.9, 0.97, 1.0)
"""Bins of confidence: most answers are sure, so the upper ones are narrow."""
STIFFNESS = 2.0
"""How strongly a curve keeps to the reader's own confidence where few answers speak against it: the weight of a
normal prior of this precision on slope (around 1) and offset (around 0)."""


def fitted(given: Sequence[Answer]) -> tuple[float, float]:
    """Slope and offset of the logistic curve from the reader's log odds to the truth (Platt's method, Newton steps)."""
    x = np.array([logit(a.confidence) for a in given])
    right = np.array([a.right for a in given], float)
    weights, prior = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    design = np.column_stack([x, np.ones_like(x)])
    for _ in range(200):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (chance - right) + STIFFNESS * (weights - prior)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + STIFFNESS * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step / max(1.0, 4 * float(np.abs(step).max()))  # a whole step may overshoot
    return float(weights[0]), float(weights[1])


def recalibrated(answer: Answer, curve: tuple[float, float]) -> float:
    """The answer's confidence under a curve."""
    return sigmoid(curve[0] * logit(answer.confidence) + curve[1])


def bins(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Mean confidence, share of right answers and number of answers for each bin that has any."""
    places = np.clip(np.digitize(confidences, EDGES) - 1, 0, len(EDGES) - 2)
    return [
        (float(confidences[places == i].mean()), float(right[places == i].mean()), int((places == i).sum()))
        for i in range(len(EDGES) - 1)
        if (places == i).any()
    ]


def draw_reliability(curves: dict[str, list[tuple[float, float, int]]], path: Path) -> None:
    """Writes a reliability diagram as SVG: what share of answers was right against how sure the reader was."""
    size, edge = 420, 50

    def place(x: float, y: float) -> str:
        return f"{edge + x * (size - edge - 20):.1f},{size - edge - y * (size - edge - 20):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size + 150}" height="{size}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>',
        f'<polyline fill="none" stroke="#999" stroke-dasharray="4" points="{place(0, 0)} {place(1, 1)}"/>',
    ]
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x, y), (left, height) = (place(*p).split(",") for p in ((value, 0), (0, value)))
        parts += [
            f'<text x="{x}" y="{float(y) + 18:.1f}" text-anchor="middle">{value:g}</text>',
            f'<text x="{float(left) - 8:.1f}" y="{float(height) + 4:.1f}" text-anchor="end">{value:g}</text>',
        ]
    for row, (name, points) in enumerate(curves.items()):
        colour = ("#1463b8", "#c2410c", "#15803d")[row % 3]
        line = " ".join(place(x, y) for x, y, _ in points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{line}"/>')
        for x, y, count in points:
            cx, cy = place(x, y).split(",")
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="{2 + min(6, count**0.33):.1f}" fill="{colour}"/>')
        parts.append(f'<text x="{size}" y="{40 + 20 * row}" fill="{colour}">{name}</text>')
    parts += [
        f'<text x="{size / 2}" y="{size - 10}" text-anchor="middle">confidence</text>',
        f'<text x="14" y="{size / 2}" transform="rotate(-90 14 {size / 2})" text-anchor="middle">share right</text>',
        "</svg>",
    ]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")
