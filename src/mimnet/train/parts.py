"""Finding the parts of objects by what captions say of their colours (a departure, `pictures.parts`).

Nobody marked where a head is. But if a caption says that it is red, and the belly white, red is where the head is;
and in another picture both are black, and it is where heads were. So a small network divides every object into parts
such that a place drawn from a part has the colour that captions give to it, as likely as can be. It sees pictures in
exchanged and inverted colours, so that it cannot take red for a head.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from mimnet.data.ondisk import Array
from mimnet.data.parts import Said, said_of
from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.nn.layers import resize
from mimnet.nn.parts import ColourNamer, PartLocator
from mimnet.tensorfile import read_tensors, write_tensors

STEPS = 1600
BATCH = 24
LR = 3e-3  # AdamW's largest step size; it rises at first and falls to nothing
MOVED = 4  # pixels
REST = 0.06  # share of the object that is no part
SURE = 4  # claims of a part in a picture from which it counts in full
INVERTED = 0.4  # share of pictures in inverted colours
LEAST = 24  # pictures in which each part must be given a colour
AT_ONCE = 64
FORMAT = "mimnet-parts"


@dataclass(frozen=True)
class FoundParts:
    """The parts of the objects in N pictures."""

    locator: PartLocator
    said: Said
    objects: NDArray[np.uint8]  # N,S,S: 255 on the object, all 0 where it is not found
    regions: NDArray[np.uint8]  # N,parts + 1,S/2,S/2: shares of sum 255, or nearly; rest last


def find_parts(
    pictures: Array,
    objects: NDArray[np.uint8],
    captions: Sequence[Sequence[Sequence[str]]],
    groups: Sequence[str],
    whole: str,
    *,
    seed: int,
    areas: float = 1.0,
    files: Sequence[Path] = (),
    steps: int = STEPS,
    quiet: bool = False,
) -> FoundParts:
    """The parts of pictures N,S,S,3 by what their captions say, N times any number of lists of words.

    `objects` N,S,S as `objects_for_parts` finds them.

    `groups` are the words of each part, `whole` those of the object. What finds them is read from the first of `files`
    that is there and of the same parts, or learned. Raises `MimnetError` if too little is said, or a file is broken.
    """
    said = said_of(captions, groups, whole)
    there = (load_parts(file) for file in files if file.is_file())
    locator = next((found for found, words in there if words == tuple(groups)), None)
    if locator is None:
        locator = learn_parts(pictures, objects, said, seed=seed, areas=areas, steps=steps, quiet=quiet)
    return FoundParts(locator, said, objects, regions_of(locator, pictures, objects))


def learn_parts(
    pictures: Array,
    objects: NDArray[np.uint8],
    said: Said,
    *,
    seed: int,
    areas: float = 1.0,
    steps: int = STEPS,
    quiet: bool = False,
) -> PartLocator:
    """A locator that fits what captions say of pictures N,S,S,3 whose objects are N,S,S: 255 on them, all 0 unknown.

    `areas` as in `parts_price`.

    Raises `MimnetError` if too little is said.
    """
    known = np.flatnonzero(objects.reshape(len(objects), -1).any(1) & said.counts.any((1, 2)))
    said_in = (said.counts[known].sum(2) > 0).sum(0)  # pictures of each part
    least = int(said_in.argmin())
    if said_in[least] < LEAST:
        raise MimnetError(
            f"pictures.parts: captions of {said_in[least]} pictures whose object is found give {said.groups[least]!r} "
            f"a colour that is common among them; {LEAST} or more should ('a red head' gives head one)"
        )
    often = torch.from_numpy(said.counts.sum((0, 2))).float()
    expected = torch.cat([(1 - REST) * often / often.sum(), torch.tensor([REST])])
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        locator, namer = PartLocator(said.counts.shape[1]), ColourNamer(said.counts.shape[2])
    draw = np.random.default_rng([seed, 6])
    parameters = [*locator.parameters(), *namer.parameters()]
    optimizer = torch.optim.AdamW(parameters, LR, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=max(2, steps))
    for _ in tqdm(range(steps), desc="parts", disable=quiet, leave=False):
        rows = np.sort(draw.choice(known, min(BATCH, len(known)), replace=False))
        picture = to_tensor(np.stack([pictures[row] for row in rows]))
        there = torch.from_numpy(objects[rows])[:, None].float() / 255
        if draw.random() < 0.5:
            picture, there = picture.flip(-1), there.flip(-1)
        by = tuple(draw.integers(-MOVED, MOVED + 1, 2).tolist())
        picture, there = torch.roll(picture, by, (2, 3)), torch.roll(there, by, (2, 3))
        logits = locator(recoloured(picture, generator), there)
        loss = parts_price(logits, picture, there, torch.from_numpy(said.counts[rows]), namer, expected, areas)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return locator


def parts_price(
    logits: Tensor,
    picture: Tensor,
    there: Tensor,
    counts: Tensor,
    namer: ColourNamer,
    expected: Tensor,
    areas: float = 1.0,
) -> Tensor:
    """Minus the log likelihood of what is said of colours, if a part's colour is that of any of its places.

    With `areas` times the divergence of the parts' areas from what is expected, or the smallest part would fit best:
    the more often captions name a part, the larger. `logits` B,parts + 1,h,w; pictures B,3,H,W in [-1, 1]; objects
    B,1,H,W in [0, 1]; `counts` B,parts,names, how often which name is given; `expected` parts + 1, of sum 1.
    """
    size = (logits.shape[-2], logits.shape[-1])
    colour, on = resize(picture, size).flatten(2), resize(there, size).flatten(2)
    shares = logits.float().softmax(1).flatten(2) * on
    area = shares.sum(-1) / on.sum(-1).clamp(min=1e-3)
    within = shares[:, :-1] / shares[:, :-1].sum(-1, keepdim=True).clamp(min=1e-3)
    mean = (colour * on).sum(-1) / on.sum(-1).clamp(min=1e-3)
    named = within @ namer(colour.transpose(1, 2), mean)
    total = counts.sum(-1)
    unlikely = -(counts / total.clamp(min=1)[..., None] * named.clamp(min=1e-6).log()).sum(-1)
    weight = total.clamp(max=SURE) / SURE
    otherwise = (expected * (expected.clamp(min=1e-5) / area.clamp(min=1e-5)).log()).sum(-1)
    price: Tensor = (unlikely * weight).sum(1).mean() + areas * otherwise.mean()
    return price


def recoloured(picture: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures B,3,H,W in [-1, 1], channels exchanged and scaled at random, some inverted; `generator` of the CPU."""
    count, device = len(picture), picture.device
    order = torch.rand(count, 3, generator=generator).argsort(1).to(device)
    exchanged = picture.gather(1, order[:, :, None, None].expand_as(picture))
    gain = (1 + 0.25 * torch.randn(count, 3, 1, 1, generator=generator)).clamp(0.4, 1.6)
    inverted = torch.rand(count, 1, 1, 1, generator=generator) < INVERTED
    return exchanged * (gain * torch.where(inverted, -1.0, 1.0)).to(device)


def regions_of(locator: PartLocator, pictures: Array, objects: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shares of the parts in pictures N,S,S,3 with objects N,S,S: N,parts + 1,S/2,S/2, as `FoundParts` has them."""
    found = []
    for start in range(0, len(objects), AT_ONCE):
        some = slice(start, min(start + AT_ONCE, len(objects)))
        picture = to_tensor(np.stack([pictures[row] for row in range(some.start, some.stop)]))
        shares = locator.regions(picture, torch.from_numpy(objects[some])[:, None].float() / 255)
        found.append((shares * 255).round().to(torch.uint8).numpy())
    return np.concatenate(found)


def save_parts(file: Path, locator: PartLocator, groups: Sequence[str]) -> None:
    """Write a locator and the words of its parts, whole or not at all."""
    write_tensors(file, dict(locator.state_dict()), {"parts": "\n".join(groups)}, format=FORMAT)


def load_parts(file: Path) -> tuple[PartLocator, tuple[str, ...]]:
    """A locator and the words of its parts. Raises `MimnetError` if the file is no such thing."""
    tensors, metadata = read_tensors(file, format=FORMAT)
    groups = tuple(metadata.get("parts", "").split("\n"))
    locator = PartLocator(len(groups))
    try:
        locator.load_state_dict(tensors)
    except RuntimeError as error:
        raise MimnetError(f"{file} finds no {len(groups)} parts; delete it, and it is learned again") from error
    return locator, groups
