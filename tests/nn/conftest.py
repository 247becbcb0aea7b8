"""What the tests of the networks share: one thread, fixed seeds, and small networks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from mimnet.nn.boundary import canny
from mimnet.nn.build import build_generator
from mimnet.nn.generator import Generator
from mimnet.nn.manigan.build import build_manigan
from mimnet.nn.manigan.generator import ManiGAN

WORDS = 20


@pytest.fixture(autouse=True)
def _one_thread_one_seed() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def small_generator() -> Callable[..., Generator]:
    """A factory of small generators; keywords replace the settings below."""

    def build(**changes: Any) -> Generator:
        settings: dict[str, Any] = {
            "words": WORDS,
            "word_vector": 6,
            "word_feature": 8,
            "memory": True,
            "memories": 5,
            "memory_spread": 1.0,
            "texture": 7,
            "encoder": "own",
            "encoder_width": 8,
            "share_encoder": False,
            "train_encoder": True,
            "detector": canny,
            "detail": False,
            "paste": False,
            "structure_skip": False,
            "locate_sees_image": False,
            "locate_scale": False,
            "map_gain": 1.0,
            "parts": 0,
            "part_textures": False,
            "form": 0,
            "presence": 0,
            "attention_scale": False,
            "decoder_width": 8,
            "stages": 2,
        }
        generator = build_generator(**(settings | changes)).eval()
        generator.vectors.vectors.normal_(0, 2, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():  # fresh weights hardly hear the words; tests of what words change need some that do
            for part in (generator.memory, generator.coarse.to_feature):
                for p in part.parameters():
                    p.mul_(3)
        return generator

    return build


@pytest.fixture
def small_manigan() -> Callable[..., ManiGAN]:
    """A factory of small ManiGANs; keywords replace the settings below."""

    def build(**changes: Any) -> ManiGAN:
        settings: dict[str, Any] = {
            "words": WORDS,
            "size": 32,
            "stages": 3,
            "encoder": "own",
            "encoder_width": 8,
            "encoder_size": 32,
            "imagenet_detail": False,
            "word_vector": 6,
            "word_feature": 8,
            "word_dropout": 0.5,
            "width": 4,
            "combination_width": 6,
            "blocks": 1,
            "noise": 3,
            "condition": 5,
            "correct": False,
            "exact_counts": False,
            "public_code_mask": False,
            "unit_features": False,
            "test_noise": True,
        }
        return build_manigan(**(settings | changes)).eval()

    return build
