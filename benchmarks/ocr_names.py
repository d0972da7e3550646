"""`python -m benchmarks ocr names`: names with rare characters, printed in several typefaces, read as on a card."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import typer
from PIL import Image as Pillow
from PIL import ImageDraw
from rich.console import Console
from rich.table import Table

from benchmarks.generators import fonts
from models.arrays import Image
from models.scaling import Pyramid
from models.text_reader import TextReader
from ocr.calibration import chance
from ocr.flat import flatten
from ocr.layout import CARD_CORNERS, CARD_WIDTH
from ocr.portrait_grid import VALUE_COLUMN, grid_of, may_hold_value
from ocr.portrait_name import read_name

ROLES = ("hei", "song", "kai")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋"
LABEL, MIDDLE, BOTTOM = 49, 84, 200
"""Where the row's label begins, its middle, and where the drawn part of the card ends: tenths of a millimetre."""
TYPE = (33.0, 39.0)
"""Size of the name's type, tenths of a millimetre."""
WIDTHS = (480, 1000)
"""Pixels of the card's width, from a photo taken across a desk to one that the card fills."""
SURE = 0.9


@dataclass(frozen=True)
class Outcome:
    """What became of one name: right, right among the alternatives, and how sure the reader was."""

    group: str
    name: str
    read: str
    among_alternatives: bool
    confidence: float

    @property
    def right(self) -> bool:
        return self.read == self.name


def names(seed: int = 5, faces: int = 3) -> None:
    """Read names with rare characters; print how many are right, and how many wrong ones are given as sure."""
    outcomes = list(_outcomes(np.random.default_rng(seed), faces))
    table = Table(
        "characters", "names", "right", "right or among alternatives", "wrong and sure", title="", box=None
    )
    for group in dict.fromkeys(o.group for o in outcomes):
        table.add_row(group.replace("_", " "), *_row([o for o in outcomes if o.group == group]))
    Console().print(table)


def _row(found: Sequence[Outcome]) -> tuple[str, ...]:
    wrong_and_sure = [not o.right and o.confidence >= SURE for o in found]
    shares = ([o.right for o in found], [o.among_alternatives for o in found], wrong_and_sure)
    return (str(len(found)), *(f"{100 * float(np.mean(share)):.1f}%" for share in shares))


def _outcomes(rng: np.random.Generator, faces: int) -> Iterator[Outcome]:
    reader = TextReader()
    lists = tomllib.loads((Path(__file__).parent / "generators/data/rare_characters.toml").read_text("utf-8"))
    for group, text in lists.items():
        for character in "".join(text.split()):
            name = _name(character, group == "surnames", rng)
            usable = [f for role in ROLES for f in fonts.available(role) if fonts.covers(f, name)]
            for face in [usable[i] for i in rng.permutation(len(usable))[:faces]]:
                yield _outcome(group, name, reader, _printed(name, face, rng))


def _name(character: str, surname: bool, rng: np.random.Generator) -> str:
    given = GIVEN[int(rng.integers(len(GIVEN)))]
    return character + given if surname else SURNAMES[int(rng.integers(len(SURNAMES)))] + given + character


def _printed(name: str, face: tuple[str, int], rng: np.random.Generator) -> Image:
    """The card's upper part with the name, as a camera sees it: pale ground, a little blur, noise, JPEG."""
    scale = float(rng.uniform(*WIDTHS)) / CARD_WIDTH
    ground = rng.uniform(215, 240, 3).astype(int)
    size = (round(CARD_WIDTH * scale), round(BOTTOM * scale))
    picture = Pillow.new("RGB", size, tuple(int(v) for v in ground))
    draw = ImageDraw.Draw(picture)
    for text, left, ink, height in (
        ("姓名", LABEL, (70, 130, 170), 26.0),
        (name, VALUE_COLUMN, (35, 35, 40), float(rng.uniform(*TYPE))),
    ):
        font = fonts.load(face, round(height * scale))
        draw.text((left * scale, MIDDLE * scale), text, fill=ink, font=font, anchor="lm")
    pixels = cv2.GaussianBlur(np.asarray(picture), (0, 0), float(rng.uniform(0.6, 1.6)))
    noisy = pixels + rng.normal(0, 4, pixels.shape)
    _, stored = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8)


def _outcome(group: str, name: str, reader: TextReader, picture: Image) -> Outcome:
    """What becomes of the name on the card of which the picture shows the upper part."""
    corners = CARD_CORNERS * (picture.shape[1] / CARD_WIDTH)
    card = flatten(Pyramid(picture), corners, "portrait", reader)
    lines = card.read([box for box in card.boxes if may_hold_value(box)], reader)
    grid = grid_of(lines)
    found = read_name(card, [line for line in lines if grid.row(line) == "name"], grid, reader)
    if found is None:
        return Outcome(group, name, "", False, 0.0)
    others = [value for value, _ in found.alternatives]
    return Outcome(group, name, found.value, name in (found.value, *others), chance("name", found.confidence))


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(names)
