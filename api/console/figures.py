"""Numbers for supervisors: what was decided, how old the open cases are, when sellers are due again."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.console import cases
from api.console.agents import Viewer
from api.console.evidence import role_of
from api.console.tables import Agent
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Verification

DAYS = 30
MONTHS = 13
AGES = (1, 4, 12, 24, 48, 96)
"""Hours that part the open cases by age."""


@dataclass(frozen=True)
class Bar:
    """One bar of a plot: its label and its number; `share` of the largest, 0 to 1."""

    label: str
    count: int
    share: float


@dataclass(frozen=True)
class OutcomeRow:
    """What became of the cases that had a reason; `share` of the most frequent reason, 0 to 1."""

    code: str
    verified: int
    declined: int
    open: int
    share: float


@dataclass(frozen=True)
class Figures:
    """The plots of the supervisors' page."""

    verified_by_day: tuple[Bar, ...]
    declined_by_day: tuple[Bar, ...]
    by_agent: tuple[Bar, ...]
    ages: tuple[Bar, ...]
    reasons: tuple[Bar, ...]
    due_by_month: tuple[Bar, ...]
    outcomes: tuple[OutcomeRow, ...]


def figures(session: Session, viewer: Viewer) -> Figures:
    """The last thirty days, the open cases and the next year of the viewer's side."""
    decided = _decided(session, viewer)
    today = viewer.side.now().date()
    days = [(today - timedelta(days=n)).isoformat() for n in reversed(range(DAYS))]
    by_day = Counter((v.state, v.decided_at.date().isoformat()) for v in decided if v.decided_at)
    people = Counter(role_of((v.decision or {}).get("by", "machine")) for v in decided)
    logins = dict(session.execute(select(Agent.id, Agent.login)).tuples().all())
    reasons = Counter(
        reason["code"]
        for v in decided
        if v.state == "declined"
        for reason in (v.decision or {}).get("reasons", [])
    )
    return Figures(
        verified_by_day=_bars([(day, by_day["verified", day]) for day in days]),
        declined_by_day=_bars([(day, by_day["declined", day]) for day in days]),
        by_agent=_bars([(logins.get(who, who), n) for who, n in people.most_common(12)]),
        ages=_bars(_ages(session, viewer)),
        reasons=_bars(reasons.most_common(12)),
        due_by_month=_bars(_due(session, viewer)),
        outcomes=_outcomes(session, viewer),
    )


def as_csv(service: Service, session: Session, viewer: Viewer) -> str:
    """The decisions of the last thirty days, one a line: no name, no number of a document."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["verification", "kind", "outcome", "decided_at", "by", "reasons", "policy_version"])
    for v in _decided(session, viewer):
        decision = v.decision or {}
        codes = " ".join(reason["code"] for reason in decision.get("reasons", []))
        at = v.decided_at.isoformat() if v.decided_at else ""
        version = (v.summary or {}).get("policy_version") or service.policy.version
        writer.writerow([v.id, v.kind, v.state, at, decision.get("by", ""), codes, version])
    return table.getvalue()


def _decided(session: Session, viewer: Viewer) -> list[Verification]:
    side = viewer.side
    query = select(Verification).where(
        Verification.account_id == side.account_id,
        Verification.livemode == side.livemode,
        Verification.decided_at > side.now() - timedelta(days=DAYS),
        Verification.state.in_(("verified", "declined")),
    )
    return list(session.scalars(query.order_by(Verification.decided_at)))


def _outcomes(session: Session, viewer: Viewer) -> tuple[OutcomeRow, ...]:
    """Outcomes of the last thirty days' submissions by what the machine had against them."""
    side = viewer.side
    query = select(Verification.state, Verification.summary["reasons"]).where(
        Verification.account_id == side.account_id,
        Verification.livemode == side.livemode,
        Verification.submitted_at > side.now() - timedelta(days=DAYS),
    )
    counted: dict[str, Counter[str]] = {}
    for state, reasons in session.execute(query).tuples():
        for code in {r["code"] for r in reasons or [] if r.get("effect") != "note"}:
            counted.setdefault(code, Counter())[state] += 1
    ranked = sorted(counted.items(), key=lambda row: -row[1].total())[:12]
    most = max((states.total() for _, states in ranked), default=1)
    return tuple(
        OutcomeRow(
            code,
            states["verified"],
            states["declined"],
            states.total() - states["verified"] - states["declined"],
            states.total() / most,
        )
        for code, states in ranked
    )


def _ages(session: Session, viewer: Viewer) -> list[tuple[str, int]]:
    """How many open cases are younger than each of AGES, and how many older than all."""
    now = viewer.side.now()
    open_cases = session.scalars(
        select(Verification).where(
            Verification.account_id == viewer.side.account_id,
            Verification.livemode == viewer.side.livemode,
            Verification.state == "in_review",
        )
    )
    counted: Counter[int] = Counter()
    for verification in open_cases:
        hours = (now - cases.opened_at(verification)).total_seconds() / 3600
        counted[next((i for i, age in enumerate(AGES) if hours < age), len(AGES))] += 1
    labels = [f"< {age} h" for age in AGES] + [f"≥ {AGES[-1]} h"]
    return [(label, counted[i]) for i, label in enumerate(labels)]


def _due(session: Session, viewer: Viewer) -> list[tuple[str, int]]:
    """How many sellers' verifications end in each month from this one on."""
    now = viewer.side.now()
    month = func.to_char(Seller.verified_until, "YYYY-MM")
    found = session.execute(
        select(month, func.count())
        .where(
            Seller.account_id == viewer.side.account_id,
            Seller.livemode == viewer.side.livemode,
            Seller.verified_until.is_not(None),
        )
        .group_by(month)
    )
    counts: dict[str, int] = dict(found.tuples().all())
    months = [divmod(now.year * 12 + now.month - 1 + n, 12) for n in range(MONTHS)]
    names = [f"{year}-{index + 1:02}" for year, index in months]
    return [(name, counts.get(name, 0)) for name in names]


def _bars(counted: list[tuple[str, int]]) -> tuple[Bar, ...]:
    most = max((count for _, count in counted), default=0) or 1
    return tuple(Bar(label, count, count / most) for label, count in counted)
