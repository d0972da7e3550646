"""Fields as a person reads them, beside the machine's reading: both are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.gallery import renumbering
from api.gallery.tables import Duplicate
from api.ids import new_id
from api.keys.service import Caller
from api.privacy.vault import DataKey
from api.problems import Problem
from api.sellers.tables import Seller
from api.service import Service
from api.verifications import service as verifications
from api.verifications.card_term import LAST_DAYS, after
from api.verifications.tables import Correction, Verification


def correct(
    service: Service,
    session: Session,
    caller: Caller,
    verification: Verification,
    seller: Seller,
    *,
    document: str,
    field: str,
    value: str,
) -> list[Duplicate]:
    """Keep what the field says; by a corrected number the person is found from now on, and others are searched for.

    Returns whom that found anew. Raises Problem 404 field_not_found, 422 value_unusable.
    """
    key = verifications.data_key(service, seller)
    report = verifications.opened_json(key, verification.sealed_report)
    if field not in readings(report).get(document, {}).get("fields", {}):
        raise Problem(404, "field_not_found", "the document has no such field")
    if not value.strip() or len(value) > 300:
        raise Problem(422, "value_unusable", "write what the field says, 300 characters at most")
    session.add(
        Correction(
            id=new_id("cor"),
            verification_id=verification.id,
            document=document,
            field=field,
            sealed_value=key.seal(value.strip().encode()),
            agent_id=caller.actor,
            created_at=caller.side.now(),
        )
    )
    number = renumbering.NUMBERS.get((document, field))
    if (document, field) in LAST_DAYS:
        verification.card_runs_out_at = after(value.strip())
    found = []
    if number is not None:
        found = renumbering.renumber(service, session, caller.side, verification, number, value)
    told = {"document": document, "field": field, "duplicates": [duplicate.kind for duplicate in found]}
    audit.record(session, caller.side, caller.actor, "field.corrected", verification.id, told)
    return found


def corrections(session: Session, key: DataKey, verification_id: str) -> list[dict[str, Any]]:
    """All of a verification's, the last of a field being the one that holds."""
    kept = session.scalars(
        select(Correction).where(Correction.verification_id == verification_id).order_by(Correction.id)
    )
    return [
        {
            "document": row.document,
            "field": row.field,
            "value": key.open(row.sealed_value).decode(),
            "by": row.agent_id,
            "at": row.created_at.isoformat(),
        }
        for row in kept
    ]


def readings(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What was read of each document, by capture kind."""
    document = report.get("document") or {}
    read = {
        "card_portrait": document.get("portrait"),
        "card_emblem": document.get("emblem"),
        "licence": report.get("licence"),
    }
    return {kind: reading for kind, reading in read.items() if reading}
