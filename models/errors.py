"""What can go wrong with weights, each with a stable code."""

from __future__ import annotations

from enum import StrEnum


class ModelErrorCode(StrEnum):
    """Stable codes of `ModelError`; docs/errors.md says what to do about each."""

    NO_NETWORK = "models_no_network"
    NO_NPM = "models_no_npm"
    WRONG_HASH = "models_wrong_hash"
    NO_SPACE = "models_no_space"
    READ_ONLY = "models_read_only"
    PACKAGE_UNAVAILABLE = "models_package_unavailable"
    UNREADABLE = "models_unreadable"
    UNKNOWN = "models_unknown"


class ModelError(Exception):
    """A weight file is missing and could not be installed, or is not the file that the manifest names."""

    def __init__(self, code: ModelErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
