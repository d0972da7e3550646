"""Encryption at rest: AES-256-GCM under a data key of each seller, wrapped by the master key.

A wrapped key or a sealed text is: 12 bytes nonce, then ciphertext with its tag. The associated data names
whose it is, so that one seller's ciphertext can't be passed off as another's. A wrapped key begins with 8
bytes that say which master key wrapped it, so that the master key can be replaced.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from api.settings import Settings

NONCE_BYTES = 12
MARK_BYTES = 8


class KeyMissing(Exception):
    """The key was destroyed, or the master key is not the one that wrapped it."""


@dataclass(frozen=True)
class DataKey:
    """One owner's key, in clear, in memory only."""

    owner: str
    secret: bytes

    def seal(self, clear: bytes) -> bytes:
        """Nonce and ciphertext (AES-256-GCM), bound to the key's owner."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, clear, self.owner.encode())

    def open(self, sealed: bytes) -> bytes:
        """Raises KeyMissing where this key did not seal it."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(self.secret).decrypt(nonce, rest, self.owner.encode())
        except InvalidTag as error:
            raise KeyMissing(self.owner) from error

    def fingerprint(self, parts: Iterable[bytes]) -> bytes:
        """32 bytes by which the same parts are known again: their GMAC (NIST SP 800-38D), at a tenth of a hash's time.

        It has a key of its own, and its tags are hashed, since tags of one nonce would give that key away.
        """
        key, fixed_nonce = self.digest("key of", "fingerprints"), bytes(NONCE_BYTES)
        mac = Cipher(AES(key), GCM(fixed_nonce)).encryptor()
        for part in parts:
            mac.authenticate_additional_data(len(part).to_bytes(8, "big"))
            mac.authenticate_additional_data(part)
        mac.finalize()
        return hashlib.sha256(mac.tag).digest()

    def digest(self, kind: str, value: str) -> bytes:
        """A keyed hash: equal values are found by it, and without the key nothing is."""
        return hmac.digest(self.secret, f"{kind}:{value}".encode(), "sha256")


class Vault:
    """Wraps and unwraps data keys. `masters` holds the current master key first, then older ones."""

    def __init__(self, *masters: bytes) -> None:
        if any(len(key) != 32 for key in masters) or not masters:
            raise ValueError("a master key is 32 bytes in base64")
        self._masters = {_mark(key): key for key in reversed(masters)}
        self._current = masters[0]

    def new_key(self, owner: str) -> tuple[DataKey, bytes]:
        """A fresh data key and its wrapped form."""
        key = DataKey(owner, AESGCM.generate_key(256))
        return key, self.wrap(key)

    def wrap(self, key: DataKey) -> bytes:
        """A data key sealed by the current master key, with that key's mark before it."""
        return _mark(self._current) + DataKey(key.owner, self._current).seal(key.secret)

    def unwrap(self, owner: str, wrapped: bytes | None) -> DataKey:
        """Raises KeyMissing where the key is gone or its master key unknown."""
        if wrapped is None:
            raise KeyMissing(owner)
        master = self._masters.get(bytes(wrapped[:MARK_BYTES]))
        if master is None:
            raise KeyMissing(owner)
        return DataKey(owner, DataKey(owner, master).open(wrapped[MARK_BYTES:]))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the current master key, not an earlier one, wrapped this."""
        return bytes(wrapped[:MARK_BYTES]) == _mark(self._current)


def _mark(master: bytes) -> bytes:
    return hashlib.sha256(b"master key mark" + master).digest()[:MARK_BYTES]


def open_vault(settings: Settings) -> Vault:
    """The vault of these settings; on a fresh home, a master key is made first, readable by its owner."""
    if settings.master_key is not None:
        lines = settings.master_key.get_secret_value().split(",")
    else:
        lines = _master_key_lines(settings.master_key_file)
    return Vault(*(base64.b64decode(line) for line in lines if line.strip()))


def write_master_keys(path: Path, keys: list[bytes]) -> None:
    """Replace the master key file in one step: current key on the first line, older ones below."""
    _draft(path, keys).replace(path)


def _master_key_lines(path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = _draft(path, [secrets.token_bytes(32)])
        with suppress(FileExistsError):  # another process was first: its key holds
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").splitlines()


def _draft(path: Path, keys: list[bytes]) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(b"\n".join(base64.b64encode(key) for key in keys) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return draft
