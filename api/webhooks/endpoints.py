"""/v1/webhook-endpoints and /v1/events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import problems
from api.audit import service as audit
from api.database import columns
from api.dependencies import Admin, Core, Reader
from api.idempotency import IdempotentRoute
from api.ids import PATTERN
from api.keys.service import Side
from api.paging import Cursor, Limit, Page, fetch, of_side
from api.problems import Problem
from api.webhooks import service as webhooks
from api.webhooks.schemas import (
    DeliveryStatus,
    DeliveryView,
    EndpointView,
    EndpointWithSecret,
    EventType,
    EventView,
    NewEndpoint,
)
from api.webhooks.tables import Event, WebhookDelivery, WebhookEndpoint

router = APIRouter(
    prefix="/v1", tags=["webhooks"], responses=problems.COMMON_RESPONSES, route_class=IdempotentRoute
)

EndpointId = Annotated[str, Path(pattern=PATTERN, description="we_..., as it was answered with")]
EventId = Annotated[str, Path(pattern=PATTERN, description="evt_..., as events and deliveries name it")]


@router.post("/webhook-endpoints", status_code=201, operation_id="create_webhook_endpoint")
def create_endpoint(body: NewEndpoint, caller: Admin, service: Core) -> EndpointWithSecret:
    """Have events posted to an address of yours."""
    with service.database.transaction() as session:
        endpoint, secret = webhooks.create_endpoint(
            service, session, caller.side, body.url, list(body.event_types)
        )
        audit.record(session, caller.side, caller.actor, "webhook_endpoint.created", endpoint.id)
        return EndpointWithSecret(**columns(endpoint), secret=secret)


@router.get("/webhook-endpoints", operation_id="list_webhook_endpoints")
def list_endpoints(
    caller: Admin, service: Core, starting_after: Cursor = None, limit: Limit = 20
) -> Page[EndpointView]:
    """Webhook endpoints, newest first."""
    query = of_side(WebhookEndpoint, caller.side)
    with service.database.transaction() as session:
        rows, more = fetch(session, query, WebhookEndpoint.id, starting_after, limit)
        return Page(data=[EndpointView(**columns(row)) for row in rows], has_more=more)


@router.post("/webhook-endpoints/{endpoint_id}/enable", operation_id="enable_webhook_endpoint")
def enable_endpoint(endpoint_id: EndpointId, caller: Admin, service: Core) -> EndpointView:
    """Enable an endpoint again that was disabled."""
    with service.database.transaction() as session:
        endpoint = _find(session, caller.side, endpoint_id)
        endpoint.status, endpoint.failing_since = "enabled", None
        audit.record(session, caller.side, caller.actor, "webhook_endpoint.enabled", endpoint.id)
        return EndpointView(**columns(endpoint))


@router.post("/webhook-endpoints/{endpoint_id}/rotate-secret", operation_id="rotate_webhook_secret")
def rotate_secret(endpoint_id: EndpointId, caller: Admin, service: Core) -> EndpointWithSecret:
    """A new secret; for 24 hours deliveries carry both signatures."""
    with service.database.transaction() as session:
        endpoint = _find(session, caller.side, endpoint_id)
        secret = webhooks.rotate_secret(service, endpoint)
        audit.record(session, caller.side, caller.actor, "webhook_endpoint.secret_rotated", endpoint.id)
        return EndpointWithSecret(**columns(endpoint), secret=secret)


@router.delete("/webhook-endpoints/{endpoint_id}", status_code=204, operation_id="delete_webhook_endpoint")
def delete_endpoint(endpoint_id: EndpointId, caller: Admin, service: Core) -> None:
    """Stop sending to an endpoint, for good."""
    with service.database.transaction() as session:
        endpoint = _find(session, caller.side, endpoint_id)
        session.delete(endpoint)
        audit.record(session, caller.side, caller.actor, "webhook_endpoint.deleted", endpoint.id)


@router.get("/webhook-endpoints/{endpoint_id}/deliveries", operation_id="list_webhook_deliveries")
def list_deliveries(
    endpoint_id: EndpointId,
    caller: Admin,
    service: Core,
    status: Annotated[DeliveryStatus | None, Query(description="only of this status")] = None,
    starting_after: Cursor = None,
    limit: Limit = 20,
) -> Page[DeliveryView]:
    """What was sent to an endpoint, newest first, and how it was answered."""
    with service.database.transaction() as session:
        _find(session, caller.side, endpoint_id)
        query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
        if status is not None:
            query = query.where(WebhookDelivery.status == status)
        rows, more = fetch(session, query, WebhookDelivery.id, starting_after, limit)
        return Page(data=[DeliveryView(**columns(row)) for row in rows], has_more=more)


@router.post(
    "/webhook-endpoints/{endpoint_id}/replay/{event_id}", status_code=202, operation_id="replay_event"
)
def replay(endpoint_id: EndpointId, event_id: EventId, caller: Admin, service: Core) -> DeliveryView:
    """Send an event to an endpoint once more."""
    with service.database.transaction() as session:
        endpoint = _find(session, caller.side, endpoint_id)
        if endpoint.status != "enabled":
            raise Problem(409, "webhook_endpoint_disabled", "enable the endpoint first")
        delivery_id = webhooks.send(session, endpoint, _find_event(session, caller.side, event_id))
        return DeliveryView(**columns(session.get_one(WebhookDelivery, delivery_id)))


@router.get("/events", operation_id="list_events")
def list_events(
    caller: Reader,
    service: Core,
    event_type: Annotated[
        EventType | None, Query(alias="type", description="such as seller.verified")
    ] = None,
    seller_id: Annotated[str | None, Query(pattern=PATTERN, description="only about this seller")] = None,
    starting_after: Cursor = None,
    limit: Limit = 20,
) -> Page[EventView]:
    """Events of the last 30 days, newest first."""
    query = of_side(Event, caller.side, type=event_type, seller_id=seller_id)
    with service.database.transaction() as session:
        rows, more = fetch(session, query, Event.id, starting_after, limit)
        return Page(data=[EventView(**columns(row)) for row in rows], has_more=more)


@router.get("/events/{event_id}", operation_id="get_event")
def get_event(event_id: EventId, caller: Reader, service: Core) -> EventView:
    """One event."""
    with service.database.transaction() as session:
        return EventView(**columns(_find_event(session, caller.side, event_id)))


def _find(session: Session, side: Side, endpoint_id: str) -> WebhookEndpoint:
    query = of_side(WebhookEndpoint, side, id=endpoint_id).with_for_update()
    endpoint: WebhookEndpoint | None = session.scalars(query).one_or_none()
    if endpoint is None:
        raise Problem(404, "webhook_endpoint_not_found", "there is no such endpoint")
    return endpoint


def _find_event(session: Session, side: Side, event_id: str) -> Event:
    event: Event | None = session.scalars(of_side(Event, side, id=event_id)).one_or_none()
    if event is None:
        raise Problem(404, "event_not_found", "there is no such event")
    return event
