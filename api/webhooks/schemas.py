"""Webhook endpoints, events and deliveries as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schemas import Schema

DeliveryStatus = Literal["pending", "delivered", "failed", "dropped"]
EventType = Annotated[str, Field(pattern=r"^[a-z_]{1,30}\.[a-z_]{1,29}$")]


class NewEndpoint(Schema):
    """Where events go. Without types, all of them; the list of types may grow."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.com/hooks", "event_types": []}]}
    )

    url: str = Field(min_length=8, max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")
    """https, of a public address; without user and fragment."""
    event_types: list[EventType] = Field(default_factory=list, max_length=50)
    """Such as verification.verified; empty for all."""


class EndpointView(Schema):
    """Where events are posted to."""

    id: str
    """Of the endpoint: we_..."""
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    livemode: bool
    """False on the test side."""
    url: str
    """Where events are posted to."""
    event_types: list[str]
    """Which are; empty for all."""
    status: Literal["enabled", "disabled"]
    """Disabled after a 410, or three days without any success."""
    failing_since: datetime | None
    """When deliveries began to fail; None while they succeed."""
    created_at: datetime
    """When it was made."""


class EndpointWithSecret(EndpointView):
    """`secret` is shown this once; it verifies signatures after Standard Webhooks."""

    secret: str
    """whsec_..., for a library of Standard Webhooks."""


class EventView(Schema):
    """Something that happened: ids, states and codes. Fetch the object for the rest."""

    id: str
    """Of the event: evt_...; the `webhook-id` of its deliveries."""
    object: Literal["event"] = "event"
    livemode: bool
    """False on the test side."""
    type: str
    """What happened, such as verification.verified."""
    seller_id: str | None
    """Whom it is about; None for events of the account itself."""
    data: dict[str, Any]
    """Ids, states and codes, by type."""
    created_at: datetime
    """When it was made."""


class DeliveryView(Schema):
    """One event on its way to one endpoint."""

    id: str
    """Of the delivery: del_..."""
    object: Literal["webhook_delivery"] = "webhook_delivery"
    event_id: str
    """What was to be delivered."""
    status: DeliveryStatus
    """failed: given up; dropped: the endpoint was disabled."""
    attempts: int
    """How often it was tried."""
    last_answer: str | None
    """The HTTP status of the last try, or the name of what went wrong."""
    created_at: datetime
    """When it was made."""
    finished_at: datetime | None
    """When it was delivered or given up."""
