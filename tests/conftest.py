"""Real photographs for the tests, taken from a package once and kept beside the weights; no test fails for its time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from models.install import fetch
from models.manifest import models_folder, package

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SAMPLES = ("obama.jpg", "obama2.jpg", "biden.jpg")


@pytest.fixture(scope="session")
def samples() -> Path:
    """A folder with obama.jpg, obama2.jpg and biden.jpg: public-domain portraits."""
    folder = models_folder() / "samples"
    missing = [name for name in SAMPLES if not (folder / name).exists()]
    if missing:
        archive = "face_recognition-1.3.0/tests/test_images"
        fetch(package("face_recognition"), {f"{archive}/{name}": folder / name for name in missing})
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of development data, which users do not have."""
    folder = Path(os.environ.get("VERIFIER_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no development data in {folder}; set VERIFIER_DATA to its folder")
    return folder
