"""Attribute accuracy on drawn pictures: does what is named come out, and stay what is not named?

Convention: answers of a classifier trained on drawn pictures of other kinds, for the attributes that it reads rightly
in at least 0.6 of pictures kept aside. Named: share of the attributes that the sentence changes whose new value it
sees in the edit; kept: share of the attributes that the sentence does not name, and that it reads correctly in the
input, whose value it still sees.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """Shares in [0, 1]; None where no attribute counts."""

    named: float | None
    kept: float | None


def attribute_score(
    *,
    seen_before: Mapping[str, str],
    seen_after: Mapping[str, str],
    true_before: Mapping[str, str],
    true_after: Mapping[str, str],
    named: Mapping[str, str],
) -> Named:
    """What the classifier saw in input and edit, what is true of both, and what the sentence named.

    >>> before, after = {"petals": "blue", "centre": "yellow"}, {"petals": "red", "centre": "yellow"}
    >>> attribute_score(
    ...     seen_before=before, seen_after=after, true_before=before, true_after=after, named={"petals": "red"}
    ... )
    Named(named=1.0, kept=1.0)
    """
    changed = [q for q in named if true_after[q] != true_before[q]]
    still = [q for q in true_before if q not in named and seen_before[q] == true_before[q] == true_after[q]]
    return Named(
        named=_share([seen_after[q] == true_after[q] for q in changed]),
        kept=_share([seen_after[q] == true_before[q] for q in still]),
    )


def _share(hits: list[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
