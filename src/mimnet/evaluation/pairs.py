"""Which picture is edited by which sentence: drawn once by seed, saved, and the same for every model compared."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np

from mimnet.data.folder import Captioned
from mimnet.errors import MimnetError
from mimnet.files import write_whole
from mimnet.images import picture_exists

FORMAT = "mimnet-pairs-1"


@dataclass(frozen=True)
class Pair:
    """A picture and the sentence that edits it; files are named within their split."""

    file: str
    own: str  # one of the picture's own captions
    caption: str  # S': a caption of `source`, a picture of another class
    source: str
    kind: str | None  # class of the picture
    source_kind: str | None


@dataclass(frozen=True)
class Pairs:
    """All pairs of a comparison."""

    split: Path  # folder of the split
    seed: int
    pairs: tuple[Pair, ...]

    @property
    def fingerprint(self) -> str:
        """Of pictures' names, captions and order; 16 hexadecimal digits."""
        return hashlib.sha256(json.dumps([asdict(p) for p in self.pairs]).encode()).hexdigest()[:16]

    @cached_property
    def pictures(self) -> str:
        """Of what is in the pictures' files; results of a picture that was replaced since are not taken for its own."""
        digest = hashlib.sha256()
        for pair in self.pairs:
            digest.update(hashlib.sha256((self.split / pair.file).read_bytes()).digest())
        return digest.hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.pairs)


def draw_pairs(
    rows: Sequence[Captioned], split: Path, *, seed: int = 0, limit: int = 0, groups: dict[Path, str] | None = None
) -> Pairs:
    """Pictures evenly through `rows` (all, or `limit` of them), each with a caption of another class.

    `groups` holds captions to pictures of the same group (file -> name), as where flowers and birds are mixed. Raises
    `MimnetError` if a picture has no picture of another class to take a caption from.
    """
    count = min(limit, len(rows)) if limit > 0 else len(rows)
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, count).round().astype(int)]
    draw = np.random.default_rng([seed, 22])
    pairs = []
    pools: dict[tuple[str | None, str | None], list[Captioned]] = {}  # one for a class, not one for every picture
    for row in chosen:
        group = groups[row.file] if groups is not None else None
        if (row.kind, group) not in pools:
            alike = [o for o in rows if groups is None or groups[o.file] == group]
            pools[row.kind, group] = [o for o in alike if row.kind is None or o.kind != row.kind]
        others = pools[row.kind, group]
        if row.kind is None:
            others = [o for o in others if o is not row]
        if not others:
            raise MimnetError(
                f"{split}: all pictures are of one class; captions for editing come from other classes (where classes "
                "mean nothing, take them out of metadata.jsonl: then captions come from any other picture)"
            )
        other = others[int(draw.integers(len(others)))]
        own = row.captions[int(draw.integers(len(row.captions)))]
        caption = other.captions[int(draw.integers(len(other.captions)))]
        name, source = (str(r.file.relative_to(split)) for r in (row, other))
        pairs.append(Pair(name, own, caption, source, row.kind, other.kind))
    return Pairs(split, seed, tuple(pairs))


def save_pairs(path: Path, pairs: Pairs) -> None:
    """Write them as JSON, whole or not at all."""
    told = {"format": FORMAT, "seed": pairs.seed, "pairs": [asdict(p) for p in pairs.pairs]}
    write_whole(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def load_pairs(path: Path, split: Path) -> Pairs:
    """Read what `save_pairs` wrote. Raises `MimnetError` if it is something else, or its pictures are not there."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise KeyError("format")
        names = [f.name for f in fields(Pair)]
        pairs = tuple(Pair(**{name: row[name] for name in names}) for row in told["pairs"])
        if not all(isinstance(x, str) for p in pairs for x in (p.file, p.own, p.caption, p.source)):
            raise TypeError("a file or a caption is no text")
        found = Pairs(split, int(told["seed"]), pairs)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MimnetError(f"{path} is no file of pairs ({error}); delete it, and it is drawn anew") from error
    for pair in pairs:
        if not picture_exists(split / pair.file):
            raise MimnetError(f"{path} names {pair.file}, which is not in {split}; choose another --out for other data")
    return found
