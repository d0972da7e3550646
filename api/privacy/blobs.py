"""Where sealed images lie: a folder, or an object store by its URL."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from api.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class Blobs(Protocol):
    """Stores sealed bytes under names of its own making."""

    def put(self, sealed: bytes) -> str: ...
    def get(self, name: str) -> bytes: ...
    def delete(self, name: str) -> None: ...
    def state(self) -> str: ...


class FolderBlobs:
    """Blobs as files, 256 folders of them. Nobody knows a file's name before it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sealed: bytes) -> str:
        """Stores the bytes and gives the name they lie under."""
        name = secrets.token_hex(16)
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        return name

    def get(self, name: str) -> bytes:
        """The bytes of a name. Raises FileNotFoundError where they are gone."""
        return self._path(name).read_bytes()

    def delete(self, name: str) -> None:
        """Deleting what is not there is no error, so that a deletion may be tried again."""
        self._path(name).unlink(missing_ok=True)

    def state(self) -> str:
        """ok, or what is wrong."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return str(error.strerror)
        return "ok" if os.access(self._folder, os.W_OK) else "the folder can't be written"

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


class ObjectBlobs:
    """Blobs as objects of a bucket. Credentials come from the environment, as the store's own tools read them."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, sealed: bytes) -> str:
        """Stores the bytes and gives the name they lie under."""
        name = secrets.token_hex(16)
        self._store.put(name, sealed)
        return name

    def get(self, name: str) -> bytes:
        """The bytes of a name. Raises FileNotFoundError where they are gone."""
        return bytes(self._store.get(name).bytes())

    def delete(self, name: str) -> None:
        """Deleting what is not there is no error, so that a deletion may be tried again."""
        with suppress(FileNotFoundError):
            self._store.delete(name)

    def state(self) -> str:
        """ok, or what is wrong: whether the bucket can be listed."""
        from obstore.exceptions import BaseError

        try:
            next(iter(self._store.list(chunk_size=1)), None)
        except (BaseError, OSError) as error:
            return type(error).__name__
        return "ok"


def open_blobs(settings: Settings) -> Blobs:
    """The store of these settings. Raises RuntimeError where a URL is given and obstore is not installed."""
    if settings.blobs_url is None:
        return FolderBlobs(settings.blobs)
    try:
        from obstore.store import from_url
    except ImportError as error:
        raise RuntimeError(
            'VERIFIER_BLOBS_URL needs: pip install "seller-verifier[object-storage]"'
        ) from error
    return ObjectBlobs(from_url(settings.blobs_url))
