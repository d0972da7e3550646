"""/metrics for Prometheus: read from the database when asked, so that every process tells the same truth."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api import problems
from api.dependencies import Admin, Core
from api.gallery import service as gallery
from api.keys.service import OPERATOR, Caller
from api.keys.tables import Account
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Verification
from api.webhooks.tables import WebhookDelivery

router = APIRouter(tags=["operations"], responses=problems.responses(401, 403, 429, 503))

RECENT = timedelta(hours=1)


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"description": "Metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(caller: Admin, service: Core) -> Response:
    """Metrics of the whole service, all accounts and both sides together, for the operator: no names, no ids."""
    if not _is_operator(service, caller):
        raise problems.Problem(
            403, "operator_only", f"this needs an admin key of the account {OPERATOR}, which runs the service"
        )
    registry = CollectorRegistry()
    registry.register(_FromDatabase(service))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _is_operator(service: Service, caller: Caller) -> bool:
    with service.database.transaction() as session:
        return session.get_one(Account, caller.side.account_id).name == OPERATOR


class _FromDatabase(Collector):
    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        """What is counted in the database when /metrics is asked."""
        with self._service.database.transaction() as session:
            yield _counts(session, "verifications", "Verifications by state", Verification.state)
            yield _counts(session, "sellers", "Sellers by status", Seller.status)
            yield _counts(
                session, "webhook_deliveries", "Webhook deliveries by status", WebhookDelivery.status
            )
            yield from _queues(session)
            yield from _review(session)
            yield from _recent(session)
            yield from self._faces(session)

    def _faces(self, session: Session) -> Iterable[Metric]:
        stored, alert_at = gallery.stored_faces(session), self._service.policy.faces.alert_at
        yield _gauge("stored_faces", "Face templates stored; filing is due at 100,000", stored)
        yield _gauge(
            "stored_faces_alert", "1 from the number on that policy names", float(stored >= alert_at)
        )


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"seller_verifier_{name}", text, value=value)


def _labelled(name: str, text: str, label: str, rows: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"seller_verifier_{name}", text, labels=[label])
    for key, value in rows:
        family.add_metric([key], value)
    return family


def _counts(session: Session, name: str, words: str, column: Any) -> GaugeMetricFamily:
    rows = session.execute(select(column, func.count()).group_by(column)).all()
    return _labelled(name, words, column.key, [(row[0], row[1]) for row in rows])


def _queues(session: Session) -> Iterable[Metric]:
    rows = session.execute(
        text(
            """
            SELECT j.queue_name, j.status::text, count(*),
                   coalesce(extract(epoch FROM now() - min(e.at)), 0)
            FROM procrastinate_jobs j
            LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
            WHERE j.status IN ('todo', 'doing', 'failed') GROUP BY 1, 2
            """
        )
    ).all()
    depth = GaugeMetricFamily("seller_verifier_jobs", "Jobs by queue and status", labels=["queue", "status"])
    age = GaugeMetricFamily(
        "seller_verifier_queue_age_seconds", "Age of the oldest waiting job", labels=["queue"]
    )
    for queue, status, count, oldest in rows:
        depth.add_metric([queue, status], count)
        if status == "todo":
            age.add_metric([queue], float(oldest))
    yield depth
    yield age


def _review(session: Session) -> Iterable[Metric]:
    oldest = session.scalar(
        select(func.min(Verification.submitted_at)).where(Verification.state == "in_review")
    )
    age = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    yield _gauge("review_age_seconds", "Age of the oldest case before people", max(0.0, age))


def _recent(session: Session) -> Iterable[Metric]:
    """Outcomes, models and stage times of what was submitted in the last hour."""
    summaries = session.scalars(
        select(Verification.summary).where(
            Verification.submitted_at > datetime.now(UTC) - RECENT, Verification.summary.is_not(None)
        )
    ).all()
    outcomes: dict[str, float] = {}
    models: dict[str, float] = {}
    stages: dict[str, list[float]] = {}
    for summary in summaries:
        outcome = str((summary or {}).get("outcome"))
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        for model, version in ((summary or {}).get("model_versions") or {}).items():
            models[f"{model} {version}"] = models.get(f"{model} {version}", 0) + 1
        for stage, milliseconds in ((summary or {}).get("timings_ms") or {}).items():
            if isinstance(milliseconds, int | float):
                stages.setdefault(stage, []).append(milliseconds / 1000)
    yield _labelled("outcomes_last_hour", "Outcomes of the last hour", "outcome", outcomes.items())
    yield _labelled("models_last_hour", "Verifications by model version", "model", models.items())
    means = [(stage, sum(seconds) / len(seconds)) for stage, seconds in stages.items()]
    yield _labelled("stage_seconds_mean_last_hour", "Mean time of each stage", "stage", means)
