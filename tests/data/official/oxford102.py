"""Oxford-102 and its captions as they are published, of three classes with four flowers each."""

import io

import numpy as np
import scipy.io

from official.containers import picture
from official.torch7 import caption_file

LABELS = (77, 77, 77, 77, 1, 1, 1, 1, 102, 102, 102, 102)
TRAIN, TEST = (77, 1), (102,)


def flowers() -> list[str]:
    return [f"image_{n:05d}" for n in range(1, len(LABELS) + 1)]


def captions_of(flower: str) -> tuple[str, ...]:
    return tuple(f"{flower[6:]} is a flower with {n} petals" for n in range(10))


def pictures() -> dict[str, bytes]:
    """102flowers.tgz"""
    return {f"jpg/{name}.jpg": picture(i) for i, name in enumerate(flowers())}


def imagelabels(labels: tuple[int, ...] = LABELS) -> bytes:
    made = io.BytesIO()
    scipy.io.savemat(made, {"labels": np.array([labels], np.uint8)})
    return made.getvalue()


def _lists(root: str) -> dict[str, bytes]:
    return {
        f"{root}/trainvalclasses.txt": "".join(f"class_{n:05d}\n" for n in TRAIN).encode(),
        f"{root}/testclasses.txt": "".join(f"class_{n:05d}\n" for n in TEST).encode(),
    }


def text_c10() -> dict[str, bytes]:
    """cvpr2016_flowers.tar.gz"""
    return _lists("cvpr2016_flowers") | {
        f"cvpr2016_flowers/text_c10/class_{label:05d}/{name}.txt": "\r\n".join(captions_of(name)).encode()
        for name, label in zip(flowers(), LABELS, strict=True)
    }


def icml() -> dict[str, bytes]:
    """flowers_icml.tar.gz"""
    return _lists("flowers_icml") | {
        f"flowers_icml/class_{label:05d}/{name}.t7": caption_file(captions_of(name), f"jpg/{name}.jpg")
        for name, label in zip(flowers(), LABELS, strict=True)
    }
