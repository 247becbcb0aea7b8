"""Classes and counts: balance, missing and doubtful names, and whether a batch can be filled."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator

from mimnet.data.batches import split_held_out
from mimnet.data.check.finding import Finding, Needs
from mimnet.data.check.splits import Split

UNEVEN = 10  # the largest class has so many times the pictures of the middle one, or the middle one of the smallest


def findings(split: Split, needs: Needs, unreadable: int) -> Iterator[Finding]:
    """Of one split; `unreadable` of its pictures cannot be read."""
    sizes = Counter(row.kind for row in split.rows if row.kind is not None)
    if split.name == "train":
        yield from _batch(split, needs, unreadable)
    without = tuple(row.file for row in split.rows if row.kind is None)
    if sizes and without:
        yield Finding(
            "classless",
            "remark",
            split.name,
            len(without),
            len(split.rows),
            "pictures have no class while others have one; each counts as a class of its own",
            "give them their class",
            without,
        )
    spelt: dict[str, set[str]] = defaultdict(set)
    for kind in sizes:
        spelt[" ".join(kind.casefold().replace("_", " ").replace("-", " ").split())].add(kind)
    twice = [sorted(kinds) for kinds in spelt.values() if len(kinds) > 1]
    if twice:
        said = "classes are spelt like another"
        examples = tuple(" / ".join(kinds) for kinds in twice)
        yield Finding(
            "class-names",
            "remark",
            split.name,
            sum(map(len, twice)),
            len(sizes),
            said,
            "spell each in one way",
            examples=examples,
        )
    if len(sizes) > 1:
        middle = statistics.median(sizes.values())
        odd = [(kind, n) for kind, n in sizes.most_common() if n * UNEVEN <= middle or n >= UNEVEN * middle]
        if odd:
            most, least = max(sizes.values()), min(sizes.values())
            yield Finding(
                "uneven-classes",
                "remark",
                split.name,
                len(odd),
                len(sizes),
                f"classes are far from the middle one's {middle:g} pictures ({least} to {most:,})",
                "add pictures to the small ones, or thin out the large ones",
                examples=tuple(f"{kind} ({n:,})" for kind, n in odd),
            )


def _batch(split: Split, needs: Needs, unreadable: int) -> Iterator[Finding]:
    """Whether a training can begin at all."""
    usable = len(split.rows) - unreadable
    kept = len(split_held_out(split.rows[:usable], needs.held_out)[0])
    least = max(2, needs.batch)
    if split.rows and kept < least:
        aside = f", with {usable - kept} held out" if usable > kept else ""
        yield Finding(
            "batch",
            "error",
            split.name,
            kept,
            least,
            f"pictures that a batch of {needs.batch} needs can be used{aside}",
            f"add pictures, or set --train.batch {kept}" if kept >= 2 else "add pictures",
        )
