"""Everything that a MIM-Net model makes on the way to an edit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from mimnet.boundaries import see
from mimnet.checkpoint import Model
from mimnet.config import MIMNetModel
from mimnet.errors import MimnetError
from mimnet.images import from_tensor, from_weights, to_tensor
from mimnet.nn.edit import repeat
from mimnet.nn.generator import Generator, Texture


@dataclass(frozen=True)
class Look:
    """One picture with one sentence."""

    boundary: NDArray[np.uint8]  # S,S
    weight_map: NDArray[np.float32]  # h,w in (0, 1): A of Eq. 9
    stages: list[NDArray[np.uint8]]  # the network's pictures, coarse first
    result: NDArray[np.uint8]  # the last stage, pasted by the map where the model is used so

    def grey_map(self) -> Image.Image:
        """The map as a picture; white is 1."""
        return Image.fromarray((self.weight_map * 255).round().astype(np.uint8))


def mimnet(model: Model) -> tuple[Generator, MIMNetModel]:
    """Networks and settings of a MIM-Net. Raises `MimnetError` for another family."""
    if not isinstance(model.generator, Generator) or not isinstance(model.config, MIMNetModel):
        raise MimnetError(f"this is a model of the family {model.family}; this figure needs a MIM-Net")
    return model.generator, model.config


@torch.inference_mode()
def look(model: Model, picture: NDArray[np.uint8], texts: Sequence[str]) -> list[Look]:
    """One picture S,S,3 with every text."""
    ids, length = model.vocabulary.batch(list(texts), model.config.max_words)
    return paint(model, picture, mimnet(model)[0].read(ids, length))


@torch.inference_mode()
def paint(model: Model, picture: NDArray[np.uint8], texture: Texture) -> list[Look]:
    """One picture S,S,3 with every texture of a batch."""
    generator, _ = mimnet(model)
    seen = repeat(see(generator, to_tensor(picture), None), len(texture.words))
    edit = generator.paint(seen, texture)
    stages = [from_tensor(stage) for stage in edit.stages]
    result = from_tensor(generator.results(edit, seen.image)[-1])
    boundary = from_weights(seen.structure[:1, :1])[0]
    maps = edit.weight_map[:, 0].float().numpy()
    return [Look(boundary, maps[i], [stage[i] for stage in stages], result[i]) for i in range(len(result))]
