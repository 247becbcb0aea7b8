"""What a judge looks with: a picture to a map of regions and one vector of the whole."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.inception import InceptionV3, Seen, bilinear
from mimnet.nn.layers import up
from mimnet.nn.vision import ImageCNN, OwnCNN


class Look(nn.Module):
    """Widths of what comes out; RGB B,3,H,W in [-1, 1] -> regions B,regions,h,w and whole B,whole."""

    regions: int
    whole: int


class OwnLook(Look):
    """The project's own CNN, learned with the judge. Regions on a grid of an eighth of the side."""

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.cnn = OwnCNN(inputs=3, width=width)
        for part in (self.cnn.sixteenth_back, self.cnn.eighth_back):  # of the quarter-size grid, not looked at here
            part.requires_grad_(False)
        self.regions, self.whole = 3 * width, 4 * width

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        _, eighth, sixteenth = self.cnn.deep(image)
        whole = torch.cat([sixteenth.mean((2, 3)), sixteenth.amax((2, 3))], 1)
        return torch.cat([eighth, up(sixteenth)], 1), whole


class BorrowedLook(Look):
    """A frozen CNN as MIM-Net sees with it (its V). Regions on a grid of an eighth of the side, as `OwnLook` has."""

    def __init__(self, cnn: ImageCNN) -> None:
        super().__init__()
        self.cnn = cnn.eval().requires_grad_(False)
        self.regions, self.whole = cnn.width, 2 * cnn.width

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        grid = self.cnn(image)  # a quarter of the side
        return F.avg_pool2d(grid, 2), torch.cat([grid.mean((2, 3)), grid.amax((2, 3))], 1)


class SqueezeLook(Look):
    """SqueezeNet 1.1 with ImageNet weights, frozen. Regions on a grid of a sixteenth of the side."""

    regions, whole = 512, 512

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        regions = self.network(image)[-1]
        return regions, regions.mean((2, 3))


class InceptionLook(Look):
    """Inception v3 with ImageNet weights, frozen, as AttnGAN looks: any size is brought to 299. 17x17 regions."""

    regions, whole = 768, 2048

    def __init__(self, network: InceptionV3) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        seen: Seen = self.network(bilinear(image))
        return seen.regions, seen.pooled
