"""Templates of other makers: the face_recognition package, and an ONNX network of the user's own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import ImageFile

from models.errors import ModelError
from models.face_analysis import find_faces
from models.face_backends import backend
from verifier.calibration import CalibrationMissingError
from verifier.image import load
from verifier.match import MatchPolicy, match_faces


def linear_network(path: Path) -> str:
    """A network that any ArcFace file could be: 112 x 112 in, 16 numbers out, by random weights."""
    weights = np.random.default_rng(5).normal(size=(3 * 112 * 112, 16)).astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["input"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["output"]),
    ]
    source = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 112, 112])
    target = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 16])
    constants = [numpy_helper.from_array(weights, "weights")]
    graph = helper.make_graph(nodes, "linear", [source], [target], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return str(path)


def test_a_network_of_your_own_makes_the_template(samples: Path, tmp_path: Path) -> None:
    """A marketplace with a licensed recogniser must be able to use it."""
    photo = load(samples / "obama.jpg").pixels
    template = backend(linear_network(tmp_path / "own.onnx"))(photo, find_faces(photo)[0])
    assert template.shape == (16,)
    assert np.linalg.norm(template) == pytest.approx(1, abs=1e-5)


def test_a_network_of_your_own_needs_a_calibration(samples: Path, tmp_path: Path) -> None:
    """The shipped thresholds say nothing about another network's similarities."""
    photo = load(samples / "obama.jpg").pixels
    with pytest.raises(CalibrationMissingError, match="make one with verifier calibrate"):
        match_faces(photo, photo, MatchPolicy(embedder=linear_network(tmp_path / "own.onnx")))


def test_face_recognition_tells_people_apart(samples: Path) -> None:
    """The extra that the documentation names must work."""
    if find_spec("face_recognition") is None:  # importing it here would already change Pillow
        pytest.skip("the extra face-recognition is not installed")
    policy = MatchPolicy(embedder="face_recognition")
    obama, obama2, biden = (load(samples / f"{name}.jpg").pixels for name in ("obama", "obama2", "biden"))
    same, other = match_faces(obama, obama2, policy), match_faces(obama, biden, policy)
    assert same.similarity > other.similarity + 0.05
    assert same.false_match_rate < other.false_match_rate
    assert not ImageFile.LOAD_TRUNCATED_IMAGES, "damaged photos would be accepted from here on"


def test_unknown_and_broken_embedders_are_named(tmp_path: Path) -> None:
    """A typing mistake in the policy must be told as such."""
    with pytest.raises(ModelError, match="there are: fused"):
        backend("arcfase")
    broken = tmp_path / "broken.onnx"
    broken.write_text("not a network")
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        backend(str(broken))
