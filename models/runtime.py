"""Runs a network on the runtime that its file is for: onnxruntime or LiteRT, behind one class."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError, ModelErrorCode
from models.install import install
from models.manifest import WeightFile, weight_file

Array = NDArray[Any]

_loading = threading.Lock()
_used: set[str] = set()


class Network(Protocol):
    """A loaded network. Safe to share between threads."""

    metadata: dict[str, str]
    """What the file says of itself (the character list of a text recogniser, for one)."""

    def run(self, *inputs: Array) -> list[Array]:
        """Outputs in the file's order, for inputs in the file's order. Shapes stand in manifest.toml."""
        ...


def network(name: str) -> Network:
    """The network of that name in manifest.toml, loaded once; missing weights are installed first.

    Raises ModelError where the weights can't be had or are not those of the manifest.
    """
    with _loading:  # two requests may arrive for a network that neither has loaded
        return _load(name)


def loaded_versions() -> dict[str, str]:
    """Name and version (of the file's hash) of every network that this process has used so far."""
    return {name: weight_file(name).version for name in sorted(_used)}


def threads() -> int:
    """Threads of one network run: VERIFIER_THREADS, else the cores that this process may use."""
    asked = int(os.environ.get("VERIFIER_THREADS") or 0)
    return asked or (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )


@cache
def _load(name: str) -> Network:
    spec = weight_file(name)
    if not spec.path.exists():
        install([spec])
    verify_file(spec)
    _used.add(name)
    return _OnnxNetwork(spec.path) if spec.runtime == "onnxruntime" else _LiteRtNetwork(spec.path)


def verify_file(spec: WeightFile) -> None:
    """Raises ModelError(models_wrong_hash | models_unreadable) unless the file is the manifest's."""
    try:
        digest = hashlib.sha256(spec.path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(ModelErrorCode.UNREADABLE, f"{spec.path}: {error.strerror}") from error
    if digest != spec.sha256:
        raise ModelError(
            ModelErrorCode.WRONG_HASH,
            f"{spec.path} is not the file of the manifest; delete it and run: verifier models install",
        )


class _OnnxNetwork:
    def __init__(self, path: Path) -> None:
        import onnxruntime

        from models.conversion import without_denormals

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning threads of one network would take the cores from the next one.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = without_denormals(path)
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._names = [i.name for i in self._session.get_inputs()]
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, *inputs: Array) -> list[Array]:
        """One run on the inputs, in the network's order; its outputs, in theirs."""
        return [np.asarray(o) for o in self._session.run(None, dict(zip(self._names, inputs, strict=True)))]


class _LiteRtNetwork:
    """LiteRT keeps its tensors inside the interpreter, so runs take turns.

    An ONNX file is rewritten as TFLite first, for batches of two.
    """

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        if path.suffix == ".onnx":
            from models.conversion import onnx_to_tflite

            model = onnx_to_tflite(path, batch=2)
        else:
            model = path.read_bytes()
        with _silent_stderr():
            self._interpreter = Interpreter(model_content=model, num_threads=threads())
            self._interpreter.allocate_tensors()
        self._inputs = [d["index"] for d in self._interpreter.get_input_details()]
        self._outputs = [d["index"] for d in self._interpreter.get_output_details()]
        self._turn = threading.Lock()
        self.metadata: dict[str, str] = {}

    def run(self, *inputs: Array) -> list[Array]:
        """One run on the inputs, in the network's order; its outputs, in theirs."""
        with self._turn:
            for index, array in zip(self._inputs, inputs, strict=True):
                self._interpreter.set_tensor(index, array)
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index) for index in self._outputs]


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keeps a line that LiteRT's C++ prints at each load away from people. Loads take turns, so nobody else's is lost."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
