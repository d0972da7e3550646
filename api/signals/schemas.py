"""Signals as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.policy import Severity
from api.sellers.schemas import Code, Label, Text


class NewSignal(BaseModel):
    """Something suspicious about a seller. `detail` is kept sealed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "payout_account_changed", "severity": "medium"}]}
    )

    type: Code
    severity: Severity
    detail: dict[Label, Text] = Field(default_factory=dict, max_length=20)


class SignalView(BaseModel):
    """A signal, and what it led to: a verification's id, "suspension", or nothing."""

    id: str
    object: Literal["signal"] = "signal"
    seller_id: str
    type: str
    severity: Severity
    source: str
    led_to: str | None
    created_at: datetime
