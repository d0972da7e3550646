"""Where sealed images lie: a folder, behind an interface small enough for any object store."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Protocol


class Blobs(Protocol):
    """Stores sealed bytes under names of its own making."""

    def put(self, sealed: bytes) -> str: ...
    def get(self, name: str) -> bytes: ...
    def delete(self, name: str) -> None: ...


class FolderBlobs:
    """Blobs as files, 256 folders of them. A file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sealed: bytes) -> str:
        name = secrets.token_hex(16)
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        return name

    def get(self, name: str) -> bytes:
        return self._path(name).read_bytes()

    def delete(self, name: str) -> None:
        """Deleting what is not there is no error, so that a deletion may be tried again."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name
