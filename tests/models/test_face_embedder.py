"""Templates that are stored for years must be comparable with those that are made today."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.face_embedder import REVISION
from verifier.image import load
from verifier.match import portrait

KNOWN = (3, [0.37, 1.666, -0.581, -0.672, -0.386, -1.471, -1.077, -0.184, -0.87, 0.907, 0.787, -1.472])
"""The revision, and its template of obama.jpg along fixed directions."""


def test_another_template_is_another_revision(samples: Path) -> None:
    """A change of alignment or contrast under the old version would compare every seller with what isn't comparable.

    If this fails because faces are to get other templates: raise REVISION and put the new numbers above.
    """
    template = portrait(load(samples / "obama.jpg").pixels).template
    directions = np.random.RandomState(0).standard_normal((12, len(template)))
    along = (directions @ template).round(3)
    assert (REVISION, along.tolist()) == (KNOWN[0], pytest.approx(KNOWN[1], abs=0.02))
