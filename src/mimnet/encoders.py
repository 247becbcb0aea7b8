"""The parts that papers take pretrained: word vectors with their vocabulary, CNNs, encoders."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from mimnet.attngan import IMAGE, TEXT, read_released, released_files
from mimnet.cnns import find_weights
from mimnet.errors import MimnetError
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.inception import InceptionV3
from mimnet.nn.look import InceptionLook
from mimnet.nn.vision import VGG16Features
from mimnet.tensorfile import read_tensors, write_tensors
from mimnet.text import PAD, UNKNOWN, Vocabulary
from mimnet.weights import put_weights, read_weights

FORMAT = "mimnet-encoders-1"
VGG16, VGG16_BN = "vgg16-397923af.pth", "vgg16_bn-6c64b313.pth"  # as torchvision names its files
INCEPTION = "inception_v3_google-0cc3c7bd.pth"
REPOS = {(VGG16, "--vgg"): "timm/vgg16.tv_in1k"}  # on the hub, with torchvision's names of those layers


@dataclass(frozen=True)
class Encoders:
    """What a generator starts from."""

    vocabulary: Vocabulary
    vectors: Tensor | None = None  # words,width
    parts: dict[str, dict[str, Tensor]] = field(default_factory=dict)  # state of sub-modules, by `EditingNetwork.parts`

    def gives(self) -> set[str]:
        """Names of what is there."""
        return {*self.parts, *(() if self.vectors is None else ("vectors",))}


def save_encoders(path: Path, encoders: Encoders) -> None:
    """Write them to one file, whole or not at all."""
    tensors = {} if encoders.vectors is None else {"vectors": encoders.vectors}
    for part, state in encoders.parts.items():
        tensors |= {f"{part}.{name}": x for name, x in state.items()}
    write_tensors(path, tensors, {"vocabulary": encoders.vocabulary.to_json()}, format=FORMAT)


def load_encoders(path: Path) -> Encoders:
    """Read what `save_encoders` wrote."""
    tensors, metadata = read_tensors(path, format=FORMAT)
    vocabulary = Vocabulary.from_json(metadata.get("vocabulary", ""), where=str(path))
    vectors = tensors.pop("vectors", None)
    parts: dict[str, dict[str, Tensor]] = {}
    for name, x in tensors.items():
        part, _, inside = name.partition(".")
        parts.setdefault(part, {})[inside] = x
    return Encoders(vocabulary, vectors, parts)


def load_attngan_encoders(folder: Path) -> Encoders:
    """AttnGAN's released DAMSM as the part `damsm` of a ManiGAN on Inception v3, its word vectors, and its vocabulary.

    The folder's files are those of `mimnet.attngan`. AttnGAN knows no unknown word and pads with its word 0, "<end>";
    here an unknown word has the mean of all word vectors, and in `vectors` zeros, as those from other files have.
    Raises `MimnetError` if a file is missing, lacks a weight or has one in another shape, or they do not fit together.
    """
    files = released_files(folder)
    released = read_released(**files)
    words = sorted(released.ids, key=released.ids.__getitem__)
    if words[0] != "<end>":
        raise MimnetError(f"{files['captions']} is not AttnGAN's captions.pickle: word 0 is {words[0]!r}, not '<end>'")
    vocabulary = Vocabulary([PAD, UNKNOWN, *words[1:]])
    width, look = released.width, InceptionLook(InceptionV3(classes=None))
    embedding = nn.Embedding(len(words), released.word_vector)
    rnn = nn.LSTM(released.word_vector, width // 2, bidirectional=True)
    region, picture = nn.Conv2d(look.regions, width, 1, bias=False), nn.Linear(look.whole, width)
    text = nn.ModuleDict({"encoder": embedding, "rnn": rnn})  # by AttnGAN's names, so that a fault is told by them
    put_weights(text, released.text, files["text"], what=TEXT)
    heads = nn.ModuleDict({"emb_features": region, "emb_cnn_code": picture})
    put_weights(heads, released.image, files["image"], what=IMAGE)
    put_weights(look.network, released.image, files["image"], what=IMAGE)
    known = embedding.weight.detach()[1:]
    damsm = {f"look.{name}": x for name, x in look.state_dict().items()}
    damsm["heads.region.weight"] = region.weight.detach()[:, :, 0, 0]
    damsm |= {f"heads.picture.{name}": x for name, x in picture.state_dict().items()}
    damsm["text.vectors.weight"] = torch.cat([embedding.weight.detach()[:1], known.mean(0, keepdim=True), known])
    for name, x in rnn.state_dict().items():
        direction = "back" if name.endswith("_reverse") else "ahead"
        damsm[f"text.lstm.{direction}.{name.removesuffix('_reverse')}"] = x
    vectors = torch.cat([torch.zeros(2, released.word_vector), known])
    return Encoders(vocabulary, vectors, {"damsm": damsm})


def load_vgg16(source: str | Path | None) -> dict[str, Tensor]:
    """VGG-16's weights to relu3_3 from a file in torchvision's naming, or from the cache of torch or of the hub.

    The file is `vgg16-397923af.pth` as torchvision fetches it, or the same as safetensors; see `find_weights`. Only
    tensors are read. Raises `MimnetError` naming the file, and a weight that it lacks or has in another shape.
    """
    return _torchvision(source, VGG16, "--vgg", needs="features.0.weight", like=VGG16Features(), features=16)


def load_vgg16_bn(source: str | Path | None) -> dict[str, Tensor]:
    """The same of VGG-16 with batch normalisation, to relu4_3; the file is `vgg16_bn-6c64b313.pth`."""
    return _torchvision(source, VGG16_BN, "--vgg", needs="features.1.running_mean", features=33)


def load_fc7(source: str | Path | None) -> dict[str, Tensor]:
    """VGG-16's weights to fc7; the file is that of `load_vgg16`."""
    return _torchvision(source, VGG16, "--fc7", needs="classifier.3.weight", features=31, classifier=5)


def _torchvision(
    source: str | Path | None, cached: str, option: str, *, needs: str, like: nn.Module | None = None, **layers: int
) -> dict[str, Tensor]:
    """Of a file's parts the first so many layers each; `like` is a network that they must fit."""
    file = find_weights(source, "VGG-16", cached=cached, option=option, repo=REPOS.get((cached, option)))
    tensors = read_weights(file)
    if needs not in tensors:
        raise MimnetError(f"{file} holds no VGG-16 as in torchvision's {cached}: it lacks {needs}")
    if like is not None:
        put_weights(like, tensors, file, what=f"VGG-16 as in torchvision's {cached}")
    kept = {f"{part}.{place}" for part, end in layers.items() for place in range(end)}
    return {name: x for name, x in tensors.items() if name.rpartition(".")[0] in kept}


def load_inception(source: str | Path | None) -> dict[str, Tensor]:
    """Inception v3's weights without its classifiers, from a file in torchvision's naming, or from torch's own cache.

    The file is `inception_v3_google-0cc3c7bd.pth` as torchvision fetches it; see `find_weights`. Only tensors are read.
    """
    otherwise = "trained encoders with --encoders, or use a preset with its own CNN (manigan-small)"
    file = find_weights(source, "Inception v3", cached=INCEPTION, option="--inception", otherwise=otherwise)
    network = InceptionV3(classes=None)
    put_weights(network, read_weights(file), file, what="torchvision's Inception v3")
    return network.state_dict()


def put_in(encoders: Encoders, generator: EditingNetwork) -> None:
    """Start `generator` from pretrained parts. Raises `MimnetError` where they do not fit."""
    table = generator.vectors
    if table is not None and encoders.vectors is not None:
        wanted, given = tuple(table.vectors.shape), tuple(encoders.vectors.shape)
        if wanted != given:
            raise MimnetError(
                f"word vectors are {given}, the model wants {wanted}; set model.word_vector to {given[1]}"
            )
        table.vectors.copy_(encoders.vectors)
    for name, part in generator.parts().items():
        if name in encoders.parts:
            try:
                part.load_state_dict(encoders.parts[name])
            except RuntimeError as error:
                reason = " ".join(str(error).split())[:160]
                raise MimnetError(f"the pretrained part {name!r} does not fit this configuration: {reason}") from error
