"""Verifications as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.ids import PATTERN
from api.sellers.schemas import Code, Text
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import service as verifications
from api.verifications.states import State
from api.verifications.tables import Capture, Verification

Kind = Literal["onboarding", "annual", "triggered"]
Method = Literal["face", "agent"]
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


class Review(BaseModel):
    """A case before a person."""

    kind: Literal["agent", "video_call"]
    opened_at: datetime | None
    staged: bool
    video_call: dict[str, Any] | None


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

    decision: Literal["verified", "declined", "retake"]
    reasons: list[Code] = Field(min_length=1, max_length=20)
    message: Text | None = None
    note: Text | None = None
    corrections: list[FieldCorrection] = Field(default_factory=list, max_length=40)


class Reversal(BaseModel):
    """Why a verification that succeeded is taken back."""

    reasons: list[Code] = Field(min_length=1, max_length=20)
    note: Text = ""


class VideoCall(BaseModel):
    """Where and when the seller is called."""

    link: HttpUrl
    at: AwareDatetime | None = None


class Simulation(BaseModel):
    """The outcome that a test-mode verification is to have."""

    scenario: str = Field(max_length=40, pattern=r"^[a-z_]+$")


def verification_view(
    service: Service, session: Session, verification: Verification, seller: Seller
) -> VerificationView:
    """What anyone with a key may see. The retake's sentences come out of the sealed report."""
    kinds = session.scalars(
        select(Capture.kind).where(Capture.verification_id == verification.id).order_by(Capture.kind)
    )
    columns = {c.key: getattr(verification, c.key) for c in verification.__table__.columns}
    report, texts = _opened(service, verification, seller)
    source = verification.decision or verification.summary or {}
    return VerificationView.model_validate(
        {
            **columns,
            "captures": list(kinds),
            "last_error": _last_error(verification, report),
            "reasons": source.get("reasons", []),
            "review": _review(verification),
            "message": texts.get("message"),
            "redaction": {
                "status": "redacted" if verification.redacted_at else "none",
                "redacted_at": verification.redacted_at,
            },
        }
    )


def _opened(
    service: Service, verification: Verification, seller: Seller
) -> tuple[dict[str, Any], dict[str, Any]]:
    if seller.wrapped_key is None or not (verification.sealed_report or verification.sealed_texts):
        return {}, {}
    key = verifications.data_key(service, seller)
    report = verifications.opened_json(key, verification.sealed_report)
    return report, verifications.opened_json(key, verification.sealed_texts)


def _last_error(verification: Verification, report: dict[str, Any]) -> dict[str, Any] | None:
    error = verification.last_error
    if error is None:
        return None
    said = {reason["code"]: reason.get("message", "") for reason in report.get("reasons", [])}
    return {**error, "messages": [said[code] for code in error["reasons"] if said.get(code)]}


def _review(verification: Verification) -> dict[str, Any] | None:
    if verification.review_kind is None:
        return None
    review = verification.review or {}
    return {
        "kind": verification.review_kind,
        "opened_at": review.get("opened_at"),
        "staged": "staged" in review,
        "video_call": review.get("video_call"),
    }
