"""Verifications as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, HttpUrl, StringConstraints

from api.ids import PATTERN
from api.schemas import Schema
from api.sellers.schemas import Code, Text
from api.verifications.scenarios import scenarios
from api.verifications.states import Method, State

Kind = Literal["onboarding", "annual", "triggered"]
DeclaredField = Literal[
    "name", "id_number", "birth_date", "sex", "address", "registration_number", "company_name"
]
Scenario = Annotated[
    str,
    Field(
        max_length=40,
        pattern=r"^[a-z_]+$",
        description=f"On the test side, the outcome it is to have, captures or not: {', '.join(scenarios())}.",
    ),
]
CaptureKind = Literal["card_portrait", "card_emblem", "licence", "selfie", "pose"]


class NewVerification(Schema):
    """A verification to open. Without a challenge, policy draws one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seller_id": "sel_" + "0" * 28}]})

    seller_id: str = Field(pattern=PATTERN)
    """Whom to verify."""
    kind: Kind = "onboarding"
    """The service itself opens annual and triggered ones when they are due; those take documents from the last."""
    method: Method = "face"
    """face: the machine decides what it can; agent: without face recognition, a person decides in a video call."""
    executive_id: str | None = Field(default=None, pattern=PATTERN)
    """The person behind the enterprise who is to be verified; without it, the seller itself."""
    challenge: str | None = Field(default=None, max_length=40, examples=["newspaper"])
    """What the pose must show, such as newspaper or code:123456; without it, policy draws one."""
    declared: dict[DeclaredField, Text] = Field(default_factory=dict)
    """What the seller told the marketplace; agents see it beside what the documents say. Kept sealed."""
    scenario: Scenario | None = None
    """Only on the test side; see Simulation."""


class LastError(Schema):
    """Why the seller is asked again."""

    code: str
    """`retake`."""
    reasons: list[str]
    """Codes of what was wrong, as in docs/errors.md."""
    messages: list[str]
    """The same as sentences for the seller, in English."""


class Redaction(Schema):
    """Whether a verification's data is still there."""

    status: Literal["none", "redacted"]
    """Whether images, report and templates were destroyed."""
    redacted_at: datetime | None
    """When."""


CallOutcome = Literal["held", "no_show", "refused", "technical_failure", "other_person"]


class CallView(Schema):
    """A video call: where and when the seller is called, and how it went."""

    link: str | None = None
    """Where the call takes place."""
    at: datetime | None = None
    """When; None for now."""
    by: str | None = None
    """Who asked for it: an agent or an API key."""
    outcome: CallOutcome | None = None
    """How it went; None before."""
    ended_at: datetime | None = None
    """When that was recorded."""
    ended_by: str | None = None
    """By whom."""


class CallEnd(Schema):
    """How a video call went."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "held"}]})

    outcome: CallOutcome
    """Only a call that was `held` lets a verification without face recognition succeed."""


class Review(Schema):
    """A case before a person."""

    kind: Literal["agent", "video_call"]
    """Whether an agent is to look, or to call."""
    opened_at: datetime | None
    """When the case came before people."""
    staged: bool
    """Whether a decision waits for a second person's confirmation."""
    video_call: CallView | None
    """The call that was asked for."""


class VerificationView(Schema):
    """A verification. Personal data is in its report, not here."""

    id: str
    """Of the verification: ver_..."""
    object: Literal["verification"] = "verification"
    livemode: bool
    """False on the test side."""
    seller_id: str
    """The seller."""
    executive_id: str | None
    """The person behind the enterprise whom it is about; None for the seller itself."""
    kind: Kind
    """Why it was opened."""
    method: Method
    """face, or agent: without face recognition."""
    state: State
    """See docs/service.md for what comes next."""
    challenge: str
    """What the pose must show."""
    challenge_expires_at: datetime
    """Until when a pose for it counts; POST /challenge draws another."""
    attempt: int
    """How often it was submitted."""
    last_error: LastError | None
    """In requires_input: why new photos are asked for."""
    captures: list[CaptureKind]
    """The kinds that are there."""
    reasons: list[dict[str, Any]]
    """What was found or decided: code, check and effect."""
    review: Review | None
    """In in_review: the case."""
    video_call: CallView | None
    """The last one, also once the case is decided."""
    message: str | None
    """What an agent wrote to the seller."""
    reversed_at: datetime | None
    """When a success was taken back."""
    redaction: Redaction
    """Whether its data was destroyed."""
    submitted_at: datetime | None
    """Last."""
    decided_at: datetime | None
    """When it was verified or declined."""
    expires_at: datetime | None
    """Until when it may be submitted; of a cancelled one, when that happened."""
    created_at: datetime
    """When it was made."""


class Submitted(VerificationView):
    """A verification on its way to a worker."""

    queue_position: int
    """How many verifications wait before this one, over all accounts."""


class CaptureView(Schema):
    """A photo that was uploaded, without its image."""

    id: str
    """Of the capture: cap_..."""
    object: Literal["capture"] = "capture"
    kind: CaptureKind
    """Which photo it is."""
    bytes: int
    """Its size."""
    created_at: datetime
    """When it was made."""


class FieldCorrection(Schema):
    """A field of a document as the person reads it; the machine's reading is kept beside it."""

    document: Literal["card_portrait", "card_emblem", "licence"]
    """The capture that shows the document."""
    field: Code
    """As the report names it, such as id_number."""
    value: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    """What it says."""


class NewDecision(Schema):
    """What a person decides, with reasons as codes; `message` is for the seller, `note` for colleagues."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"decision": "declined", "reasons": ["face_mismatch"], "message": "Please contact us."}
            ]
        }
    )

    decision: Literal["verified", "declined", "retake"]
    """retake asks the seller for new photos."""
    reasons: list[Code] = Field(min_length=1, max_length=20)
    """Codes of the marketplace's own, or those of docs/errors.md; of a retake, retake_selfie and so on name the photo."""
    message: Text | None = None
    """To the seller; the capture page shows it."""
    note: Text | None = None
    """For colleagues only."""
    corrections: list[FieldCorrection] = Field(default_factory=list, max_length=40)
    """Fields that the machine misread."""


class Reversal(Schema):
    """Why a verification that succeeded is taken back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reasons": ["card_was_borrowed"], "note": "told by the card's owner"}]
        }
    )

    reasons: list[Code] = Field(min_length=1, max_length=20)
    """Codes of the marketplace's own."""
    note: Text = ""
    """For colleagues only."""


class VideoCall(Schema):
    """Where and when the seller is called."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"link": "https://meet.example.com/1", "at": "2026-12-01T10:00:00+08:00"}]
        }
    )

    link: HttpUrl
    """An address that the seller can open."""
    at: AwareDatetime | None = None
    """With its time zone; without it, now."""


class Simulation(Schema):
    """The outcome that a test-mode verification is to have."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scenario": "verified"}]})

    scenario: Scenario
