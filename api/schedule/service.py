"""The sweep: does what is due for sellers, verifications and cards, in batches that many workers may share.

Each batch takes its rows with SKIP LOCKED and does every step in one transaction, so no step is done twice,
and a sweep after days of downtime does in order what was missed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from api import vision
from api.audit import service as audit
from api.ids import new_id
from api.keys.service import Side, all_sides
from api.paging import of_side
from api.schedule.steps import Step, step_at, steps
from api.sellers import service as sellers
from api.sellers.tables import Executive, Seller
from api.service import Service
from api.signals import service as signals
from api.verifications import service as verifications
from api.verifications import transitions
from api.verifications.states import OPEN
from api.verifications.tables import Verification
from api.webhooks import service as webhooks

ACTOR = "schedule"
BATCH = 500


def sweep(service: Service) -> int:
    """Do all that is due on all sides, now. Returns how many steps that were."""
    with service.database.transaction() as session:
        sides = all_sides(session)
    return sum(sweep_side(service, side) for side in sides)


def sweep_side(service: Service, side: Side) -> int:
    """The same on one side."""
    done = 0
    while count := _sweep_sellers(service, side):
        done += count
    while count := _sweep_verifications(service, side):
        done += count
    while count := _sweep_cards(service, side):
        done += count
    return done


def _sweep_sellers(service: Service, side: Side) -> int:
    """One batch: the next step of each seller that has one due."""
    now = side.now()
    with service.database.transaction() as session:
        due = session.scalars(
            select(Seller)
            .where(
                Seller.account_id == side.account_id,
                Seller.livemode == side.livemode,
                Seller.next_step_at <= now,
            )
            .order_by(Seller.next_step_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        by_step: dict[Step, list[Seller]] = defaultdict(list)
        listed = steps(service.policy.schedule)
        for seller in due:
            by_step[listed[seller.next_step]].append(seller)
        for step in sorted(by_step, key=lambda step: step.days):
            _ACTS[step.act](service, session, side, step, by_step[step])
        for seller in due:
            if seller.next_step_at is not None:
                seller.next_step += 1
                seller.next_step_at = step_at(
                    service.policy.schedule, seller.verified_until, seller.next_step
                )
        return len(due)


def _open(service: Service, session: Session, side: Side, _: Step, due: list[Seller]) -> None:
    """Open the annual verification of each seller, and of each executive that must be verified."""
    lasting = timedelta(days=service.policy.schedule.open_before_days + service.policy.schedule.grace_days)
    allowed = [seller for seller in due if seller.status != "banned"]
    already = _open_annuals(session, allowed)
    methods = verifications.methods_before(session, [seller.id for seller in allowed])
    rows = [
        {
            **_annual(service, side, seller, executive_id, lasting),
            "method": methods.get((seller.id, executive_id), "face"),
        }
        for seller in allowed
        for executive_id in _persons(service, session, seller)
        if (seller.id, executive_id) not in already
    ]
    if not rows:
        return
    session.execute(insert(Verification), rows)
    told: list[tuple[str, dict[str, Any]]] = [
        (row["seller_id"], {"verification_id": row["id"], "kind": "annual", "state": "requires_input"})
        for row in rows
    ]
    webhooks.record_all(session, side, "verification.created", told)
    entries = [(content["verification_id"], content) for _, content in told]
    audit.record_all(session, side, ACTOR, "verification.created", entries)


def _persons(service: Service, session: Session, seller: Seller) -> list[str | None]:
    if seller.kind == "individual":
        return [None]
    roles = service.policy.enterprise.required_roles
    executives = session.scalars(
        select(Executive.id).where(Executive.seller_id == seller.id, Executive.role.in_(roles))
    )
    return [None, *executives]


def _open_annuals(session: Session, due: list[Seller]) -> set[tuple[str, str | None]]:
    """Who has an open annual verification: sellers with None, or with the executive it is about."""
    found = session.execute(
        select(Verification.seller_id, Verification.executive_id).where(
            Verification.seller_id.in_([seller.id for seller in due]),
            Verification.kind == "annual",
            Verification.state.in_(OPEN),
        )
    )
    return {(seller_id, executive_id) for seller_id, executive_id in found}


def _annual(
    service: Service, side: Side, seller: Seller, executive_id: str | None, lasting: timedelta
) -> dict[str, Any]:
    now = side.now()
    return {
        "id": new_id("ver"),
        "account_id": side.account_id,
        "livemode": side.livemode,
        "seller_id": seller.id,
        "executive_id": executive_id,
        "kind": "annual",
        "state": "requires_input",
        "challenge": vision.draw_challenge(service.policy.verifications.challenges),
        "challenge_expires_at": now + timedelta(days=service.policy.verifications.challenge_days),
        "attempt": 0,
        "expires_at": _due(seller) - timedelta(days=service.policy.schedule.open_before_days) + lasting,
        "created_at": now,
    }


def _remind(service: Service, session: Session, side: Side, step: Step, due: list[Seller]) -> None:  # noqa: ARG001
    told = [
        (seller.id, {"days_left": -step.days, "verified_until": _due(seller).isoformat()})
        for seller in due
        if seller.status == "verified"
    ]
    webhooks.record_all(session, side, "seller.reverification_reminder", told)


def _due_day(service: Service, session: Session, side: Side, _: Step, due: list[Seller]) -> None:  # noqa: ARG001
    free = [seller for seller in due if seller.status not in sellers.HELD]
    sellers.set_status_all(session, side, free, "reverification_due", ACTOR)


def _lapse(service: Service, session: Session, side: Side, _: Step, due: list[Seller]) -> None:  # noqa: ARG001
    free = [seller for seller in due if seller.status not in sellers.HELD]
    sellers.set_status_all(session, side, free, "lapsed", ACTOR)


def _due(seller: Seller) -> datetime:
    assert seller.verified_until is not None
    return seller.verified_until


_ACTS = {"open": _open, "remind": _remind, "due": _due_day, "lapse": _lapse}


def _sweep_verifications(service: Service, side: Side) -> int:
    """One batch of abandoned verifications: they expire."""
    with service.database.transaction() as session:
        abandoned = Verification.expires_at <= side.now()
        cases = _cases(session, side, Verification.state == "requires_input", abandoned)
        transitions.move_all(service, session, side, cases, "expired", ACTOR)
        return len(cases)


def _sweep_cards(service: Service, side: Side) -> int:
    """One batch of cards that have run out since they were verified: each is a signal, and policy says what follows."""
    with service.database.transaction() as session:
        run_out = Verification.card_runs_out_at <= side.now()
        cases = _cases(session, side, Verification.state == "verified", run_out)
        for seller, verification in cases:
            if seller.status != "banned" and _still_stands(session, verification):
                signals.add(
                    service, session, side, seller, signal_type="card_expired", severity="low", source=ACTOR
                )
            verification.card_runs_out_at = None
        return len(cases)


def _cases(session: Session, side: Side, *wanted: ColumnElement[bool]) -> list[tuple[Seller, Verification]]:
    """One batch of such verifications, but of sellers whom somebody else holds now; sellers and verifications locked."""
    all_such = of_side(Verification, side).where(*wanted)
    theirs = all_such.with_only_columns(Verification.seller_id).order_by(Verification.seller_id).limit(BATCH)
    free = session.scalars(
        select(Seller)
        .where(Seller.id.in_(session.scalars(theirs).all()))
        .order_by(Seller.id)
        .with_for_update(skip_locked=True)
    )
    held = {seller.id: seller for seller in free}
    still = all_such.where(Verification.seller_id.in_(held))
    query = still.order_by(Verification.seller_id, Verification.id).with_for_update()
    found = session.scalars(query)
    return [(held[verification.seller_id], verification) for verification in found]


def _still_stands(session: Session, verification: Verification) -> bool:
    """Whether the card was good when it was verified, and nothing was verified in its place since."""
    decided_at, runs_out_at = verification.decided_at, verification.card_runs_out_at
    if decided_at is None or runs_out_at is None or runs_out_at <= decided_at:
        return False
    later = select(Verification.id).where(
        Verification.seller_id == verification.seller_id,
        Verification.executive_id.is_not_distinct_from(verification.executive_id),
        Verification.state == "verified",
        Verification.decided_at > decided_at,
    )
    return session.scalar(later.limit(1)) is None
