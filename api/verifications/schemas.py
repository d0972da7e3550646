"""Verifications as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

from api.ids import PATTERN
from api.sellers.schemas import Code, Text
from api.verifications.states import Method, State

Kind = Literal["onboarding", "annual", "triggered"]
DeclaredField = Literal[
    "name", "id_number", "birth_date", "sex", "address", "registration_number", "company_name"
]
CaptureKind = Literal["card_portrait", "card_emblem", "licence", "selfie", "pose"]


class NewVerification(BaseModel):
    """A verification to open. Without a challenge, policy draws one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seller_id": "sel_" + "0" * 28}]})

    seller_id: str = Field(pattern=PATTERN)
    kind: Kind = "onboarding"
    method: Method = "face"
    executive_id: str | None = Field(default=None, pattern=PATTERN)
    challenge: str | None = Field(default=None, max_length=40, examples=["newspaper"])
    declared: dict[DeclaredField, Text] = Field(default_factory=dict)
    """What the seller told the marketplace; agents see it beside what the documents say. Kept sealed."""
    scenario: str | None = Field(default=None, max_length=40, pattern=r"^[a-z_]+$")


class LastError(BaseModel):
    """Why the seller is asked again."""

    code: str
    reasons: list[str]
    messages: list[str]


class Redaction(BaseModel):
    status: Literal["none", "redacted"]
    redacted_at: datetime | None


CallOutcome = Literal["held", "no_show", "refused", "technical_failure", "other_person"]


class CallView(BaseModel):
    """A video call: where and when the seller is called, and how it went."""

    link: str | None = None
    at: datetime | None = None
    by: str | None = None
    outcome: CallOutcome | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None


class CallEnd(BaseModel):
    """How a video call went."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "held"}]})

    outcome: CallOutcome


class Review(BaseModel):
    """A case before a person."""

    kind: Literal["agent", "video_call"]
    opened_at: datetime | None
    staged: bool
    video_call: CallView | None


class VerificationView(BaseModel):
    """A verification. Personal data is in its report, not here."""

    id: str
    object: Literal["verification"] = "verification"
    livemode: bool
    seller_id: str
    executive_id: str | None
    kind: Kind
    method: Method
    state: State
    challenge: str
    challenge_expires_at: datetime
    attempt: int
    last_error: LastError | None
    captures: list[CaptureKind]
    reasons: list[dict[str, Any]]
    review: Review | None
    video_call: CallView | None
    """The last one, also once the case is decided."""
    message: str | None
    reversed_at: datetime | None
    redaction: Redaction
    submitted_at: datetime | None
    decided_at: datetime | None
    expires_at: datetime | None
    created_at: datetime


class Submitted(VerificationView):
    """A verification on its way to a worker."""

    queue_position: int


class CaptureView(BaseModel):
    id: str
    object: Literal["capture"] = "capture"
    kind: CaptureKind
    bytes: int
    created_at: datetime


class FieldCorrection(BaseModel):
    """A field of a document as the person reads it; the machine's reading is kept beside it."""

    document: Literal["card_portrait", "card_emblem", "licence"]
    field: Code
    value: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]


class NewDecision(BaseModel):
    """What a person decides, with reasons as codes; `message` is for the seller, `note` for colleagues."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"decision": "declined", "reasons": ["face_mismatch"], "message": "Please contact us."}
            ]
        }
    )

    decision: Literal["verified", "declined", "retake"]
    reasons: list[Code] = Field(min_length=1, max_length=20)
    message: Text | None = None
    note: Text | None = None
    corrections: list[FieldCorrection] = Field(default_factory=list, max_length=40)


class Reversal(BaseModel):
    """Why a verification that succeeded is taken back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reasons": ["card_was_borrowed"], "note": "told by the card's owner"}]
        }
    )

    reasons: list[Code] = Field(min_length=1, max_length=20)
    note: Text = ""


class VideoCall(BaseModel):
    """Where and when the seller is called."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"link": "https://meet.example.com/1", "at": "2026-12-01T10:00:00+08:00"}]
        }
    )

    link: HttpUrl
    at: AwareDatetime | None = None


class Simulation(BaseModel):
    """The outcome that a test-mode verification is to have."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scenario": "verified"}]})

    scenario: str = Field(max_length=40, pattern=r"^[a-z_]+$")
