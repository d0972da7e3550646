"""Sellers as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Status = Literal["unverified", "pending", "verified", "reverification_due", "lapsed", "suspended", "banned"]
Kind = Literal["individual", "enterprise"]
Risk = Literal["low", "normal", "high"]
Role = Literal["legal_representative", "major_shareholder"]
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class NewSeller(BaseModel):
    """A seller to be verified. No personal data belongs here: `reference` is the marketplace's own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reference": "store-4711", "kind": "individual"}]}
    )

    reference: str = Field(min_length=1, max_length=100, pattern=r"^[\w.:@/-]+$")
    kind: Kind = "individual"
    risk: Risk = "normal"
    metadata: dict[Label, Text] = Field(default_factory=dict, max_length=20)


class SellerView(BaseModel):
    """A seller."""

    id: str
    object: Literal["seller"] = "seller"
    livemode: bool
    reference: str
    kind: Kind
    risk: Risk
    status: Status
    verified_until: datetime | None
    redacted_at: datetime | None
    metadata: dict[str, Any]
    created_at: datetime


class NewExecutive(BaseModel):
    """A person behind an enterprise."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "legal_representative"}]})

    role: Role


class ExecutiveView(BaseModel):
    id: str
    object: Literal["executive"] = "executive"
    seller_id: str
    role: Role
    verified_until: datetime | None


class Judgement(BaseModel):
    """Why a person suspends, bans or reinstates a seller."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "counterfeit_goods"}]})

    reason: Code


class NewRisk(BaseModel):
    """How risky a seller is from now on, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"risk": "high", "reason": "chargebacks"}]})

    risk: Risk
    reason: Code


class Standing(BaseModel):
    """The identity component of a seller's rating, 0 to 100, with what it is made of."""

    seller_id: str
    score: int
    status: Status
    method: str | None
    face_false_match_rate: float | None = None
    """Of selfie and card in the last verification; None where no face was compared."""
    verified_at: datetime | None
    days_since_verified: int | None
    signals_last_year: int
    duplicates: int
    explanation: list[str]
