"""Edits against known truth, on drawn pictures.

Conventions: pictures in [0, 1] at the common size; errors are mean absolute differences over RGB to the true edit,
inside the true mask, weighted by it; relative: mean error of the edits over mean error of the unedited pictures (0: the
true edit, 1: as good as leaving them alone, above 1: worse); change outside is the edit's difference to the input
where the mask, grown by two pixels, is zero. IoU: of the weight map and the mask, both brought to the common size and
cut at one half. Pointing: whether the largest weight lies in the mask so cut; where several places share it, their
share that does. Pictures whose sentence changes nothing that is visible do not count.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter


@dataclass(frozen=True)
class TruthScore:
    """Scores of one edit."""

    inside: float  # error to the true edit inside the true mask
    unchanged: float  # the same error if the picture is left alone
    outside: float  # change outside the true mask
    iou: float  # of the weight map with the true mask
    pointing: float  # whether the map's largest weight lies in the mask; a share where several places have it


def truth_score(
    *,
    image: NDArray[np.uint8],
    edit: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    weight_map: NDArray[np.uint8],
) -> TruthScore | None:
    """Pictures H,W,3; mask H,W and weight map h,w with weights 0..255. None where the mask is empty."""
    weight = mask.astype(np.float64) / 255
    if weight.sum() < 1:
        return None
    grown = np.asarray(Image.fromarray(mask).filter(ImageFilter.MaxFilter(5)))
    outside = grown == 0
    height, width = mask.shape
    located = np.asarray(Image.fromarray(weight_map).resize((width, height), Image.Resampling.BILINEAR))
    inside_map, inside_mask = located >= 128, mask >= 128
    union = (inside_map | inside_mask).sum()
    return TruthScore(
        inside=_error(edit, truth, weight),
        unchanged=_error(image, truth, weight),
        outside=_error(edit, image, outside.astype(np.float64)),
        iou=float((inside_map & inside_mask).sum() / union) if union else 0.0,
        pointing=float(inside_mask[located == located.max()].mean()),
    )


def _error(a: NDArray[np.uint8], b: NDArray[np.uint8], weight: NDArray[np.float64]) -> float:
    total = weight.sum()
    difference = np.abs(a.astype(np.float64) - b.astype(np.float64)).mean(-1) / 255
    return float((difference * weight).sum() / total) if total > 0 else 0.0
