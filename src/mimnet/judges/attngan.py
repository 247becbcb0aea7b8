"""AttnGAN's released matcher of pictures and sentences (DAMSM; Xu et al. 2018), from its own files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from mimnet.attngan import IMAGE, TEXT, read_released
from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.nn.inception import InceptionV3, bilinear
from mimnet.text import tokenise
from mimnet.weights import fingerprint, put_weights

WORDS = 18  # of AttnGAN's training; it drew 18 at random from longer captions, here the first 18 known words count


class PictureEncoder(InceptionV3):
    """Inception v3 whose pooled features are brought to the space of sentences."""

    def __init__(self, *, width: int) -> None:
        super().__init__(classes=None)
        self.emb_cnn_code = nn.Linear(2048, width).requires_grad_(False)

    def embed(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,width. Resized to 299 between pixel centres, as by torch 0.4 and later."""
        embedded: Tensor = self.emb_cnn_code(self(bilinear(image)).pooled)
        return embedded


class SentenceEncoder(nn.Module):
    """Word vectors and a Bi-LSTM; a sentence is its two last states, ahead then back. Names are AttnGAN's."""

    def __init__(self, *, words: int, word_width: int, half: int) -> None:
        super().__init__()
        self.encoder = nn.Embedding(words, word_width)
        self.rnn = nn.LSTM(word_width, half, batch_first=True, bidirectional=True)
        self.eval().requires_grad_(False)

    def forward(self, ids: Tensor, length: Tensor) -> Tensor:
        """ids B,L (int64) and lengths B on the CPU -> B,2 half"""
        packed = pack_padded_sequence(self.encoder(ids), length, batch_first=True, enforce_sorted=False)
        last: Tensor = self.rnn(packed)[1][0]  # 2,B,half
        return last.transpose(0, 1).flatten(1)


class AttnGAN:
    """`Matcher`: 256 numbers for a picture or a sentence, not normalised; their cosine says how well they fit."""

    name = "AttnGAN DAMSM"

    def __init__(self, picture: PictureEncoder, sentence: SentenceEncoder, ids: dict[str, int]) -> None:
        self.picture = picture
        self.sentence = sentence
        self.ids = ids
        weights = {f"image.{name}": x for name, x in picture.state_dict().items()}
        weights |= {f"text.{name}": x for name, x in sentence.state_dict().items()}
        listed = "\n".join(f"{ids[word]} {word}" for word in sorted(ids)).encode()
        self.fingerprint = fingerprint(weights | {"words": torch.frombuffer(bytearray(listed), dtype=torch.uint8)})

    @torch.no_grad()
    def pictures(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,256."""
        device = self.picture.emb_cnn_code.weight.device
        rows = []
        for start in range(0, len(pictures), TOGETHER):
            image = to_tensor(pictures[start : start + TOGETHER]).to(device)
            rows.append(self.picture.embed(image).cpu().numpy())
        return np.concatenate(rows)

    @torch.no_grad()
    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """n sentences -> n,256. Unknown words are left out; then the first 18 count.

        Raises `MimnetError` for a sentence without a known word.
        """
        device = self.sentence.encoder.weight.device
        rows = []
        for start in range(0, len(texts), TOGETHER):
            encoded = [self._encode(text) for text in texts[start : start + TOGETHER]]
            length = torch.tensor([len(ids) for ids in encoded])
            padded = torch.tensor([ids + [0] * (WORDS - len(ids)) for ids in encoded])
            rows.append(self.sentence(padded.to(device), length).cpu().numpy())
        return np.concatenate(rows)

    def _encode(self, text: str) -> list[int]:
        words = [word.encode("ascii", "ignore").decode() for word in tokenise(text)]  # as AttnGAN: naïve -> nave
        known = [self.ids[word] for word in words if word in self.ids]
        if not known:
            raise MimnetError(f"AttnGAN's matcher knows no word of the sentence {text!r}")
        return known[:WORDS]


def load_attngan(*, text: Path, image: Path, captions: Path) -> AttnGAN:
    """The judge from AttnGAN's `text_encoderNNN.pth`, `image_encoderNNN.pth` and `captions.pickle` of one data set.

    Raises `MimnetError` if a file is missing, is not such a file, or they do not belong together.
    """
    released = read_released(text=text, image=image, captions=captions)
    sentence = SentenceEncoder(words=len(released.ids), word_width=released.word_vector, half=released.width // 2)
    put_weights(sentence, released.text, text, what=TEXT)
    picture = PictureEncoder(width=released.width)
    put_weights(picture, released.image, image, what=IMAGE)
    return AttnGAN(picture, sentence, released.ids)
