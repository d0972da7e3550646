"""`python -m benchmarks generate ...`: sets of synthetic pictures with their ground truth."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from benchmarks.generators import attack_set, card_set, code_set, dataset, document_sets, face_set, pose_set
from benchmarks.generators.licences import LAYOUTS

app = typer.Typer(
    no_args_is_help=True, help="Make synthetic pictures with ground truth (truth.jsonl beside them)."
)


class Level(StrEnum):
    """How hard the photos are; `all` takes the four in turn."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    EXTREME = "extreme"
    ALL = "all"

    def of(self, number: int) -> str:
        """The level of picture `number`."""
        return list(Level)[number % 4].value if self is Level.ALL else self.value


class Side(StrEnum):
    """Which side of the card; `both` takes portrait and emblem in turn; `temporary` is a temporary card's only one."""

    PORTRAIT = "portrait"
    EMBLEM = "emblem"
    TEMPORARY = "temporary"
    BOTH = "both"

    def of(self, number: int) -> str:
        """The side of picture `number`."""
        return ("portrait", "emblem")[number // 4 % 2] if self is Side.BOTH else self.value


Out = Annotated[Path, typer.Option(help="Folder to write to; made where missing.", file_okay=False)]
Count = Annotated[int, typer.Option(min=1, help="How many pictures.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same pictures.")]
Today = Annotated[
    datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The day on which the photos are taken.")
]
Faces = Annotated[Path | None, typer.Option(help="Folder of face photos; without it faces are drawn.")]
TODAY = datetime(2026, 11, 24)


def _finish(truth: Path) -> None:
    Console(stderr=True).print(f"truth: {truth}")


@app.command()
def cards(
    out: Out,
    count: Count = 100,
    seed: Seed = 0,
    level: Level = Level.ALL,
    side: Side = Side.BOTH,
    portraits: Faces = None,
    today: Today = TODAY,
) -> None:
    """Photographed PRC resident ID cards."""

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        return card_set.card_picture(rng, level.of(number), side.of(number), _folder(portraits), _day(today))

    _finish(dataset.write(out, "card", count, seed, make))


@app.command()
def newspapers(
    out: Out,
    count: Count = 100,
    seed: Seed = 0,
    level: Level = Level.ALL,
    variant: Annotated[
        str,
        typer.Option(help=f"mix (half genuine, half the others in turn), or {', '.join(pose_set.VARIANTS)}."),
    ] = "mix",
    portraits: Faces = None,
    today: Today = TODAY,
) -> None:
    """People who hold a newspaper, genuine and cheating; rows.csv is for `verifier pose --batch`."""
    if variant not in ("mix", *pose_set.VARIANTS):
        raise typer.BadParameter(f"no variant {variant!r}: mix, {', '.join(pose_set.VARIANTS)}")
    out.mkdir(parents=True, exist_ok=True)

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        chosen = pose_set.variant_of(number) if variant == "mix" else variant
        # drawn, not in turn, so that each variant meets each level
        graded = level.of(int(rng.integers(4)))
        return pose_set.pose_picture(rng, number, chosen, graded, _folder(portraits), _day(today), out)

    truth = dataset.write(out, "pose", count, seed, make)
    dataset.write_rows(truth, ("image", "selfie", "date", "challenge"))
    _finish(truth)


@app.command()
def licences(
    out: Out,
    count: Count = 100,
    seed: Seed = 0,
    level: Level = Level.ALL,
    layout: Annotated[str, typer.Option(help=f"all, or {', '.join(LAYOUTS)}.")] = "all",
    today: Today = TODAY,
) -> None:
    """Photographed PRC business licences."""
    layouts = _some_of(layout, LAYOUTS)

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        return document_sets.licence_picture(
            rng, layouts[number // 4 % len(layouts)], level.of(number), _day(today)
        )

    _finish(dataset.write(out, "licence", count, seed, make))


@app.command()
def mrz(
    out: Out,
    count: Count = 100,
    seed: Seed = 0,
    level: Level = Level.ALL,
    layout: Annotated[str, typer.Option(help="all, or TD1, TD2, TD3.")] = "all",
    portraits: Faces = None,
    today: Today = TODAY,
) -> None:
    """Photographed passports, cards and permits with a machine-readable zone."""
    layouts = _some_of(layout, document_sets.ZONES)

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        shape = layouts[number // 4 % len(layouts)]
        return document_sets.mrz_picture(rng, shape, level.of(number), _folder(portraits), _day(today))

    _finish(dataset.write(out, "mrz", count, seed, make))


@app.command()
def attacks(
    out: Out,
    count: Count = 100,
    seed: Seed = 0,
    level: Level = Level.EASY,
    side: Side = Side.BOTH,
    attack: Annotated[
        str, typer.Option(help=f"mix (a third bona_fide), bona_fide, or {', '.join(attack_set.ATTACKS)}.")
    ] = "mix",
    portraits: Faces = None,
    today: Today = TODAY,
) -> None:
    """ID cards presented as attacks or wrongly: copies, screens, prints, edits, bad framing; and genuine ones."""
    if attack not in ("mix", "bona_fide", *attack_set.ATTACKS):
        raise typer.BadParameter(f"no attack {attack!r}: mix, bona_fide, {', '.join(attack_set.ATTACKS)}")

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        chosen = attack_set.attack_of(number) if attack == "mix" else attack
        graded, shown = level.of(int(rng.integers(4))), side.of(int(rng.integers(8)))
        return attack_set.attack_picture(rng, chosen, shown, graded, _folder(portraits), _day(today))

    _finish(dataset.write(out, "attack", count, seed, make))


@app.command()
def codes(
    out: Out,
    count: Count = 100,
    seed: Seed = 0,
    level: Level = Level.EASY,
    variant: Annotated[str, typer.Option(help=f"mix, or {', '.join(code_set.CODE_VARIANTS)}.")] = "mix",
    portraits: Faces = None,
    today: Today = TODAY,
) -> None:
    """People who hold a paper with a six-digit code; rows.csv is for `verifier pose --batch`."""
    if variant not in ("mix", *code_set.CODE_VARIANTS):
        raise typer.BadParameter(f"no variant {variant!r}: mix, {', '.join(code_set.CODE_VARIANTS)}")
    out.mkdir(parents=True, exist_ok=True)

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        chosen = code_set.code_variant_of(number) if variant == "mix" else variant
        graded = level.of(int(rng.integers(4)))
        picture = code_set.code_picture(rng, number, chosen, graded, _folder(portraits), out)
        picture.truth["date"] = _day(today).isoformat()
        return picture

    truth = dataset.write(out, "code", count, seed, make)
    dataset.write_rows(truth, ("image", "selfie", "date", "challenge"))
    _finish(truth)


@app.command()
def faces(
    out: Out,
    count: Count = 100,
    seed: Seed = 0,
    level: Level = Level.EASY,
    attack: Annotated[
        str, typer.Option(help=f"mix, bona_fide, or {', '.join(face_set.FACE_ATTACKS)}.")
    ] = "mix",
    portraits: Faces = None,
) -> None:
    """Selfies for `verifier attack`: live people, and photos of prints and screens."""
    if attack not in ("mix", "bona_fide", *face_set.FACE_ATTACKS):
        raise typer.BadParameter(f"no attack {attack!r}: mix, bona_fide, {', '.join(face_set.FACE_ATTACKS)}")

    def make(rng: np.random.Generator, number: int) -> dataset.Picture:
        chosen = face_set.face_attack_of(number) if attack == "mix" else attack
        return face_set.face_picture(rng, chosen, level.of(int(rng.integers(4))), _folder(portraits))

    _finish(dataset.write(out, "face", count, seed, make))


def _some_of(choice: str, possible: tuple[str, ...]) -> tuple[str, ...]:
    """All the possible values, or the one chosen."""
    if choice not in ("all", *possible):
        raise typer.BadParameter(f"no {choice!r}: all, {', '.join(possible)}")
    return possible if choice == "all" else (choice,)


def _day(moment: datetime) -> date:
    return moment.date()


def _folder(path: Path | None) -> str | None:
    return None if path is None else str(path)
