"""A run killed at any moment and started again ends with the weights of an uninterrupted one."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import STEPS, command, environment


def final(out: Path) -> dict[str, torch.Tensor]:
    state = torch.load(out / "trainer.pt", weights_only=True)
    flat = {f"networks.{k}": v for k, v in state["networks"].items()}
    flat |= {f"averaged.{k}": v for k, v in state["averaged"].items()}
    for name, optimiser in state["optimisers"].items():
        for index, values in optimiser["state"].items():
            flat |= {f"{name}.{index}.{k}": torch.as_tensor(v) for k, v in values.items()}
    assert state["step"] == STEPS
    return flat


@pytest.mark.slow
def test_killed_and_restarted_ends_bit_for_bit_the_same(captioned: Path, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(captioned, whole), env=environment(tmp_path), check=True, capture_output=True)
    moments, kills = random.Random(1), 0
    while kills < 6:
        process = subprocess.Popen(
            command(captioned, killed), env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        started = time.monotonic()
        # Let the process reach its work, whatever the machine's speed; then kill it at a random moment of it.
        before = (killed / "stats.jsonl").stat().st_mtime if (killed / "stats.jsonl").exists() else None
        while process.poll() is None and time.monotonic() - started < 60:
            touched = (killed / "stats.jsonl").exists() or (killed / "pretrain" / "config.toml").exists()
            if touched and (before is None or time.monotonic() - started > 3):
                break
            time.sleep(0.02)
        time.sleep(moments.uniform(0.0, 1.5))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills >= 1
    subprocess.run(command(captioned, killed), env=environment(tmp_path), check=True, capture_output=True)
    expected, found = final(whole), final(killed)
    assert expected.keys() == found.keys()
    different = [name for name in expected if not torch.equal(expected[name], found[name])]
    assert not different
    steps = [json.loads(line)["step"] for line in (killed / "stats.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))


@pytest.mark.slow
def test_ctrl_c_saves_and_says_how_to_go_on(captioned: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = subprocess.Popen(
        command(captioned, out, "--train.steps", "100000"),
        env=environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (out / "stats.jsonl").exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert torch.load(out / "trainer.pt", weights_only=True)["step"] > 0
    assert (out / "model.safetensors").is_file()


@pytest.mark.slow
def test_another_configuration_is_refused_and_nothing_is_touched(captioned: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = [*command(captioned, out), "--train.steps", "2"]
    subprocess.run(done, env=environment(tmp_path), check=True, capture_output=True)
    before = (out / "trainer.pt").read_bytes()
    other = subprocess.run(
        [*done, "--train.lr", "0.1"], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert other.returncode == 2
    assert "train.lr" in other.stderr
    assert other.stderr.count("\n") == 1
    assert (out / "trainer.pt").read_bytes() == before


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one(captioned: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    ten = ("--train.steps", "10")
    subprocess.run(command(captioned, alone, *ten), env=environment(tmp_path), check=True, capture_output=True)
    more = (*ten, "--accelerator", "cpu", "--encoders", str(alone / "pretrain" / "encoders.safetensors"))
    by_itself = command(captioned, tmp_path / "by_itself", *more, "--devices", "2")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    by_torchrun = [*torchrun, *command(captioned, tmp_path / "by_torchrun", *more)[1:]]
    expected = json.loads((alone / "stats.jsonl").read_text().splitlines()[-1])
    for several in (by_itself, by_torchrun):
        done = subprocess.run(several, env=environment(tmp_path), capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
    for name in ("by_itself", "by_torchrun"):
        found = json.loads((tmp_path / name / "stats.jsonl").read_text().splitlines()[-1])
        assert found["step"] == expected["step"] == 10
        for term in expected.keys() - {"step", "images_per_s"}:
            assert found[term] == pytest.approx(expected[term], rel=2e-3, abs=1e-4), (name, term)
