"""Signals as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from api.policy import Severity
from api.schemas import Schema
from api.sellers.schemas import Code, Label, Text


class NewSignal(Schema):
    """Something suspicious about a seller. `detail` is kept sealed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "payout_account_changed", "severity": "medium"}]}
    )

    type: Code
    """A code of the marketplace's own, or one that policy's rules name."""
    severity: Severity
    """Rules count by it."""
    detail: dict[Label, Text] = Field(default_factory=dict, max_length=20)
    """Up to 20 words more, for people."""


class SignalView(Schema):
    """A signal, and what it led to: a verification's id, "suspension", or nothing."""

    id: str
    """Of the signal: sig_..."""
    object: Literal["signal"] = "signal"
    seller_id: str
    """The seller."""
    type: str
    """What was noticed."""
    severity: Severity
    """How grave it is."""
    source: str
    """The API key that sent it, or `verification`."""
    led_to: str | None
    """The verification that a rule opened, `suspension`, or None."""
    created_at: datetime
    """When it was made."""
