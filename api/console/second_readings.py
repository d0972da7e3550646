"""Blind second readings: a sample of decided cases is judged again by an agent who does not know how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.console.agents import Viewer
from api.console.tables import SecondReading
from api.problems import Problem
from api.service import Service
from api.verifications.tables import Capture, Verification

WITHIN = timedelta(days=30)
MACHINE = "machine"

Judgement = Literal["verified", "declined"]


@dataclass(frozen=True)
class Agreement:
    """How often second readers judged as those before them."""

    readings: int
    agreed: int
    kappa: float | None
    """Cohen's kappa: agreement beyond chance, 1 at best; None where there is nothing to tell by."""

    @property
    def share(self) -> float:
        """Share of the readings that agree, 0 to 1; 0 where there are none."""
        return self.agreed / self.readings if self.readings else 0.0


def next_case(service: Service, session: Session, viewer: Viewer) -> str | None:
    """A case of the sample that nobody has read again and that the viewer did not decide; the oldest first."""
    query = _readable(service, viewer).order_by(Verification.decided_at).limit(1)
    found = session.scalar(query.with_only_columns(Verification.id))
    return str(found) if found else None


def check(service: Service, session: Session, viewer: Viewer, verification_id: str) -> None:
    """Raises Problem 404 where this is no case for the viewer to read again."""
    query = _readable(service, viewer).where(Verification.id == verification_id)
    if session.scalar(query.with_only_columns(Verification.id)) is None:
        raise Problem(404, "no_second_reading", "this case is not to be read again")


def keep(
    service: Service, session: Session, viewer: Viewer, verification_id: str, decision: Judgement
) -> None:
    """The viewer's own judgement; it changes nothing of the case. Raises Problem 404."""
    check(service, session, viewer, verification_id)
    reading = {"verification_id": verification_id, "agent_id": viewer.agent_id, "decision": decision}
    session.execute(
        insert(SecondReading).values(**reading, created_at=viewer.side.now()).on_conflict_do_nothing()
    )
    audit.record(session, viewer.side, viewer.agent_id, "case.read_again", verification_id)


def agreement(session: Session, viewer: Viewer) -> tuple[Agreement, Agreement]:
    """With the agents who decided before, and with the machine where it decided alone."""
    rows = session.execute(
        select(Verification.state, Verification.decision, SecondReading.decision)
        .join(SecondReading, SecondReading.verification_id == Verification.id)
        .where(
            Verification.account_id == viewer.side.account_id,
            Verification.livemode == viewer.side.livemode,
            Verification.state.in_(("verified", "declined")),
        )
    )
    pairs: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for state, first, second in rows.tuples():
        pairs[(first or {}).get("by") == MACHINE].append((state, second))
    return _agreement(pairs[False]), _agreement(pairs[True])


def _agreement(pairs: list[tuple[str, str]]) -> Agreement:
    agreed = sum(first == second for first, second in pairs)
    return Agreement(len(pairs), agreed, _kappa(pairs))


def _kappa(pairs: list[tuple[str, str]]) -> float | None:
    if not pairs:
        return None
    total = len(pairs)
    first = sum(one == "verified" for one, _ in pairs) / total
    second = sum(other == "verified" for _, other in pairs) / total
    by_chance = first * second + (1 - first) * (1 - second)
    seen = sum(one == other for one, other in pairs) / total
    return None if by_chance == 1 else (seen - by_chance) / (1 - by_chance)


def _readable(service: Service, viewer: Viewer) -> Select[Any]:
    by = Verification.decision
    return (
        select(Verification)
        .outerjoin(SecondReading, SecondReading.verification_id == Verification.id)
        .where(
            Verification.account_id == viewer.side.account_id,
            Verification.livemode == viewer.side.livemode,
            Verification.state.in_(("verified", "declined")),
            Verification.decided_at > viewer.side.now() - WITHIN,
            Verification.redacted_at.is_(None),
            Verification.sealed_report.is_not(None),
            Verification.reversed_at.is_(None),
            SecondReading.verification_id.is_(None),
            by["by"].astext != viewer.agent_id,
            ~func.coalesce(by["people"], func.jsonb_build_array()).contains([viewer.agent_id]),
            exists().where(Capture.verification_id == Verification.id),
            _sampled(service),
        )
    )


def _sampled(service: Service) -> ColumnElement[bool]:
    """The same cases each time, without a column: a hash of the id below the share."""
    thousandths = round(service.settings.second_reading_share * 1000)
    return func.abs(func.hashtext(Verification.id)) % 1000 < thousandths
