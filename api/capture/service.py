"""Capture links: making one, the device that it belongs to, and what the seller has to do next."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.capture.tables import CaptureLink
from api.ids import new_id
from api.keys.service import Caller, Side, side_of
from api.keys.tables import Account
from api.problems import Problem
from api.sellers import service as sellers
from api.sellers.tables import Consent, Executive, Seller
from api.service import Service
from api.verifications import captures
from api.verifications import service as verifications
from api.verifications.tables import Verification

CONSENT_VERSION = "capture-2026-11"
PERSON = ("card_portrait", "card_emblem", "selfie", "pose")
# What a reason's code begins with, and the captures that it asks for again.
AGAIN = {
    "card_portrait": ("card_portrait",),
    "card_emblem": ("card_emblem",),
    "card_without_face": ("card_portrait",),
    "document": ("card_portrait", "card_emblem"),
    "licence": ("licence",),
    "selfie": ("selfie",),
    "pose": ("pose",),
}


@dataclass(frozen=True)
class Opened:
    """A link that was followed: its verification and seller, and the side that they are on."""

    link: CaptureLink
    verification: Verification
    seller: Seller
    side: Side
    mine: bool
    """Whether it was followed from the device that gave the consent."""

    @property
    def caller(self) -> Caller:
        """The link itself, acting with the scope that uploads need."""
        return Caller(self.side, self.link.id, "verify")


@dataclass(frozen=True)
class Person:
    """Someone behind an enterprise, and how far the verification of that person is."""

    executive_id: str
    role: str
    state: str
    """Of the last verification; `unverified` where there is none."""
    open_verification: str | None
    """The verification that waits for that person's photos."""


def create(session: Session, caller: Caller, verification_id: str, hours: int) -> tuple[CaptureLink, str]:
    """A link to this verification and its token, which can't be shown again. Raises Problem 404, 409."""
    verification, _ = verifications.find_locked(session, caller.side, verification_id)
    if verification.state != "requires_input":
        raise Problem(409, "not_open_for_input", f"the verification is {verification.state}")
    token, now = secrets.token_urlsafe(24), datetime.now(UTC)
    link = CaptureLink(
        id=new_id("cpl"),
        verification_id=verification.id,
        token_hash=_hash(token),
        expires_at=now + timedelta(hours=hours),
        created_at=now,
    )
    session.add(link)
    audit.record(session, caller.side, caller.actor, "capture_link.created", verification.id)
    return link, token


def open_link(session: Session, token: str, device: str | None) -> Opened:
    """Follow a link. Raises Problem 404 where it is unknown or past its time, 409 redacted."""
    link = session.scalar(select(CaptureLink).where(CaptureLink.token_hash == _hash(token)))
    if link is None or link.expires_at <= datetime.now(UTC):
        raise Problem(404, "link_expired", "this link is not valid any more")
    verification = session.get_one(Verification, link.verification_id)
    seller = session.get_one(Seller, verification.seller_id)
    if seller.wrapped_key is None or verification.redacted_at is not None:
        raise Problem(409, "redacted", "the data was redacted")
    side = side_of(session.get_one(Account, verification.account_id), verification.livemode)
    mine = bool(device and link.device_hash and hmac.compare_digest(link.device_hash, _hash(device)))
    return Opened(link, verification, seller, side, mine)


def open_mine(session: Session, token: str, device: str | None) -> Opened:
    """As `open_link`; raises Problem 403 on any device but the one that gave the consent."""
    opened = open_link(session, token, device)
    if not opened.mine:
        raise Problem(403, "other_device", "this link was started on another device")
    return opened


def start(session: Session, token: str, device: str | None) -> str:
    """Record the consent and give the link to this device; the value of its cookie. Raises Problem 403."""
    opened = open_link(session, token, device)
    if opened.mine and device:
        return device
    # Two devices may press at once: the seller's lock lets one of them be first.
    seller = sellers.find(session, opened.side, opened.seller.id, lock=True)
    session.refresh(opened.link)
    if opened.link.device_hash is not None:
        raise Problem(403, "other_device", "this link was started on another device")
    fresh = secrets.token_urlsafe(24)
    opened.link.device_hash = _hash(fresh)
    session.add(
        Consent(
            id=new_id("con"), seller_id=seller.id, text_version=CONSENT_VERSION, given_at=opened.side.now()
        )
    )
    told = {"text_version": CONSENT_VERSION}
    audit.record(session, opened.side, opened.link.id, "consent.given", seller.id, told)
    return fresh


def steps(service: Service, session: Session, opened: Opened) -> list[dict[str, Any]]:
    """The captures to make, in order, and which of them are there already and stay."""
    verification = opened.verification
    shown = captures.evidence(session, verification)
    there = {capture.kind for capture in shown}
    again = _asked_again(verification)
    wanted = captures.asked(service, verification, opened.seller) or PERSON
    since = verification.submitted_at
    fresh = {c.kind for c in shown if since is None or c.created_at > since}
    return [{"kind": kind, "done": kind in there and (kind not in again or kind in fresh)} for kind in wanted]


def message(service: Service, opened: Opened) -> str | None:
    """What an agent wrote to the seller."""
    key = verifications.data_key(service, opened.seller)
    said = verifications.opened_json(key, opened.verification.sealed_texts).get("message")
    return str(said) if said else None


def asked_for(service: Service, opened: Opened) -> list[dict[str, Any]]:
    """The reasons for which photos are asked for again, as the report or an agent gave them."""
    codes = (opened.verification.last_error or {}).get("reasons", [])
    key = verifications.data_key(service, opened.seller)
    report = verifications.opened_json(key, opened.verification.sealed_report)
    known = {reason["code"]: reason for reason in report.get("reasons", [])}
    return [known.get(code, {"code": code}) for code in codes]


def people(session: Session, opened: Opened) -> list[Person]:
    """Who else must be verified: the executives of an enterprise, on its own page; nobody on theirs."""
    if opened.verification.executive_id is not None or not opened.mine:
        return []
    executives = session.scalars(select(Executive).where(Executive.seller_id == opened.seller.id))
    return [_person(session, executive) for executive in executives.all()]


def hand_over(session: Session, opened: Opened, executive_id: str, hours: int) -> str:
    """The token of a link by which an executive takes the photos. Raises Problem 404, 409 not_open_for_input."""
    found = [person for person in people(session, opened) if person.executive_id == executive_id]
    if not found:
        raise Problem(404, "executive_not_found", "the seller has no such executive")
    if found[0].open_verification is None:
        raise Problem(409, "not_open_for_input", "no photos of this person are asked for now")
    return create(session, opened.caller, found[0].open_verification, hours)[1]


def role(session: Session, opened: Opened) -> str | None:
    """As what the person on this page is verified, for an enterprise's executive."""
    executive_id = opened.verification.executive_id
    return session.get_one(Executive, executive_id).role if executive_id else None


def _person(session: Session, executive: Executive) -> Person:
    last = session.scalar(
        select(Verification)
        .where(Verification.executive_id == executive.id)
        .order_by(Verification.created_at.desc())
        .limit(1)
    )
    state = last.state if last else "unverified"
    return Person(
        executive.id, executive.role, state, last.id if last and state == "requires_input" else None
    )


def _asked_again(verification: Verification) -> set[str]:
    """The captures that the last submission's reasons ask for; all where that can't be told."""
    if verification.last_error is None:
        return set()
    asked: set[str] = set()
    for code in verification.last_error["reasons"]:
        plain = code.removeprefix("retake_")
        asked.update(next((kinds for name, kinds in AGAIN.items() if plain.startswith(name)), ()))
    return asked or {"licence", *PERSON}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
