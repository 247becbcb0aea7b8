"""SISGAN: Semantic Image Synthesis via Adversarial Learning (Dong et al., 2017), compared with in Sec. 4."""

from typing import Literal, Self

import torch
from torch import Tensor, nn

from mimnet.nn.batchnorm import PictureDecoder, PictureEncoder, Trunk, down, levels_for, normed, random_start
from mimnet.nn.conditioning import Augmentation, ConditionedGenerator, Fusion
from mimnet.nn.layers import activation
from mimnet.nn.text import SentenceGRU, WordVectors
from mimnet.nn.vgg import VGG16BNFeatures
from mimnet.nn.vision import OwnCNN


class SISGANGenerator(ConditionedGenerator):
    """A pretrained CNN's features of the picture, fused with the sentence, decoded; nothing is carried over.

    `encoder` is the picture CNN: VGG-16 with batch normalisation to conv4_3, the project's own, or none but
    convolutions that are trained with the rest. Reader and pretrained CNN are frozen and stay in evaluation mode;
    `train_encoder` lets the CNN learn on.
    """

    skip = False

    def __init__(
        self,
        *,
        words: int,
        word_vector: int,
        sentence: int,
        encoder: Literal["vgg16_bn", "own", "none"],
        encoder_width: int,
        dilate: bool,
        train_encoder: bool,
        condition: int,
        blocks: int,
        test_noise: bool,
    ) -> None:
        super().__init__()
        if encoder == "vgg16_bn" and encoder_width != VGG16BNFeatures.width:
            raise ValueError(f"VGG-16 to conv4_3 has width {VGG16BNFeatures.width}, not {encoder_width}")
        self.vectors = WordVectors(words=words, width=word_vector)
        self.reader = SentenceGRU(inputs=word_vector, features=sentence)
        if encoder == "vgg16_bn":
            self.encoder = VGG16BNFeatures(dilate=dilate)
        elif encoder == "own":
            self.encoder = OwnCNN(inputs=3, width=encoder_width)
        else:
            self.encoder = PictureEncoder(width=encoder_width // 4, halvings=2)
            random_start(self.encoder)
        self.augment = Augmentation(inputs=sentence, width=condition, bias=False)
        self.fusion = Fusion(width=encoder_width, condition=condition, blocks=blocks, relu_after_add=True)
        self.decoder = PictureDecoder(inputs=encoder_width, doublings=2)
        self.noise_width, self.test_noise = condition, test_noise
        self.pretrained = encoder != "none"
        random_start(self.augment, self.fusion, self.decoder)
        self.frozen = [self.reader, self.encoder] if self.pretrained and not train_encoder else [self.reader]
        for part in self.frozen:
            part.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> Self:
        """Frozen parts stay in evaluation mode, whatever is asked."""
        super().train(mode)
        for part in self.frozen:
            part.train(False)
        return self

    def parts(self) -> dict[str, nn.Module]:
        """The reader, and the picture CNN if it is a pretrained one."""
        return {"reader": self.reader} | ({"image": self.encoder} if self.pretrained else {})

    def sentence(self, ids: Tensor, length: Tensor) -> Tensor:
        """Word ids B,L and lengths B -> the reader's last state B,d."""
        state: Tensor = self.reader(self.vectors(ids), length)
        return state


class SISGANDiscriminator(nn.Module):
    """One answer for picture and sentence together: real and matching, or not.

    `levels` halvings bring the picture to the grid that is judged: 4 of them 64 px to 4x4. Larger pictures are judged
    at several places, and the logits averaged.
    """

    def __init__(self, *, width: int, levels: int, sentence: int, condition: int) -> None:
        super().__init__()
        self.trunk = Trunk(width=width, levels=levels - 1)
        features = width * min(2 ** (levels - 1), 8)
        self.last = down(self.trunk.widths[-1], features)
        self.narrow = normed(features, features // 4, 1)
        self.middle = normed(features // 4, features // 4)
        self.widen = normed(features // 4, features)
        self.text = nn.Linear(sentence, condition)
        self.join = normed(features + condition, features, 1)
        self.answer = nn.Conv2d(features, 1, 4)
        random_start(self)

    def features(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,c,h,w"""
        x: Tensor = self.last(self.trunk(image)[-1])
        return activation(x + self.widen(activation(self.middle(activation(self.narrow(x))))))

    def matching(self, features: Tensor, sentence: Tensor) -> Tensor:
        """The picture's features and the sentence's B,d -> logits of real and matching, B."""
        text = activation(self.text(sentence))[:, :, None, None].expand(-1, -1, *features.shape[-2:])
        joined = activation(self.join(torch.cat([features, text.to(features.dtype)], 1)))
        logits: Tensor = self.answer(joined)
        return logits.flatten(1).float().mean(1)


def build_discriminators(*, size: int, discriminator_width: int, sentence: int, condition: int) -> nn.ModuleList:
    """The one discriminator, as deep as pictures of `size` want it."""
    levels = levels_for(size)
    network = SISGANDiscriminator(width=discriminator_width, levels=levels, sentence=sentence, condition=condition)
    return nn.ModuleList([network])
