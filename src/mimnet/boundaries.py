"""What finds boundaries (Sec. 3.2): detectors by name, OpenCV's among them; and networks that are given them."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.edges import BESIDE
from mimnet.errors import MimnetError
from mimnet.nn.boundary import CANNY_HIGH, CANNY_LOW, Detector, blur, canny, sobel
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.generator import Generator


def detector_of(name: str) -> Detector | None:
    """The detector that `model.boundary` names; None for "files". Raises `MimnetError` if it is not installed."""
    if name == "opencv":
        try:
            import cv2  # noqa: F401 - its absence is told now, and not at the first picture
        except ImportError as error:
            raise MimnetError(
                "this model finds boundaries with OpenCV (model.boundary is opencv): pip install 'mimnet[opencv]'"
            ) from error
    return {"canny": canny, "sobel": sobel, "opencv": opencv_canny, "files": None}[name]


def opencv_canny(grey: Tensor) -> Tensor:
    """OpenCV's Canny, 0 or 1, B,1,H,W, of luminance in [0, 255], after the same blur and with the same thresholds.

    Its hysteresis follows an edge to its end, where `nn.boundary.canny` stops after some steps. It works on the CPU.
    """
    import cv2

    smooth = blur(grey).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    found = np.stack([cv2.Canny(picture[0], CANNY_LOW, CANNY_HIGH, L2gradient=False) for picture in smooth])
    return torch.from_numpy(found > 0)[:, None].to(grey)


def maps_to_tensor(maps: NDArray[np.uint8]) -> Tensor:
    """uint8 B,H,W -> float32 B,1,H,W in [0, 1]"""
    return torch.from_numpy(np.array(maps, copy=True)).float()[:, None] / 255


def needs_edges(network: EditingNetwork) -> bool:
    """The network was trained with boundary maps from files."""
    return isinstance(network, Generator) and network.detector is None


def see(network: EditingNetwork, image: Tensor, edges: Tensor | None) -> Any:
    """`network.see`, with the boundary maps B,1,H,W in [0, 1] that it was trained with, if it was.

    Raises `MimnetError` where maps are missing, and where they are given to a model that finds boundaries itself: a
    model is never used with other boundaries than it has learned.
    """
    if isinstance(network, Generator) and network.detector is None:
        if edges is None:
            raise MimnetError(
                "this model was trained with boundary maps from files (model.boundary is files); give the picture's "
                f"own with --edges, or beside it as NAME{BESIDE}"
            )
        return network.see(image, network.structure(image, edges))
    if edges is not None:
        raise MimnetError("this model finds boundaries itself; a map of yours is for one with model.boundary = files")
    return network.see(image)
