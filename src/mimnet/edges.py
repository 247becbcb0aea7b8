"""Where boundary maps come from (Sec. 3.2): detectors by name, OpenCV's among them, and the user's own files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.images import to_grey_array
from mimnet.nn.boundary import CANNY_HIGH, CANNY_LOW, Detector, blur, canny, sobel
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.generator import Generator

BESIDE = ".edges.png"  # `a.edges.png` is the boundary map of `a.jpg`
LIGHT = 0.6  # a map whose mean is above this is black on white


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


def edges_beside(picture: Path) -> Path | None:
    """The boundary map that lies beside a picture, `a.edges.png` beside `a.jpg`, if there is one."""
    beside = picture.with_suffix(BESIDE)
    return beside if beside.is_file() else None


def map_of(picture: Image.Image, size: tuple[int, int], side: int, *, what: str) -> Tensor:
    """A boundary map as a picture -> 1,1,side,side in [0, 1].

    Raises `MimnetError` if it has another shape than the picture of `size` (width, height), or is black on white.
    """
    width, height = picture.size
    if abs(width / height - size[0] / size[1]) > 0.02 * size[0] / size[1]:
        raise MimnetError(f"{what} is {width}x{height}, its picture {size[0]}x{size[1]}; both must have one shape")
    array = to_grey_array(picture, side)
    refuse_light([array], what)
    return maps_to_tensor(array[None])


def maps_to_tensor(maps: NDArray[np.uint8]) -> Tensor:
    """uint8 B,H,W -> float32 B,1,H,W in [0, 1]"""
    return torch.from_numpy(np.array(maps, copy=True)).float()[:, None] / 255


def refuse_light(maps: Sequence[NDArray[np.uint8]], what: str) -> None:
    """Raise `MimnetError` if maps are black on white, as some detectors draw them."""
    mean = float(np.mean([array.mean() for array in maps])) / 255
    if mean > LIGHT:
        raise MimnetError(f"{what} has a mean of {mean:.2f} of white; boundaries are white on black: invert it")


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
