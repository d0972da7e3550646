"""Writes the audit trail and proves it whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.audit.tables import AuditEntry
from api.database import before_commit
from api.keys.service import Side

# Any number that no other lock of ours uses: writers of the chain wait for each other on it.
_CHAIN_LOCK = 7_301_001


def record(
    session: Session, side: Side, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
) -> None:
    """Append one act to the chain, in the caller's transaction. `detail` holds codes and ids only."""
    record_all(session, side, actor, action, [(subject, detail or {})])


def record_all(
    session: Session, side: Side, actor: str, action: str, subjects: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Append the same act on many subjects.

    The chain grows at the transaction's very end: all writers wait for each other there.
    """
    for subject, detail in subjects:
        entry = {
            "at": side.now(),
            "account_id": side.account_id,
            "livemode": side.livemode,
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": detail,
        }
        before_commit(session, _append, entry)


def _append(session: Session, entries: list[dict[str, Any]]) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    last = session.execute(
        select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)
    ).one_or_none()
    begin, previous = (last.number + 1, last.hash) if last else (1, b"")
    rows = []
    for number, entry in enumerate(entries, begin):
        row = {"number": number, **entry}
        previous = _link(previous, row)
        rows.append({**row, "hash": previous})
    session.execute(AuditEntry.__table__.insert(), rows)  # type: ignore[attr-defined]


def first_broken(session: Session) -> int | None:
    """Number of the first entry that does not follow from those before it; None where the chain is whole."""
    expected, previous = 1, b""
    for entry in session.scalars(
        select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=1000)
    ):
        row = {column: getattr(entry, column) for column in _COVERED}
        if entry.number != expected or _link(previous, row) != entry.hash:
            return expected
        expected, previous = expected + 1, entry.hash
    return None


_COVERED = ("number", "at", "account_id", "livemode", "actor", "action", "subject", "detail")


def _link(previous: bytes, row: dict[str, Any]) -> bytes:
    plain = {**row, "at": _instant(row["at"])}
    body = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(previous + body.encode()).digest()


def _instant(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
