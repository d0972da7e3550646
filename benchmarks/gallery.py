"""`python -m benchmarks gallery`: time and recall of enrolment and search in galleries of many sizes.

The gallery's templates are drawn like real ones: from the covariance of real people's templates, so that strangers
look as alike as they do, and a second photo of a person is apart from the first as much as real second photos are.
"""

from __future__ import annotations

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
from sqlalchemy import text

from api.database import EmbeddedServer
from api.gallery import index as index_of
from api.gallery import search
from api.gallery.tables import EnrolledFace
from api.keys.service import Side
from api.keys.tables import Account
from api.service import Service, open_service
from api.settings import Settings
from api.verifications.tables import Verification
from api.vision import FaceTemplate, Finding
from benchmarks.faces_data import read_pairs, templates

Vectors = NDArray[np.float32]

console = Console()
MODEL, ACCOUNT = "benchmark", "acc_benchmark"


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


def gallery(
    data: Annotated[Path, typer.Option(help="folder with lfw", envvar="VERIFIER_DATA")] = Path(
        "../shared/data"
    ),
    sizes: Annotated[str, typer.Option(help="faces in the gallery, by commas")] = "10000,100000",
    photos: Annotated[int, typer.Option(help="real photos that templates are drawn from")] = 600,
    queries: Annotated[int, typer.Option(help="searches of each kind")] = 50,
    index: Annotated[bool, typer.Option(help="also build and measure an HNSW index")] = False,
) -> None:
    """Time of enrolment and search, and an index's recall, in galleries of several sizes."""
    people = _real_people(data, photos)
    rng = np.random.default_rng(1)
    first = people.identities(400, rng)
    alike = (first @ first.T)[np.triu_indices(400, 1)]
    second = (first * people.again(first, rng)).sum(axis=1)
    console.print(
        f"similarity of strangers: mean {alike.mean():.3f}, highest 0.1% {np.quantile(alike, 0.999):.3f}; "
        f"of a person's two photos: median {np.median(second):.3f}"
    )
    table = Table(
        "faces", "load", "enrol p50", "search p50", "p95", "found first", *_index_columns(index), box=None
    )
    for size in (int(s) for s in sizes.split(",")):
        table.add_row(*_measure(people, size, queries, index, rng))
    console.print(table)


def _index_columns(index: bool) -> tuple[str, ...]:
    return ("index build", "indexed p50", "p95", "recall@1") if index else ()


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


def _measure(people: People, size: int, queries: int, index: bool, rng: np.random.Generator) -> list[str]:
    with TemporaryDirectory(prefix="gallery-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder) / "postgres")
        settings = Settings(home=Path(folder) / "home", database_url=SecretStr(server.url))
        service = open_service(settings)
        try:
            loaded = time.perf_counter()
            probes = _fill(service, people, size, queries, rng)
            row = [f"{size:,}", f"{time.perf_counter() - loaded:.0f} s"]
            enrolled = [
                _timed(lambda p=p: _enrol(service, people.identities(1, rng)[0], p)) for p in range(20)
            ]
            seen = people.again(np.stack([vector for _, vector in probes]), rng)
            searched = [_timed(lambda v=v: _search(service, v)) for v in seen]
            hits = [f[0] == face for (_, f), (face, _) in zip(searched, probes, strict=True) if f]
            times = [seconds for seconds, _ in searched]
            row += [_ms([t for t, _ in enrolled], 50), _ms(times, 50), _ms(times, 95)]
            row.append(f"{sum(hits)} of {len(probes)}")
            return row + (_indexed(service, seen, [found for _, found in searched]) if index else [])
        finally:
            service.close()
            server.close()


def _fill(
    service: Service, people: People, size: int, queries: int, rng: np.random.Generator
) -> list[tuple[str, Vectors]]:
    """Copies so many faces into the table; a few of them, with the sellers that they are of, to look for again."""
    with service.database.transaction() as session:
        session.add(Account(id=ACCOUNT, name=ACCOUNT, created_at=datetime.now(UTC)))
    wanted = set(rng.choice(size, queries, replace=False).tolist())
    probes = []
    columns = "id, account_id, livemode, seller_id, verification_id, person, model, template, created_at"
    types = [
        "varchar",
        "varchar",
        "bool",
        "varchar",
        "varchar",
        "varchar",
        "varchar",
        "halfvec",
        "timestamptz",
    ]
    now = datetime.now(UTC)
    with psycopg.connect(service.database.url) as connection:
        register_vector(connection)
        statement = f"COPY enrolled_faces ({columns}) FROM STDIN WITH (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            for start in track(range(0, size, 5000), description=f"{size:,} faces", transient=True):
                vectors = people.identities(min(5000, size - start), rng)
                for number, vector in enumerate(vectors, start):
                    name = f"{number:012d}"
                    seller = f"sel_{name}"
                    copy.write_row(
                        (
                            f"fac_{name}",
                            ACCOUNT,
                            True,
                            seller,
                            f"ver_{name}",
                            seller,
                            MODEL,
                            HalfVector(vector),
                            now,
                        )
                    )
                    if number in wanted:
                        probes.append((seller, vector))
    with service.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE enrolled_faces"))
    return probes


def _enrol(service: Service, vector: Vectors, number: int) -> None:
    name = f"new_{number:08d}"
    with service.database.transaction() as session:
        session.add(
            EnrolledFace(
                id=name,
                account_id=ACCOUNT,
                livemode=True,
                seller_id=name,
                verification_id=name,
                person=name,
                model=MODEL,
                template=vector,
                created_at=datetime.now(UTC),
            )
        )


def _search(service: Service, vector: Vectors) -> list[str]:
    """The other sellers that the service's own search finds, most similar first."""
    side = Side(ACCOUNT, True)
    asking = Verification(id="ver_asking", seller_id="sel_asking", account_id=ACCOUNT, livemode=True)
    finding = Finding("verified", (), face=FaceTemplate(MODEL, vector))
    with service.database.transaction() as session:
        found = search.search(service, session, side, asking, finding, {})
    return [each.other_seller_id for each in sorted(found, key=lambda d: -(d.similarity or 0))]


def _indexed(service: Service, seen: Vectors, exact: list[list[str]]) -> list[str]:
    """The index's build time, its searches' times, and how often it finds what an exact search finds first."""
    built, _ = _timed(lambda: index_of.build(service, MODEL))
    searched = [_timed(lambda v=v: _search(service, v)) for v in seen]
    pairs = [(found, best) for (_, found), best in zip(searched, exact, strict=True) if best]
    recall = np.mean([found[:1] == best[:1] for found, best in pairs])
    times = [seconds for seconds, _ in searched]
    return [f"{built:.0f} s", _ms(times, 50), _ms(times, 95), f"{recall:.1%}"]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _ms(seconds: list[float], percentile: int) -> str:
    return f"{np.percentile(seconds, percentile) * 1000:.0f} ms"


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)
