"""Whether a picture shows what the model paints (a departure, `model.presence`)."""

from itertools import pairwise

from torch import Tensor, cat, nn

from mimnet.nn.layers import activation, conv3x3

SHUT, OPEN = -2.5, -1.5  # log odds at which the map is nearly shut, and from which on it is as it is
LEAST = 0.35  # of a map that is nearly shut: less than an edit needs (`blend.full_mask`) at the usual threshold


class Presence(nn.Module):
    """One number for a picture, from V as it is: its gradients stop here.

    The map of Eq. 9 is made place by place, and a place looks like many things: leaves, sky, cloth. Whether there is
    an object at all is seen from the whole.
    """

    def __init__(self, *, width: int, presence: int) -> None:
        super().__init__()
        widths = (width, presence, presence, presence)
        self.down = nn.ModuleList(conv3x3(a, b, stride=2) for a, b in pairwise(widths))
        self.say = nn.Linear(2 * presence, 1)

    def forward(self, seen: Tensor) -> Tensor:
        """V B,c,H,W (H and W 2 or more) -> log odds B that the picture shows the object"""
        x = seen.detach().float()
        x = x / (x.square().mean((1, 2, 3), keepdim=True) + 1e-6).sqrt()  # CNNs differ in how large features are
        for layer in self.down:
            x = activation(layer(x))
        said: Tensor = self.say(cat([x.mean((2, 3)), x.amax((2, 3))], 1))
        return said[:, 0]


def openness(presence: Tensor) -> Tensor:
    """Log odds B -> how far the map may open, B,1,1,1 in (0, 1]: all the way unless the object is clearly not there.

    >>> from torch import tensor
    >>> openness(tensor([-9.0, -2.0, 0.0])).double().round(decimals=3).flatten().tolist()
    [0.35, 0.675, 1.0]
    """
    share = ((presence - SHUT) / (OPEN - SHUT)).clamp(0, 1)
    return (LEAST + (1 - LEAST) * share)[:, None, None, None]
