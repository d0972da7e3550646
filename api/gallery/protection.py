"""Faces and photos as the database holds them: changed by a secret, so that rows alone identify nobody.

Templates are turned: cancelable biometrics by random orthonormal projection (after Teoh, Goh and Ngo, "Random
multispace quantization", 2006). Every inner product stays as it was, so PostgreSQL searches the turned templates as
well as the true ones, but a template that somebody else computes of a photo is not comparable with them. It is not
encryption: whoever knows as many true templates of stored rows as a template is long can solve for the rotation.

The secret is a key of the service's own, wrapped by the master key, and each side's faces under each model are
turned another way. A new master key wraps the same secret; the rows stay.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from api.keys.service import Side
from api.privacy.vault import DataKey
from api.vision import FaceTemplate

KEPT = 32
"""Rotations kept in memory, 2 MB each; one takes 0.1 s to make."""


def protect(key: DataKey, side: Side, face: FaceTemplate) -> FaceTemplate:
    """The template as the side's rows hold it. It is compared with those only, and they with it only."""
    seed = key.digest("rotation", f"{side.account_id}:{side.livemode}:{face.model}")
    return FaceTemplate(face.model, face.vector @ _rotation(seed, len(face.vector)))


def protect_bits(key: DataKey, side: Side, bits: bytes) -> bytes:
    """A photo's fingerprint as the side's rows hold it: in a secret order, with a secret half of the bits inverted.

    Two fingerprints differ in as many bits as before.
    """
    order, mask = _shuffle(key.digest("fingerprint", f"{side.account_id}:{side.livemode}"), 8 * len(bits))
    return np.packbits(np.unpackbits(np.frombuffer(bits, np.uint8))[order] ^ mask).tobytes()


@lru_cache(maxsize=KEPT)
def _shuffle(seed: bytes, length: int) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    drawn = np.frombuffer(hashlib.shake_256(seed).digest(16 * length), "<u8")
    return np.argsort(drawn[:length], kind="stable"), (drawn[length:] & np.uint64(1)).astype(np.uint8)


@lru_cache(maxsize=KEPT)
def _rotation(seed: bytes, length: int) -> NDArray[np.float32]:
    """Orthonormal float32 (length, length), uniform over all rotations and reflections (Mezzadri, 2007).

    The Gaussian numbers come from SHAKE-256 by the Box-Muller transform, not from NumPy's generators: these
    are neither made for secrets nor the same in every version.
    """
    pairs = (length * length + 1) // 2
    drawn = np.frombuffer(hashlib.shake_256(seed).digest(16 * pairs), "<u8")
    uniform = ((drawn >> np.uint64(11)) + 0.5) * 2.0**-53
    radius, angle = np.sqrt(-2 * np.log(uniform[:pairs])), 2 * np.pi * uniform[pairs:]
    gaussian = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
    turned, triangle = np.linalg.qr(gaussian[: length * length].reshape(length, length))
    return np.asarray(turned * np.sign(np.diag(triangle)), np.float32)
