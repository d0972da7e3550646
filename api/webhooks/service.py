"""Records events and puts their deliveries on the way."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from api import jobs
from api.ids import new_id
from api.keys.service import Side
from api.problems import Problem
from api.service import Service
from api.webhooks.addresses import ForbiddenAddress, check_url
from api.webhooks.tables import Event, WebhookDelivery, WebhookEndpoint

OLD_SECRET_HOLDS = timedelta(hours=24)


def record(
    session: Session, side: Side, event_type: str, seller_id: str | None, data: dict[str, Any]
) -> Event:
    """Write an event and one delivery for each endpoint that wants it, in the caller's transaction.

    The caller holds the seller's row lock, so deliveries of a seller are queued in the order of its events.
    """
    return record_all(session, side, event_type, [(seller_id, data)])[0]


def record_all(
    session: Session, side: Side, event_type: str, subjects: Sequence[tuple[str | None, dict[str, Any]]]
) -> list[Event]:
    """The same event of many sellers."""
    now = side.now()
    if not subjects:
        return []
    events = [
        Event(
            id=new_id("evt"),
            account_id=side.account_id,
            livemode=side.livemode,
            type=event_type,
            seller_id=seller_id,
            data=data,
            created_at=now,
        )
        for seller_id, data in subjects
    ]
    session.add_all(events)
    session.flush()
    wanting = [
        e for e in enabled_endpoints(session, side) if not e.event_types or event_type in e.event_types
    ]
    send_all(session, [(endpoint, event) for event in events for endpoint in wanting])
    return events


def enabled_endpoints(session: Session, side: Side) -> list[WebhookEndpoint]:
    """The side's endpoints that deliveries go to."""
    return list(
        session.scalars(
            select(WebhookEndpoint).where(
                WebhookEndpoint.account_id == side.account_id,
                WebhookEndpoint.livemode == side.livemode,
                WebhookEndpoint.status == "enabled",
            )
        )
    )


def send(session: Session, endpoint: WebhookEndpoint, event: Event) -> str:
    """`send_all` of one event to one endpoint. Returns the delivery's id."""
    return send_all(session, [(endpoint, event)])[0]


def send_all(session: Session, wanted: Sequence[tuple[WebhookEndpoint, Event]]) -> list[str]:
    """Queue events for endpoints, each behind what the same endpoint still has to get about the same seller."""
    if not wanted:
        return []
    ids = [new_id("del") for _ in wanted]
    rows = [
        {
            "id": delivery_id,
            "endpoint_id": endpoint.id,
            "event_id": event.id,
            "status": "pending",
            "attempts": 0,
            "created_at": event.created_at,
        }
        for (endpoint, event), delivery_id in zip(wanted, ids, strict=True)
    ]
    session.execute(insert(WebhookDelivery), rows)
    locked = [
        (f"webhook:{endpoint.id}:{event.seller_id}", {"delivery_id": delivery_id})
        for (endpoint, event), delivery_id in zip(wanted, ids, strict=True)
    ]
    jobs.defer_all(session, "webhooks.deliver", jobs.DELIVERY_QUEUE, locked)
    return ids


def create_endpoint(
    service: Service, session: Session, side: Side, url: str, event_types: list[str]
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown this once. Raises Problem 422 forbidden_address."""
    try:
        check_url(url, service.settings.webhook_private_addresses)
    except ForbiddenAddress as error:
        raise Problem(422, "forbidden_address", str(error)) from error
    secret = new_secret()
    endpoint = WebhookEndpoint(
        id=new_id("we"),
        account_id=side.account_id,
        livemode=side.livemode,
        url=url,
        event_types=event_types,
        sealed_secret=service.secrets_key.seal(secret.encode()),
        status="enabled",
        created_at=side.now(),
    )
    session.add(endpoint)
    return endpoint, secret


def rotate_secret(service: Service, endpoint: WebhookEndpoint) -> str:
    """A new secret; for a day, deliveries are signed with both."""
    secret = new_secret()
    endpoint.sealed_old_secret = endpoint.sealed_secret
    endpoint.old_secret_until = datetime.now(UTC) + OLD_SECRET_HOLDS
    endpoint.sealed_secret = service.secrets_key.seal(secret.encode())
    return secret


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes them: 256 random bits."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
