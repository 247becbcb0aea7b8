"""Ablations at one equal budget: a run for every row and seed, that differ in the row's settings alone.

    python benchmarks/ablations.py paper|departures|families|encoders --data DIR --out RUNS [--steps 900] [--size 32]

`paper`: the rows of Table 1 and Fig. 6. `departures`: what this project adds to the paper, one addition off at a time;
and from `phrases` on, one addition on that is on in no other row of any table. Steps in which discriminators alone
learn come on top, so that every generator has as many. Both are the `laptop` preset at another size, and runs of one
seed share a pretraining, except where the boundary image is another. `families`: the small SISGAN, TAGAN and ManiGAN
for as many steps on as many pixels, each after a pretraining of its own of as many steps. `encoders`: `laptop` with its
own CNN at two widths and with SqueezeNet 1.1 (`--squeezenet FILE`), each after a pretraining of its own. The same
command goes on with what is not finished; `mimnet evaluate RUNS/paper/*/* RUNS/families/*/* ...` scores the runs.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROWS = {
    "paper": {
        "no-memory": ["--model.no-memory"],
        "no-pgt-no-lmem": ["--loss.pseudo-texture", "0", "--loss.random-memory", "0"],
        "no-lmem": ["--loss.random-memory", "0"],
        "full": [],
    },
    "departures": {
        "all-on": [],
        "no-paste": ["--model.no-paste"],
        "no-map-area": ["--loss.map-area", "0"],
        "no-map-roughness": ["--loss.map-roughness", "0"],
        "no-map-edge": ["--loss.map-edge", "0"],
        "no-locate-sees-image": ["--model.no-locate-sees-image"],
        "no-detail-no-skip": ["--model.no-detail", "--model.no-structure-skip"],
        "no-patch-reality": ["--model.no-patch-reality"],
        "no-r1": ["--loss.r1", "0"],
        "no-train-encoder": ["--model.no-train-encoder"],
        "phrases": ["--pictures.phrases", "0.5"],
        "near": ["--pictures.near", "0.5"],
        "exchange": ["--pictures.exchange", "0.3"],
        "balance": ["--pictures.balance", "0.5"],
        "leave-out": ["--pictures.leave-out", "0.35"],
        "shuffled": ["--pictures.shuffled", "0.5"],
        "detail": ["--loss.detail", "10"],
        "paired": ["--loss.paired", "20"],  # for tops: pairs need plain ground
        "sewn": ["--loss.paired", "20", "--pictures.sewn", "0.6"],
        "yoked": ["--loss.paired", "20", "--pictures.yoked", "0.5"],
        "necked": ["--loss.paired", "20", "--pictures.necked", "0.35"],
        "paired-map": ["--loss.paired", "20", "--loss.paired-map", "5"],
        "necked-map": ["--loss.paired", "20", "--pictures.necked", "0.35", "--loss.paired-map", "5"],
        "colourless": ["--loss.paired", "20", "--pictures.colourless", "0.5"],
        "nearby": ["--loss.paired", "20", "--loss.paired-nearby", "20"],
        "paired-detail": ["--loss.paired", "20", "--loss.paired-detail", "10"],
        "paired-features": ["--loss.paired", "20", "--loss.paired-features", "10"],
        "typical": ["--loss.paired", "20", "--pictures.typical", "2"],
        "kinds": ["--loss.paired", "20", "--pictures.kinds", "0.35"],
        "decided-map": ["--loss.paired", "20", "--loss.map-roughness", "0.02", "--model.map-gain", "2.5"],
        "form": ["--loss.paired", "20", "--model.form", "64"],
        "parts": [  # for birds: captions name their parts
            *("--loss.paired", "15", "--pictures.parts", "head, belly, wings wing", "--pictures.whole", "bird"),
        ],
        "knows-parts": [
            *("--loss.paired", "15", "--pictures.parts", "head, belly, wings wing", "--pictures.whole", "bird"),
            *("--model.parts", "3", "--loss.parts", "10"),
        ],
        "part-textures": [
            *("--loss.paired", "15", "--pictures.parts", "head, belly, wings wing", "--pictures.whole", "bird"),
            *("--model.parts", "3", "--model.part-textures", "--loss.parts", "10"),
        ],
        "paired-conformity": [
            *("--loss.paired", "15", "--pictures.parts", "head, belly, wings wing", "--pictures.whole", "bird"),
            *("--model.parts", "3", "--model.part-textures", "--loss.parts", "10", "--loss.paired-conformity", "1"),
        ],
        "objects": ["--loss.map-outside", "20", "--loss.map-inside", "2"],
        "map-gain": ["--model.map-gain", "1.5"],
        "r1-conformity": ["--loss.r1-conformity", "10"],
        "all-pairs": ["--loss.all-pairs"],
        "conformity-bounded": ["--loss.conformity-bounded"],
        "discriminators-first": ["--loss.all-pairs", "--loss.discriminators-first", "600"],
        "fade": ["--train.fade", "0.3"],
        "plain": ["--pictures.plain", "0.4"],
        "presence": [  # on photographs: benchmarks/absent.py
            *("--model.presence", "48", "--loss.presence", "1", "--loss.absent", "1", "--pictures.corners"),
        ],
        "corners": ["--pictures.corners", "--loss.absent", "1"],
    },
    "families": {"sisgan": [], "tagan": [], "manigan": []},
    "encoders": {
        "own-48": [],
        "own-128": ["--model.encoder-width", "128"],
        "squeezenet": ["--model.encoder", "squeezenet", "--model.encoder-width", "128", "--squeezenet"],
    },
}
FAMILIES = {  # preset of a row, and what its own pretraining needs beside the common options
    "sisgan": ("sisgan-small", ["--pretrain.reader-steps"]),
    "tagan": ("tagan-small", []),
    "manigan": ("manigan-small", []),
}


def mimnet(verb: str, given: argparse.Namespace, out: Path, seed: int, options: list[str], preset: str) -> None:
    """One run of the command, for its share of the cores; a failure tells its last lines."""
    command = [sys.executable, "-m", "mimnet", verb, preset, "--data", str(given.data), "--out", str(out), "--quiet"]
    shared = f"--model.size {given.size} --pretrain.size {given.size} --pretrain.steps {given.pretrain}"
    shared += " --pictures.phrases 0"  # whole captions in every row, as the families have them
    steps, alone = given.steps, "--loss.discriminators-first"
    if alone in options:
        steps += int(options[options.index(alone) + 1])
    shared += f" --train.seed {seed} --train.steps {steps} --train.sample-every 300 --train.save-every 300"
    environment = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // given.parallel)), **os.environ}
    done = subprocess.run([*command, *shared.split(), *options], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{out}: {done.stderr[-2000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=sorted(ROWS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--pretrain", type=int, default=300)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--squeezenet", default="", help="SqueezeNet 1.1's weights")
    parser.add_argument("--rows", nargs="+", help="these rows alone, in this order")
    given = parser.parse_args()
    folder = given.out / given.table
    rows = {name: ROWS[given.table][name] for name in given.rows or ROWS[given.table]}

    def one(job: tuple[int, str]) -> None:
        seed, name = job
        options, preset = list(rows[name]), "laptop"
        if name in FAMILIES:
            preset, counted = FAMILIES[name]
            options += [word for option in counted for word in (option, str(given.pretrain))]
        elif given.table == "encoders":
            options += [given.squeezenet] if options[-1:] == ["--squeezenet"] else []
        elif "--model.no-detail" not in options:  # whose boundary image has one channel: a pretraining of its own
            options += ["--encoders", str(folder / f"pretrain-{seed}" / "encoders.safetensors")]
        mimnet("train", given, folder / name / f"seed-{seed}", seed, options, preset)
        print(f"{folder / name / f'seed-{seed}'} is done", flush=True)

    with ThreadPoolExecutor(given.parallel) as pool:
        if given.table in ("paper", "departures"):
            list(pool.map(lambda s: mimnet("pretrain", given, folder / f"pretrain-{s}", s, [], "laptop"), given.seeds))
        list(pool.map(one, [(seed, name) for seed in given.seeds for name in rows]))


if __name__ == "__main__":
    main()
