"""What an agent sees of one case: the report unsealed and put in the order in which a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import vision_policy
from api.audit.tables import AuditEntry
from api.console import cases
from api.console.agents import Viewer
from api.console.tables import Agent, PendingDecision
from api.pages.scale import Scale, scale_of
from api.privacy.vault import DataKey
from api.problems import Problem
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import captures
from api.verifications import service as verifications
from api.verifications.corrections import corrections, readings
from api.verifications.tables import Verification

FACES = ("selfie", "card_portrait", "pose")
DOCUMENTS = ("card_portrait", "card_emblem", "licence")
CAPTURES = (*DOCUMENTS, "selfie", "pose")
TIMELINE_LENGTH = 40


@dataclass(frozen=True)
class FieldView:
    """A field of a document: as the machine read it and as an agent did."""

    document: str
    name: str
    value: str
    confidence: float
    alternatives: tuple[str, ...]
    corrected: str | None
    declared: str | None
    """What the seller told the marketplace."""

    @property
    def differs(self) -> bool:
        """Whether the declared value is another than the one read, blanks and case aside."""
        return self.declared is not None and _plain(self.declared) != _plain(self.corrected or self.value)

    @property
    def view(self) -> str:
        """Name of the picture that shows it."""
        return f"{self.document}/{self.name}"


@dataclass(frozen=True)
class Moment:
    """An entry of the audit trail about this seller."""

    at: datetime
    action: str
    who: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class CaseView:
    """Everything of a case page."""

    verification: Verification
    seller: Seller
    opened_at: datetime
    due_at: datetime
    late: bool
    reasons: tuple[dict[str, Any], ...]
    captures: tuple[str, ...]
    match: dict[str, Any] | None
    scale: Scale | None
    fields: tuple[FieldView, ...]
    crops: frozenset[str]
    """Names of the views that the page holds in itself: fields, and lines of the newspaper."""
    document_checks: tuple[dict[str, Any], ...]
    pose: dict[str, Any] | None
    attack: dict[str, Any] | None
    clip: dict[str, Any]
    """Checks of the video that the selfie was taken from, by name; empty where a photo was sent."""
    timeline: tuple[Moment, ...]
    holder: tuple[str, str] | None
    pending: PendingDecision | None
    staged: dict[str, Any] | None
    note: str | None
    key: DataKey
    """The seller's, with which what else belongs to the case is opened."""
    policy_version: str | None


def case_view(service: Service, session: Session, viewer: Viewer, verification_id: str) -> CaseView:
    """The case, unsealed. Raises Problem 404, 409 redacted. The caller writes down that it was seen."""
    verification, seller = readable(session, viewer, verification_id)
    key = verifications.data_key(service, seller)
    report = verifications.opened_json(key, verification.sealed_report)
    texts = verifications.opened_json(key, verification.sealed_texts)
    due = cases.due_at(service, verification)
    kinds = {capture.kind for capture in captures.evidence(session, verification)}
    match = report.get("match")
    fields = tuple(_fields(session, service, seller, verification, report))
    return CaseView(
        verification=verification,
        seller=seller,
        opened_at=cases.opened_at(verification),
        due_at=due,
        late=due < viewer.side.now(),
        reasons=tuple(report.get("reasons") or (verification.summary or {}).get("reasons", [])),
        captures=tuple(kind for kind in CAPTURES if kind in kinds),
        match=match,
        scale=scale_of(match["false_match_rate"], *vision_policy.match_bands(service.settings.policy))
        if match
        else None,
        fields=fields,
        crops=frozenset(["pose/date", "pose/weekday", *(field.view for field in fields)]),
        document_checks=tuple(_document_checks(report)),
        pose=report.get("pose"),
        attack=report.get("attack"),
        clip=(report.get("selfie_clip") or {}).get("checks", {}),
        timeline=tuple(_timeline(session, viewer, seller)),
        holder=cases.holder(session, viewer, verification_id),
        pending=session.get(PendingDecision, verification_id),
        staged=(verification.review or {}).get("staged"),
        note=texts.get("note"),
        key=key,
        policy_version=report.get("policy_version"),
    )


def readable(session: Session, viewer: Viewer, verification_id: str) -> tuple[Verification, Seller]:
    """A verification whose data is still there. Raises Problem 404, 409 redacted."""
    verification = verifications.find(session, viewer.side, verification_id)
    seller = session.get_one(Seller, verification.seller_id)
    if seller.wrapped_key is None or verification.redacted_at is not None:
        raise Problem(409, "redacted", "the data was redacted")
    return verification, seller


def _fields(
    session: Session, service: Service, seller: Seller, verification: Verification, report: dict[str, Any]
) -> list[FieldView]:
    key = verifications.data_key(service, seller)
    corrected = {
        (kept["document"], kept["field"]): kept["value"]
        for kept in corrections(session, key, verification.id)
    }
    declared = verifications.opened_json(key, verification.sealed_declared)
    return [
        FieldView(
            document=document,
            name=name,
            value=field["value"],
            confidence=field.get("confidence", 0.0),
            alternatives=tuple(other["value"] for other in field.get("alternatives", [])),
            corrected=corrected.get((document, name)),
            declared=declared.get(_declared_name(document, name)),
        )
        for document, reading in readings(report).items()
        for name, field in reading.get("fields", {}).items()
    ]


def _declared_name(document: str, name: str) -> str:
    """A person and an enterprise both have a name."""
    return "company_name" if (document, name) == ("licence", "name") else name


def _plain(value: str) -> str:
    return "".join(value.split()).casefold()


def _document_checks(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Every check and alarm of every document, those that failed first."""
    found = [
        {**check, "document": document}
        for document, reading in readings(report).items()
        for check in (*reading.get("checks", []), *reading.get("alarms", []))
    ]
    found += [{**check, "document": "both"} for check in (report.get("document") or {}).get("checks", [])]
    order = {"fail": 0, "unknown": 1, "pass": 2}
    return sorted(found, key=lambda check: order.get(check["outcome"], 1))


def _timeline(session: Session, viewer: Viewer, seller: Seller) -> list[Moment]:
    """What happened to the seller and all its verifications, newest first; mere looks left out."""
    ids = select(Verification.id).where(Verification.seller_id == seller.id)
    entries = session.execute(
        select(AuditEntry, Agent.login)
        .outerjoin(Agent, Agent.id == AuditEntry.actor)
        .where(
            AuditEntry.account_id == viewer.side.account_id,
            (AuditEntry.subject == seller.id) | AuditEntry.subject.in_(ids),
            AuditEntry.action.not_like("%.viewed"),
            AuditEntry.action != "case.claimed",
        )
        .order_by(AuditEntry.number.desc())
        .limit(TIMELINE_LENGTH)
    )
    return [
        Moment(entry.at, entry.action, login or role_of(entry.actor), entry.detail)
        for entry, login in entries
    ]


def role_of(actor: str) -> str:
    """Keys and links are named by what they are, not by their ids."""
    return {"key": "api", "cpl": "seller"}.get(actor.split("_", 1)[0], actor)
