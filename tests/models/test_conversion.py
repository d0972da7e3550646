"""Networks rewritten for speed give the numbers of the original file."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from models.install import install
from models.manifest import weight_file
from models.runtime import network


def test_the_face_embedder_gives_the_same_template_on_either_runtime() -> None:
    """Stored templates must stay comparable whatever runtime made them."""
    spec = weight_file("face_embedder_512")
    install([spec])
    original = onnxruntime.InferenceSession(str(spec.path), providers=["CPUExecutionProvider"])
    crops = np.random.default_rng(3).normal(size=(2, 112, 112, 3)).astype(np.float32)
    (rewritten,) = network("face_embedder_512").run(crops)
    for crop, template in zip(crops, rewritten, strict=True):
        planes = np.ascontiguousarray(crop.transpose(2, 0, 1)[None])
        (expected,) = original.run(None, {original.get_inputs()[0].name: planes})
        assert template == pytest.approx(expected[0], abs=1e-5)


def test_setting_tiny_weights_to_zero_changes_nothing_that_counts() -> None:
    """Landmarks must not move when the network is made faster."""
    spec = weight_file("face_landmarks")
    install([spec])
    original = onnxruntime.InferenceSession(str(spec.path), providers=["CPUExecutionProvider"])
    crop = np.random.default_rng(3).random((1, 1, 64, 64)).astype(np.float32)
    (expected,) = original.run(None, {original.get_inputs()[0].name: crop})
    (points,) = network("face_landmarks").run(crop)
    assert points == pytest.approx(expected, abs=1e-5)
