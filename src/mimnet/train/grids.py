"""The sample grid of a run: what the model does to fixed pictures with fixed captions."""

from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from mimnet.boundaries import see
from mimnet.data.batches import Batch
from mimnet.images import from_tensor, from_weights
from mimnet.nn.edit import EditingNetwork, seeded_noise
from mimnet.sheet import Row, contact_sheet


@dataclass(frozen=True)
class Fixed:
    """The pictures that every grid of a run shows."""

    batch: Batch
    captions: list[tuple[str, str]]  # for each its own caption, and the one that it is edited with


def sample_grid(generator: EditingNetwork, fixed: Fixed) -> Image.Image:
    """One row a picture: input, boundary image and map where there are any, stages, result, reconstruction."""
    batch = fixed.batch
    noise = seeded_noise(generator.noise_width if generator.test_noise else 0, len(batch.image))
    seen = see(generator, batch.image, batch.edges)
    edit = generator.paint(seen, generator.read(batch.other_ids, batch.other_length), noise=noise)
    own = generator.paint(seen, generator.read(batch.ids, batch.length), noise=noise)
    columns: list[tuple[str, Tensor]] = [("input", batch.image)]
    if (structure := getattr(seen, "structure", None)) is not None:
        columns.append(("boundary", structure[:, :1]))
    if edit.weight_map is not None:
        columns.append(("map", edit.weight_map))
    columns += [(f"{stage.shape[-1]} px", stage) for stage in edit.stages]
    results = generator.results(edit, batch.image)
    if results is not edit.stages:
        columns.append(("result", results[-1]))
    columns.append(("reconstruction", own.last))
    made = [from_weights(x) if x.shape[1] == 1 else from_tensor(x) for _, x in columns]
    rows = [
        Row([Image.fromarray(column[i]) for column in made], f"was: {was}\nnow: {now}")
        for i, (was, now) in enumerate(fixed.captions)
    ]
    return contact_sheet(rows, titles=tuple(title for title, _ in columns))
