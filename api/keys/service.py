"""Makes API keys and tells who a key belongs to."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.ids import new_id
from api.keys.tables import Account, ApiKey

Scope = Literal["admin", "verify", "review", "read"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

GRANTS: dict[str, frozenset[str]] = {
    "admin": frozenset(SCOPES),
    "verify": frozenset({"verify", "read"}),
    "review": frozenset({"review", "read"}),
    "read": frozenset({"read"}),
}

OPERATOR = "default"
"""The account of whoever runs the service, unless keys are made for another."""


@dataclass(frozen=True)
class Side:
    """The live or the test side of an account: the walls between which all objects live."""

    account_id: str
    livemode: bool
    clock_ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """What time it is here. The one clock of everything that is scheduled; only the test side's moves."""
        return datetime.now(UTC) + self.clock_ahead


@dataclass(frozen=True)
class Caller:
    """Who makes a request: a key, on its side of its account, with what it may do."""

    side: Side
    key_id: str
    scope: str

    @property
    def actor(self) -> str:
        """Who acted, as the audit trail names it."""
        return self.key_id

    def may(self, scope: Scope) -> bool:
        """Whether the key's scope includes this one."""
        return scope in GRANTS[self.scope]


def create_key(session: Session, scope: Scope, *, test: bool, account: str = OPERATOR) -> str:
    """`make_key`'s secret alone."""
    return make_key(session, scope, test=test, account=account)[1]


def make_key(session: Session, scope: Scope, *, test: bool, account: str) -> tuple[ApiKey, str]:
    """A new key's row, and the key in clear: it is shown this once and can't be read back."""
    secret = f"sv_{'test' if test else 'live'}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        id=new_id("key"),
        account_id=account_named(session, account).id,
        livemode=not test,
        scope=scope,
        secret_hash=_hash(secret),
        created_at=datetime.now(UTC),
    )
    session.add(key)
    return key, secret


def account_named(session: Session, name: str) -> Account:
    """The marketplace of this name; made where there is none."""
    session.execute(
        insert(Account)
        .values(id=new_id("acc"), name=name, created_at=datetime.now(UTC), test_clock_seconds=0)
        .on_conflict_do_nothing(index_elements=[Account.name])
    )
    return session.scalars(select(Account).where(Account.name == name)).one()


def find_caller(session: Session, secret: str) -> Caller | None:
    """Who this key is, or None where it is unknown or revoked."""
    row = session.execute(
        select(ApiKey, Account)
        .join(Account, Account.id == ApiKey.account_id)
        .where(ApiKey.secret_hash == _hash(secret), ApiKey.revoked_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    key, account = row
    return Caller(side_of(account, key.livemode), key.id, key.scope)


def side_of(account: Account, livemode: bool) -> Side:
    """The live or the test side of an account, with its own clock."""
    ahead = timedelta() if livemode else timedelta(seconds=account.test_clock_seconds)
    return Side(account.id, livemode, ahead)


def all_sides(session: Session) -> list[Side]:
    """Both sides of every account."""
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    return [side_of(account, livemode) for account in accounts for livemode in (True, False)]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
