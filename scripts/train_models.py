"""Train the models of the recipes: python scripts/train_models.py --data DIR --out RUNS [--go-on].

DIR holds the captioned folders birds/ and fashion/, and flowers/ beside them, each with train/ in it: every model
learns from the others' pictures what its object is not, and from drawn places, which come to RUNS/place. Stages of a
model follow each other, models train at the same time. They begin with nothing, or with --go-on in their last stage,
with the models in the package. The same command goes on after Ctrl-C or a kill. More options go to every
`mimnet train`: --train.minutes 5.
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mimnet.data.drawn import PLACE, write_drawn_set

RECIPES = Path(__file__).parents[1] / "recipes"
FOLDERS = ("flowers", "birds", "fashion")
PLACES, SIDE = 2000, 152  # what is cut of them is a little smaller


def stages(name: str) -> list[Path]:
    """The recipes of a model in order, smallest pictures first."""
    return sorted(RECIPES.glob(f"{name}-*.toml"), key=lambda path: int(path.stem.split("-")[-1]))


def command(recipe: Path, data: Path, out: Path, start: Path | str | None, more: list[str]) -> list[str]:
    """What trains one stage."""
    name = recipe.stem.split("-")[0]
    others = [*(str(data / other) for other in FOLDERS if other != name), str(out / PLACE)]
    words = [sys.executable, "-m", "mimnet", "train", str(recipe), "--data", str(data / name), "--absent", *others]
    return [*words, *(["--start", str(start)] if start else []), "--out", str(out / recipe.stem), "--quiet", *more]


def train(name: str, data: Path, out: Path, more: list[str], *, go_on: bool) -> bool:
    """All stages of a model, or the last from the package's; whether they came to their end."""
    start: Path | str | None = name if go_on else None
    for recipe in stages(name)[-1 if go_on else 0 :]:
        if subprocess.run(command(recipe, data, out, start, more)).returncode != 0:
            return False
        start = out / recipe.stem
    return True


def main() -> int:
    """The command."""
    names = sorted({path.stem.split("-")[0] for path in RECIPES.glob("*.toml")})
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with flowers/, birds/ and fashion/ in it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="some of the models")
    parser.add_argument("--go-on", action="store_true", help="on from the models in the package, the last stage alone")
    asked, more = parser.parse_known_args()
    missing = [str(asked.data / name) for name in FOLDERS if not (asked.data / name / "train").is_dir()]
    if missing:
        print(f"no train/ in {', '.join(missing)}; captioned folders as in docs/datasets.md", file=sys.stderr)
        return 2
    try:
        write_drawn_set(asked.out / PLACE, train=PLACES, test=PLACES // 20, seed=0, size=SIDE, kinds=(PLACE,))
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    with ThreadPoolExecutor(len(asked.only)) as pool:
        try:
            ended = list(pool.map(lambda name: train(name, asked.data, asked.out, more, go_on=asked.go_on), asked.only))
            return 0 if all(ended) else 1
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
