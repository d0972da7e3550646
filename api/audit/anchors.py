"""Heads of the audit trail, written down outside the database.

A chain shows a changed entry, but not one whose end was cut off, or that was written anew as a whole: for that,
its head must have been kept where whoever changes the database does not reach. The file is in the service's home
folder; the log tells each head too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.tables import AuditEntry
from api.service import Service

log = structlog.get_logger()

EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Head:
    """The trail's last entry at some time."""

    number: int
    hash: str
    at: datetime


def anchor(service: Service, *, every: timedelta = EVERY) -> None:
    """Write down the trail's head, unless one was so short a time ago."""
    now, path = datetime.now(UTC), _file(service)
    *_, last = None, *heads(service)
    if last is not None and now - last.at < every:
        return
    with service.database.transaction() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one_or_none()
    if entry is not None:
        with path.open("a", encoding="ascii") as file:
            file.write(f"{entry.number} {entry.hash.hex()} {now.isoformat()}\n")
        log.info("audit_head", number=entry.number, hash=entry.hash.hex())


def heads(service: Service) -> Iterator[Head]:
    """What was written down, oldest first."""
    path = _file(service)
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii").splitlines():
        number, digest, at = line.split()
        yield Head(int(number), digest, datetime.fromisoformat(at))


def first_lost(service: Service, session: Session) -> int | None:
    """Number of the first head that the trail does not hold any more, or not as it was; None where it holds all."""
    for head in heads(service):
        entry = session.get(AuditEntry, head.number)
        if entry is None or entry.hash.hex() != head.hash:
            return head.number
    return None


def _file(service: Service) -> Path:
    return service.settings.home / "audit-heads"
