"""`python -m benchmarks service-years`: does every seller get each step of the yearly re-check on its day, once?

A marketplace's sellers go through years, a day at a time: the clock is moved, two sweeps run at once as two
workers would, and then those sellers answer whose day it is. Every event is compared with what a model of each
seller's life, made without the service, says must happen on which day. Sellers begin as verified, their due
days spread over a year; an answer goes through the service's own transitions, without pictures.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy import insert, select, text

from api.database import DATABASE_NAME
from api.ids import new_id
from api.keys.service import Side, account_named
from api.policy import Schedule
from api.schedule.service import sweep_side
from api.schedule.steps import step_at
from api.sellers.tables import Seller
from api.service import Service, open_service
from api.settings import Settings
from api.verifications import transitions
from api.verifications.states import OPEN
from api.verifications.tables import Verification
from api.webhooks.tables import Event

YEAR = 365
IDLE = 0.1
"""Part of the sellers who let a re-check pass and lapse."""
BATCH = 500

Day = tuple[int, str]
"""A day from the beginning, and the type of an event on it."""


@dataclass
class Life:
    """What must happen to one seller, and the days on which it answers a re-check."""

    due: int
    events: list[Day] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@dataclass
class Result:
    """What went wrong, each to be 0, and how long sweeps took."""

    sellers: int
    days: int
    events: int = 0
    answers: int = 0
    lapsed: int = 0
    missed: int = 0
    unexpected: int = 0
    """Twice, on a wrong day, or out of nothing."""
    sweep_seconds: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def summary(self) -> dict[str, float]:
        spent = sorted(self.sweep_seconds)
        times = {
            "sweep_seconds_mean": round(statistics.fmean(spent), 3),
            "sweep_seconds_p95": round(spent[int(0.95 * (len(spent) - 1))], 3),
            "sweep_seconds_longest": round(spent[-1], 3),
        }
        return {k: v for k, v in asdict(self).items() if k != "sweep_seconds"} | times


def live(schedule: Schedule, chance: random.Random, days: int) -> Life:
    """The model: one seller's life up to the last day, from a due day in the first year on."""
    life = Life(due=chance.randrange(YEAR))
    due = life.due
    while True:
        opened = due - schedule.open_before_days
        last = due + schedule.grace_days
        answer = None if chance.random() < IDLE else chance.randrange(max(opened, 0), last)
        until = last + 1 if answer is None else answer
        year = [(opened, "verification.created")]
        year += [(due - left, "seller.reverification_reminder") for left in schedule.reminder_days]
        year += [(due, "seller.reverification_due")]
        # Sweeps come before answers on a day; what was due before the first day is caught up on it.
        life.events += [(max(day, 0), what) for day, what in year if day <= until]
        if answer is None:
            life.events += [(last, "seller.lapsed"), (last, "verification.expired")]
        else:
            life.answers.append(answer)
            life.events += [(answer, "verification.verified")]
            life.events += [(answer, "seller.verified")] if answer >= due else []
        life.events = [(day, what) for day, what in life.events if day < days]
        life.answers = [day for day in life.answers if day < days]
        if answer is None or answer >= days:
            return life
        due = answer + YEAR


def run(service: Service, sellers: int, days: int, seed: int = 1, seconds: float = float("inf")) -> Result:
    """Let that many sellers live that many days, or as many as fit into the time."""
    began = time.monotonic()
    with service.database.transaction() as session:
        account = account_named(session, f"years-{seed}").id
    lives, start = _enrol(service, Side(account, False), sellers, days, seed)
    answering: dict[int, list[str]] = defaultdict(list)
    for seller_id, life in lives.items():
        for day in life.answers:
            answering[day].append(seller_id)
    result = Result(sellers, 0)
    with ThreadPoolExecutor(2) as workers:
        for day in track(range(days), "days", console=Console(stderr=True), transient=True):
            if time.monotonic() - began > seconds:
                break
            side = Side(account, False, timedelta(days=day))
            swept = time.monotonic()
            list(workers.map(lambda side: sweep_side(service, side), (side, side)))
            result.sweep_seconds.append(time.monotonic() - swept)
            result.answers += _answer(service, side, answering[day])
            result.days = day + 1
    _judge(service, Side(account, False), start, lives, result)
    result.seconds = round(time.monotonic() - began, 1)
    return result


def _enrol(
    service: Service, side: Side, count: int, days: int, seed: int
) -> tuple[dict[str, Life], datetime]:
    chance, schedule = random.Random(seed), service.policy.schedule
    lives = {new_id("sel"): live(schedule, chance, days) for _ in range(count)}
    start = side.now()
    for batch in _batches(lives):
        rows = [_row(schedule, side, seller_id, lives[seller_id], start) for seller_id in batch]
        with service.database.transaction() as session:
            session.execute(insert(Seller), rows)
    return lives, start


def _row(schedule: Schedule, side: Side, seller_id: str, life: Life, start: datetime) -> dict[str, object]:
    until = start + timedelta(days=life.due)
    return {
        "id": seller_id,
        "account_id": side.account_id,
        "livemode": side.livemode,
        "reference": seller_id,
        "kind": "individual",
        "risk": "normal",
        "status": "verified",
        "verified_until": until,
        "own_until": until,
        "next_step": 0,
        "next_step_at": step_at(schedule, until, 0),
        "details": {},
        "created_at": start,
    }


def _answer(service: Service, side: Side, sellers: Iterable[str]) -> int:
    """The re-check of each of them succeeds."""
    answered = 0
    for batch in _batches(sellers):
        with service.database.transaction() as session:
            locked = session.scalars(
                select(Seller).where(Seller.id.in_(batch)).order_by(Seller.id).with_for_update()
            )
            by_id = {seller.id: seller for seller in locked}
            opened = session.scalars(
                select(Verification)
                .where(Verification.seller_id.in_(batch), Verification.state.in_(OPEN))
                .with_for_update()
            ).all()
            cases = [(by_id[verification.seller_id], verification) for verification in opened]
            transitions.move_all(service, session, side, cases, "processing", "benchmark")
            transitions.move_all(service, session, side, cases, "verified", "benchmark")
        answered += len(opened)
    return answered


def _judge(service: Service, side: Side, start: datetime, lives: Mapping[str, Life], result: Result) -> None:
    """Compare what was told of each seller, day by day, with what had to be."""
    expected = Counter(
        (seller_id, day, what)
        for seller_id, life in lives.items()
        for day, what in life.events
        if day < result.days
    )
    query = select(Event.seller_id, Event.created_at, Event.type).where(Event.account_id == side.account_id)
    found: Counter[tuple[str | None, int, str]] = Counter()
    with service.database.transaction() as session:
        for seller_id, at, what in session.execute(query.execution_options(yield_per=10_000)):
            if what != "verification.processing":
                found[seller_id, (at - start).days, what] += 1
    result.events = found.total()
    result.lapsed = sum(count for (_, _, what), count in found.items() if what == "seller.lapsed")
    result.missed = (expected - found).total()
    result.unexpected = (found - expected).total()


def _without_waiting_for_the_disk(service: Service) -> None:
    """What a power cut would lose is not the question here, and a million commits would wait for it."""
    with service.database.transaction() as session:
        session.execute(text(f"ALTER DATABASE {DATABASE_NAME} SET synchronous_commit = off"))
    service.database.engine.dispose()


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    listed = list(items)
    for first in range(0, len(listed), BATCH):
        yield listed[first : first + BATCH]


def service_years(
    sellers: Annotated[int, typer.Option(help="how many sellers")] = 100_000,
    years: Annotated[float, typer.Option(help="how many years")] = 3,
    minutes: Annotated[float, typer.Option(help="after how many minutes to stop and judge")] = 60,
    seed: Annotated[int, typer.Option(help="of the sellers' lives")] = 1,
) -> None:
    """Move the clock through years of re-checks; report what came too early, too late, twice or never."""
    with TemporaryDirectory(prefix="years-") as folder:
        Path(folder).chmod(0o755)
        service = open_service(Settings(home=Path(folder) / "home"))
        _without_waiting_for_the_disk(service)
        result = run(service, sellers, round(years * YEAR), seed, minutes * 60)
        service.close()
    typer.echo(json.dumps(result.summary(), indent=1))
    raise typer.Exit(int(result.missed + result.unexpected > 0))
