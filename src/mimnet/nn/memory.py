"""Memory-based texture feature generation (Sec. 3.1, Eq. 1 to 3), and its ablation without a memory."""

import torch
from torch import Tensor, nn


class TextureMemory(nn.Module):
    """Latent texture memories, chosen by words through soft attention.

    A word's texture is a convex combination of memories, so no word feature ever reaches the picture directly.
    """

    def __init__(
        self, *, memories: int, texture: int, word_feature: int, spread: float = 1.0, scale: bool = False
    ) -> None:
        super().__init__()
        self.memory = nn.Parameter(torch.randn(memories, texture) * spread)  # Eq. 1: M  (N,d)
        self.key = nn.Linear(texture, word_feature, bias=False)  # P
        self.scale = word_feature**-0.5 if scale else 1.0

    def forward(self, words: Tensor, *, attention: Tensor | None = None, frozen: bool = False) -> tuple[Tensor, Tensor]:
        """Word features B,L,word_feature -> word-level textures B,L,d and attention B,L,N.

        `attention` (B,L,N, rows summing to 1) replaces Eq. 2, for the randomized memory loss. `frozen` keeps
        gradients from the memories, for the adversarial stage.
        """
        memory = self.memory.detach() if frozen else self.memory
        if attention is None:
            keys = self.key(memory)  # N,word_feature
            attention = torch.softmax(words @ keys.T * self.scale, -1)  # Eq. 2  (B,L,N)
        return attention @ memory, attention  # Eq. 3  (B,L,d)


class WordTexture(nn.Module):
    """The ablation without memory (Sec. 4.4): texture is a projection of the word feature itself."""

    def __init__(self, *, texture: int, word_feature: int) -> None:
        super().__init__()
        self.project = nn.Linear(word_feature, texture)

    def forward(self, words: Tensor) -> Tensor:
        """Word features B,L,word_feature -> word-level textures B,L,d"""
        projected: Tensor = self.project(words)
        return projected
