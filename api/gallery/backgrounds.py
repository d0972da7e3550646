"""Other sellers' selfies that were taken in the same room."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import vision
from api.gallery.tables import EnrolledBackground
from api.ids import new_id
from api.keys.service import Side
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Verification


def same_room(service: Service, verification_id: str, background: bytes | None) -> list[str]:
    """Sellers before whose selfie's background this one was taken too, among the side's latest selfies.

    Runs before the transaction that decides, in one of its own: it takes too long to hold the others up. Of two
    at the same moment, neither may see the other's room; the third of a series sees both.
    """
    if background is None:
        return []
    with service.database.transaction() as session:
        verification = session.get_one(Verification, verification_id)
        rows = session.execute(
            select(EnrolledBackground.seller_id, EnrolledBackground.sealed, Seller.wrapped_key)
            .join(Seller, Seller.id == EnrolledBackground.seller_id)
            .where(
                EnrolledBackground.account_id == verification.account_id,
                EnrolledBackground.livemode == verification.livemode,
                EnrolledBackground.seller_id != verification.seller_id,
                Seller.wrapped_key.is_not(None),
            )
            .order_by(EnrolledBackground.id.desc())
            .limit(service.policy.duplicates.backgrounds_compared)
        ).all()
    known = ((seller, service.vault.unwrap(seller, key).open(sealed)) for seller, sealed, key in rows)
    return vision.same_backgrounds(background, known)


def keep(
    service: Service, session: Session, side: Side, verification: Verification, background: bytes | None
) -> None:
    """Enrol a selfie's background."""
    if background is None:
        return
    seller = session.get_one(Seller, verification.seller_id)
    session.add(
        EnrolledBackground(
            id=new_id("bgr"),
            account_id=side.account_id,
            livemode=side.livemode,
            seller_id=seller.id,
            verification_id=verification.id,
            sealed=service.vault.unwrap(seller.id, seller.wrapped_key).seal(background),
            created_at=side.now(),
        )
    )
