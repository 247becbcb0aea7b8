"""The loop: steps, moving average, logs, samples, checkpoints. Resuming is the same call again.

Everything random is a function of (seed, step), so networks, optimisers, moving average and the number of the step are
the whole state, and a killed run ends with the weights of an uninterrupted one.
"""

import copy
import math
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import nn

from mimnet.config import TrainConfig
from mimnet.data.ahead import batches_ahead
from mimnet.data.batches import Source
from mimnet.errors import MimnetError
from mimnet.files import whole_file
from mimnet.train.engine import Engine
from mimnet.train.logs import Logs
from mimnet.train.system import System

STATE = "trainer.pt"
LOG_EVERY = 10


@dataclass
class Progress:
    """Where a run stands."""

    step: int = 0
    seconds: float = 0.0  # of training, over all starts
    stopped: bool = False  # by Ctrl-C, before the end


def run_loop(
    system: System,
    batches: Source,
    train: TrainConfig,
    *,
    steps: int,
    out: Path,
    engine: Engine,
    on_save: Callable[[nn.Module, Progress], None] = lambda averaged, progress: None,
    quiet: bool = False,
    workers: int = 0,
) -> tuple[nn.Module | None, Progress]:
    """Train until `steps` are done or `train.minutes` over; return the averaged network (or None) and where it stands.

    `workers` processes make batches ahead. Raises `MimnetError` when a loss stops being a number or the disk is full;
    the last checkpoint stays loadable.
    """
    layout = torch.channels_last if train.channels_last else torch.contiguous_format
    torch.manual_seed(train.seed)
    torch.backends.cudnn.benchmark = True  # shapes are the same at every step
    system.networks.to(engine.device).to(memory_format=layout)  # type: ignore[call-overload]
    groups = system.groups()
    optimisers = {
        name: torch.optim.Adam(parameters, lr=train.lr, betas=(train.beta1, train.beta2))
        for name, parameters in groups.items()
    }
    averaged = copy.deepcopy(system.networks[system.averaged]).eval().requires_grad_(False) if system.averaged else None
    progress = Progress()
    if (out / STATE).is_file():
        _restore(out / STATE, system, optimisers, averaged, progress, engine.device)

    main = engine.rank == 0
    logs = Logs(out, step=progress.step, steps=steps, batch=train.batch, quiet=quiet) if main else None

    def save() -> None:
        if main:
            _save(out / STATE, system, optimisers, averaged, progress)
            if averaged is not None:
                on_save(averaged, progress)
        engine.barrier()

    def sample() -> None:
        picture = system.sample(averaged) if main and averaged is not None else None
        if picture is not None:
            with whole_file(out / "samples" / f"{progress.step:06d}.png") as path:
                picture.save(path)

    try:
        with _interrupts() as interrupted:
            begun = time.perf_counter()
            unlogged: tuple[float, ...] = ()  # seconds of the steps since the last that was told
            past = past_share(train, progress, steps)
            for made in batches_ahead(
                batches,
                progress.step,
                steps if past < 1 else progress.step,
                rank=engine.rank,
                world=engine.world,
                workers=workers,
                pin=engine.device.type == "cuda",
            ):
                batch = made.to(engine.device, channels_last=train.channels_last)
                if train.halve_every > 0 or train.fade > 0:
                    _set_rate(optimisers, step_size(train, progress.step, past=past, per_epoch=batches.per_epoch))
                # Whoever looks at a number waits for the GPU; so it is looked at where it is told or kept.
                done = progress.step + 1 == steps or past >= 1
                logged = (progress.step + 1) % LOG_EVERY == 0 or done
                saved = (progress.step + 1) % train.save_every == 0 or done
                looked = logged or saved or engine.device.type == "cpu"
                values = _one_step(system, groups, optimisers, batch, progress.step, engine, looked=looked)
                progress.step += 1
                if averaged is not None and system.averaged:
                    _average(averaged, system.networks[system.averaged], train.ema, progress.step)
                took = time.perf_counter() - begun
                progress.seconds, unlogged = progress.seconds + took, (*unlogged, took)
                if looked:
                    past = engine.mean(torch.tensor(past_share(train, progress, steps), device=engine.device)).item()
                if logs:
                    if logged:
                        logs.write(progress.step, values, sum(unlogged) / len(unlogged))
                        unlogged = ()
                    logs.advance()
                if progress.step % train.sample_every == 0 or done:
                    sample()
                asked = interrupted.is_set() and looked
                if saved or asked:
                    save()
                if asked and not done:
                    progress.stopped = True
                if asked or done:
                    break
                begun = time.perf_counter()
    finally:
        if logs:
            logs.close()
    return averaged, progress


def _one_step(
    system: System,
    groups: dict[str, list[nn.Parameter]],
    optimisers: dict[str, torch.optim.Adam],
    batch: Any,
    step: int,
    engine: Engine,
    *,
    looked: bool,
) -> dict[str, float]:
    """One step; the values of its terms if they are `looked` at, which a loss that is no number needs to be seen."""
    shown: dict[str, torch.Tensor] = {}
    for phase in system.step(batch, step):
        optimiser = optimisers[phase.group]
        optimiser.zero_grad(set_to_none=True)
        if looked and not math.isfinite(phase.total.item()):
            bad = ", ".join(name for name, x in phase.terms.items() if not math.isfinite(x.item()))
            raise MimnetError(
                f"the loss of the {phase.group} is not a number at step {step} ({bad or 'in the sum'}); the last "
                "checkpoint is good: start again from it with a smaller train.lr or without train.bf16"
            )
        phase.total.backward()  # type: ignore[no-untyped-call]
        engine.average_gradients(groups[phase.group])
        optimiser.step()
        shown |= {name: x.detach() for name, x in phase.terms.items()}
    if not looked:
        return {}
    values = engine.mean(torch.stack([x.float() for x in shown.values()]))
    return dict(zip(shown, values.tolist(), strict=True))


def past_share(train: TrainConfig, progress: Progress, steps: int) -> float:
    """How much of a run is over: of its steps, or of its time where that comes to an end before.

    >>> past_share(TrainConfig(minutes=2.0), Progress(step=10, seconds=90.0), steps=100)
    0.75
    """
    of_time = progress.seconds / (60 * train.minutes) if train.minutes > 0 else 0.0
    return max(progress.step / steps, of_time)


def step_size(train: TrainConfig, step: int, *, past: float, per_epoch: int) -> float:
    """Adam's step size at `step`: halved every so many epochs, and falling evenly to nothing at the end of the run.

    >>> [step_size(TrainConfig(lr=1.0, fade=0.5), step, past=step / 8, per_epoch=4) for step in range(8)]
    [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    rate = train.lr
    if train.halve_every > 0:
        rate *= 0.5 ** (step // per_epoch // train.halve_every)
    if train.fade > 0:
        rate *= min(1.0, max(0.0, 1 - past) / train.fade)
    return rate


def _set_rate(optimisers: dict[str, torch.optim.Adam], rate: float) -> None:
    for optimiser in optimisers.values():
        for group in optimiser.param_groups:
            group["lr"] = rate


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Exponential moving average; early on it forgets faster, or the random start would linger."""
    decay = min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(averaged.parameters()), list(network.parameters()), 1 - decay)  # one launch on a GPU
    for kept, buffer in zip(averaged.buffers(), network.buffers(), strict=True):  # statistics are not averaged
        kept.copy_(buffer)


def _save(
    path: Path, system: System, optimisers: dict[str, torch.optim.Adam], averaged: nn.Module | None, progress: Progress
) -> None:
    state = {
        "networks": system.networks.state_dict(),
        "averaged": averaged.state_dict() if averaged is not None else None,
        "optimisers": {name: optimiser.state_dict() for name, optimiser in optimisers.items()},
        "step": progress.step,
        "seconds": progress.seconds,
    }
    try:
        with whole_file(path) as temporary:
            torch.save(state, temporary)
    except RuntimeError as error:  # torch's writer reports a full disk so
        raise MimnetError(
            f"cannot write {path} ({error}); the checkpoint before it is whole, free some space and go on"
        ) from error


def _restore(
    path: Path,
    system: System,
    optimisers: dict[str, torch.optim.Adam],
    averaged: nn.Module | None,
    progress: Progress,
    device: torch.device,
) -> None:
    state = load_state(path, device)
    try:
        system.networks.load_state_dict(state["networks"])
        if averaged is not None:
            averaged.load_state_dict(state["averaged"])
        for name, optimiser in optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
    except (RuntimeError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MimnetError(f"{path} does not fit this configuration: {reason}") from error
    progress.step, progress.seconds = state["step"], state["seconds"]


def load_state(path: Path, device: torch.device) -> dict[str, Any]:
    """A trainer's state; tensors and plain containers only, nothing else is unpickled."""
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch's reader has many errors; all mean the same to the user
        raise MimnetError(
            f"{path} is not a whole checkpoint ({type(error).__name__}); delete it to start anew"
        ) from error
    return state


class _interrupts:  # noqa: N801 - used as a function
    """Ctrl-C asks for a stop after the step at hand (the next that is looked at); a second one stops at once."""

    def __enter__(self) -> threading.Event:
        self.event = threading.Event()
        self.before: Any = None
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._ask)
        return self.event

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.event.is_set():
            raise KeyboardInterrupt
        self.event.set()

    def __exit__(self, *error: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)
