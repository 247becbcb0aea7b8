"""`mimnet evaluate RUN... --data DIR`: models scored on the same pictures and sentences, as tables."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mimnet.cli.parse import parse


@dataclass(frozen=True)
class Evaluate:
    """Score models on the same pictures and sentences: mimnet evaluate RUN... --data DIR.

    A RUN is a run directory, a model file or a model of the package; NAME=RUN names its row, and runs of one name are
    seeds of one row. Judges that are not given are looked for in --judges, and trained there on DIR/train if they are
    missing. The same command again goes on from where it was broken off.
    """

    runs: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    data: Path = tyro.MISSING  # folder of captioned pictures; a drawn set is scored against known truth too
    out: Path = Path("evaluation")  # folder for pairs, edits, scores of every picture and tables
    table: Literal["1", "all"] = "all"  # 1: the paper's Table 1 alone, without FID, KID and colours
    json: Path | None = None  # the tables as JSON, in a file of your own
    judges: Path | None = None  # folder of judges (default: OUT/judges)
    classifier: Path | None = None  # for IS: ours, Inception-2015 (.pth), StackGAN's model.ckpt, or any as ONNX
    drop_first: bool = False  # class 0 of the ONNX classifier is a background
    encoders: Path | None = (
        None  # for Sim: ours, or a folder with AttnGAN's text and image encoders and captions.pickle
    )
    features: Path | None = None  # for FID and KID: SqueezeNet 1.1 or Inception-2015 (default: the classifier's)
    lpips: Path | None = None  # LPIPS's heads for SqueezeNet; --features must be SqueezeNet
    attributes: Path | None = None  # for drawn sets: our classifier of attributes
    cnn: Path | None = None  # SqueezeNet 1.1, which our judges were or will be trained on
    train_judges: bool = True  # train judges that are missing; otherwise their columns stay empty
    split: str = "test"  # which pictures
    limit: int = 0  # how many of them, evenly through the split; 0: all
    size: int = 0  # common size in pixels; 0: the largest model's
    seed: int = 0  # of the pairs of picture and sentence
    splits: int = 10  # of IS
    colours: int = 100  # pictures for colour-following on photographs; 0: none
    sentence: str = ""  # one-colour sentence with {} for the colour (default: by the captions)
    quiet: bool = False  # no progress bar, no line on the cost


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Evaluate, arguments, verb="evaluate")
    from mimnet.evaluation.comparison import Settings, compare, save
    from mimnet.evaluation.panel import Given
    from mimnet.evaluation.tables import conventions, tables
    from mimnet.files import check_writable, write_whole

    def tell(text: str) -> None:
        if not form.quiet:
            print(text, file=sys.stderr, flush=True)

    if form.json is not None:
        check_writable(form.json)
    given = Given(
        folder=form.judges or form.out / "judges",
        classifier=form.classifier,
        drop_first=form.drop_first,
        encoders=form.encoders,
        features=form.features,
        lpips=form.lpips,
        attributes=form.attributes,
        cnn=form.cnn,
        train=form.train_judges,
    )
    settings = Settings(
        out=form.out,
        split=form.split,
        limit=form.limit,
        size=form.size,
        seed=form.seed,
        splits=form.splits,
        colours=0 if form.table == "1" else form.colours,
        sentence=form.sentence,
        further=form.table != "1",
    )
    try:
        comparison = compare(form.runs, form.data, given, settings, tell=tell, quiet=form.quiet)
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on with what is in {form.out} and {given.folder}", file=sys.stderr)
        return 130
    save(comparison, form.out)
    made = tables(comparison)[: 1 if form.table == "1" else None]
    told = json.dumps(comparison.to_json(), indent=1, ensure_ascii=False) + "\n"
    write_whole(form.out / "tables.json", told)
    write_whole(form.out / "tables.md", "\n".join(t.markdown() for t in made) + "\n" + conventions(comparison))
    for t in made:
        write_whole(form.out / f"{t.title.split(',')[0].lower().replace(' ', '-')}.csv", t.csv())
    if form.json is not None:
        write_whole(form.json, told)
    print("\n".join(t.text() for t in made))
    print(conventions(comparison))
    return 0
