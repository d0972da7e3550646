"""Agents: making them, signing in with password and one-time code, sessions.

Passwords are hashed by Argon2id (argon2-cffi's defaults, RFC 9106 low-memory profile); codes are TOTP (RFC 6238).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast, get_args

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.console.tables import Agent, AgentSession
from api.ids import new_id
from api.keys.service import OPERATOR, Caller, Side, account_named, side_of
from api.keys.tables import Account
from api.problems import Problem
from api.service import Service

Role = Literal["agent", "supervisor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
IDLE_FOR = timedelta(minutes=30)
SIGNED_IN_FOR = timedelta(hours=12)
ISSUER = "Seller verification"
STEP_SECONDS = 30

_hasher = PasswordHasher()
# Each takes 64 MiB, and anybody may ask for one.
_hashing = threading.BoundedSemaphore(4)
# Verified where no such agent exists, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True)
class Viewer:
    """A signed-in agent."""

    agent_id: str
    login: str
    role: Role
    side: Side
    csrf: str
    """What a form of this session must send along."""

    @property
    def caller(self) -> Caller:
        """The agent as the API knows callers: with the rights of the role."""
        return Caller(self.side, self.agent_id, "admin" if self.role == "admin" else "review")

    @property
    def supervises(self) -> bool:
        """Whether the figures, bans and policy are this person's to see."""
        return self.role != "agent"


@dataclass(frozen=True)
class NewAgent:
    """What the new agent is told, once."""

    agent_id: str
    password: str
    totp_secret: str
    totp_address: str
    """otpauth:// address, for an authenticator's QR code."""


def create(
    service: Service,
    session: Session,
    login: str,
    role: Role,
    *,
    test: bool,
    account: str = OPERATOR,
    password: str | None = None,
) -> NewAgent:
    """A new agent with a password (made up unless given) and a TOTP secret. Raises Problem 409 login_taken."""
    if session.scalar(select(Agent.id).where(Agent.login == login)):
        raise Problem(409, "login_taken", "an agent with this login exists")
    password = password or secrets.token_urlsafe(12)
    secret = pyotp.random_base32()
    now = datetime.now(UTC)
    owner = account_named(session, account)
    agent = Agent(
        id=new_id("agt"),
        account_id=owner.id,
        livemode=not test,
        login=login,
        role=role,
        password_hash=_hasher.hash(password),
        sealed_totp_secret=service.secrets_key.seal(secret.encode()),
        created_at=now,
    )
    session.add(agent)
    session.flush()
    audit.record(session, side_of(owner, not test), "operator", "agent.created", agent.id, {"role": role})
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    return NewAgent(agent.id, password, secret, address)


def sign_in(service: Service, session: Session, login: str, password: str, code: str) -> str | None:
    """The token of a new session; None where login, password or code is wrong, or the agent locked out."""
    agent = session.scalar(select(Agent).where(Agent.login == login).with_for_update())
    right_password = _verified(agent.password_hash if agent else _NOBODY, password)
    if agent is None or agent.disabled_at is not None:
        return None
    now = datetime.now(UTC)
    side = side_of(session.get_one(Account, agent.account_id), agent.livemode)
    if agent.locked_until is not None and agent.locked_until > now:
        return None
    step = _step_of(service, agent, code)
    if not right_password or step is None:
        agent.failures += 1
        if agent.failures >= FAILURES_ALLOWED:
            agent.failures, agent.locked_until = 0, now + LOCKED_FOR
        audit.record(session, side, agent.id, "agent.sign_in_failed", agent.id)
        return None
    agent.failures, agent.locked_until, agent.last_totp_step = 0, None, step
    return _signed_in(session, agent, side, {})


def sign_in_vouched(session: Session, login: str) -> str | None:
    """The token of a new session for whom the identity provider vouches; None where there is no such agent."""
    agent = session.scalar(select(Agent).where(Agent.login == login, Agent.disabled_at.is_(None)))
    if agent is None:
        return None
    side = side_of(session.get_one(Account, agent.account_id), agent.livemode)
    return _signed_in(session, agent, side, {"by": "identity_provider"})


def _signed_in(session: Session, agent: Agent, side: Side, told: dict[str, str]) -> str:
    now, token = datetime.now(UTC), secrets.token_urlsafe(32)
    session.execute(delete(AgentSession).where(AgentSession.created_at < now - SIGNED_IN_FOR))
    session.add(AgentSession(token_hash=_hash(token), agent_id=agent.id, created_at=now, seen_at=now))
    audit.record(session, side, agent.id, "agent.signed_in", agent.id, told)
    return token


def find_viewer(session: Session, token: str) -> Viewer | None:
    """Who is signed in with this token, if the session still stands."""
    now = datetime.now(UTC)
    row = session.execute(
        select(AgentSession, Agent, Account)
        .join(Agent, Agent.id == AgentSession.agent_id)
        .join(Account, Account.id == Agent.account_id)
        .where(
            AgentSession.token_hash == _hash(token),
            AgentSession.created_at > now - SIGNED_IN_FOR,
            AgentSession.seen_at > now - IDLE_FOR,
            Agent.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    signed_in, agent, account = row
    if now - signed_in.seen_at > timedelta(minutes=1):
        signed_in.seen_at = now
    side = side_of(account, agent.livemode)
    return Viewer(agent.id, agent.login, cast(Role, agent.role), side, csrf_of(token))


def sign_out(session: Session, token: str) -> None:
    """End the session of this cookie; nothing where there is none."""
    session.execute(delete(AgentSession).where(AgentSession.token_hash == _hash(token)))


def csrf_of(token: str) -> str:
    """The session's form token: derived, so that it needs no column and tells nothing of the session's."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _verified(password_hash: str, password: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


def _step_of(service: Service, agent: Agent, code: str) -> int | None:
    """The time step that the code belongs to: this one or its neighbours, later than the one used last.

    Chinese keyboards write figures at full width too.
    """
    plain = unicodedata.normalize("NFKC", code).strip()
    totp = pyotp.TOTP(service.secrets_key.open(agent.sealed_totp_secret).decode())
    current = int(time.time()) // STEP_SECONDS
    for step in (current, current - 1, current + 1):
        if step > agent.last_totp_step and same(totp.generate_otp(step), plain):
            return step
    return None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def same(one: str, other: str) -> bool:
    """Whether two tokens are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
