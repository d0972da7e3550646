"""Delivers one event to one endpoint: signed after Standard Webhooks, tried for three days, then given up."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import procrastinate
import structlog
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from api import jobs
from api.audit import service as audit
from api.keys.service import Side, side_of
from api.keys.tables import Account
from api.service import Service
from api.webhooks import service as webhooks
from api.webhooks.addresses import resolve
from api.webhooks.tables import Event, WebhookDelivery, WebhookEndpoint

log = structlog.get_logger()

# Seconds until the next try, as the Standard Webhooks specification suggests: about 75 hours in all.
RETRY_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
TIMEOUT_SECONDS = 15
"""For a whole delivery: a receiver that answers by drips would keep all others waiting."""
DISABLED_AFTER = timedelta(days=3)


class NotDelivered(Exception):
    """The endpoint did not take the event; the job is tried again."""

    def __init__(self, answer: str, retry_after: int = 0) -> None:
        super().__init__(answer)
        self.answer, self.retry_after = answer, retry_after


class DeliveryRetry(procrastinate.BaseRetryStrategy):
    """The next of RETRY_SECONDS with up to a tenth more, or as much later as the endpoint asks for."""

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if job.attempts >= len(RETRY_SECONDS):
            return None
        wait = RETRY_SECONDS[job.attempts] * random.uniform(1, 1.1)  # noqa: S311
        if isinstance(exception, NotDelivered):
            wait = max(wait, exception.retry_after)
        return procrastinate.RetryDecision(retry_in={"milliseconds": int(wait * 1000)})


def deliver(service: Service, delivery_id: str, tries_before: int) -> None:
    """Post the event. Raises NotDelivered where another try may help; otherwise the delivery is finished."""
    with service.database.transaction() as session:
        delivery = session.get(WebhookDelivery, delivery_id)
        if delivery is None or delivery.status != "pending":
            return
        endpoint = session.get_one(WebhookEndpoint, delivery.endpoint_id)
        event = session.get_one(Event, delivery.event_id)
        if endpoint.status != "enabled":
            _finish(delivery, "dropped", "disabled")
            return
        url, body = endpoint.url, event_body(event)
        headers = signed_headers(service, endpoint, event.id, body)
    answer, retry_after = _post(service, url, body, headers)
    with service.database.transaction() as session:
        delivery = session.get_one(WebhookDelivery, delivery_id, with_for_update=True)
        endpoint = session.get_one(WebhookEndpoint, delivery.endpoint_id, with_for_update=True)
        delivery.attempts += 1
        delivery.last_answer = answer
        if answer.startswith("2"):
            _finish(delivery, "delivered", answer)
            endpoint.failing_since = None
            return
        _note_failure(session, endpoint, answer)
        if endpoint.status != "enabled" or tries_before >= len(RETRY_SECONDS):
            _finish(delivery, "failed", answer)
            return
    raise NotDelivered(answer, retry_after)


def event_body(event: Event) -> str:
    """What is posted, byte for byte what is signed."""
    content = {
        "id": event.id,
        "type": event.type,
        "timestamp": event.created_at.astimezone(UTC).isoformat(),
        "livemode": event.livemode,
        "data": {"seller_id": event.seller_id, **event.data},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def signed_headers(service: Service, endpoint: WebhookEndpoint, event_id: str, body: str) -> dict[str, str]:
    """Headers of Standard Webhooks, signed with the secret and, for a day after a change, the one before."""
    now = datetime.now(UTC)
    sealed = [endpoint.sealed_secret]
    if endpoint.sealed_old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
        sealed.append(endpoint.sealed_old_secret)
    secrets = [service.secrets_key.open(secret).decode() for secret in sealed]
    signatures = [Webhook(secret).sign(event_id, now, body) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
        "user-agent": "seller-verifier",
    }


def _post(service: Service, url: str, body: str, headers: dict[str, str]) -> tuple[str, int]:
    """The answer's status or the name of what went wrong, and the seconds that Retry-After asks for."""
    try:
        address = resolve(url, service.settings.webhook_private_addresses)
        response = asyncio.run(_answer(url, address, body, headers))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return type(error).__name__, 0
    asked = response.headers.get("retry-after", "")
    return str(response.status_code), min(int(asked), 86400) if asked.isdigit() else 0


async def _answer(url: str, address: str, body: str, headers: dict[str, str]) -> httpx.Response:
    """The answer without its content. Raises TimeoutError past TIMEOUT_SECONDS, however fast the bytes drip in."""
    parts = urlsplit(url)
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "POST",
            httpx.URL(url).copy_with(host=address),
            content=body.encode(),
            headers={**headers, "host": parts.netloc},
            extensions={"sni_hostname": parts.hostname},
        ) as response,
    ):
        return response


def _note_failure(session: Session, endpoint: WebhookEndpoint, answer: str) -> None:
    """Remember since when the endpoint fails, and disable it on a 410 or after three days of nothing else."""
    now = datetime.now(UTC)
    endpoint.failing_since = endpoint.failing_since or now
    if answer != "410" and now - endpoint.failing_since < DISABLED_AFTER:
        return
    endpoint.status = "disabled"
    side = _side(session, endpoint)
    webhooks.record(session, side, "webhook_endpoint.disabled", None, {"webhook_endpoint_id": endpoint.id})
    audit.record(session, side, "system", "webhook_endpoint.disabled", endpoint.id, {"answer": answer})
    log.warning("webhook_endpoint_disabled", endpoint=endpoint.id, answer=answer)


def _side(session: Session, endpoint: WebhookEndpoint) -> Side:
    return side_of(session.get_one(Account, endpoint.account_id), endpoint.livemode)


def _finish(delivery: WebhookDelivery, status: str, answer: str) -> None:
    delivery.status, delivery.last_answer = status, answer
    delivery.finished_at = datetime.now(UTC)


def register(app: procrastinate.App, service: Service) -> None:
    """Add this domain's tasks to the worker."""

    @app.task(name="webhooks.deliver", queue=jobs.DELIVERY_QUEUE, retry=DeliveryRetry(), pass_context=True)
    def task(context: procrastinate.JobContext, /, **arguments: Any) -> None:
        deliver(service, arguments["delivery_id"], context.job.attempts)
