"""The sample grid of a run: what the model does to fixed pictures with fixed captions."""

from PIL import Image
from torch import Tensor

from mimnet.images import from_tensor, from_weights
from mimnet.nn.generator import Edit
from mimnet.sheet import Row, contact_sheet

TITLES = ("input", "boundary", "map", "coarse", "fine", "result", "reconstruction")


def sample_grid(
    image: Tensor, structure: Tensor, edit: Edit, result: Tensor, own: Tensor, captions: list[tuple[str, str]]
) -> Image.Image:
    """One row a picture. `captions`: for each its own caption and the one it is edited with."""
    last = edit.coarse if edit.fine is None else edit.fine
    columns = [
        from_tensor(image),
        from_weights(structure[:, :1]),
        from_weights(edit.weight_map),
        from_tensor(edit.coarse),
        from_tensor(last),
        from_tensor(result),
        from_tensor(own),
    ]
    rows = [
        Row([Image.fromarray(column[i]) for column in columns], f"was: {own_text}\nnow: {other_text}")
        for i, (own_text, other_text) in enumerate(captions)
    ]
    return contact_sheet(rows, titles=TITLES)
