"""One pure function per equation of Sec. 3.5, and the two sums. Weights are applied in Eq. 20 and 21 alone.

Every function returns a scalar: a mean over the batch, so that no value depends on the batch's size.
"""

from collections.abc import Iterable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mimnet.config import MIMNetLoss
from mimnet.nn.boundary import fine_detail, luminance
from mimnet.nn.layers import resize

NEARBY, STEPS = 3 / 64, 3  # share of the side within which a colour counts as near, in so many steps
OTHERWISE = 0.1  # mean absolute difference in [-1, 1] from which a pixel shows something else


def reconstruction(pictures: Sequence[Tensor], image: Tensor) -> Tensor:
    """L_rec: mean absolute difference of every stage's picture to the input, brought to its size (Sec. 3.5.2).

    >>> reconstruction([torch.ones(2, 3, 4, 4)], torch.zeros(2, 3, 8, 8)).item()
    1.0
    """
    return _sum(
        (picture.float() - resize(image, (picture.shape[-2], picture.shape[-1]))).abs().mean()  # Eq. 14
        for picture in pictures
    )


def pseudo_texture(texture: Tensor, features: Tensor, weight_map: Tensor, *, stop_gradient: bool) -> Tensor:
    """L_pgt: the global texture g B,c against the map-weighted mean of V B,c,H,W, by A B,1,H,W."""
    truth = (weight_map.float() * features.float()).mean((2, 3))  # g*: B,c
    if stop_gradient:
        truth = truth.detach()
    return (texture.float() - truth).square().mean()  # Eq. 15


def random_memory(reality_logits: Sequence[Tensor]) -> Tensor:
    """L_mem: pictures painted with random attention over the memories must look real, at every stage."""
    return _sum(F.softplus(-logits).mean() for logits in reality_logits)  # Eq. 16


def discriminator(
    *,
    real: Tensor,
    fake: Tensor,
    log_matched: Tensor,
    log_other: Tensor,
    conformity: float,
    log_pairs: Tensor | None = None,
) -> Tensor:
    """L_D of one stage.

    `real`, `fake`: reality logits of I and of G(I, S'); `log_matched`, `log_other`: log Dt of (I, S) and (I, S'), B;
    `conformity`: lambda_t; `log_pairs`: log Dt of more pairs that do not belong together, in any shape, which count
    half of what S' counts for otherwise (a departure, see `wrong_pairs`).
    """
    reality_part = F.softplus(-real).mean() + F.softplus(fake).mean()
    return reality_part + conformity * belonging(log_matched, log_other, log_pairs)  # Eq. 17


def belonging(log_matched: Tensor, log_other: Tensor, log_pairs: Tensor | None = None) -> Tensor:
    """The part of Eq. 17 that asks whether picture and sentence belong together; arguments as in `discriminator`."""
    mismatch = -log1mexp(log_other).mean()
    if log_pairs is not None and log_pairs.numel() > 0:
        mismatch = (mismatch - log1mexp(log_pairs).mean()) / 2
    return mismatch - log_matched.mean()


def wrong_pairs(log_conforming: Tensor, kind: Tensor) -> Tensor:
    """A departure: of log Dt B,B of all pictures with all own sentences of a batch, those of different classes.

    Eq. 17 shows every picture one sentence that is not its own. The others of the batch cost next to nothing, and a
    discriminator that meets them all learns sooner and farther what tells sentences apart.

    >>> wrong_pairs(torch.tensor([[1.0, 2.0, 3.0]] * 3), torch.tensor([0, 0, 1]))
    tensor([3., 3., 1., 2.])
    """
    return log_conforming[kind[:, None] != kind[None, :]]


def reality(logits: Tensor) -> Tensor:
    """L_r of one stage: reality logits of G(I, S')."""
    return F.softplus(-logits).mean()  # Eq. 18


def conformity(log_probability: Tensor, bound: Tensor | None = None) -> Tensor:
    """L_t of one stage: log Dt of (G(I, S'), S'), B.

    With `bound` (a departure), log Dt of real pictures that show S', B, an edit need not be more so than those: else
    nothing stops it from being redder than red, or its sleeves from being longer than long.

    >>> conformity(torch.tensor([-0.5, -2.0]), torch.tensor([-1.0, -1.0])).item()  # the first has reached it
    0.5
    """
    if bound is None:
        return -log_probability.mean()  # Eq. 19
    return F.relu(bound.detach() - log_probability).mean()


def generator_total(terms: Mapping[str, Tensor], weights: MIMNetLoss) -> Tensor:
    """L_G: the weighted sum of the generator's terms, by the names of `MIMNetLoss`."""
    return _sum(getattr(weights, name) * value for name, value in terms.items())  # Eq. 20


def discriminator_total(stages: Sequence[Tensor], weights: MIMNetLoss) -> Tensor:
    """L_D: the weighted sum over the stages, coarse first."""
    by_stage = (weights.discriminator_coarse, weights.discriminator_fine)
    return _sum(weight * loss for weight, loss in zip(by_stage, stages, strict=False))  # Eq. 21


def map_area(weight_map: Tensor, *, least: float, most: float) -> Tensor:
    """A departure: how far the map's area, as a share of the picture, lies outside [least, most].

    Pasting makes background costless to keep, so the map needs a reason to be there at all and not everywhere; a
    plain price on the mean collapses it to nothing.
    """
    area = weight_map.float().mean((1, 2, 3))
    return (F.relu(least - area) + F.relu(area - most)).mean()


def map_roughness(weight_map: Tensor, image: Tensor, *, edge: float) -> Tensor:
    """A departure: the map's mean absolute step from cell to cell, cheaper where the picture steps too.

    A step costs exp(-edge * s), s the picture's own mean absolute step there (RGB in [-1, 1], brought to the map's
    grid). So the map's border settles on the outline of things. With `edge` 0 it is plain total variation.
    """
    a = weight_map.float()
    i = resize(image.float(), (a.shape[-2], a.shape[-1]))
    down, right = (a[..., 1:, :] - a[..., :-1, :]).abs(), (a[..., 1:] - a[..., :-1]).abs()
    if edge > 0:
        down = down * torch.exp(-edge * (i[..., 1:, :] - i[..., :-1, :]).abs().mean(1, keepdim=True))
        right = right * torch.exp(-edge * (i[..., 1:] - i[..., :-1]).abs().mean(1, keepdim=True))
    return down.mean() + right.mean()


def map_outside(weight_map: Tensor, objects: Tensor) -> Tensor:
    """A departure: the map's mean where the picture's object is not, B,1,h,w and B,1,H,W in [0, 1], over all cells.

    >>> half = torch.tensor([1.0, 0.0]).repeat(4, 2)[None, None]  # every second column shows the object
    >>> map_outside(torch.full((1, 1, 4, 4), 0.5), half).item()
    0.25
    """
    return (weight_map.float() * (1 - resize(objects.float(), (weight_map.shape[-2], weight_map.shape[-1])))).mean()


def map_inside(weight_map: Tensor, objects: Tensor) -> Tensor:
    """A departure: -log 2A where A, B,1,h,w, is below one half on the picture's object, B,1,H,W; mean over all cells.

    A logarithm, for a map that is shut learns nothing from its mean. `objects` has a rim around: cells beside one that
    is not the object do not count. A picture that is object everywhere is one in which none was found.
    """
    a = weight_map.float()
    inside = -F.max_pool2d(-resize(objects.float(), (a.shape[-2], a.shape[-1])), 3, 1, 1)
    inside = inside * (objects.amin((1, 2, 3), keepdim=True) < 0.5)
    return (F.relu(-torch.log(2 * a.clamp(min=1e-30))) * inside).mean()


def detail(pictures: Sequence[Tensor], image: Tensor, weight_map: Tensor) -> Tensor:
    """A departure: mean absolute difference of every stage's fine-scale luminance to that of the input at its size.

    The text names a colour and seldom a fold, a vein or a print: those should outlive the edit. Fine-scale luminance
    is that of the boundary image, in [-1, 1]. Only the map's inside counts: along its border a new brightness is a new
    edge, and white garments on white would stay white. The map is a weight here; this price does not move it.

    >>> image, everywhere = torch.zeros(1, 3, 16, 16), torch.ones(1, 1, 4, 4)
    >>> detail([image + 0.5], image, everywhere).item()  # another brightness is no other detail
    0.0
    """
    inside = -F.max_pool2d(-weight_map.detach().float(), 3, 1, 1)
    prices = []
    for picture in pictures:
        size = (picture.shape[-2], picture.shape[-1])
        change = fine_detail(luminance(picture)) - fine_detail(luminance(resize(image, size)))
        prices.append((change.abs() * resize(inside, size)).mean())
    return _sum(prices)


def absent(weight_map: Tensor) -> Tensor:
    """A departure: cross-entropy of the map to "nothing here", on pictures that do not show the object.

    Without it a sentence is painted on any picture, for nothing in training shows one that has no place for it.

    >>> round(absent(torch.full((1, 1, 2, 2), 0.5)).item(), 4)
    0.6931
    """
    return -torch.log1p(-weight_map.float().clamp(max=1 - 1e-4)).mean()


def presence(there: Tensor, absent: Tensor) -> Tensor:
    """A departure: cross-entropy of whether pictures show the object, both kinds counting half; log odds B and n.

    >>> round(presence(torch.zeros(3), torch.zeros(1)).item(), 4)
    0.6931
    """
    return (F.softplus(-there.float()).mean() + F.softplus(absent.float()).mean()) / 2


def paired(pictures: Sequence[Tensor], before: Tensor, after: Tensor) -> Tensor:
    """A departure: how far edits are from their truth, where there is one (both B,3,H,W in [-1, 1]).

    Mean absolute difference of every stage's picture to `after`, over the whole and, once more, over what `before` has
    otherwise, of each picture by itself: a sleeve is a small part of a picture, and a neck of a batch in which others
    change colour.

    >>> before, after = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    >>> before[..., :2] = 1.0  # half of it
    >>> paired([before], before, after).item()  # nothing was done: 1/2 and 1
    1.5
    """
    prices = []
    for picture in pictures:
        size = (picture.shape[-2], picture.shape[-1])
        truth, start = resize(after, size), resize(before, size)
        left = (picture.float() - truth).abs().mean(1)
        otherwise = ((start - truth).abs().mean(1) > OTHERWISE).float()
        inside = (left * otherwise).sum((1, 2)) / otherwise.sum((1, 2)).clamp(min=1)
        prices.append(left.mean() + inside.mean())
    return _sum(prices)


def paired_nearby(pictures: Sequence[Tensor], after: Tensor, reshaped: Tensor) -> Tensor:
    """A departure: how far the colours of edits are from those that their truth B,3,H,W in [-1, 1] shows nearby.

    Mean absolute difference of every pixel to the likest of 49 of the truth, evenly up to `NEARBY` of the side, but
    three pixels at least, to all four sides of it. Where a sleeve hangs nobody can say, and the mean over all of its
    places is a blur; but it is cloth or ground, and a half of both is neither. That goes for what is that near to a
    place with another shape, `reshaped` B,1,H,W of 0 and 1. Elsewhere folds lie where the input has them, and every
    pixel is held to the truth's own.

    >>> truth, anywhere = torch.ones(1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    >>> truth[..., 24:40] = -1.0
    >>> paired_nearby([truth.roll(2, 3)], truth, anywhere).item()  # elsewhere, and as sharp
    0.0
    >>> round(paired_nearby([0 * truth], truth, anywhere).item(), 4)  # a half of both, everywhere
    1.0
    >>> paired_nearby([truth.roll(2, 3)], truth, 0 * anywhere).item()  # 4 of 64 columns are not as they should be
    0.125
    """
    prices = []
    for picture in pictures:
        size = (picture.shape[-2], picture.shape[-1])
        edit, truth = picture.float(), resize(after, size)
        with torch.no_grad():  # which one it is moves by itself
            goal = torch.where(_near(reshaped, size), _likest(edit, truth, step=_step(size)), truth)
        prices.append((edit - goal).abs().mean())
    return _sum(prices)


def paired_detail(pictures: Sequence[Tensor], after: Tensor, reshaped: Tensor) -> Tensor:
    """A departure: mean absolute difference of fine-scale luminance of edits to that of their truth B,3,H,W.

    As long as a colour is further away than a fold is deep, `paired` pulls all of the fold one way. This tells how deep
    it should be, whatever its colour. Not so near to a place with another shape (`reshaped` B,1,H,W of 0 and 1) that
    nobody can say where folds would lie.

    >>> truth, nowhere = torch.zeros(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    >>> paired_detail([truth + 0.5], truth, nowhere).item()  # another brightness is no other detail
    0.0
    """
    prices = []
    for picture in pictures:
        size = (picture.shape[-2], picture.shape[-1])
        change = fine_detail(luminance(picture)) - fine_detail(luminance(resize(after, size)))
        prices.append((change.abs() * ~_near(reshaped, size)).mean())
    return _sum(prices)


def paired_features(edits: Sequence[Sequence[Tensor]], truths: Sequence[Sequence[Tensor]]) -> Tensor:
    """A departure: how far edits are from their truth in what the discriminators see, stage by stage, layer by layer.

    Mean absolute difference of features B,C,h,w as a share of the truth's mean size, averaged over layers. Deep layers
    tell a sleeve with folds from a tube of the same mean colour and do not ask where each fold lies.

    >>> truth = [torch.full((1, 2, 4, 4), 2.0), torch.full((1, 4, 2, 2), 4.0)]
    >>> paired_features([[0.5 * x for x in truth]] * 2, [truth] * 2).item()  # two stages, half off in each
    1.0
    """
    prices = []
    for edit, truth in zip(edits, truths, strict=True):
        shares = []
        for own, real in zip(edit, truth, strict=True):
            goal = real.detach().float()
            shares.append((own.float() - goal).abs().mean() / goal.abs().mean().clamp(min=1e-6))
        prices.append(_sum(shares) / len(shares))
    return _sum(prices)


def _step(size: tuple[int, int]) -> int:
    """Pixels from one neighbour to the next among which the likest is looked for."""
    return max(1, round(NEARBY * size[1] / STEPS))


def _near(reshaped: Tensor, size: tuple[int, int]) -> Tensor:
    """Whether each place B,1,H,W has another shape so near that its own may lie elsewhere."""
    reach = STEPS * _step(size)
    return F.max_pool2d(resize(reshaped.float(), size), 2 * reach + 1, 1, reach) > 0


def _likest(edit: Tensor, truth: Tensor, *, step: int) -> Tensor:
    """Of each place's neighbours in the truth that which is nearest to the edit there, both B,3,H,W."""
    height, width = edit.shape[-2:]
    wide = F.pad(truth, [STEPS * step] * 4, mode="replicate")
    least, likest = torch.full_like(edit[:, :1], torch.inf), truth
    for down in range(0, 2 * STEPS * step + 1, step):
        for right in range(0, 2 * STEPS * step + 1, step):
            there = wide[..., down : down + height, right : right + width]
            apart = (edit - there).abs().mean(1, keepdim=True)
            likest = torch.where(apart < least, there, likest)
            least = torch.minimum(apart, least)
    return likest


def part_regions(logits: Tensor, shares: Tensor) -> Tensor:
    """A departure: cross entropy of which part each place of the object is, where that is known.

    Logits B,parts + 1,h,w; shares B,parts + 1,H,W, of sum 1 on the object and 0 off it.

    >>> round(part_regions(torch.zeros(1, 4, 2, 2), torch.eye(4).reshape(1, 4, 2, 2)).item(), 4)  # log 4
    1.3863
    """
    there = resize(shares, (logits.shape[-2], logits.shape[-1]))
    return -(there * logits.float().log_softmax(1)).sum() / there.sum().clamp(min=1e-3)


def part_names(logits: Tensor, named: Tensor) -> Tensor:
    """A departure: cross entropy of which parts the sentence names, both B,parts + 1, `named` of 0 and 1."""
    return F.binary_cross_entropy_with_logits(logits.float(), named)


def part_words(logits: Tensor, told: Tensor, named: Tensor, mask: Tensor) -> Tensor:
    """A departure: cross entropy of which words tell the look of each part that is named.

    Logits and `told` (of 0 and 1) B,parts + 1,L; `named` B,parts + 1 of 0 and 1; word mask B,L.

    >>> told, mask = torch.tensor([[[1.0, 0.0]] * 2]), torch.ones(1, 2, dtype=torch.bool)
    >>> round(part_words(torch.zeros(1, 2, 2), told, torch.tensor([[1.0, 0.0]]), mask).item(), 4)  # log 2
    0.6931
    """
    counts = named[..., None] * mask[:, None].float()
    each = F.binary_cross_entropy_with_logits(logits.float(), told, reduction="none")
    return (each * counts).sum() / counts.sum().clamp(min=1)


def changed_map(weight_map: Tensor, before: Tensor, after: Tensor, *, opening: float = 1.0) -> Tensor:
    """A departure: cross entropy of the map B,1,h,w and where a true edit changes anything, B,3,H,W in [-1, 1].

    Places that change count `opening` times. Where the map is shut nothing else is learned, and where it is open in
    vain the paint can still be what was there.

    >>> before, after = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    >>> after[..., :2] = 1.0
    >>> half = torch.full((1, 1, 4, 4), 0.5)
    >>> [round(changed_map(half, before, after, opening=x).item(), 4) for x in (1.0, 3.0)]  # of it changes a half
    [0.6931, 1.3863]
    """
    changed = ((before - after).abs().mean(1, keepdim=True) > OTHERWISE).float()
    wanted = resize(changed, (weight_map.shape[-2], weight_map.shape[-1]))
    count = 1 + (opening - 1) * wanted
    return F.binary_cross_entropy(weight_map.float().clamp(1e-6, 1 - 1e-6), wanted, count)


def r1(logits: Tensor, image: Tensor) -> Tensor:
    """A departure: squared gradient of the logits by the real picture (Mescheder et al., 2018).

    Of reality logits, or of log conformity to the pictures' own sentences (Tao et al., 2022).
    """
    (gradient,) = torch.autograd.grad(logits.flatten(1).mean(1).sum(), image, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()


def log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(x)) for x <= 0 without loss of digits.

    >>> round(log1mexp(torch.tensor(-1e-4)).item(), 3)
    -9.21
    """
    x = x.clamp(max=-1e-6)  # a certain match would cost infinitely much
    near = x > -0.6931472
    return torch.where(near, torch.log(-torch.expm1(x)), torch.log1p(-torch.exp(x.clamp(max=-0.6931472))))


def _sum(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).sum()
