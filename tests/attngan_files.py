"""AttnGAN's three files as it released them, with made-up weights, for tests."""

import pickle
from pathlib import Path

import torch
from torch import Tensor, nn

from mimnet.nn.inception import InceptionV3

WORDS = ["<end>", "this", "bird", "is", "red", "with", "a", "blue", "nave", "head"]


def write_captions(file: Path, *, entries: int = 4, first: str = WORDS[0]) -> None:
    by_number = dict(enumerate([first, *WORDS[1:]]))
    content = [[[1, 2, 3, 4]], [[6, 4, 2]], by_number, {word: i for i, word in by_number.items()}]
    file.write_bytes(pickle.dumps(content[:entries], protocol=2))


def text_weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    rnn = nn.LSTM(300, 128, bidirectional=True)
    return {"encoder.weight": torch.randn(len(WORDS), 300)} | {
        f"rnn.{k}": x.detach() for k, x in rnn.named_parameters()
    }


def image_weights() -> dict[str, Tensor]:
    """Made-up weights of the true shapes that share one small storage, so that their file is small."""
    pool = torch.randn(2_700_000, generator=torch.Generator().manual_seed(0)).half()
    made = {}
    state = InceptionV3(classes=None).state_dict()
    for i, (name, x) in enumerate(state.items()):
        if name.endswith("num_batches_tracked"):
            continue
        made[name] = pool[1000 * i :][: x.numel()].view(x.shape)
        if name.endswith("running_var"):
            made[name] = torch.full_like(x, state[name.replace("bn.running_var", "conv.weight")][0].numel() / 2)
        elif name.endswith("bn.weight"):
            made[name] = torch.ones_like(x)
    return made | {
        "emb_features.weight": pool[: 256 * 768].view(256, 768, 1, 1),
        "emb_cnn_code.weight": pool[-256 * 2048 :].view(256, 2048),
        "emb_cnn_code.bias": pool[:256],
    }


def write_released(folder: Path) -> dict[str, Path]:
    """All three, by the names that readers give them."""
    files = {
        "text": folder / "text_encoder200.pth",
        "image": folder / "image_encoder200.pth",
        "captions": folder / "captions.pickle",
    }
    torch.save(text_weights(), files["text"])
    torch.save(image_weights(), files["image"])
    write_captions(files["captions"])
    return files
