"""One picture of a set of photographed business licences or travel documents, with its truth."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from benchmarks.generators import companies, licences, photography, travel_documents, travellers
from benchmarks.generators.card_set import random_face
from benchmarks.generators.dataset import Picture, points
from benchmarks.generators.photography import Shot

ZONES = ("TD3", "TD1", "TD2")


def shot_truth(shot: Shot) -> dict[str, Any]:
    """What is known of any photographed document."""
    return {
        "level": shot.level,
        "orientation": shot.orientation,
        "polygon": points(shot.polygon),
        "boxes": {name: points(box) for name, box in shot.boxes.items()},
        "hidden": list(shot.hidden),
    }


def licence_picture(rng: np.random.Generator, layout: str, level: str, today: date) -> Picture:
    """Invents a company, draws its licence and photographs it."""
    company = companies.invent(rng, today)
    flat, message = licences.render_licence(company, layout, rng)
    shot = photography.shoot(flat, level, rng)
    truth = {
        "document_type": "cn_business_licence",
        "side": None,
        "layout": layout,
        "fields": company.fields(),
        "qr": message,
        **shot_truth(shot),
    }
    return Picture(shot.pixels, truth, shot.jpeg_quality)


def mrz_picture(rng: np.random.Generator, layout: str, level: str, faces: str | None, today: date) -> Picture:
    """Invents a traveller, draws the document's page with the zone and photographs it."""
    person = travellers.invent(rng, layout, today)
    portrait, source = random_face(rng, faces)
    shot = photography.shoot(travel_documents.render_travel_document(person, portrait, rng), level, rng)
    truth = {
        "document_type": "mrz",
        "side": None,
        "layout": layout,
        "fields": person.fields(),
        "mrz": list(travellers.zone(person)),
        "face": source,
        **shot_truth(shot),
    }
    return Picture(shot.pixels, truth, shot.jpeg_quality)
