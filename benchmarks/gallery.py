"""`python -m benchmarks gallery`: time, memory and recall of enrolment and search in galleries of many sizes.

The gallery's templates are drawn like real ones: from the covariance of real people's templates, so that strangers
look as alike as they do, and a second photo of a person is apart from the first as much as real second photos are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import psycopg
import typer
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from pydantic import SecretStr
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import delete, text

from api.database import EmbeddedServer
from api.gallery import search
from api.gallery.protection import protect
from api.gallery.tables import EnrolledFace
from api.keys.service import Side
from api.keys.tables import Account
from api.service import Service, open_service
from api.settings import Settings
from api.verifications.tables import Verification
from api.vision import FaceTemplate, Finding
from benchmarks.faces_data import read_pairs, templates
from benchmarks.gallery_plot import draw_growth

Vectors = NDArray[np.float32]

console = Console()
MODEL, SIDE = "benchmark", Side("acc_benchmark", True)
ENROLLED_LATER = 30


@dataclass(frozen=True)
class People:
    """What templates are drawn from: mean and square root of the covariance over people, and the spread of
    the photos of one person.
    """

    mean: Vectors
    spread: Vectors
    within: float

    def identities(self, count: int, rng: np.random.Generator) -> Vectors:
        """float32 (count, d), unit length: the first photo of so many people."""
        drawn = rng.standard_normal((count, len(self.spread)), np.float32)
        return _unit(self.mean + drawn @ self.spread)

    def again(self, first: Vectors, rng: np.random.Generator) -> Vectors:
        """float32, as `first`: another photo of each person."""
        noise = rng.standard_normal(first.shape, np.float32) @ self.spread[:, : first.shape[1]]
        return _unit(first + self.within * _unit(noise))


@dataclass(frozen=True, eq=False)
class Gallery:
    """Enrolled faces, and of some of their people another photo to search by."""

    service: Service
    people: People
    rng: np.random.Generator
    probes: Vectors
    best: list[str]
    """The seller whom an exact comparison finds first for each probe."""


def gallery(
    data: Annotated[Path, typer.Option(help="folder with lfw", envvar="VERIFIER_DATA")] = Path(
        "../shared/data"
    ),
    sizes: Annotated[str, typer.Option(help="faces in the gallery, by commas")] = "10000,100000",
    photos: Annotated[int, typer.Option(help="real photos that templates are drawn from")] = 600,
    queries: Annotated[int, typer.Option(help="searches")] = 300,
    diagram: Annotated[Path | None, typer.Option(help="also draw how the times grow")] = None,
) -> None:
    """Time of enrolment and search, and recall against exact comparison, in galleries of several sizes."""
    people = _real_people(data, photos)
    rng = np.random.default_rng(1)
    first = people.identities(400, rng)
    alike = (first @ first.T)[np.triu_indices(400, 1)]
    second = (first * people.again(first, rng)).sum(axis=1)
    console.print(
        f"similarity of strangers: mean {alike.mean():.3f}, highest 0.1% {np.quantile(alike, 0.999):.3f}; "
        f"of a person's two photos: median {np.median(second):.3f}"
    )
    rows = []
    for size in (int(s) for s in sizes.split(",")):
        rows.append(_measure(people, size, queries, rng))
        table = Table(*rows[0], box=None)
        for row in rows:
            table.add_row(*(value if isinstance(value, str) else f"{value:,.0f}" for value in row.values()))
        console.print(table)
    if diagram is not None:
        draw_growth(rows, diagram)


def _real_people(data: Path, photos: int) -> People:
    rows = [row for row in read_pairs(data / "lfw" / "pairs.csv") if row["same"] == "1"][: photos // 2]
    names = {name for row in rows for name in (row["image_a"], row["image_b"])}
    found = templates(data / "lfw" / "images", names)
    pairs = [(found[row["image_a"]], found[row["image_b"]]) for row in rows]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    first, second = (np.stack(side) for side in zip(*known, strict=True))
    mean = first.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(first.T))
    spread = (axes * np.sqrt(np.clip(values, 0, None))).T.astype(np.float32)
    cosine = float(np.median((first * second).sum(axis=1)))
    return People(mean.astype(np.float32), spread, float(np.sqrt(1 / cosine**2 - 1)))


def _measure(people: People, size: int, queries: int, rng: np.random.Generator) -> dict[str, str | float]:
    """One row of the table: times in milliseconds where the column doesn't say otherwise."""
    with TemporaryDirectory(prefix="gallery-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder) / "postgres")
        settings = Settings(home=Path(folder) / "home", database_url=SecretStr(server.url))
        service = open_service(settings)
        try:
            filled = _fill(service, people, size, queries, rng)
            first, _ = _timed(lambda: _search(service, filled.probes[0]))
            enrolled, seen = _come_and_go(filled)
            searched = [_timed(lambda v=v: _search(service, v)) for v in filled.probes]
            exact = [_timed(lambda v=v: _compare_with_all(service, v))[0] for v in filled.probes[:20]]
            found = [
                (names[0], best) for (_, names), best in zip(searched, filled.best, strict=True) if names
            ]
            times = [seconds for seconds, _ in searched]
            return {
                "faces": size,
                "load": f"{os.getloadavg()[0]:.1f}",
                "first search in s": f"{first:.1f}",
                "table MB": _table_bytes(service) / 1e6,
                "enrol p50": _ms(enrolled, 50),
                "search p50": _ms(times, 50),
                "search p95": _ms(times, 95),
                "exact p50": _ms(exact, 50),
                "candidates": f"{len(found)} of {len(times)}",
                "recall@1": f"{np.mean([first == best for first, best in found]):.1%}",
                "seen at once, then gone": seen,
            }
        finally:
            service.close()
            server.close()


def _fill(service: Service, people: People, size: int, queries: int, rng: np.random.Generator) -> Gallery:
    """Copies so many faces into the table, and compares the probes with each of them."""
    with service.database.transaction() as session:
        session.add(Account(id=SIDE.account_id, name=SIDE.account_id, created_at=datetime.now(UTC)))
    known = people.identities(queries, rng)
    probes = people.again(known, rng)
    names = [f"{number:012d}" for number in rng.permutation(size)]
    best = np.full(queries, -1.0), np.zeros(queries, int)
    with psycopg.connect(service.database.url) as connection:
        register_vector(connection)
        for start in track(range(0, size, 5000), description=f"{size:,} faces", transient=True):
            vectors = people.identities(min(5000, size - start), rng)
            if start == 0:
                vectors[:queries] = known
            similarity = probes @ vectors.T
            nearest = similarity.argmax(axis=1)
            value = similarity[np.arange(queries), nearest]
            best[1][value > best[0]] = start + nearest[value > best[0]]
            best[0][:] = np.maximum(value, best[0])
            _copy(service, connection, names[start : start + len(vectors)], vectors)
    return Gallery(service, people, rng, probes, [f"sel_{names[number]}" for number in best[1]])


def _copy(service: Service, connection: psycopg.Connection, names: list[str], vectors: Vectors) -> None:
    columns = {
        "id": "varchar",
        "account_id": "varchar",
        "livemode": "bool",
        "seller_id": "varchar",
        "verification_id": "varchar",
        "person": "varchar",
        "model": "varchar",
        "template": "halfvec",
        "created_at": "timestamptz",
    }
    now = datetime.now(UTC)
    statement = f"COPY enrolled_faces ({', '.join(columns)}) FROM STDIN WITH (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for name, vector in zip(names, vectors, strict=True):
            kept = HalfVector(_protected(service, vector).vector)
            seller = f"sel_{name}"
            copy.write_row(
                (f"fac_{name}", SIDE.account_id, True, seller, f"ver_{name}", seller, MODEL, kept, now)
            )


def _protected(service: Service, vector: Vectors) -> FaceTemplate:
    return protect(service.templates_key, SIDE, FaceTemplate(MODEL, vector))


def _come_and_go(filled: Gallery) -> tuple[list[float], str]:
    """Enrols new people, searches each by another photo, deletes and searches again: times, and what was seen."""
    people = filled.people.identities(ENROLLED_LATER, filled.rng)
    again = filled.people.again(people, filled.rng)
    enrolled, seen, left = [], 0, 0
    for number, (vector, other) in enumerate(zip(people, again, strict=True)):
        name = f"new_{number:08d}"
        enrolled.append(_timed(lambda v=vector, n=name: _enrol(filled.service, v, n))[0])
        seen += name in _search(filled.service, other)
        with filled.service.database.transaction() as session:
            session.execute(delete(EnrolledFace).where(EnrolledFace.id == name))
        left += name in _search(filled.service, other)
    return enrolled, f"{seen}, {left} of {ENROLLED_LATER}"


def _enrol(service: Service, vector: Vectors, name: str) -> None:
    with service.database.transaction() as session:
        session.add(
            EnrolledFace(
                id=name,
                account_id=SIDE.account_id,
                livemode=True,
                seller_id=name,
                verification_id=name,
                person=name,
                model=MODEL,
                template=_protected(service, vector).vector,
                created_at=datetime.now(UTC),
            )
        )


def _asking() -> Verification:
    return Verification(id="ver_asking", seller_id="sel_asking", account_id=SIDE.account_id, livemode=True)


def _search(service: Service, vector: Vectors) -> list[str]:
    """The other sellers that the service's own search finds, most similar first."""
    finding = Finding("verified", (), face=_protected(service, vector))
    with service.database.transaction() as session:
        found = search.search(service, session, SIDE, _asking(), finding, {})
    return [each.other_seller_id for each in sorted(found, key=lambda d: -(d.similarity or 0))]


def _compare_with_all(service: Service, vector: Vectors) -> None:
    with service.database.transaction() as session:
        session.execute(search.nearest(SIDE, _asking(), _protected(service, vector))).all()


def _table_bytes(service: Service) -> int:
    """Of the faces with their indexes, as they are after VACUUM."""
    engine = service.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE enrolled_faces"))
        return int(connection.scalar(text("SELECT pg_total_relation_size('enrolled_faces')")) or 0)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _ms(seconds: list[float], percentile: int) -> float:
    return float(np.percentile(seconds, percentile)) * 1000


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)
