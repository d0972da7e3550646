"""From rows to what the API shows of verifications."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import columns
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import service as verifications
from api.verifications.schemas import CaptureView, VerificationView
from api.verifications.tables import Capture, Verification


def verification_view(service: Service, session: Session, verification: Verification) -> VerificationView:
    """What anyone with a key may see. The retake's sentences come out of the sealed report."""
    seller = session.get_one(Seller, verification.seller_id)
    kinds = session.scalars(
        select(Capture.kind).where(Capture.verification_id == verification.id).order_by(Capture.kind)
    )
    report, texts = _opened(service, verification, seller)
    source = verification.decision or verification.summary or {}
    return VerificationView.model_validate(
        {
            **columns(verification),
            "captures": list(kinds),
            "last_error": _last_error(verification, report),
            "reasons": source.get("reasons", []),
            "review": _review(verification),
            "video_call": (verification.review or {}).get("video_call"),
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


def capture_view(capture: Capture) -> CaptureView:
    """A capture as the API shows it, without its image."""
    return CaptureView.model_validate(
        {name: getattr(capture, name) for name in ("id", "kind", "bytes", "created_at")}
    )
