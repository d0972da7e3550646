"""`python -m benchmarks attack`: presentation attack detection, fitted and measured as in ISO/IEC 30107-3.

APCER is the share of attacks of one type that are taken for genuine, BPCER the share of genuine (bona fide)
photos that are taken for attacks. People are split, never photos of one person: each person's photos are scored
by a model that was fitted without them.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image as Pictures
from rich.console import Console
from rich.progress import track
from rich.table import Table

from liveness import attack
from models.face_analysis import find_faces

Numbers = NDArray[np.float64]

MEASURES = (
    "minifasnet", "minifasnet_face", "highlight", "contrast", "blue_balance",
    "shading", "relief", "red_texture", "blue_texture", "grid",
)  # fmt: skip
RIDGE = 60.0
"""Weight of the penalty on squared weights: few people, many measures."""
TARGET_BPCER = 0.05
"""Share of genuine photos of any set that may lie above the threshold; of people whom the model has not seen."""
GAINS = (0.7, 1.1)
"""Each photo is fitted a second time as if exposed by a factor in this range: the data's live photos are brighter than
its prints, and dim light is no attack."""
DIM = 0.8
"""The threshold must hold for genuine photos of other cameras at this exposure too."""
WEIGHTS = Path(attack.__file__).with_name("attack_weights.toml")
BONA_FIDE = "bona_fide"

console = Console()
app = typer.Typer(no_args_is_help=True, help=__doc__)
DataFolder = Annotated[Path, typer.Option(help="Development data.", envvar="VERIFIER_DATA")]
Sample = Annotated[int, typer.Option(help="Genuine photos of each other set, at most.")]


@dataclass(frozen=True)
class Photos:
    """Measured photos of one set."""

    values: Numbers
    """(n, measures)"""
    kind: NDArray[np.str_]
    """bona_fide, or the type of attack."""
    subject: NDArray[np.str_]

    @property
    def attacks(self) -> NDArray[np.bool_]:
        return self.kind != BONA_FIDE

    def of(self, chosen: NDArray[np.bool_]) -> Photos:
        return Photos(self.values[chosen], self.kind[chosen], self.subject[chosen])

    def with_exposures(self) -> Photos:
        """These photos, and each of them once more at another exposure."""
        gains = np.random.default_rng(0).uniform(*GAINS, len(self.kind))
        again = np.vstack([self.values, exposed(self.values, gains)])
        return Photos(again, np.tile(self.kind, 2), np.tile(self.subject, 2))


@dataclass(frozen=True)
class Model:
    """A logistic regression over standardised, clipped measures."""

    mean: Numbers
    deviation: Numbers
    weight: Numbers
    """The last one is the bias."""

    @classmethod
    def fit(cls, photos: Photos) -> Model:
        """By Newton's method, both classes counting the same."""
        model = cls(photos.values.mean(axis=0), photos.values.std(axis=0) + 1e-6, np.zeros(len(MEASURES) + 1))
        z, target = model.design(photos.values), photos.attacks.astype(float)
        share = np.where(photos.attacks, 0.5 / target.mean(), 0.5 / (1 - target.mean()))
        penalty = RIDGE * np.diag([1.0] * len(MEASURES) + [0.0])
        w = model.weight
        for _ in range(20):
            p = 1 / (1 + np.exp(-z @ w))
            curvature = (z * (share * p * (1 - p))[:, None]).T @ z + penalty
            w = w - np.linalg.solve(curvature, z.T @ (share * (p - target)) + penalty @ w)
        return cls(model.mean, model.deviation, w)

    def design(self, values: Numbers) -> Numbers:
        clipped = np.clip((values - self.mean) / self.deviation, -attack.CLIP, attack.CLIP)
        return np.column_stack([clipped, np.ones(len(values))])

    def score(self, values: Numbers) -> Numbers:
        """Logits, higher for attacks."""
        return np.asarray(self.design(values) @ self.weight)


def exposed(values: Numbers, gains: Numbers | float) -> Numbers:
    """Measures (n, measures) as they would be, had each photo got so many times the light: levels follow the light,
    logarithms of variances twice its logarithm, ratios and the networks stay."""
    changed = values.copy()
    for i, name in enumerate(MEASURES):
        if name in ("highlight", "contrast"):
            changed[:, i] *= gains
        elif name in ("shading", "red_texture", "blue_texture"):
            changed[:, i] += 2 * np.log(gains)
    return changed


@app.command()
def measure(data: DataFolder = Path("../shared/data"), genuine: Sample = 1500) -> None:
    """AUC, APCER and BPCER on people whom the model has not seen, BPCER on genuine photos of other cameras."""
    photos, others = _attack_set(data), _genuine_sets(data, genuine)
    others |= _dim(others)
    scores = _scores_of_unseen(photos)
    live, attacks = scores[~photos.attacks], scores[photos.attacks]
    console.print(f"{len(set(photos.subject))} people, {len(live)} genuine photos, {len(attacks)} attacks")
    console.print(f"AUC {_auc(live, attacks):.4f}, each person scored by a model fitted without them")
    shipped = Model.fit(photos.with_exposures())
    # The shipped weights moved the bias so that the threshold is one half.
    policy = _logit(attack.attack_model().threshold) + float(shipped.weight[-1]) - attack.attack_model().bias
    table = Table(
        "threshold", "APCER " + ", ".join(sorted(set(photos.kind[photos.attacks]))), "BPCER", *others
    )
    for name, threshold in (("BPCER 5%", float(np.quantile(live, 0.95))), ("policy", policy)):
        apcer = [
            _rate(scores[photos.kind == kind] <= threshold)
            for kind in sorted(set(photos.kind[photos.attacks]))
        ]
        bpcer = [_rate(live > threshold), *(_rate(shipped.score(v) > threshold) for v in others.values())]
        table.add_row(name, ", ".join(apcer), *bpcer)
    console.print(table)


@app.command()
def fit(data: DataFolder = Path("../shared/data"), genuine: Sample = 1500) -> None:
    """Fits the weights on all people, sets the threshold, and writes attack_weights.toml."""
    photos, others = _attack_set(data), _genuine_sets(data, genuine)
    model = Model.fit(photos.with_exposures())
    live = _scores_of_unseen(photos)[~photos.attacks]
    scores = [live, *(model.score(values) for values in (others | _dim(others)).values())]
    threshold = max(float(np.quantile(s, 1 - TARGET_BPCER)) for s in scores)
    WEIGHTS.write_text(_as_toml(model, threshold, photos), "utf-8")
    console.print(f"wrote {WEIGHTS}")


def _attack_set(data: Path) -> Photos:
    rows = list(csv.DictReader((data / "pad" / "images.csv").open(encoding="utf-8")))
    values = _measured([data / "pad" / "images" / row["image"] for row in rows], "attack set")
    return Photos(values, np.array([r["type"] for r in rows]), np.array([r["subject"] for r in rows]))


def _genuine_sets(data: Path, limit: int) -> dict[str, Numbers]:
    """Photos of live people by other cameras; they set the threshold, never a weight."""
    chosen = {}
    for name in ("lfw", "lfw_east_asian"):
        paths = sorted((data / name / "images").rglob("*.jpg"))
        chosen[name] = random.Random(1).sample(paths, min(limit, len(paths)))
    return {name: _measured(paths, name) for name, paths in chosen.items()}


def _dim(sets: dict[str, Numbers]) -> dict[str, Numbers]:
    """The same photos as if taken in dim light."""
    return {f"{name}, dim": exposed(values, DIM) for name, values in sets.items()}


def _measured(paths: Sequence[Path], name: str) -> Numbers:
    rows = []
    for path in track(paths, f"measuring {name}", console=console):
        image = np.asarray(Pictures.open(path).convert("RGB"))
        measures = attack.attack_measures(image, next(iter(find_faces(image)), None))
        rows.append([measures[m] for m in MEASURES])
    return np.array(rows)


def _scores_of_unseen(photos: Photos) -> Numbers:
    scores = np.zeros(len(photos.kind))
    for person in sorted(set(photos.subject)):
        own = photos.subject == person
        scores[own] = Model.fit(photos.of(~own).with_exposures()).score(photos.values[own])
    return scores


def _auc(live: Numbers, attacks: Numbers) -> float:
    """Chance that an attack scores above a genuine photo (Mann and Whitney)."""
    return float((attacks[:, None] > live).mean() + 0.5 * (attacks[:, None] == live).mean())


def _rate(hits: NDArray[np.bool_]) -> str:
    """A share with its 95% interval (Wilson) and count. Photos of one person are not independent, so the true
    interval is wider."""
    n, p, z = len(hits), float(hits.mean()), 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return f"{p:.1%} ({max(0.0, middle - half):.1%} to {middle + half:.1%}, n={n})"


def _as_toml(model: Model, threshold: float, photos: Photos) -> str:
    """The weights with the threshold moved to a score of one half."""
    lines = [
        "# Weights of the presentation attack score, written by `python -m benchmarks attack fit`.",
        f"# Fitted on {(~photos.attacks).sum()} genuine photos and {photos.attacks.sum()} photos of prints of "
        f"{len(set(photos.subject))} people (old webcam, one type of attack).",
        "# Each photo counts twice, the second time at another exposure. The threshold leaves at most 5% of any genuine",
        "# set above it, photographs of other cameras and in dim light included.",
        "",
        f"bias = {model.weight[-1] - threshold:.5f}",
        "threshold = 0.5",
    ]
    for name, mean, deviation, weight in zip(
        MEASURES, model.mean, model.deviation, model.weight, strict=False
    ):
        lines += [
            "",
            f"[measures.{name}]",
            f"mean = {mean:.5f}",
            f"deviation = {deviation:.5f}",
            f"weight = {weight:.5f}",
        ]
    return "\n".join(lines) + "\n"


def _logit(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))
