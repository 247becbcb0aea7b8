"""Judges that the project trains itself (`mimnet pretrain --classifier, --encoders, --attributes`), and their files."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from mimnet.cnns import load_squeezenet
from mimnet.config import JudgeConfig, merge
from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.judges.squeeze import SqueezeFeatures
from mimnet.nn.judge import PairEncoders, Recogniser
from mimnet.nn.look import Look, OwnLook, SqueezeLook
from mimnet.tensorfile import read_tensors, write_tensors
from mimnet.text import Vocabulary

FORMAT = "mimnet-judge-1"
CLASS = "class"  # the one question of a classifier of classes
RELIABLE = 0.6  # share of right answers from which an attribute is worth asking for


@dataclass(frozen=True)
class Trained:
    """What stands in a judge's file beside its weights."""

    kind: str  # "classes", "attributes" or "damsm"
    config: JudgeConfig
    answers: dict[str, list[str]]  # question -> names of its answers; empty for encoders
    vocabulary: Vocabulary | None
    cnn: str  # "own", or the fingerprint of the frozen CNN that is not in the file
    training: dict[str, Any]  # data, steps, measured on pictures kept aside


def build_look(config: JudgeConfig, cnn: Path | None) -> Look:
    """The own CNN with random weights, or the frozen one of a file."""
    return OwnLook(width=config.width) if cnn is None else SqueezeLook(load_squeezenet(cnn))


def build_recogniser(look: Look, config: JudgeConfig, answers: dict[str, list[str]]) -> Recogniser:
    """With random heads."""
    return Recogniser(look, answers={q: len(names) for q, names in answers.items()}, dropout=config.dropout)


def build_encoders(look: Look, config: JudgeConfig, words: int) -> PairEncoders:
    """With random weights."""
    return PairEncoders(
        look, words=words, word_vector=config.word_vector, width=config.embedding, dropout=config.dropout
    )


def save_judge(path: Path, network: nn.Module, trained: Trained) -> None:
    """Write a judge, whole or not at all. A frozen CNN stays outside; its fingerprint is kept."""
    outside = trained.cnn != "own"
    tensors = {k: x for k, x in network.state_dict().items() if not (outside and k.startswith("look."))}
    metadata = {
        "kind": trained.kind,
        "config": json.dumps(dataclasses.asdict(trained.config)),
        "answers": json.dumps(trained.answers),
        "vocabulary": trained.vocabulary.to_json() if trained.vocabulary else "",
        "cnn": trained.cnn,
        "training": json.dumps(trained.training),
    }
    write_tensors(path, tensors, metadata, format=FORMAT)


def load_judge(path: Path, *, kind: str, cnn: Path | None = None) -> "OwnClassifier | OwnAttributes | OwnMatcher":
    """Read a judge of `kind`; `cnn` is the file of the frozen CNN, for a judge that was trained on one.

    Raises `MimnetError` if the file is missing, damaged, of another kind, or wants another CNN.
    """
    tensors, metadata = read_tensors(path, format=FORMAT)
    try:
        config = merge(JudgeConfig(), json.loads(metadata["config"]), where=str(path))
        answers: dict[str, list[str]] = json.loads(metadata["answers"])
        training: dict[str, Any] = json.loads(metadata["training"])
        found, outside = metadata["kind"], metadata["cnn"]
        words = metadata["vocabulary"]
    except (KeyError, json.JSONDecodeError) as error:
        raise MimnetError(f"{path} lacks a part of its description ({error}); make it again") from error
    if found != kind:
        raise MimnetError(f"{path} is a judge of {found}, not of {kind}; train one with mimnet pretrain")
    if outside != "own":
        if cnn is None:
            raise MimnetError(
                f"{path} was trained on a frozen CNN that is not in the file; name that CNN's file with --cnn"
            )
        if SqueezeFeatures(load_squeezenet(cnn)).fingerprint != outside:
            raise MimnetError(f"{path} was trained on another CNN than {cnn}; name that one's file with --cnn")
    look = build_look(config, cnn if outside != "own" else None)
    vocabulary = Vocabulary.from_json(words, where=str(path)) if words else None
    network: nn.Module
    if kind == "damsm":
        if vocabulary is None:
            raise MimnetError(f"{path} has no vocabulary; make it again")
        network = build_encoders(look, config, len(vocabulary))
    else:
        network = build_recogniser(look, config, answers)
    if outside != "own":
        tensors |= {f"look.{k}": x for k, x in look.state_dict().items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise MimnetError(f"{path}: weights do not fit their description: {reason}") from error
    trained = Trained(kind, config, answers, vocabulary, outside, training)
    made: dict[str, type[OwnClassifier | OwnAttributes | OwnMatcher]] = {
        "classes": OwnClassifier,
        "attributes": OwnAttributes,
        "damsm": OwnMatcher,
    }
    return made[kind](network, trained, metadata["fingerprint"])


class _Own:
    """A trained network with what its file says."""

    def __init__(self, network: nn.Module, trained: Trained, fingerprint: str) -> None:
        self.network = network.eval().requires_grad_(False)
        self.trained, self.fingerprint = trained, fingerprint
        cnn = "own CNN" if trained.cnn == "own" else "SqueezeNet"
        self.name = f"{trained.kind} of {trained.training.get('data', '?')} at {trained.config.size} px, {cnn}"

    def _batches(self, pictures: NDArray[np.uint8]) -> Iterator[Tensor]:
        side = self.trained.config.size
        for start in range(0, len(pictures), TOGETHER):
            x = to_tensor(pictures[start : start + TOGETHER])
            if x.shape[-2:] != (side, side):
                x = F.interpolate(x, size=(side, side), mode="bilinear", antialias=True, align_corners=False)
            yield x


class OwnClassifier(_Own):
    """`Classifier` and `Features`: classes of the training pictures."""

    @torch.inference_mode()
    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,K, rows sum to 1."""
        return np.concatenate([self.network(x)[CLASS].softmax(1).numpy() for x in self._batches(pictures)])

    @torch.inference_mode()
    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,d: what its head sees."""
        assert isinstance(self.network, Recogniser)
        return np.concatenate([self.network.features(x).numpy() for x in self._batches(pictures)])


class OwnAttributes(_Own):
    """Tells the named attributes of a drawn picture."""

    def reliable(self) -> set[str]:
        """Attributes that it reads rightly in at least `RELIABLE` of pictures that were kept aside in its training."""
        measured = self.trained.training.get("kept_aside", {})
        return {q for q in self.trained.answers if measured.get(f"accuracy_{q}", 0) >= RELIABLE}

    @torch.inference_mode()
    def answers(self, pictures: NDArray[np.uint8]) -> list[dict[str, str]]:
        """Pictures n,H,W,3 -> for each the likeliest value of every attribute."""
        told: list[dict[str, str]] = []
        for x in self._batches(pictures):
            chosen = {question: logits.argmax(1).tolist() for question, logits in self.network(x).items()}
            names = self.trained.answers
            told += [{q: names[q][indices[i]] for q, indices in chosen.items()} for i in range(len(x))]
        return told


class OwnMatcher(_Own):
    """`Matcher`: DAMSM's encoders."""

    @torch.inference_mode()
    def pictures(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,d."""
        assert isinstance(self.network, PairEncoders)
        return np.concatenate([self.network.view(x).whole.numpy() for x in self._batches(pictures)])

    @torch.inference_mode()
    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """n sentences -> n,d."""
        assert isinstance(self.network, PairEncoders)
        assert self.trained.vocabulary is not None
        found = []
        for start in range(0, len(texts), TOGETHER):
            ids, length = self.trained.vocabulary.batch(texts[start : start + TOGETHER], self.trained.config.max_words)
            found.append(self.network.read(ids, length).sentence.numpy())
        return np.concatenate(found)
