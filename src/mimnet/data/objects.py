"""Where a photograph's object is, told by its colours alone (`loss.map_outside`, `pictures.parts`, `dyes`, `plain`).

People put what they photograph in the middle, and what lies along the rim is ground. GrabCut (Rother, Kolmogorov and
Blake, 2004; OpenCV's) finds colours of the one and of the other and cuts between them along edges. No mask was drawn by
anybody, and where the cut finds next to nothing, or nearly everything, nothing is told.
"""

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from mimnet.data.ondisk import Array
from mimnet.errors import MimnetError

CUT = 1  # a change of how objects are found makes another number, or the cache goes on with those of before
SIDE = 96  # pictures are cut at this side at most
RIM = 0.04  # share of the side along the rim that is ground
MIDDLE = 0.36  # radius of the middle that is taken for the object at first, as a share of the side
ROUNDS = 4  # of GrabCut
REACH = 0.03  # holes and gaps narrower than twice this share of the side are closed, and so much is added around
LEAST, MOST = 0.03, 0.6  # shares of the picture between which a cut is believed


def objects_of(pictures: Array) -> NDArray[np.uint8]:
    """Pictures n,S,S,3 -> n,S,S: 255 where the object may be, 0 elsewhere; all 255 where it was not found.

    Raises `MimnetError` if OpenCV is not installed.
    """
    return np.stack([object_of(pictures[row]) for row in range(len(pictures))])


def object_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same of one picture, S,S,3 -> S,S."""
    found, full = cut_out(picture), len(picture)
    if found is None:
        return np.full((full, full), 255, np.uint8)
    cv2 = opencv()
    return np.asarray(cv2.resize(cv2.dilate(found, _reach(len(found))) * 255, (full, full)), np.uint8)


def bare_object_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The object of one picture with nothing around, S,S,3 -> S,S: 255 on it; all 0 where it was not found."""
    found, full = cut_out(picture), len(picture)
    if found is None:
        return np.zeros((full, full), np.uint8)
    cv2 = opencv()
    return np.asarray(cv2.resize(found * 255, (full, full), interpolation=cv2.INTER_LINEAR), np.uint8)


def cut_out(picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The object of one picture, S,S,3 -> s,s with s at most `SIDE`: 1 on it, nothing around; None where not found."""
    cv2 = opencv()
    side = min(len(picture), SIDE)
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)[:, :, ::-1].copy()
    away = np.abs(np.arange(side) + 0.5 - side / 2) / side
    marks = np.where(np.hypot(away[:, None], away) < MIDDLE, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    rim = away > 0.5 - RIM
    marks[rim] = marks[:, rim] = cv2.GC_BGD
    cv2.setRNGSeed(0)  # its first colours are drawn at random
    cv2.grabCut(small, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)
    _, pieces, sizes, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(found, cv2.MORPH_CLOSE, _reach(side)))
    if len(sizes) < 2:
        return None
    whole = (pieces == 1 + int(sizes[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    return whole if LEAST <= whole.mean() <= MOST else None


def _reach(side: int) -> NDArray[np.uint8]:
    cv2 = opencv()
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(REACH * side)) + 1,) * 2))


def opencv() -> ModuleType:
    """OpenCV. Raises `MimnetError` if it is not installed."""
    try:
        import cv2
    except ImportError as error:
        raise MimnetError(
            "loss.map_outside, loss.map_inside, pictures.parts, dyes and plain find objects with OpenCV: "
            "pip install 'mimnet[opencv]'"
        ) from error
    return cv2
