"""AttnGAN's released DAMSM (Xu et al., 2018): its text encoder, image encoder and numbered words, read from its files.

They judge edits (`judges.attngan`), and a ManiGAN can be trained with them (`encoders`). A folder holds
`text_encoderNNN.pth`, `image_encoderNNN.pth` and `captions.pickle` of one data set.
"""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.pickles import read_pickle
from mimnet.weights import read_weights

TEXT, IMAGE = "AttnGAN's text encoder", "AttnGAN's image encoder"


@dataclass(frozen=True)
class Released:
    """What the three files hold. Weights are by AttnGAN's names, and may hold more than is needed."""

    ids: dict[str, int]  # words by number, from 0 without a gap
    text: dict[str, Tensor]
    image: dict[str, Tensor]
    word_vector: int  # width of a word vector
    width: int  # of words, sentences, regions and pictures


def released_files(folder: Path) -> dict[str, Path]:
    """The three files in a folder, by the names that `read_released` gives them. Raises `MimnetError`."""
    return {
        "text": _one(folder, "text_encoder*.pth"),
        "image": _one(folder, "image_encoder*.pth"),
        "captions": _one(folder, "*.pickle"),
    }


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise MimnetError(f"{folder} has {len(found)} files like {pattern}; AttnGAN's encoders are one of each kind")
    return found[0]


def read_released(*, text: Path, image: Path, captions: Path) -> Released:
    """Read the three files.

    The pickle may hold lists, tuples, dictionaries, strings, bytes and numbers; the name of any class or function in it
    is refused, so nothing in it can run. Raises `MimnetError` if a file is missing, is not such a file, or they do not
    belong together.
    """
    ids = read_word_ids(captions)
    sounds, sights = read_weights(text), read_weights(image)
    words, word_vector = _shape(sounds, "encoder.weight", text, TEXT)
    _, half = _shape(sounds, "rnn.weight_hh_l0", text, TEXT)
    width, _ = _shape(sights, "emb_cnn_code.weight", image, IMAGE)
    if width != 2 * half:
        raise MimnetError(f"{image} has {width} numbers for a picture, {text} {2 * half} for a sentence")
    if len(ids) != words or sorted(ids.values()) != list(range(words)):
        raise MimnetError(f"{captions} numbers {len(ids)} words, {text} has {words}; are they of one data set?")
    return Released(ids, sounds, sights, word_vector, width)


def read_word_ids(path: Path) -> dict[str, int]:
    """Words and their numbers: the fourth entry of AttnGAN's `captions.pickle`. Raises `MimnetError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MimnetError(f"cannot read AttnGAN's captions {path}: {error.strerror}") from error
    found = read_pickle(data, what="AttnGAN's captions.pickle", name=str(path))
    ids = found[3] if isinstance(found, list | tuple) and len(found) >= 4 else None
    if not isinstance(ids, dict) or not all(type(k) is str and type(v) is int for k, v in ids.items()):
        raise MimnetError(
            f"{path} is not AttnGAN's captions.pickle: it holds no list of training captions, test captions, "
            "words by number and numbers by word"
        )
    return ids


def _shape(weights: dict[str, Tensor], name: str, path: Path, what: str) -> tuple[int, int]:
    """Rows and columns of the matrix `name`."""
    if name not in weights or weights[name].ndim != 2:
        raise MimnetError(f"{path} does not hold {what}: it lacks the matrix {name}")
    rows, columns = weights[name].shape
    return rows, columns
