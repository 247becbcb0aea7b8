"""Plain tops of known outlines, for tests."""

import numpy as np
from numpy.typing import NDArray

STORED = 40
Place = tuple[slice, slice]
BODY: Place = (slice(6, 36), slice(12, 28))
LONG: tuple[Place, ...] = ((slice(8, 34), slice(4, 12)), (slice(8, 34), slice(28, 36)))
SHORT: tuple[Place, ...] = ((slice(8, 18), slice(4, 12)), (slice(8, 18), slice(28, 36)))
INSIDE: Place = (slice(7, 35), slice(14, 26))  # of the body, away from its rim
RED, BLUE = (200, 20, 30), (20, 40, 180)


def top(colour: tuple[int, int, int], sleeves: tuple[Place, ...] = ()) -> NDArray[np.uint8]:
    """A body of one colour on white, a little shaded from left to right, with sleeves at its sides or without."""
    picture = np.full((STORED, STORED, 3), 255, np.uint8)
    shade = (np.arange(STORED) % 3)[None, :, None].astype(np.uint8)
    for here in (BODY, *sleeves):
        picture[here] = np.array(colour, np.uint8) + np.broadcast_to(shade, picture.shape)[here]
    return picture
