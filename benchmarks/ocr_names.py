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
from models.text_recognizer import TextRecognizer
from ocr.calibration import chance
from ocr.lines import alternatives, certainty, joined, preferring_simplified
from ocr.name_characters import UNREAD, as_in_names, leaves_room

ROLES = ("hei", "song", "kai")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋"
SIZE = 44
"""Height of a character in pixels: a card of 1000 pixels' width."""
SURE = 0.9


@dataclass(frozen=True)
class Outcome:
    """What became of one name: right, right among the alternatives, and how sure the reader was."""

    group: str
    right: bool
    among_alternatives: bool
    confidence: float


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
    reader = TextRecognizer()
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
    """The name as a camera sees it on a card: pale ground, a little blur, noise, JPEG."""
    ground = rng.uniform(215, 240, 3).astype(int)
    picture = Pillow.new("RGB", (SIZE * (len(name) + 1), SIZE + 20), tuple(int(v) for v in ground))
    ImageDraw.Draw(picture).text((14, 6), name, fill=(35, 35, 40), font=fonts.load(face, SIZE))
    pixels = cv2.GaussianBlur(np.asarray(picture), (0, 0), float(rng.uniform(0.6, 1.6)))
    noisy = pixels + rng.normal(0, 4, pixels.shape)
    _, stored = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8)


def _outcome(group: str, name: str, reader: TextRecognizer, line: Image) -> Outcome:
    (text,) = reader.recognise([line])
    characters = as_in_names([preferring_simplified(c) for c in text.characters if c.text.strip()])
    hole = leaves_room([c.x * line.shape[1] for c in characters], line.shape[1], SIZE)
    sure = certainty(characters) * (UNREAD if hole else 1.0)
    read = joined(characters)
    others = [value for value, _ in alternatives(characters, str.isalpha)]
    return Outcome(group, read == name, name in (read, *others), chance("name", sure))


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(names)
