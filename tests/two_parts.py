"""Objects of two parts, drawn: an upper one, the head, and a lower one, the belly."""

import numpy as np
from numpy.typing import NDArray

COLOURS = {"red": (210, 40, 40), "blue": (40, 60, 200), "yellow": (230, 210, 50), "white": (235, 235, 230)}
ROWS = np.arange(32)[:, None]
THERE = ((ROWS - 15.5) / 12) ** 2 + ((np.arange(32)[None] - 15.5) / 9) ** 2 < 1
HEAD, BELLY = THERE & (ROWS < 14), THERE & (ROWS >= 14)


def two_parts(head: str, belly: str, seed: int = 0) -> NDArray[np.uint8]:
    """A picture 32,32,3 on grey ground, with some noise."""
    picture = np.full((32, 32, 3), 120.0)
    picture[HEAD], picture[BELLY] = COLOURS[head], COLOURS[belly]
    noisy = picture + np.random.default_rng(seed).normal(0, 8, picture.shape)
    return noisy.clip(0, 255).astype(np.uint8)


def many(count: int, seed: int) -> tuple[NDArray[np.uint8], list[list[list[str]]], NDArray[np.uint8]]:
    """Pictures in random colours, three captions of each as words, and objects: 255 on them."""
    draw = np.random.default_rng(seed)
    named = [tuple(draw.choice(list(COLOURS), 2).tolist()) for _ in range(count)]
    pictures = np.stack([two_parts(head, belly, i) for i, (head, belly) in enumerate(named)])
    captions = [
        [
            f"a bird with a {head} head".split(),
            f"its belly is {belly} and its head is {head}".split(),
            f"a {belly} belly".split(),  # both parts are named as often
        ]
        for head, belly in named
    ]
    return pictures, captions, np.repeat(THERE[None].astype(np.uint8) * 255, count, 0)
