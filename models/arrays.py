"""The array types that all rooms share.

Everywhere in this project an image is RGB, uint8, shape (height, width, 3), and coordinates are pixels
(x to the right, y down, the centre of the first pixel at 0.5, 0.5). A network that wants BGR or planes
converts inside its own class.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB, uint8, (height, width, 3)."""

Floats = NDArray[np.float32]
"""float32 of any shape."""

Polygon = NDArray[np.float32]
"""float32 (4, 2): corners x, y in pixels, clockwise from the top left of what is inside, as read upright."""

Template = NDArray[np.float32]
"""float32 (d,), unit length: what a face embedder makes of one face."""
