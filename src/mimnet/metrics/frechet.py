"""Fréchet and kernel distance (FID, KID): are edits, as a crowd, like real pictures?

Convention: FID: squared Fréchet distance of Gaussians fitted to the features of edits and of real training pictures
(at most 2,000, evenly through the split); KID: squared maximum mean discrepancy, kernel (x.y/d + 1)^3, unbiased, mean
over 20 random subsets of 100 pictures (fewer where there are fewer); both of the features named, by torchmetrics. Only
rows with the same features and counts compare; FID falls with the number of pictures.
"""

import importlib.util
import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.errors import MimnetError

SUBSETS, SUBSET = 20, 100


def available() -> bool:
    """Whether torchmetrics is there; without it FID, KID and SSIM have no column."""
    return importlib.util.find_spec("torchmetrics") is not None


def frechet_distance(real: NDArray[np.floating], made: NDArray[np.floating]) -> float:
    """Features n,d and m,d -> FID. Raises `MimnetError` without torchmetrics or for fewer than two pictures."""
    if min(len(real), len(made)) < 2:
        raise MimnetError("a Fréchet distance needs at least two pictures on each side")
    image = _torchmetrics()
    network = _Given(real.shape[1])
    metric = image.fid.FrechetInceptionDistance(feature=network).set_dtype(torch.float64)
    return _fed(metric, real, made)


def kernel_distance(real: NDArray[np.floating], made: NDArray[np.floating], *, seed: int = 0) -> float:
    """Features n,d and m,d -> KID, subsets drawn by `seed`. Raises as `frechet_distance`."""
    if min(len(real), len(made)) < 2:
        raise MimnetError("a kernel distance needs at least two pictures on each side")
    image = _torchmetrics()
    size = min(SUBSET, len(real), len(made))
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it keeps all features in memory: ours are there already
        torch.manual_seed(seed)
        metric = image.kid.KernelInceptionDistance(feature=_Given(real.shape[1]), subsets=SUBSETS, subset_size=size)
        return _fed(metric.set_dtype(torch.float64), real, made)


class _Given(torch.nn.Module):
    """Stands where torchmetrics wants a network: the features are there already."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def _fed(metric: Any, real: NDArray[np.floating], made: NDArray[np.floating]) -> float:
    metric.update(torch.from_numpy(real.astype(np.float64)), real=True)
    metric.update(torch.from_numpy(made.astype(np.float64)), real=False)
    found = metric.compute()
    return float(found[0] if isinstance(found, tuple) else found)


def _torchmetrics() -> Any:
    try:
        from torchmetrics import image
        from torchmetrics.image import fid, kid  # noqa: F401 - reached through `image`
    except ImportError as error:
        raise MimnetError("FID, KID and SSIM need torchmetrics: pip install 'mimnet[metrics]'") from error
    return image
