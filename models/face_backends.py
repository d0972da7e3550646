"""Other ways to make a face template: the face_recognition package, or an ArcFace-style network of your own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import ImageFile

from models.arrays import Image, Template
from models.errors import ModelError, ModelErrorCode
from models.face_analysis import Face, aligned
from models.runtime import threads

Embed = Callable[[Image, Face], Template]
"""Makes a template, unit length, of one face of a photo. Templates of different backends can't be compared."""


@cache
def backend(name: str) -> Embed:
    """The backend of that name: `face_recognition`, or the path of an ONNX file.

    The file takes float32 (n, 3, 112, 112), RGB, (x - 127.5) / 127.5, aligned as ArcFace does, and gives one vector
    of any length (InsightFace's recognition models do). Raises ModelError(models_unknown | models_unreadable).
    """
    if name == "face_recognition":
        return _face_recognition()
    if name.endswith(".onnx"):
        return _arcface(Path(name).expanduser())
    raise ModelError(
        ModelErrorCode.UNKNOWN,
        f"no face embedder is named {name!r}; there are: fused, face_recognition, or the path of an .onnx file",
    )


def _face_recognition() -> Embed:
    truncated = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        import face_recognition
    except ImportError as error:
        raise ModelError(
            ModelErrorCode.UNKNOWN,
            f"the embedder face_recognition needs its package ({error}); "
            'install it with: pip install "seller-verifier[face-recognition]"',
        ) from error
    finally:  # the package makes Pillow accept damaged files, everywhere
        ImageFile.LOAD_TRUNCATED_IMAGES = truncated

    def embed(image: Image, face: Face) -> Template:
        left, top, right, bottom = (round(float(side)) for side in face.box)
        (encoding,) = face_recognition.face_encodings(image, [(top, right, bottom, left)])
        return _unit(encoding)

    return embed


def _arcface(path: Path) -> Embed:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has one error class for each way to fail, and no base of its own
        raise ModelError(
            ModelErrorCode.UNREADABLE, f"{path} can't be loaded as an ONNX network: {error}"
        ) from error
    source = session.get_inputs()[0].name

    def embed(image: Image, face: Face) -> Template:
        crop = aligned(image, face)
        views = np.stack([crop, crop[:, ::-1]]).astype(np.float32)
        planes = np.ascontiguousarray(((views - 127.5) / 127.5).transpose(0, 3, 1, 2))
        found = [_unit(session.run(None, {source: plane[None]})[0][0]) for plane in planes]
        return _unit(np.sum(found, axis=0))

    return embed


def _unit(vector: Template) -> Template:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
