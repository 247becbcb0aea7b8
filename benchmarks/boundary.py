"""Our Canny beside OpenCV's on photographs: how far they agree, and what they cost.

    python benchmarks/boundary.py [--data PICTURES] [--limit 200] [--size 256]

PICTURES is a folder of captioned pictures, whose test split is used; without it, scikit-learn's two photographs. F1 is
that of our edge pixels against OpenCV's, exactly and within a pixel; seconds are ratios to OpenCV's in the same run.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mimnet.boundaries import opencv_canny
from mimnet.data.folder import read_split
from mimnet.images import open_picture, to_array, to_tensor
from mimnet.nn.boundary import canny, luminance, sobel


def photographs(data: Path | None, limit: int, size: int) -> list[Tensor]:
    """Luminance 1,1,size,size of pictures evenly through the split."""
    if data is None:
        from sklearn.datasets import load_sample_image

        pictures = [Image.fromarray(load_sample_image(name)) for name in ("flower.jpg", "china.jpg")]
    else:
        rows = read_split(data, "test")
        chosen = np.linspace(0, len(rows) - 1, min(limit, len(rows))).astype(int)
        pictures = [open_picture(rows[i].file) for i in chosen]
    return [luminance(to_tensor(to_array(picture, size))) for picture in pictures]


def agreement(ours: NDArray[np.bool_], theirs: NDArray[np.bool_], *, within: int) -> float:
    """F1 of edge pixels, each counted right if the other has one within so many pixels."""
    kernel = np.ones((2 * within + 1,) * 2, np.uint8)

    def share(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
        return float((found & (cv2.dilate(truth.astype(np.uint8), kernel) > 0)).sum() / max(1, found.sum()))

    precision, recall = share(ours, theirs), share(theirs, ours)
    return 2 * precision * recall / max(1e-9, precision + recall)


def seconds(detect: Callable[[Tensor], Tensor], pictures: list[Tensor]) -> float:
    """Of one picture, the best of three rounds."""
    rounds = []
    for _ in range(3):
        begun = time.perf_counter()
        for picture in pictures:
            detect(picture)
        rounds.append((time.perf_counter() - begun) / len(pictures))
    return min(rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--size", type=int, default=256)
    given = parser.parse_args()
    pictures = photographs(given.data, given.limit, given.size)
    with torch.inference_mode():
        pairs = [[d(picture)[0, 0].numpy() > 0 for d in (canny, opencv_canny)] for picture in pictures]
        theirs = seconds(opencv_canny, pictures)
        costs = {name: seconds(d, pictures) / theirs for name, d in (("canny", canny), ("sobel", sobel))}
    for within in (0, 1):
        scores = [agreement(ours, opencv, within=within) for ours, opencv in pairs]
        worst = f"tenth percentile {np.quantile(scores, 0.1):.3f}, worst {min(scores):.3f}"
        print(f"F1 within {within} px, {len(pictures)} photographs at {given.size} px: {np.mean(scores):.3f}, {worst}")
    counts = np.array([[ours.sum(), opencv.sum()] for ours, opencv in pairs])
    print(f"edge pixels: ours {counts[:, 0].mean():.0f} a picture, OpenCV's {counts[:, 1].mean():.0f}")
    print("seconds beside OpenCV's: " + ", ".join(f"{name} {ratio:.1f} times" for name, ratio in costs.items()))


if __name__ == "__main__":
    main()
