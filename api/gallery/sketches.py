"""Which of very many faces are most like one: a list of their sketches in memory, kept up with the database's rows.

A sketch is the signs of a protected template's numbers. The template was turned at random, so these are signs of
random projections, and the share of signs in which two faces differ grows with their angle (Charikar, 2002). A
million sketches take 88 MB and are all compared in some 20 milliseconds. The rows stay the only truth: those that
came since are read before each search, and what is found is compared by the templates in the database, where a face
that was deleted is found no more.
"""

from __future__ import annotations

import threading
import time
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pgvector.sqlalchemy import BIT
from sqlalchemy import and_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from api.database import Database
from api.gallery.tables import EnrolledFace, of_side
from api.keys.service import Side
from models.arrays import Template

BITS, WORDS = 704, 11
"""Of a sketch: the length of a fused template. Of a longer one the rest is left out, a shorter one is filled up."""

PAGE = 20_000
"""Rows that are read at once."""

BLOCK = 8192
"""Sketches that are compared at once: what the processor's cache holds."""

TIDY_SECONDS = 600
"""How long sketches of deleted faces stay at most, once another search comes."""


def sketch(vector: Template) -> NDArray[np.uint64]:
    """uint64 (WORDS,): as `Sketches` has the database make it of a stored template."""
    signs = np.packbits(vector[:BITS] > 0)
    padded = np.zeros(BITS // 8, np.uint8)
    padded[: len(signs)] = signs
    return padded.view(np.uint64)


class Sketches:
    """The sketches of one side's faces under one model. Safe to share between threads."""

    def __init__(self, side: Side, model: str) -> None:
        self._compared = and_(*of_side(EnrolledFace, side), EnrolledFace.model == model)
        self._lock = threading.Lock()
        self._numbers = np.empty(0, np.int64)
        self._words = np.empty((WORDS, 0), np.uint64)
        self._count = 0
        self._tidied = time.monotonic()

    def __len__(self) -> int:
        """How many there are, as far as they were read."""
        return self._count

    def refresh(self, session: Session) -> int:
        """Read the faces that were enrolled since; says how many there are.

        Complete where everything that enrols on the side holds its lock (api.gallery.service): then rows become
        visible in the order of their numbers.
        """
        with self._lock:
            if time.monotonic() - self._tidied > TIDY_SECONDS:
                self._tidy(session)
            while self._read_page(session) == PAGE:
                pass
            return self._count

    def nearest(self, vector: Template, count: int) -> list[int]:
        """The numbers of so many rows whose sketches are most like the protected template's; ties may add some."""
        query = sketch(vector)[:, None]
        with self._lock:
            numbers, words = self._numbers[: self._count], self._words[:, : self._count]
        different = np.empty(len(numbers), np.uint16)
        for start in range(0, len(numbers), BLOCK):
            block = words[:, start : start + BLOCK] ^ query
            different[start : start + BLOCK] = np.bitwise_count(block).sum(axis=0, dtype=np.uint16)
        within = np.cumsum(np.bincount(different, minlength=BITS + 1))
        most = np.searchsorted(within, min(count, len(numbers)))
        return [int(number) for number in numbers[different <= most]]

    def _read_page(self, session: Session) -> int:
        last = int(self._numbers[self._count - 1]) if self._count else -1
        signs = cast(func.binary_quantize(EnrolledFace.template), BIT(BITS))
        sent = func.substring(func.bit_send(signs), 5)
        page = (
            select(EnrolledFace.number, sent.label("sketch"))
            .where(self._compared, EnrolledFace.number > last)
            .order_by(EnrolledFace.number)
            .limit(PAGE)
            .subquery()
        )
        numbers, sketches = session.execute(
            select(
                func.array_agg(aggregate_order_by(page.c.number, page.c.number)),
                func.string_agg(page.c.sketch, aggregate_order_by(literal(b""), page.c.number)),
            )
        ).one()
        if numbers is None:
            return 0
        self._append(np.array(numbers), np.frombuffer(sketches, np.uint64).reshape(-1, WORDS).T)
        return len(numbers)

    def _append(self, numbers: NDArray[np.int64], words: NDArray[np.uint64]) -> None:
        """New arrays where there is no room; a search that goes on in another thread keeps the old ones."""
        count = self._count + len(numbers)
        if count > len(self._numbers):
            room = count + count // 8
            self._numbers = np.resize(self._numbers[: self._count], room)
            grown = np.empty((WORDS, room), np.uint64)
            grown[:, : self._count] = self._words[:, : self._count]
            self._words = grown
        self._numbers[self._count : count] = numbers
        self._words[:, self._count : count] = words
        self._count = count

    def _tidy(self, session: Session) -> None:
        """Forget the sketches of deleted faces."""
        there = np.fromiter(session.scalars(select(EnrolledFace.number).where(self._compared)), np.int64)
        kept = np.isin(self._numbers[: self._count], there)
        self._numbers = self._numbers[: self._count][kept]
        self._words = np.ascontiguousarray(self._words[:, : self._count][:, kept])
        self._count, self._tidied = len(self._numbers), time.monotonic()


def sketches_of(database: Database, side: Side, model: str) -> Sketches:
    """This process's sketches of a side's faces."""
    return _sketches(database, Side(side.account_id, side.livemode), model)


@lru_cache(maxsize=64)
def _sketches(_database: Database, side: Side, model: str) -> Sketches:
    return Sketches(side, model)
