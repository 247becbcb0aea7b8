"""ManiGAN's detail correction module (DCM): the finished hidden features once more, beside the picture's own detail."""

from torch import Tensor, nn

from mimnet.nn.manigan.blocks import Colour, Up
from mimnet.nn.manigan.stage import Stage


class DetailCorrection(nn.Module):
    """One stage that does not grow, steered by a CNN's half-size features of the picture. Widths as in `MainModule`."""

    def __init__(
        self, *, size: int, width: int, words: int, hidden: int, blocks: int, detail: int, public_code_mask: bool
    ) -> None:
        super().__init__()
        self.detail = Up(detail, width)
        self.stage = Stage(
            width=width,
            words=words,
            hidden=hidden,
            blocks=blocks,
            sizes=[size],
            grow=False,
            public_code_mask=public_code_mask,
        )
        self.colour = Colour(width=width, hidden=hidden)

    def forward(self, x: Tensor, detail: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Hidden B,c,H,W; picture's features B,detail,H/2,W/2; words B,L,d; mask B,L -> B,3,H,W in [-1, 1]"""
        image = self.detail(detail)  # B,c,H,W
        picture: Tensor = self.colour(self.stage(x, image, words, mask), image)
        return picture
