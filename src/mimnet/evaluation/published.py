"""The paper's Table 1 (CUB), to stand beside our figures. It copies rows of other methods from ManiGAN's paper."""

from typing import Any

# which part of the method, and which stage -> row name, IS, its deviation, Sim, Diff, MP
TABLE_1: dict[tuple[str, str], tuple[str, float, float | None, float, float, float]] = {
    ("no L_pgt, no L_mem", "last"): ("Ours w/o L_pgt and L_mem", 4.38, 0.22, 0.152, 0.188, 0.123),
    ("no L_mem", "last"): ("Ours w/o L_mem", 4.53, 0.17, 0.154, 0.187, 0.125),
    ("full", "coarse"): ("Ours 128", 4.43, 0.29, 0.127, 0.292, 0.091),
    ("full", "last"): ("Ours 256", 4.55, 0.31, 0.171, 0.190, 0.139),
    ("real", "last"): ("Real image", 5.24, 0.30, 0.296, 0.0, 0.296),
    ("SISGAN", "last"): ("SISGAN", 2.24, None, 0.045, 0.508, 0.022),
    ("TAGAN", "last"): ("TAGAN", 3.32, None, 0.048, 0.267, 0.035),
    ("ManiGAN", "last"): ("ManiGAN", 8.47, None, 0.101, 0.281, 0.072),
}


def published(part: str | None, *, coarse: bool) -> dict[str, Any] | None:
    """The paper's row for a part of the method, by the names of our figures; None where the paper has none.

    >>> published("full", coarse=True)["name"]
    'Ours 128'
    """
    found = TABLE_1.get((part or "", "coarse" if coarse else "last"))
    if found is None:
        return None
    name, score, deviation, sim, diff, mp = found
    return {"name": name, "is": score, "is_std": deviation, "sim": sim, "diff": diff, "mp": mp}


NOT_THE_SAME = (
    "The paper's figures are of CUB's whole test split at 256 px with encoders and a classifier that are not published "
    "with it, pairs, pixel range and order of means unstated; ours are of the data, size, judges and conventions named "
    "here. Compare rows within a column, never the two columns."
)
