"""`mimnet data prepare`: official archives turned into the plain folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import FlagCreatePairsOff, Positional

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError

Flag = Annotated[bool, FlagCreatePairsOff]
Name = Literal["cub", "oxford102", "celeba", "deepfashion"]


@dataclass(frozen=True)
class Prepare:
    """Turn the archives of a data set, as people download them, into OUT/train and OUT/test with metadata.jsonl.

    Archives are read where they lie, packed or not. Counts are compared with the published ones; every deviation is
    printed. The same command goes on after a break. What to download: mimnet data get NAME.
    """

    name: Positional[Name]  # which data set
    source: tuple[Path, ...]  # folders with the downloads, or archives
    out: Path  # folder to write: OUT/train, OUT/test
    crop: Literal["none", "box"] = "none"  # box: cut out the bird, as AttnGAN and ManiGAN do (cub)
    size: int | None = None  # shorter side in pixels; larger pictures are made smaller. Else bytes stay as they are
    seed: int = 0  # of the random split (celeba, deepfashion)
    split: Literal["paper", "fashiongan"] = "paper"  # fashiongan: the split of ind.mat (deepfashion)
    dry_run: Flag = False  # say what would be written, write nothing
    quiet: Flag = False  # no progress bar


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Prepare, arguments, verb="data prepare")
    if form.crop == "box" and form.name != "cub":
        raise MimnetError(f"--crop box is for cub, whose birds have boxes; {form.name} has none")
    if form.split != "paper" and form.name != "deepfashion":
        raise MimnetError(f"--split {form.split} is for deepfashion, not {form.name}")
    if form.size is not None and form.size < 16:
        raise MimnetError(f"--size is {form.size}; use 16 or more")
    if not form.source:
        raise MimnetError("--source names nothing; give the folder with the downloads")
    from tqdm import tqdm

    from mimnet.data.prepare.archives import Source
    from mimnet.data.prepare.celeba import plan_celeba
    from mimnet.data.prepare.cub import plan_cub
    from mimnet.data.prepare.deepfashion import plan_deepfashion
    from mimnet.data.prepare.oxford102 import plan_oxford102
    from mimnet.data.prepare.plan import compared
    from mimnet.data.prepare.write import write_plan

    source = Source(form.source)
    options: dict[str, object] = {"crop": form.crop, "size": form.size}
    if form.name == "cub":
        plan = plan_cub(source, boxes=form.crop == "box")
    elif form.name == "oxford102":
        plan = plan_oxford102(source)
    elif form.name == "celeba":
        plan = plan_celeba(source, seed=form.seed)
        options |= {"seed": form.seed}
    else:
        plan = plan_deepfashion(source, split=form.split, seed=form.seed)
        options |= {"seed": form.seed, "split": form.split}
    for line in plan.used:
        print(line)
    if form.dry_run:
        _tell(compared(plan.published, dict(plan.halves())) + plan.deviations)
        print(f"would write {len(plan.train):,} + {len(plan.test):,} pictures to {form.out}")
        return 0
    total = len(plan.train) + len(plan.test)
    with tqdm(total=total, desc="preparing", unit="", disable=form.quiet or None) as bar:
        written = write_plan(
            plan, form.out, options=options, crop=form.crop == "box", size=form.size, progress=bar.update
        )
    _tell(written.deviations)
    told = [
        f"{count:,} {split}" + (f" ({written.classes[split]:,} classes)" if written.classes[split] else "")
        for split, count in written.counts.items()
    ]
    print(f"done: {' + '.join(told)} pictures in {form.out}")
    return 0


def _tell(deviations: Sequence[str]) -> None:
    for line in deviations:
        print(f"deviation: {line}")
    if not deviations:
        print("all counts are as published")
