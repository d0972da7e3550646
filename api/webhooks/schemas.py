"""Webhook endpoints, events and deliveries as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EventType = Annotated[str, Field(pattern=r"^[a-z_]{1,30}\.[a-z_]{1,29}$")]


class NewEndpoint(BaseModel):
    """Where events go. Without types, all of them; the list of types may grow."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.com/hooks", "event_types": []}]}
    )

    url: str = Field(min_length=8, max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")
    event_types: list[EventType] = Field(default_factory=list, max_length=50)


class EndpointView(BaseModel):
    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    livemode: bool
    url: str
    event_types: list[str]
    status: Literal["enabled", "disabled"]
    failing_since: datetime | None
    created_at: datetime


class EndpointWithSecret(EndpointView):
    """`secret` is shown this once; it verifies signatures after Standard Webhooks."""

    secret: str


class EventView(BaseModel):
    """Something that happened: ids, states and codes. Fetch the object for the rest."""

    id: str
    object: Literal["event"] = "event"
    livemode: bool
    type: str
    seller_id: str | None
    data: dict[str, Any]
    created_at: datetime


class DeliveryView(BaseModel):
    id: str
    object: Literal["webhook_delivery"] = "webhook_delivery"
    event_id: str
    status: Literal["pending", "delivered", "failed", "dropped"]
    attempts: int
    last_answer: str | None
    created_at: datetime
    finished_at: datetime | None
