"""DAMSM's matching losses (AttnGAN, Sec. 3.2): sentence with picture, words with regions.

The scores of a batch are a matrix, pictures down and captions across, true pairs on the diagonal.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from mimnet.nn.damsm import Read, Viewed
from mimnet.nn.layers import word_mask

GAMMA_REGIONS = 4.0  # gamma_1: how sharply a word chooses its regions
GAMMA_WORDS = 5.0  # gamma_2: how much the best-matching words count
GAMMA_SCORES = 10.0  # gamma_3: of both scores in the cross-entropy


def sentence_scores(read: Read, viewed: Viewed) -> Tensor:
    """Cosines of pictures and sentences, B,B."""
    return F.normalize(viewed.whole, dim=-1) @ F.normalize(read.sentence, dim=-1).T


def word_scores(read: Read, viewed: Viewed, length: Tensor) -> Tensor:
    """Match of every picture's regions with every caption's words, B,B.

    Every word looks at the regions by attention and is compared with what it saw; a caption's score is a soft maximum
    over its words, padding left out.
    """
    mask = word_mask(length, read.words.shape[1])  # T,L
    products = torch.einsum("tld,ird->itlr", read.words, viewed.regions)  # I,T,L,R
    over_words = products.masked_fill(~mask[None, :, :, None], -torch.inf).softmax(2)  # regions share out their words
    over_words = over_words.masked_fill(~mask[None, :, :, None], 0.0)
    attention = (GAMMA_REGIONS * over_words).softmax(3)
    context = torch.einsum("itlr,ird->itld", attention, viewed.regions)
    cosine = F.cosine_similarity(context, read.words[None], dim=-1)  # I,T,L
    scaled = (GAMMA_WORDS * cosine).masked_fill(~mask[None], -torch.inf)
    return scaled.logsumexp(2)


def matching(scores: Tensor, kind: Tensor) -> Tensor:
    """Cross-entropy of scores B,B in both directions, true pairs on the diagonal.

    Other pictures of the same class are left out: their captions may be as true.
    """
    same = (kind[:, None] == kind[None, :]) & ~torch.eye(len(kind), dtype=torch.bool, device=kind.device)
    scores = scores.masked_fill(same, -1e9)
    truth = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, truth) + F.cross_entropy(scores.T, truth)) / 2


def damsm(read: Read, viewed: Viewed, length: Tensor, kind: Tensor) -> dict[str, Tensor]:
    """Both losses by name; their sum is what the encoders learn from."""
    return {
        "words": 2 * matching(GAMMA_SCORES * word_scores(read, viewed, length), kind),
        "sentence": 2 * matching(GAMMA_SCORES * sentence_scores(read, viewed), kind),
    }
