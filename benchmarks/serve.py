"""The service: requests a second beside the editor's own rate in one process, its memory, and malformed requests.

    python benchmarks/serve.py speed [--engine torch] [--clients 1 8 64] [--seconds 8] [--size 256]
    python benchmarks/serve.py memory [--requests 10000]
    python benchmarks/serve.py malformed [--requests 10000] [--seed 0]

The bound of `speed` is what one caller gets from `Editor` without a service: decode, edit, encode, one picture after
the other, with one thread or one a core, whichever is faster (`alone` measures that). Clients and service share the
machine. `memory` and `malformed` start a service and read its resident memory from /proc now and then. They fail (exit
code 1) on any 5xx, and on a service that is not well afterwards. Options that are not told here go to `mimnet serve`.
"""

import argparse
import asyncio
import collections
import contextlib
import io
import itertools
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import numpy as np
from PIL import Image, ImageFilter

from mimnet.editor import Editor
from mimnet.recipe import encode

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "serve"))
import malformed_case  # the same requests that the tests draw some of

TEXTS = ("this flower has bright red petals", "a flower with white petals and a yellow center", "a purple flower")


class Service:
    """`mimnet serve` in a process of its own."""

    def __init__(self, arguments: list[str]) -> None:
        command = [sys.executable, "-m", "mimnet", "serve", "--port", "0", "--log-level", "warning", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def megabytes(self) -> float:
        """Resident memory now."""
        told = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", told)[0]) / 1024

    def well(self) -> bool:
        """It is ready and nothing waits."""
        told = httpx2.get(f"{self.url}/healthz", timeout=30).json()
        return bool(told["ready"]) and told["waiting"] == 0


@contextlib.contextmanager
def service(arguments: list[str]) -> Iterator[Service]:
    """A service that ends with the block, and must end well."""
    running = Service(arguments)
    try:
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        if running.process.wait(60) != 0:
            raise SystemExit(f"the service ended with {running.process.returncode}")


def photograph(side: int, seed: int) -> bytes:
    """A JPEG of blurred noise with contrast."""
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(max(1, side // 40)))).astype(float)
    made = io.BytesIO()
    Image.fromarray(((smooth - 128) * 8 + 128).clip(0, 255).astype(np.uint8)).save(made, "JPEG", quality=92)
    return made.getvalue()


def alone(given: argparse.Namespace) -> None:
    """Edits a second of one caller without a service."""
    pictures = [photograph(given.size, seed) for seed in range(8)]
    editor = Editor.from_pretrained(given.model, engine=given.engine)
    editor(pictures[0], TEXTS[0])
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < given.seconds:
        encode(editor.edit(pictures[done % len(pictures)], TEXTS[done % 3]).picture)
        done += 1
    print(done / (time.perf_counter() - begun))


def bound(given: argparse.Namespace) -> float:
    """The better of one caller's rates with one thread and with one a core, each in a process of its own."""
    rates = {}
    for threads in {1, len(os.sched_getaffinity(0))}:
        options = [
            "--engine",
            given.engine,
            "--model",
            given.model,
            "--size",
            given.size,
            "--seconds",
            given.seconds / 2,
        ]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
        environment["OPENBLAS_NUM_THREADS"] = "1"
        done = subprocess.run(
            [sys.executable, __file__, "alone", *map(str, options)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        rates[threads] = float(done.stdout.splitlines()[-1])
        print(f"one caller without a service, {threads} threads  {rates[threads]:6.2f} edits/s")
    return max(rates.values())


async def load(
    url: str, pictures: list[bytes], *, clients: int, seconds: float = 1e9, requests: int = 10**9
) -> list[float]:
    """Seconds of every answer to `clients` that ask again and again. Raises if one is no edit."""
    times: list[float] = []
    numbers, end = itertools.count(), time.perf_counter() + seconds

    async def ask(http: httpx2.AsyncClient) -> None:
        while time.perf_counter() < end and (number := next(numbers)) < requests:
            begun = time.perf_counter()
            files, data = {"image": pictures[number % len(pictures)]}, {"text": TEXTS[number % 3]}
            answer = await http.post(f"{url}/api/edit", files=files, data=data, timeout=120)
            if answer.status_code != 200:
                raise SystemExit(f"status {answer.status_code}: {answer.text}")
            times.append(time.perf_counter() - begun)

    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=clients)) as http:
        await asyncio.gather(*(ask(http) for _ in range(clients)))
    return times


def speed(given: argparse.Namespace) -> None:
    pictures = [photograph(given.size, seed) for seed in range(8)]
    best = bound(given)
    with service([*given.serve, "--model", given.model, "--engine", given.engine]) as running:
        asyncio.run(load(running.url, pictures, clients=2, requests=6))
        for clients in given.clients:
            begun = time.perf_counter()
            times = asyncio.run(load(running.url, pictures, clients=clients, seconds=given.seconds))
            rate = len(times) / (time.perf_counter() - begun)
            cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
            p50, p95, p99 = (1000 * cuts[at - 1] for at in (50, 95, 99))
            print(
                f"{clients:3d} clients {rate:6.2f} requests/s, {rate / best:4.2f} of one caller; "
                f"p50 {p50:5.0f} ms, p95 {p95:5.0f}, p99 {p99:5.0f} ({len(times)} requests)"
            )
        print(f"resident memory {running.megabytes():.0f} MB")


def memory(given: argparse.Namespace) -> None:
    pictures = [photograph(given.size, seed) for seed in range(8)]
    with service([*given.serve, "--model", given.model, "--engine", given.engine]) as running:
        asyncio.run(load(running.url, pictures, clients=8, requests=100))  # pools and caches fill
        print(f"after 100 requests    {running.megabytes():6.1f} MB", flush=True)
        part = given.requests // 4
        for quarter in range(1, 5):
            asyncio.run(load(running.url, pictures, clients=8, requests=part))
            print(f"after {100 + quarter * part:6d} requests {running.megabytes():6.1f} MB", flush=True)
        if not running.well():
            raise SystemExit("the service is not well")


def malformed(given: argparse.Namespace) -> None:
    seen: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    with service([*given.serve, "--model", given.model, "--engine", given.engine, "--upload-timeout", "1"]) as running:
        address = urlsplit(running.url)
        place = (str(address.hostname), int(address.port or 0))

        def send(asked: tuple[str, bytes]) -> tuple[str, bytes, str]:
            kind, data = asked
            answer = b""
            with socket.create_connection(place, timeout=60) as wire, contextlib.suppress(ConnectionError):
                with contextlib.suppress(OSError):  # it may be closed while we still send
                    wire.sendall(data)
                    if kind == "wrong length":
                        wire.shutdown(socket.SHUT_WR)
                while part := wire.recv(65536):
                    answer += part
            return kind, data, answer[9:12].decode("latin-1") or "none"

        with ThreadPoolExecutor(4) as senders:
            for number, (kind, data, status) in enumerate(
                senders.map(send, malformed_case.requests(given.seed, given.requests)), 1
            ):
                seen[kind][status] += 1
                if status not in ("none", "200", "204") and not status.startswith("4"):
                    raise SystemExit(f"status {status} for {kind}: {data[:500]!r}")
                if number == 500 or number % (given.requests // 4) == 0:
                    print(f"after {number:6d} malformed requests {running.megabytes():6.1f} MB", flush=True)
        if not running.well():
            raise SystemExit("the service is not well")
    for kind, statuses in sorted(seen.items()):
        print(f"{kind:<18}" + "  ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "memory", "malformed", "alone"])
    parser.add_argument("--model", default="flowers")
    parser.add_argument("--engine", default="torch", choices=["torch", "onnx"])
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 8, 64])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given, given.serve = parser.parse_known_args()  # the rest goes to mimnet serve
    print(f"{len(os.sched_getaffinity(0))} cores, {given.engine}, pictures of {given.size} px")
    {"speed": speed, "memory": memory, "malformed": malformed, "alone": alone}[given.what](given)


if __name__ == "__main__":
    main()
