"""The service as a process: how it listens, what it makes of broken connections, and how it ends under load."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import malformed_case
import numpy as np
import pytest
from serve_case import TEXT, picture, pixels

from mimnet.editor import Editor
from test_editor import one_thread, write_model

__all__ = ["one_thread"]  # a fixture, used by every test here

HERE = Path(__file__).parent


class Running:
    """A service in a process of its own."""

    def __init__(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        paths = [str(HERE.parents[1] / "src"), str(HERE)]
        given = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})}
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=given
        )
        self._lines: list[str] = []
        assert self.process.stdout
        assert self.process.stderr
        self._reader = threading.Thread(target=self._lines.extend, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        self.url = self.process.stdout.readline().strip()
        assert self.url, "".join(self._lines)
        self.place = (str(urlsplit(self.url).hostname), int(urlsplit(self.url).port or 0))

    def end(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def log(self) -> list[dict[str, object]]:
        """The lines of the log, after the end."""
        self._reader.join(10)
        return [json.loads(line) for line in self._lines]

    def post(self, client: httpx2.Client, *, seed: int = 0, id_: str = "x") -> httpx2.Response:
        files, headers = {"image": picture(seed=seed)}, {"x-request-id": id_}
        return client.post(f"{self.url}/api/edit", files=files, data={"text": TEXT}, headers=headers, timeout=30)

    def raw(self, data: bytes, *, hang_up: bool = False) -> bytes:
        """What comes back for these bytes until the connection is closed; `hang_up`: no more will be sent."""
        with socket.create_connection(self.place, timeout=20) as wire:
            answer = b""
            with contextlib.suppress(OSError):  # it may be closed while we still send
                wire.sendall(data)
                if hang_up:
                    wire.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while part := wire.recv(65536):
                    answer += part
            return answer


def started(delay: float, *bounds: str) -> Running:
    """A service of numpy's engine that takes `delay` seconds a picture."""
    return Running(str(HERE / "serve_case.py"), str(delay), *bounds)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    service = started(0, "upload_timeout=1", "max_bytes=200000")
    yield service
    assert service.end() == 0
    assert [line for line in service.log() if line["level"] == "error"] == []


def test_the_command_serves_a_model_file_on_loopback_and_ends_with_0(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.safetensors")
    key = "k" * 20
    arguments = ["-m", "mimnet", "serve", "--port", "0", "--engine", "torch", "--model", f"mine={model}"]
    service = Running(*arguments, environment={"MIMNET_KEY": key})
    assert service.place[0] == "127.0.0.1"
    with httpx2.Client(headers={"authorization": f"Bearer {key}"}) as client:
        answer = service.post(client)
        assert client.get(f"{service.url}/api/models").json()["models"][0]["name"] == "mine"
    expected = Editor.from_pretrained(model, engine="torch")(picture(), TEXT)
    assert np.array_equal(pixels(answer.content), pixels(expected))
    assert service.end() == 0
    events = [line["event"] for line in service.log()]
    assert events == ["listening", "request", "request", "stopping", "stopped"]
    assert key not in json.dumps(service.log())
    assert str(tmp_path) not in json.dumps(service.log())


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--model", "nothing"], "no model 'nothing'"),
        (["--model", "flowers", "--model", "flowers"], "two models are called 'flowers'"),
        (["--site", "."], "holds no index.html"),
        (["--queue", "0"], "--queue is 0"),
        (["--port", "99999"], "cannot listen on port 99999"),
        (["--host", "nowhere.invalid"], "--host nowhere.invalid is no address"),
        (["--key-file", "nothing"], "cannot read --key-file"),
        (["--origin", "*"], "--origin *"),
        (["--origin", "https://a.example/b"], "--origin https://a.example/b"),
    ],
)
def test_the_command_refuses_in_one_line(
    arguments: list[str], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mimnet.cli import main

    monkeypatch.chdir(tmp_path)
    # What the command sets in the environment shall end with the test.
    for name in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, os.environ.get(name, "1"))
    with pytest.raises(SystemExit) as stopped:
        main(["serve", *([] if "--port" in arguments else ["--port", "0"]), *arguments])
    said = capsys.readouterr()
    assert stopped.value.code == 2
    assert said.err.count("\n") == 1
    assert part in said.err


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    from mimnet.cli import main

    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit) as stopped:
        main(["serve", "--port", str(other.getsockname()[1])])
    assert stopped.value.code == 2
    assert re.search(r"cannot listen on 127\.0\.0\.1:\d+: Address already in use; choose", capsys.readouterr().err)


def test_the_service_imports_no_torch() -> None:
    program = "import mimnet.serve.app, mimnet.serve.server, sys; assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_what_is_no_http_is_refused_in_json(running: Running) -> None:
    for data in (
        b"\x16\x03\x01\x02\x00\x01" * 20 + b"\r\n\r\n",
        b"POST /api/edit HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    ):
        head, _, body = running.raw(data).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 "), data[:40]
        assert json.loads(body)["type"] == "/docs#bad-request"


def test_a_head_that_is_too_large_is_refused_however_it_comes(running: Running) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"
    assert running.raw(head)[9:12] in (b"400", b"431")
    with socket.create_connection(running.place, timeout=20) as wire:
        for start in range(0, len(head), 4000):
            wire.sendall(head[start : start + 4000])
            time.sleep(0.01)
        assert wire.recv(65536)[9:12] in (b"400", b"431")


def test_heads_and_bodies_that_do_not_arrive_are_given_up(running: Running) -> None:
    begun = time.perf_counter()
    told = (
        b"POST /api/edit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
    )
    with ThreadPoolExecutor(3) as senders:
        answers = list(senders.map(running.raw, [b"", b"GET / HTTP/1.1\r\nHo", told]))
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
    assert all(b"/docs#slow-upload" in answer for answer in answers)
    assert time.perf_counter() - begun < 12


def test_whoever_sends_all_of_a_body_that_is_too_large_reads_why(running: Running) -> None:
    wire = http.client.HTTPConnection(*running.place, timeout=20)
    wire.request("POST", "/api/edit", bytes(3_000_000), {"Content-Type": "application/json"})
    answer = wire.getresponse()
    assert (answer.status, json.loads(answer.read())["type"]) == (413, "/docs#too-large")
    wire.request("GET", "/healthz")
    assert wire.getresponse().status == 200, "the connection goes on"
    wire.close()


def test_a_sender_that_goes_away_costs_nothing_more() -> None:
    service = started(0.3, "batch=1", "threads=1")  # room for two pictures
    with ThreadPoolExecutor(2) as senders, httpx2.Client() as client:
        working = [senders.submit(service.post, client, seed=i) for i in range(2)]
        time.sleep(0.15)
        for _ in range(5):
            with contextlib.suppress(httpx2.TimeoutException), httpx2.Client() as hasty:
                files = {"image": picture()}
                hasty.post(f"{service.url}/api/edit", files=files, data={"text": TEXT}, timeout=0.05)
        assert [one.result().status_code for one in working] == [200, 200]
        for _ in range(100):
            if client.get(f"{service.url}/healthz").json()["waiting"] == 0:
                break
            time.sleep(0.02)
        figures = client.get(f"{service.url}/metrics").text
    assert float(re.findall(r"^mimnet_batch_pictures_sum (\S+)$", figures, re.M)[0]) < 7
    assert service.end() == 0
    assert [line["status"] for line in service.log() if line["event"] == "request"].count(499) >= 3


def test_sigterm_under_load_loses_nothing_that_was_accepted() -> None:
    service = started(0.03, "queue=40", "batch=4")
    answered: dict[str, int] = {}

    def send(number: int) -> None:
        """Ask again and again until the service is gone."""
        with httpx2.Client() as client:
            for turn in range(1000):
                id_ = f"{number}-{turn}"
                try:
                    answer = service.post(client, seed=number, id_=id_)
                except httpx2.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                assert pixels(answer.content).shape == (30, 40, 3)
                answered[id_] = answer.status_code

    with ThreadPoolExecutor(12) as senders:
        load = [senders.submit(send, number) for number in range(12)]
        while len(answered) < 20:
            time.sleep(0.01)
        assert service.end() == 0
        for one in load:
            one.result()
    log = service.log()
    accepted = {str(line["request"]): line["status"] for line in log if line["event"] == "request"}
    assert accepted == answered, "every request that reached the service was answered whole, and nothing failed"
    at_the_end = next(line["waiting"] for line in log if line["event"] == "stopping")
    assert isinstance(at_the_end, int)
    assert at_the_end > 0, "there must have been load for this test to say anything"
    assert log[-1]["event"] == "stopped"


def test_malformed_requests_are_refused_or_edited_and_nothing_else(running: Running) -> None:
    """A small part of benchmarks/hostile.py."""
    seen: dict[str, set[bytes]] = {}
    for kind, data in malformed_case.requests(7, 26 * len(malformed_case.KINDS)):
        answer = running.raw(data, hang_up=kind == "wrong length")
        status = answer[9:12]
        assert status[:1] in (b"2", b"4", b""), (kind, data[:300], answer)
        if status[:1] == b"4":
            head, _, body = answer.partition(b"\r\n\r\n")
            assert b"application/problem+json" in head or b" 405 " in head[:20], (kind, head)
            assert str(HERE.parents[1]).encode() not in body
        seen.setdefault(kind, set()).add(status)
    assert all(statuses != {b"200"} for statuses in seen.values())
    with httpx2.Client() as client:
        assert running.post(client).status_code == 200
        assert client.get(f"{running.url}/healthz").json() == {"live": True, "ready": True, "waiting": 0}
