"""Sellers as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.policy import Kind, Risk, Role
from api.schemas import Schema

Status = Literal["unverified", "pending", "verified", "reverification_due", "lapsed", "suspended", "banned"]
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class NewSeller(Schema):
    """A seller to be verified. No personal data belongs here: `reference` is the marketplace's own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reference": "store-4711", "kind": "individual"}]}
    )

    reference: str = Field(min_length=1, max_length=100, pattern=r"^[\w.:@/-]+$")
    """The marketplace's own name for the seller, unique on its side: letters, figures and _ . : @ / -"""
    kind: Kind = "individual"
    """A person, or an enterprise with a licence and executives."""
    risk: Risk = "normal"
    """How risky the marketplace takes the seller to be: policy sets the interval of re-checks and four eyes by it."""
    metadata: dict[Label, Text] = Field(default_factory=dict, max_length=20)
    """Up to 20 words of the marketplace's own, kept and given back as they are. Nothing personal."""


class SellerView(Schema):
    """A seller."""

    id: str
    """Of the seller: sel_..."""
    object: Literal["seller"] = "seller"
    livemode: bool
    """False on the test side."""
    reference: str
    """The marketplace's own name for the seller."""
    kind: Kind
    """A person, or an enterprise."""
    risk: Risk
    """As the marketplace said last."""
    status: Status
    """What the verifications make of the seller; suspended and banned are lifted by /reinstate only."""
    verified_until: datetime | None
    """When the next re-check is due, of an enterprise the first of all that count. None while not verified."""
    redacted_at: datetime | None
    """When all data was destroyed; None where it is held."""
    metadata: dict[str, Any]
    """What the marketplace sent along."""
    created_at: datetime
    """When it was made."""


class NewExecutive(Schema):
    """A person behind an enterprise."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "legal_representative"}]})

    role: Role
    """As what the person is verified."""


class ExecutiveView(Schema):
    """A person behind an enterprise, and how long the verification holds."""

    id: str
    """Of the executive: exe_...; `executive_id` of a verification that is about this person."""
    object: Literal["executive"] = "executive"
    seller_id: str
    """The enterprise."""
    role: Role
    """As what the person is verified."""
    verified_until: datetime | None
    """Until when the person's verification holds; None while not verified."""


class Judgement(Schema):
    """Why a person suspends, bans or reinstates a seller."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "counterfeit_goods"}]})

    reason: Code
    """A code of the marketplace's own; it goes into the audit trail and the event."""


class NewRisk(Schema):
    """How risky a seller is from now on, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"risk": "high", "reason": "chargebacks"}]})

    risk: Risk
    """From now on."""
    reason: Code
    """A code of the marketplace's own; it goes into the audit trail and the event."""


class Standing(Schema):
    """The identity component of a seller's rating, 0 to 100, with what it is made of."""

    seller_id: str
    """The seller."""
    score: int
    """0 unknown or not in good standing, to 100."""
    status: Status
    """The seller's."""
    method: str | None
    """Who decided the last verification, `machine` or `person`; None where there is none."""
    face_false_match_rate: float | None = None
    """Of selfie and card in the last verification; None where no face was compared."""
    verified_at: datetime | None
    """When the last verification succeeded."""
    days_since_verified: int | None
    """Whole days since then."""
    signals_last_year: int
    """How many signals there were about the seller in the last 365 days."""
    duplicates: int
    """How many other stores share face, card or licence, but for those that policy allows."""
    explanation: list[str]
    """Each part of the score: its points and what for."""
