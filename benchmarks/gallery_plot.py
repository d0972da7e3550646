"""Draws how the gallery's times grow with its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, EDGE = 560, 380, 70, 50, 20
LINES = {
    "exact p50": ("comparison with every face", "#c2410c"),
    "search p95": ("search, 95%", "#1463b8"),
    "search p50": ("search, median", "#15803d"),
    "enrol p50": ("enrolment", "#7c3aed"),
}


def draw_growth(rows: Sequence[Mapping[str, str | float]], path: Path) -> None:
    """Writes milliseconds over faces as SVG, both axes logarithmic: 1 ms to 10 s, 10,000 faces to 1,000,000."""
    parts = [_grid()]
    for number, (column, (name, colour)) in enumerate(LINES.items()):
        points = [_place(float(row["faces"]), float(row[column])) for row in rows]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{line}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(f'<text x="{LEFT + 12}" y="{EDGE + 18 + 18 * number}" fill="{colour}">{name}</text>')
    body = "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n'
        f"{body}\n</svg>\n",
        encoding="utf-8",
    )


def _place(faces: float, milliseconds: float) -> tuple[float, float]:
    x = (log10(faces) - 4) / 2
    y = log10(milliseconds) / 4
    return LEFT + x * (WIDTH - LEFT - EDGE), HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - EDGE)


def _grid() -> str:
    lines = []
    for faces in (1e4, 1e5, 1e6):
        (x, low), (_, high) = _place(faces, 1), _place(faces, 1e4)
        lines.append(f'<line x1="{x}" y1="{low}" x2="{x}" y2="{high}" stroke="#ddd"/>')
        lines.append(f'<text x="{x}" y="{low + 18}" text-anchor="middle">{faces:,.0f}</text>')
    for time in (1, 10, 100, 1000, 10000):
        (left, y), (right, _) = _place(1e4, time), _place(1e6, time)
        lines.append(f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#ddd"/>')
        lines.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{time:,} ms</text>')
    lines.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">enrolled faces</text>')
    return "\n".join(lines)
