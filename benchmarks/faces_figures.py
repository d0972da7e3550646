"""Figures of face comparison: accuracy over folds, true accepts at false accepts, and their curve."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]


def accuracy_over_folds(scores: Scores, same: Flags, folds: NDArray[np.int_]) -> float:
    """Mean over folds of the accuracy at the threshold that is best on the other folds (LFW's protocol)."""
    right = []
    for fold in np.unique(folds):
        held = folds == fold
        threshold = best_threshold(scores[~held], same[~held])
        right.append(np.mean((scores[held] >= threshold) == same[held]))
    return float(np.mean(right))


def best_threshold(scores: Scores, same: Flags) -> float:
    """The middle of the thresholds at which most pairs are told right."""
    order = np.argsort(scores)
    rising, hits = scores[order], same[order]
    right = np.cumsum(~hits) + hits.sum() - np.cumsum(hits)
    best = np.flatnonzero(right == right.max())
    return float(np.median((rising[best] + rising[np.minimum(best + 1, len(rising) - 1)]) / 2))


def true_accept_rate(scores: Scores, same: Flags, false_accept_rate: float) -> float:
    """Share of genuine pairs above the threshold that at most this share of impostors passes."""
    falling = np.sort(scores[~same])[::-1]
    return float(np.mean(scores[same] > falling[int(false_accept_rate * len(falling))]))


def draw_det(curves: dict[str, tuple[Scores, Flags]], path: Path) -> None:
    """Writes detection error trade-off curves (Martin et al., 1997) as SVG: both axes in normal deviates."""
    width, height, left, bottom = 560, 420, 60, 50
    ticks = (1e-4, 1e-3, 1e-2, 1e-1, 0.4)
    deviate = NormalDist().inv_cdf
    low, high = deviate(5e-5), deviate(0.5)

    def place(false_match: float, false_non_match: float) -> str:
        x, y = (
            (deviate(min(max(v, 5e-5), 0.5)) - low) / (high - low) for v in (false_match, false_non_match)
        )
        return f"{left + x * (width - left - 20):.1f},{height - bottom - y * (height - bottom - 20):.1f}"

    parts = [_svg_axes(place, ticks, width, height)]
    for (name, (scores, same)), colour in zip(
        curves.items(), ("#1463b8", "#c2410c", "#15803d"), strict=False
    ):
        points = " ".join(place(*rates) for rates in _rates(scores, same))
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        row = 40 + 20 * len(parts)
        parts.append(f'<text x="{width - 250}" y="{row}" fill="{colour}">{name}</text>')
    style = 'font-family="sans-serif" font-size="12"'
    body = "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {style}>'
        f'<rect width="{width}" height="{height}" fill="white"/>\n{body}\n</svg>\n',
        encoding="utf-8",
    )


def _svg_axes(place: Callable[[float, float], str], ticks: tuple[float, ...], width: int, height: int) -> str:
    lines = []
    for tick in ticks:
        for start, end in ((place(tick, 5e-5), place(tick, 0.5)), (place(5e-5, tick), place(0.5, tick))):
            (x0, y0), (x1, y1) = start.split(","), end.split(",")
            lines.append(f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="#ddd"/>')
        x, y = place(tick, tick).split(",")
        lines.append(f'<text x="{x}" y="{height - 32}" text-anchor="middle">{tick:g}</text>')
        lines.append(f'<text x="54" y="{float(y) + 4}" text-anchor="end">{tick:g}</text>')
    lines.append(f'<text x="{width / 2}" y="{height - 10}" text-anchor="middle">false match rate</text>')
    lines.append(f'<text x="14" y="{height / 2}" transform="rotate(-90 14 {height / 2})" '
                 'text-anchor="middle">false non-match rate</text>')  # fmt: skip
    return "\n".join(lines)


def _rates(scores: Scores, same: Flags) -> list[tuple[float, float]]:
    impostors, genuine = np.sort(scores[~same]), np.sort(scores[same])
    rare = np.quantile(impostors, 1 - np.logspace(-5, -1, 200))
    thresholds = np.sort(np.concatenate([np.quantile(scores, np.linspace(0, 1, 400)), rare]))
    false_match = 1 - np.searchsorted(impostors, thresholds) / len(impostors)
    false_non_match = np.searchsorted(genuine, thresholds) / len(genuine)
    return list(zip(false_match.tolist(), false_non_match.tolist(), strict=True))
