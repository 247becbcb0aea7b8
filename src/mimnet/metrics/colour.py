"""Colour-following: is the colour that a sentence names the one that leads in the picture?

Convention: every pixel gets one colour name by fixed rules on hue, saturation and value; a colour's share is that among
the pixels of petal colours (green, brown, grey and black are ground and stem). Leads: the named colour has the largest
share in the whole edit, at the model's own size; in the map: with every pixel weighed by the weight map of that edit
(the whole picture for a model without map), for on a white ground white leads whatever lies on it. Share in the map:
so weighed, before and after the edit; the rise is the difference. In real pictures: the same, with the map that the
same sentence gets, in pictures of the split whose captions name that colour alone. No network judges; the map is the
model's own, so a map that is everywhere or nowhere shows in no rise.
"""

import numpy as np
from numpy.typing import NDArray

NAMES = ("red", "orange", "yellow", "pink", "purple", "blue", "white", "green", "brown", "grey", "black")
PETALS = NAMES[:7]


def colour_names(image: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Index into `NAMES` for every pixel of uint8 ...,3 RGB.

    >>> [NAMES[i] for i in colour_names(np.array([[255, 0, 0], [255, 220, 0], [240, 240, 245]], np.uint8))]
    ['red', 'yellow', 'white']
    """
    rgb = image.astype(np.float64) / 255
    value, low = rgb.max(-1), rgb.min(-1)
    spread = value - low
    safe = np.where(spread == 0, 1, spread)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    hue = np.where(
        value == red,
        ((green - blue) / safe) % 6,
        np.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = np.where(spread == 0, 0, hue) * 60
    saturation = spread / np.where(value == 0, 1, value)

    chromatic = np.select(
        [hue < 14, hue < 42, hue < 63, hue < 170, hue < 248, hue < 305, hue < 345],
        [0, 1, 2, 7, 5, 4, 3],
        default=0,
    )
    pale_red = (chromatic == 0) & (saturation < 0.62) & (value > 0.55)
    chromatic = np.where(pale_red, 3, chromatic)
    earth = ((chromatic == 0) | (chromatic == 1)) & (value < 0.55) & (saturation < 0.75) & (hue < 60)
    chromatic = np.where(earth | ((chromatic == 1) & (value < 0.5)), 8, chromatic)
    grey = np.where(value > 0.72, 6, 9)
    name = np.where(saturation < 0.14, grey, chromatic)
    return np.where(value < 0.16, 10, name)


def colour_shares(image: NDArray[np.uint8], weights: NDArray[np.float64] | None = None) -> dict[str, float]:
    """Share of every petal colour among the pixels of petal colours, optionally weighted by H,W.

    All zero where no pixel has a petal colour.
    """
    counts = np.bincount(
        colour_names(image).ravel(), None if weights is None else weights.ravel(), minlength=len(NAMES)
    )[: len(PETALS)]
    total = counts.sum()
    shares = counts / total if total > 0 else counts
    return dict(zip(PETALS, shares.tolist(), strict=True))


def leads(image: NDArray[np.uint8], colour: str, weights: NDArray[np.float64] | None = None) -> bool:
    """Whether `colour` has the largest share of the petal colours.

    >>> leads(np.full((2, 2, 3), [200, 20, 20], np.uint8), "red")
    True
    """
    shares = colour_shares(image, weights)
    return shares[colour] > 0 and shares[colour] == max(shares.values())
