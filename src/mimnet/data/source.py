"""From rows to the trainer's batches: out of the cache for a folder, out of the shards for shards."""

from collections.abc import Sequence

from mimnet.config import PicturesConfig
from mimnet.data.batches import Batches, Captions, Source, stored_size
from mimnet.data.cache import found_objects, resized_edges
from mimnet.data.plain_ground import training_pictures
from mimnet.data.rows import Captioned, Rows
from mimnet.data.stream import ShardBatches
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary


def open_source(
    rows: Sequence[Captioned],
    vocabulary: Vocabulary,
    *,
    words: int,
    size: int,
    batch: int,
    settings: PicturesConfig,
    seed: int,
    edges: bool = False,
    examples: bool = False,
    objects: bool = False,
    quiet: bool = False,
) -> Source:
    """Batches of `batch` pictures of `size` px, captions cut at `words`.

    With `edges` their own boundary maps come along, with `examples` the pictures of the other captions,
    with `objects` where the pictures' objects are.
    """
    rows = Rows.of(rows)
    stored = stored_size(size, settings.crop)
    if rows.table.shards and settings.balance > 0:
        raise MimnetError("pictures.balance draws pictures by chance, and shards are read in order; use the folder")
    if rows.table.shards and examples:
        raise MimnetError("loss.conformity_bounded looks up pictures, and shards are read in order; use the folder")
    captions = Captions(rows, vocabulary, words, balance=settings.balance)
    if rows.table.shards:
        return ShardBatches(
            rows, captions, stored=stored, size=size, batch=batch, settings=settings, seed=seed, edges=edges
        )
    pictures = training_pictures(rows, stored, plain=settings.plain, seed=seed, quiet=quiet)
    maps = resized_edges(rows, stored, quiet=quiet) if edges else None
    return Batches(
        pictures,
        captions,
        size=size,
        batch=batch,
        settings=settings,
        seed=seed,
        edges=maps,
        examples=examples,
        objects=found_objects(rows, stored, quiet=quiet) if objects else None,
    )
