"""Scores of single pictures for the report: those that a comparison left in the folder, and Diff."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimnet.errors import MimnetError
from mimnet.evaluation.painter import Painter
from mimnet.evaluation.pairs import Pair

# score -> what it is called, and whether a high value is a good one; the first that is there sorts the page
SCORES: dict[str, tuple[str, bool]] = {
    "mp": ("MP", True),
    "inside": ("error inside (to the true edit)", False),
    "sim": ("Sim", True),
    "r_precision": ("R-precision", True),
    "named": ("named attributes", True),
    "kept": ("kept attributes", True),
    "outside": ("change outside (the true mask)", False),
    "iou": ("IoU (of map and true mask)", True),
    "pointing": ("pointing", True),
    "ssim_outside": ("SSIM outside (the map)", True),
    "psnr_outside": ("PSNR outside (the map)", True),
    "lpips": ("LPIPS (to the input)", False),
    "diff": ("Diff (to the input)", False),
}


@dataclass(frozen=True)
class Scores:
    """Scores by the name of the row, then by file and caption, then by score."""

    values: dict[str, dict[tuple[str, str], dict[str, float]]]
    remark: str  # where they come from, a sentence

    def of(self, name: str, pair: Pair) -> dict[str, float]:
        """Of one pair under one model; what is not known is left out."""
        return self.values.get(name, {}).get((pair.file, pair.caption), {})


def read_scores(out: Path, painters: Mapping[str, Painter]) -> Scores:
    """Scores of OUT/pictures.json that were taken of these very models, told by OUT/tables.json.

    Raises `MimnetError` if a file there is something else.
    """
    pictures, tables = out / "pictures.json", out / "tables.json"
    if not (pictures.is_file() and tables.is_file()):
        absent = pictures if not pictures.is_file() else tables
        return Scores({}, f"{absent.name} is not in the folder, so Diff is the only score; mimnet evaluate makes more.")
    told, rows = _read(pictures), _read(tables)
    values: dict[str, dict[tuple[str, str], dict[str, float]]] = {}
    try:
        keys = [(pair["file"], pair["caption"]) for pair in told["pairs"]]
        for name, painter in painters.items():
            for row in rows["rows"]:
                if row["size"] != painter.size or painter.fingerprint not in row["models"]:
                    continue
                seed = told["rows"][row["name"]][row["models"].index(painter.fingerprint)]
                values[name] = {
                    key: {score: float(seed[score][i]) for score in SCORES if _number(seed.get(score), i)}
                    for i, key in enumerate(keys)
                }
                break
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise MimnetError(f"{pictures} or {tables.name} is not what mimnet evaluate writes ({error!r})") from error
    without = [name for name in painters if name not in values]
    remark = f"Scores are those of {pictures.name}."
    if without:
        remark += f" It has none of {', '.join(without)}; Diff is computed here."
    return Scores(values, remark)


def _number(values: list[float | None] | None, place: int) -> bool:
    return values is not None and values[place] is not None


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MimnetError(f"{file} cannot be read ({error}); run mimnet evaluate again, or delete it") from error
