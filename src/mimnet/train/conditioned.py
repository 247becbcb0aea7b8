"""What SISGAN's and TAGAN's training share: answers as losses, exchanged sentences, and where a run starts."""

import torch.nn.functional as F
from torch import Tensor

from mimnet.config import Config
from mimnet.errors import MimnetError
from mimnet.train.editing import EditingSystem
from mimnet.train.stages import Stage


def yes(logits: Tensor) -> Tensor:
    """Binary cross-entropy of logits B that should say yes.

    >>> import torch
    >>> round(yes(torch.zeros(2)).item(), 4)
    0.6931
    """
    return F.softplus(-logits).mean()


def no(logits: Tensor) -> Tensor:
    """Binary cross-entropy of logits B that should say no."""
    return F.softplus(logits).mean()


def rolled(x: Tensor) -> Tensor:
    """The batch with every sentence moved on to the next picture: texts that do not belong.

    >>> import torch
    >>> rolled(torch.tensor([1, 2, 3])).tolist()
    [3, 1, 2]
    """
    return x.roll(1, 0)


class ConditionedSystem(EditingSystem):
    """One discriminator, whose depth follows the size of the pictures; other sentences come from the batch itself."""

    least = 2  # pictures among which sentences can be exchanged

    @classmethod
    def stages(cls, config: Config) -> list[Stage]:
        """As for every family; a batch that is too small is refused before anything is learned."""
        cls.enough(config.train.batch)
        return super().stages(config)

    @classmethod
    def enough(cls, pictures: int) -> None:
        """Raise `MimnetError` where a batch of so many pictures is too small to exchange sentences in."""
        if pictures < cls.least:
            raise MimnetError(
                f"sentences are exchanged within a batch: a process needs {cls.least} pictures or more, it would have "
                f"{pictures}; raise --train.batch"
            )

    def start(self, networks: dict[str, Tensor]) -> None:
        """Begin with another run's networks; a discriminator of another depth begins anew."""
        own = self._own("discriminators.")
        given = {name: x.shape for name, x in networks.items() if name.startswith("discriminators.")}
        if given != {name: x.shape for name, x in own.items()}:
            networks = {name: x for name, x in networks.items() if name not in given} | own
        super().start(networks)
