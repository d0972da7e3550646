"""Compares all faces of a side with each other and puts people with several stores before an agent.

`scan` is what `verifier gallery scan` does. It writes down how far it has come with each block of faces, so that
after a crash or a kill the next run goes on from there, and it opens no case twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from api import vision_policy
from api.gallery.cases import Alike, open_case
from api.gallery.clusters import Pair, clusters
from api.gallery.tables import EnrolledFace, GalleryScan, ScannedPair, of_side
from api.ids import new_id
from api.keys.service import Side
from api.service import Service

BLOCK = 1024
"""Faces that are compared with all before them in one step, and lost if the process dies in it."""

TILE = 8192
"""Earlier faces that are compared at once: what is widened from 16 to 32 bits in memory."""

SAME_GROUP = 1e-2
"""Two groups of faces are one person's where their mean similarity is a stranger's this rarely: a single pair alike
does not yet make one person of two groups."""

Progress = Callable[[int, int], None]
"""Called with how many faces were compared, and how many there are."""


class ScanRunning(Exception):
    """Another process scans this side."""


@dataclass(frozen=True)
class Scanned:
    """What a scan found: faces compared, the false match rate it went by, people with several stores, cases opened."""

    faces: int
    false_match_rate: float
    people: int
    cases: int


@dataclass(frozen=True, eq=False)
class _Gallery:
    """All faces of one model, oldest first. `templates` is float16 (n, d): 1.4 GB for a million faces."""

    ids: list[str]
    sellers: list[str]
    templates: NDArray[np.float16]


def scan(
    service: Service,
    side: Side,
    model: str,
    progress: Progress,
    *,
    false_match_rate: float | None = None,
    block: int = BLOCK,
) -> Scanned:
    """Find who has several stores on this side, and open a case for each store but a person's first.

    Without a rate, policy's `scan_false_positive_identification_rate` sets one by the gallery's size. Raises ScanRunning.
    """
    with _alone(service, side):
        return _scan(service, side, model, progress, false_match_rate, block)


def _scan(
    service: Service, side: Side, model: str, progress: Progress, false_match_rate: float | None, block: int
) -> Scanned:
    gallery = _load(service, side, model)
    running = _begin(service, side, model, false_match_rate, len(gallery.ids))
    _compare_all(service, running, gallery, progress, block)
    found = _people(service, running, gallery)
    cases = sum(
        open_case(service, side, seller, others, since=running.created_at, gallery_size=len(gallery.ids))
        for person in found
        for seller, others in person.items()
    )
    with service.database.transaction() as session:
        session.get_one(GalleryScan, running.id).finished_at = side.now()
        session.execute(delete(ScannedPair).where(ScannedPair.scan_id == running.id))
    return Scanned(len(gallery.ids), running.false_match_rate, len(found), cases)


@contextmanager
def _alone(service: Service, side: Side) -> Iterator[None]:
    """One scan of a side at a time; the lock goes with the connection, however the process ends."""
    name = {"name": f"scan:{side.account_id}:{side.livemode}"}
    with service.database.engine.connect() as connection:
        taken = connection.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"), name)
        if not taken:
            raise ScanRunning
        yield
        connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), name)


def models_of(session: Session, side: Side) -> Sequence[str]:
    """The model versions whose templates are enrolled on the side."""
    return session.scalars(
        select(EnrolledFace.model).where(*of_side(EnrolledFace, side)).distinct().order_by(EnrolledFace.model)
    ).all()


def _load(service: Service, side: Side, model: str) -> _Gallery:
    compared = (*of_side(EnrolledFace, side), EnrolledFace.model == model)
    binary = func.halfvec_send(EnrolledFace.template)
    with service.database.transaction() as session:
        count = session.scalar(select(func.count()).where(*compared)) or 0
        rows = session.execute(
            select(EnrolledFace.id, EnrolledFace.seller_id, binary)
            .where(*compared)
            .order_by(EnrolledFace.id),
            execution_options={"yield_per": TILE},
        )
        ids: list[str] = []
        sellers: list[str] = []
        templates = np.empty((0, 0), np.float16)
        for face_id, seller_id, sent in rows:
            vector = np.frombuffer(sent, ">f2", offset=4)  # pgvector sends two 16-bit numbers first
            if not len(templates):
                templates = np.empty((count, len(vector)), np.float16)
            if len(ids) == count:  # enrolled since they were counted: that search has seen the others
                break
            templates[len(ids)] = vector
            ids.append(face_id)
            sellers.append(seller_id)
    return _Gallery(ids, sellers, templates[: len(ids)])


def _begin(service: Service, side: Side, model: str, rate: float | None, size: int) -> GalleryScan:
    """The scan that was cut off, or a new one. One with another rate than asked for is dropped."""
    with service.database.transaction() as session:
        unfinished = session.scalars(
            select(GalleryScan).where(
                *of_side(GalleryScan, side), GalleryScan.model == model, GalleryScan.finished_at.is_(None)
            )
        ).all()
        for earlier in unfinished:
            if rate in (None, earlier.false_match_rate):
                return earlier
            session.delete(earlier)
        fresh = GalleryScan(
            id=new_id("scn"),
            account_id=side.account_id,
            livemode=side.livemode,
            model=model,
            false_match_rate=rate
            or service.policy.duplicates.scan_false_positive_identification_rate / max(1, size),
            scanned_up_to="",
            created_at=side.now(),
        )
        session.add(fresh)
        return fresh


def _compare_all(
    service: Service, running: GalleryScan, gallery: _Gallery, progress: Progress, block: int
) -> None:
    least = vision_policy.face_scale(service.settings.policy).threshold(running.false_match_rate)
    total = len(gallery.ids)
    start = bisect_right(gallery.ids, running.scanned_up_to)
    progress(start, total)
    for first in range(start, total, block):
        last = min(first + block, total)
        pairs = list(_alike(gallery, first, last, least))
        with service.database.transaction() as session:
            session.add_all(
                ScannedPair(
                    scan_id=running.id,
                    face_a=gallery.ids[pair.first],
                    face_b=gallery.ids[pair.second],
                    similarity=pair.similarity,
                )
                for pair in pairs
            )
            session.get_one(GalleryScan, running.id).scanned_up_to = gallery.ids[last - 1]
        progress(last, total)


def _alike(gallery: _Gallery, first: int, last: int, least: float) -> Iterator[Pair]:
    """Pairs of faces first..last with earlier ones, or with each other, that are alike and of different sellers."""
    block = gallery.templates[first:last].astype(np.float32)
    for start in range(0, last, TILE):
        earlier = gallery.templates[start : min(start + TILE, last)].astype(np.float32)
        similarity = block @ earlier.T
        for row, column in zip(*np.nonzero(similarity >= least), strict=True):
            one, other = start + int(column), first + int(row)
            if one < other and gallery.sellers[one] != gallery.sellers[other]:
                yield Pair(one, other, float(similarity[row, column]))


def _people(service: Service, running: GalleryScan, gallery: _Gallery) -> list[dict[str, list[Alike]]]:
    """People with several sellers: for each but the first one, the others with the similarity of their faces."""
    places = {face_id: place for place, face_id in enumerate(gallery.ids)}
    with service.database.transaction() as session:
        rows = session.execute(
            select(ScannedPair.face_a, ScannedPair.face_b, ScannedPair.similarity).where(
                ScannedPair.scan_id == running.id
            )
        ).all()
    pairs = [Pair(places[a], places[b], value) for a, b, value in rows if a in places and b in places]
    least = vision_policy.face_scale(service.settings.policy).threshold(SAME_GROUP)
    groups = clusters(pairs, gallery.templates, least)
    people = [_stores(gallery, group) for group in groups]
    return [person for person in people if person]


def _stores(gallery: _Gallery, group: list[int]) -> dict[str, list[Alike]]:
    """Every seller of a group of faces but the first, with all the others of the group."""
    faces: dict[str, list[int]] = defaultdict(list)
    for place in sorted(group):
        faces[gallery.sellers[place]].append(place)
    means = {seller: gallery.templates[own].astype(np.float32) for seller, own in faces.items()}
    return {
        seller: [
            Alike(other, float((means[seller] @ means[other].T).max())) for other in faces if other != seller
        ]
        for seller in list(faces)[1:]
    }
