"""One picture of a set of photographed ID cards, with its truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.generators import cards, people, photography, portraits
from benchmarks.generators.dataset import Picture, points
from benchmarks.generators.drawing import Pixels


def random_face(rng: np.random.Generator, folder: str | None) -> tuple[Pixels | None, str]:
    """A face photo from the folder and its path in it; (None, "") without a folder."""
    if folder is None:
        return None, ""
    files = portraits.faces_in(folder)
    path = files[int(rng.integers(len(files)))]
    return portraits.load(path), path.relative_to(Path(folder)).as_posix()


def card_picture(rng: np.random.Generator, level: str, side: str, faces: str | None, today: date) -> Picture:
    """Invents a person, draws a side of the card and photographs it."""
    person = people.invent(rng, today)
    if side == "temporary":
        person = people.with_temporary_card(person, rng, today)
    portrait, source = random_face(rng, faces)
    flat = _drawn(side, person, portrait, rng)
    shot = photography.shoot(flat, level, rng)
    truth = {
        "document_type": "cn_resident_id",
        "side": "emblem" if side == "emblem" else "portrait",
        "fields": person.fields(side),
        "level": level,
        "orientation": shot.orientation,
        "polygon": points(shot.polygon),
        "boxes": {name: points(box) for name, box in shot.boxes.items()},
        "hidden": list(shot.hidden),
        "script": person.script,
        "face": source,
    }
    return Picture(shot.pixels, truth, shot.jpeg_quality)


def _drawn(
    side: str, person: people.CardData, portrait: Pixels | None, rng: np.random.Generator
) -> cards.Flat:
    if side == "emblem":
        return cards.render_card_emblem(person, rng)
    draw = cards.render_temporary_card if side == "temporary" else cards.render_card_portrait
    return draw(person, portrait, rng)
