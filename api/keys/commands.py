"""What the command line does with API keys; each act is in the audit trail of the key's account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.keys.service import Scope, find_caller, make_key, side_of
from api.keys.tables import Account, ApiKey
from api.service import Service

ACTOR = "operator"


def create(service: Service, scope: Scope, *, test: bool, account: str) -> str:
    """A new key, in clear: it is shown this once and can't be read back."""
    with service.database.transaction() as session:
        key, secret = make_key(session, scope, test=test, account=account)
        _note(session, key, "api_key.created")
    return secret


def listed(service: Service) -> Iterator[str]:
    """A line for each key: id, account, side, scope, when it was made, when it was revoked. No secrets."""
    with service.database.transaction() as session:
        rows = session.execute(
            select(ApiKey, Account.name).join(Account, Account.id == ApiKey.account_id).order_by(ApiKey.id)
        ).all()
    for key, account in rows:
        side = "live" if key.livemode else "test"
        until = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "valid"
        yield "\t".join((key.id, account, side, key.scope, f"{key.created_at:%Y-%m-%d %H:%M}", until))


def revoke(service: Service, key: str) -> bool:
    """Make a key worthless at once; by its id, or by the key itself where that is what was found lying about.

    Says whether there is such a valid key.
    """
    with service.database.transaction() as session:
        caller = find_caller(session, key)
        found = session.get(ApiKey, caller.key_id if caller else key, with_for_update=True)
        if found is None or found.revoked_at is not None:
            return False
        found.revoked_at = datetime.now(UTC)
        _note(session, found, "api_key.revoked")
    return True


def _note(session: Session, key: ApiKey, action: str) -> None:
    side = side_of(session.get_one(Account, key.account_id), key.livemode)
    audit.record(session, side, ACTOR, action, key.id, {"scope": key.scope})
