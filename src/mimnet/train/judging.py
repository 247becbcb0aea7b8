"""Training of judges: classes or attributes of pictures, and DAMSM's encoders. Systems for the common loop."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from mimnet.damsm import damsm
from mimnet.data.batches import Batch
from mimnet.nn.judge import PairEncoders, Recogniser
from mimnet.train.system import Phase


class RecognisingSystem:
    """Cross-entropy of every question. `labels` n,Q (int64): row of the split, question in the order of the heads."""

    averaged: str | None = None

    def __init__(self, network: Recogniser, labels: NDArray[np.int64]) -> None:
        self.network = network
        self.labels = torch.from_numpy(labels)
        self.networks = nn.ModuleDict({"judge": network})

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """One group: everything moves together; a frozen CNN stays."""
        return {"judge": [p for p in self.network.parameters() if p.requires_grad]}

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """One phase."""
        self.network.train()
        truth = self.labels[list(batch.rows)].to(batch.image.device)
        logits = self.network(batch.image)
        terms = {q: F.cross_entropy(x, truth[:, i]) for i, (q, x) in enumerate(logits.items())}
        yield Phase("judge", torch.stack(list(terms.values())).mean(), terms)

    def sample(self, averaged: nn.Module) -> Image.Image | None:
        """Nothing to look at."""
        return None


class EncodersSystem:
    """DAMSM's losses."""

    averaged: str | None = None

    def __init__(self, network: PairEncoders) -> None:
        self.network = network
        self.networks = nn.ModuleDict({"judge": network})

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """One group: everything moves together; a frozen CNN stays."""
        return {"judge": [p for p in self.network.parameters() if p.requires_grad]}

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """One phase."""
        self.network.train()
        viewed, read = self.network.view(batch.image), self.network.read(batch.ids, batch.length)
        terms: dict[str, Tensor] = damsm(read, viewed, batch.length, batch.kind)
        yield Phase("judge", torch.stack(list(terms.values())).sum(), terms)

    def sample(self, averaged: nn.Module) -> Image.Image | None:
        """Nothing to look at."""
        return None
