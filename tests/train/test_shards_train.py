"""Training from shards: two real processes see every picture once an epoch, and a run goes on in the middle of one."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from conftest import command, environment

PICTURES, BATCH = 24, 4  # as the fixture `captioned` has; five shards of 5, 5, 5, 5 and 4
READER = """
import hashlib, json, sys
from pathlib import Path
from mimnet.config import PicturesConfig
from mimnet.data.folder import read_split
from mimnet.data.rows import vocabulary_of
from mimnet.data.source import open_source
from mimnet.train.engine import make_engine
data, out, start, steps = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
engine = make_engine(accelerator="cpu")
rows = read_split(data, "train")
source = open_source(rows, vocabulary_of(rows), words=8, size=16, batch=4, settings=PicturesConfig(flip=True), seed=0)
told = []
for step in range(start, steps):
    batch = source.at(step, rank=engine.rank, world=engine.world)
    tensors = (batch.image, batch.ids, batch.other_ids)
    told.append([batch.rows, [hashlib.sha256(x.contiguous().numpy().tobytes()).hexdigest() for x in tensors]])
epochs = [sum(int(source.counts[s]) for s in source.order(e, engine.rank, engine.world)) for e in range(2)]
(out / f"{start}.{engine.rank}.json").write_text(json.dumps({"world": engine.world, "steps": told, "epochs": epochs}))
engine.barrier()
"""


@pytest.fixture(scope="module")
def shards(captioned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shards") / "out"
    verb = [sys.executable, "-m", "mimnet", "data", "shard", str(captioned), "--out", str(out)]
    subprocess.run([*verb, "--pictures-per-shard", "5", "--quiet"], check=True, capture_output=True)
    return out


@pytest.mark.slow
def test_two_processes_see_every_picture_once_an_epoch(shards: Path, tmp_path: Path) -> None:
    """Both read on beyond the second epoch, then again from the middle of the first."""
    for start in (0, 4):
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--no-python"]
        reader = [sys.executable, "-c", READER, str(shards), str(tmp_path), str(start), "16"]
        done = subprocess.run([*torchrun, *reader], env=environment(tmp_path), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    epochs = [Counter[int](), Counter[int]()]
    for rank in (0, 1):
        told, later = (json.loads((tmp_path / f"{start}.{rank}.json").read_text()) for start in (0, 4))
        assert told["world"] == 2
        assert later["steps"] == told["steps"][4:]
        stream = iter([row for rows, _ in told["steps"] for row in rows])
        for epoch, size in enumerate(told["epochs"]):
            epochs[epoch].update(next(stream) for _ in range(size))
    assert epochs == [Counter(range(PICTURES))] * 2


@pytest.mark.slow
def test_a_run_goes_on_in_the_middle_of_an_epoch_bit_for_bit(shards: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for out, steps in ((whole, 10), (parts, 3), (parts, 8), (parts, 10)):
        told = command(shards, out, "--train.steps", str(steps), "--pretrain.steps", "4")
        done = subprocess.run(told, env=environment(tmp_path), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    expected, found = (torch.load(out / "trainer.pt", weights_only=True) for out in (whole, parts))
    assert expected["step"] == found["step"] == 10
    for part in ("networks", "averaged"):
        assert all(torch.equal(x, found[part][name]) for name, x in expected[part].items())
