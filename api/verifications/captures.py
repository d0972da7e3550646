"""What a verification is decided on: its captures, and the documents that a re-check takes from the last one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.database import after_commit
from api.ids import new_id
from api.keys.service import Side
from api.privacy.vault import DataKey
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Capture, Verification

DOCUMENT_KINDS = ("card_portrait", "card_emblem", "licence")

_writers = ThreadPoolExecutor(16, "blobs")


def replace(
    service: Service,
    session: Session,
    side: Side,
    verification: Verification,
    key: DataKey,
    images: Mapping[str, bytes],
) -> list[Capture]:
    """Seal and keep images, by kind, in place of those of the same kinds from before."""
    blobs = _sealed_and_stored(service, key, images.values())
    drop(service, session, verification, images)
    now = side.now()
    captures = [
        Capture(
            id=new_id("cap"),
            verification_id=verification.id,
            kind=kind,
            blob=blob,
            bytes=len(image),
            created_at=now,
        )
        for (kind, image), blob in zip(images.items(), blobs, strict=True)
    ]
    session.add_all(captures)
    session.flush()
    return captures


def _sealed_and_stored(service: Service, key: DataKey, images: Collection[bytes]) -> list[str]:
    """Names of the images' blobs. They are written side by side: each waits for the disk."""
    return list(_writers.map(lambda image: service.blobs.put(key.seal(image)), images))


def drop(service: Service, session: Session, verification: Verification, kinds: Collection[str]) -> None:
    """Delete the captures of these kinds. Their images go once that is lasting, so that none is missed if it is not."""
    dropped = session.scalars(
        delete(Capture)
        .where(Capture.verification_id == verification.id, Capture.kind.in_(kinds))
        .returning(Capture.blob)
    )
    for blob in dropped.all():
        after_commit(session, partial(service.blobs.delete, blob))


def asked(service: Service, verification: Verification, seller: Seller) -> tuple[str, ...] | None:
    """What an enterprise's own verification must show; None for a person's, which the vision core's policy says."""
    own = seller.kind == "enterprise" and verification.executive_id is None
    return service.policy.enterprise.captures if own else None


def evidence(session: Session, verification: Verification) -> Sequence[Capture]:
    """Its captures; a re-check takes each document that it lacks from the last that succeeded with one."""
    shown = verification.evidence_of or verification.id
    own = list(session.scalars(select(Capture).where(Capture.verification_id == shown)))
    if verification.kind == "onboarding":
        return own
    earlier = session.scalars(
        select(Capture)
        .join(Verification, Verification.id == Capture.verification_id)
        .where(
            Verification.seller_id == verification.seller_id,
            Verification.executive_id.is_not_distinct_from(verification.executive_id),
            Verification.state == "verified",
            Verification.id != verification.id,
            Capture.kind.in_(DOCUMENT_KINDS),
        )
        .order_by(Verification.decided_at)
    )
    latest = {capture.kind: capture for capture in earlier} | {capture.kind: capture for capture in own}
    return list(latest.values())
