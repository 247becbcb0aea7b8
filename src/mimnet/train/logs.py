"""What a run tells: stats.jsonl always, a progress bar on a terminal, TensorBoard when it is installed."""

import json
from pathlib import Path
from typing import Any

from tqdm import tqdm


class Logs:
    """The log of process 0; with `quiet` only the file is written."""

    def __init__(self, out: Path, *, step: int, steps: int, batch: int, quiet: bool) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.path = out / "stats.jsonl"
        self._forget_after(step)
        self.batch = batch
        self.bar = tqdm(
            total=steps, initial=step, unit="step", desc=out.name, disable=quiet or None, dynamic_ncols=True
        )
        self.writer = _tensorboard(out, step)

    def _forget_after(self, step: int) -> None:
        """Drop lines past the checkpoint from which a killed run goes on; they will come again."""
        if self.path.is_file():
            lines = self.path.read_text().splitlines()
            kept = [line for line in lines if _step_of(line) <= step]
            self.path.write_text("".join(line + "\n" for line in kept))

    def write(self, step: int, values: dict[str, float], seconds: float) -> None:
        """One line for one step; `seconds` since the step before."""
        rate = self.batch / seconds
        row = {"step": step, **{k: round(v, 6) for k, v in values.items()}, "images_per_s": round(rate, 2)}
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")
        shown = {k: f"{v:.3g}" for k, v in values.items()}
        self.bar.set_postfix({"img/s": f"{rate:.1f}", **shown}, refresh=False)
        if self.writer is not None:
            for name, value in values.items():
                self.writer.add_scalar(name, value, step)

    def advance(self) -> None:
        """One step done."""
        self.bar.update()

    def say(self, text: str) -> None:
        """A line that does not break the bar."""
        tqdm.write(text)

    def close(self) -> None:
        """End the bar and the writer."""
        self.bar.close()
        if self.writer is not None:
            self.writer.close()


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return float("inf")  # the half line of a killed run


def _tensorboard(out: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(out / "tensorboard"), purge_step=step)
