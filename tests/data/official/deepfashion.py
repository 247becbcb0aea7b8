"""DeepFashion as FashionGAN's benchmark has it: language_original.mat, ind.mat, img/ or G2.h5; ten pictures."""

import io
from pathlib import Path

import h5py
import numpy as np
import scipy.io

from official.containers import picture

NAMES = [f"img/Sheer_Blouse_{n % 3}/img_{n:08d}.jpg" for n in range(1, 11)]
TEXTS = [f"the lady was wearing a blue number {n} blouse" for n in range(1, 11)]
TRAIN, TEST = list(range(1, 9)), [9, 10]  # MATLAB counts from 1


def _cells(strings: list[str]) -> np.ndarray:
    made = np.empty((len(strings), 1), object)
    made[:, 0] = strings
    return made


def _mat(variables: dict[str, object]) -> bytes:
    made = io.BytesIO()
    scipy.io.savemat(made, variables)
    return made.getvalue()


def language(names: list[str] = NAMES) -> bytes:
    color = np.ones((len(TEXTS), 1))
    return _mat({"engJ": _cells(TEXTS), "nameList": _cells(names), "color_": color, "img_root": "img"})


def language73() -> bytes:
    """The same as MATLAB writes it with -v7.3: letters as numbers, behind references."""
    made = io.BytesIO()
    with h5py.File(made, "w", userblock_size=512) as file:
        for variable, strings in (("engJ", TEXTS), ("nameList", NAMES)):
            cells = [
                file.create_dataset(f"#refs#/{variable}{i}", data=np.array([[ord(c)] for c in text], np.uint16)).ref
                for i, text in enumerate(strings)
            ]
            file.create_dataset(variable, data=np.array([cells], h5py.ref_dtype))
    data = bytearray(made.getvalue())
    data[:20] = b"MATLAB 7.3 MAT-file,"
    return bytes(data)


def index(train: list[int] = TRAIN) -> bytes:
    return _mat({"train_ind": np.array([train]).T, "test_ind": np.array([TEST]).T})


def pictures() -> dict[str, bytes]:
    return {name: picture(i) for i, name in enumerate(NAMES)}


def person(number: int) -> np.ndarray:
    """3,32,32 in [0, 1], upright and the same left and right: a head above, a dress that widens, a ground."""
    rows, columns = np.mgrid[:32, :32]
    dress = (rows > 8) & (np.abs(columns - 15.5) < 2 + rows / 4)
    head = (rows - 5) ** 2 + (columns - 15.5) ** 2 < 9
    value = np.where(dress, 0.1 + number / 20, np.where(head, 0.7, 1.0))
    return np.stack([value, value * 0.5, np.ones_like(value)]).astype(np.float32)


def write_h5(file: Path, *, turned: bool) -> None:
    """G2.h5, with rows before columns or the other way round."""
    people = np.stack([person(n) for n in range(len(NAMES))])
    mean = people.mean(axis=0, keepdims=True)
    order = (0, 1, 3, 2) if turned else (0, 1, 2, 3)
    with h5py.File(file, "w") as made:
        made["ih"], made["ih_mean"] = (people - mean).transpose(order), mean.transpose(order)
        made["b_"] = np.zeros((len(NAMES), 1, 32, 32))
