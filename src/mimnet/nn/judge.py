"""The project's own judges: a recogniser of classes or attributes, and DAMSM's pair of encoders."""

from torch import Tensor, nn

from mimnet.nn.damsm import PictureHeads, Read, TextEncoder, Viewed
from mimnet.nn.look import Look


class Recogniser(nn.Module):
    """One linear head for every question about a picture."""

    def __init__(self, look: Look, *, answers: dict[str, int], dropout: float) -> None:
        super().__init__()
        self.look = look
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({question: nn.Linear(look.whole, count) for question, count in answers.items()})

    def features(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,D"""
        whole: Tensor = self.look(image)[1]
        return whole

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """RGB B,3,H,W in [-1, 1] -> logits B,K for every question."""
        whole = self.dropout(self.features(image))
        return {question: head(whole) for question, head in self.heads.items()}


class PairEncoders(nn.Module):
    """DAMSM's two encoders."""

    def __init__(self, look: Look, *, words: int, word_vector: int, width: int, dropout: float) -> None:
        super().__init__()
        self.look = look
        self.heads = PictureHeads(regions=look.regions, whole=look.whole, width=width)
        self.text = TextEncoder(words=words, word_vector=word_vector, width=width, dropout=dropout)

    def read(self, ids: Tensor, length: Tensor) -> Read:
        """Word ids B,L and lengths B -> `Read`."""
        read: Read = self.text(ids, length)
        return read

    def view(self, image: Tensor) -> Viewed:
        """RGB B,3,H,W in [-1, 1] -> `Viewed`."""
        viewed: Viewed = self.heads(*self.look(image))
        return viewed
