"""Tests of mimnet data get against a server of our own: ranges, breaks, wrong checksums, folders, files by hand."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mimnet.cli import main
from mimnet.data.prepare import addresses, celeba, cub, deepfashion, download, oxford102
from mimnet.data.prepare.addresses import FILES, Remote
from mimnet.data.prepare.download import fetch
from mimnet.errors import MimnetError

DATA = bytes(range(256)) * 4000
MD5 = hashlib.md5(DATA).hexdigest()
SHA256 = hashlib.sha256(DATA).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves DATA under any name; what it does wrong is set by a test."""

    daemon_threads = True
    data = DATA
    tag: str | None = '"one"'
    ranges = True
    break_after: int | None = None  # bytes of a connection
    status: int | None = None
    refusals = 0  # connections that are answered with 503 first

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append((self.path, wanted))
        if server.refusals or server.status:
            server.refusals -= 1 if server.refusals else 0
            self.send_error(server.status or 503)
            return
        start = 0
        if wanted and server.ranges and self.headers.get("If-Range") == server.tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(server.data):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(server.data) - 1}/{len(server.data)}")
        else:
            self.send_response(200)
        body = server.data[start:]
        self.send_header("Content-Length", str(len(body)))
        if server.tag:
            self.send_header("ETag", server.tag)
        self.end_headers()
        self.wfile.write(body if server.break_after is None else body[: server.break_after])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def remote(server: Server, *, md5: str | None = MD5) -> Remote:
    return Remote("a.tgz", "a file", f"{server.address}/files/a.tgz", md5=md5)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_file_comes_whole_and_is_checked(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    told = fetch(remote(server), tmp_path / "new", progress=lambda *p: seen.append(p))
    assert told == f"md5 as published ({MD5})"
    assert (tmp_path / "new/a.tgz").read_bytes() == DATA
    assert names(tmp_path / "new") == {"a.tgz", "SHA256SUMS"}
    assert (tmp_path / "new/SHA256SUMS").read_text() == f"{SHA256}  a.tgz\n"
    assert seen[0] == (0, len(DATA))
    assert seen[-1] == (len(DATA), len(DATA))
    assert fetch(remote(server), tmp_path / "new") == told
    assert len(server.asked) == 1, "what is there is not fetched again"


def test_a_broken_connection_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    server.break_after = 300_000
    fetch(remote(server), tmp_path, wait=0)
    assert (tmp_path / "a.tgz").read_bytes() == DATA
    assert [wanted for _, wanted in server.asked] == [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]
    assert names(tmp_path) == {"a.tgz", "SHA256SUMS"}


@pytest.mark.parametrize("change", ["no ranges", "no tag", "other file"])
def test_what_cannot_be_gone_on_with_is_begun_again(server: Server, tmp_path: Path, change: str) -> None:
    server.break_after = 400_000
    server.tag = None if change == "no tag" else server.tag
    with pytest.raises(MimnetError, match=r"400,000 bytes are kept in .*a\.tgz\.part, the same command goes on"):
        fetch(remote(server), tmp_path, wait=0) if change == "no tag" else _broken_off(server, tmp_path)
    server.break_after = None
    if change == "no ranges":
        server.ranges = False
    if change == "other file":
        server.tag, server.data = '"two"', DATA[::-1]
    told = fetch(remote(server, md5=None), tmp_path, wait=0)
    assert (tmp_path / "a.tgz").read_bytes() == server.data
    assert hashlib.sha256(server.data).hexdigest() in told


def _broken_off(server: Server, folder: Path) -> None:
    """One connection that breaks, and then a server that is gone."""
    part = folder / "a.tgz.part"
    assert not download._go_on(remote(server).address or "", part, 0, lambda *_: None)
    server.status = 503
    try:
        fetch(remote(server), folder, wait=0)
    finally:
        server.status = None


def test_a_server_that_is_busy_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.refusals = 3
    fetch(remote(server), tmp_path, wait=0)
    assert len(server.asked) == 4
    server.refusals = 99
    with pytest.raises(MimnetError, match="the server says 503 Service Unavailable; 0 bytes are kept"):
        fetch(remote(server), tmp_path / "other", wait=0)


def test_a_refusal_is_not_asked_again(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(MimnetError, match="the server says 404 Not Found"):
        fetch(remote(server), tmp_path, wait=0)
    assert len(server.asked) == 1
    assert not names(tmp_path)


def test_a_part_longer_than_the_file_is_begun_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.tgz.part").write_bytes(DATA + b"more")
    (tmp_path / "a.tgz.part.tag").write_text('"one"')
    fetch(remote(server), tmp_path, wait=0)
    assert (tmp_path / "a.tgz").read_bytes() == DATA


def test_a_wrong_checksum_leaves_nothing(server: Server, tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=f"its md5 is {MD5}, not {'0' * 32}; what came is deleted, try again"):
        fetch(remote(server, md5="0" * 32), tmp_path)
    assert not names(tmp_path)
    (tmp_path / "a.tgz").write_bytes(b"fetched by hand, but something else")
    with pytest.raises(MimnetError, match="delete it and fetch it again"):
        fetch(remote(server), tmp_path)
    assert (tmp_path / "a.tgz").exists(), "what a person put there is left"


def test_without_a_published_checksum_the_first_one_counts(server: Server, tmp_path: Path) -> None:
    assert fetch(remote(server, md5=None), tmp_path) == f"no checksum is published; its sha256 is {SHA256}"
    assert fetch(remote(server, md5=None), tmp_path) == f"as at the first time (sha256 {SHA256})"
    (tmp_path / "a.tgz").write_bytes(DATA[1:])
    with pytest.raises(MimnetError, match="sha256 of the first time"):
        fetch(remote(server, md5=None), tmp_path)


def test_no_server_at_all_is_told(tmp_path: Path) -> None:
    gone = Remote("a.tgz", "a file", "http://127.0.0.1:9/a.tgz")
    with pytest.raises(MimnetError, match="0 bytes are kept"):
        fetch(gone, tmp_path, wait=0)


Get = Callable[..., tuple[int, str, str]]


@pytest.fixture
def get(capsys: pytest.CaptureFixture[str]) -> Get:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["data", "get", *map(str, arguments), "--quiet"])
        told = capsys.readouterr()
        return int(stopped.value.code or 0), told.out, told.err

    return run


def test_the_verb_fetches_and_names_what_is_to_be_fetched_by_hand(
    server: Server, tmp_path: Path, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = Remote("text.tar.gz", "captions", page="https://example.org/page", instead=("birds*",))
    monkeypatch.setitem(addresses.FILES, "cub", (remote(server), by_hand))
    code, told, _ = get("cub", "--out", tmp_path / "my downloads")
    assert code == 1
    assert f"a.tgz: md5 as published ({MD5})" in told
    assert "by hand: text.tar.gz, captions; from https://example.org/page, into " in told
    assert f"then: mimnet data prepare cub --source '{tmp_path / 'my downloads'}' --out DIR" in told
    (tmp_path / "my downloads/birds.zip").write_bytes(b"others")
    code, told, _ = get("cub", "--out", tmp_path / "my downloads")
    assert code == 0
    assert "birds.zip: in place of text.tar.gz, not checked" in told
    (tmp_path / "my downloads/text.tar.gz").write_bytes(b"fetched")
    code, told, _ = get("cub", "--out", tmp_path / "my downloads")
    assert code == 0
    assert "text.tar.gz: no checksum is published; its sha256 is" in told


def test_a_folder_stands_in_for_the_network(tmp_path: Path, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    files = (Remote("a.tgz", "a file", "http://127.0.0.1:9/a", md5=MD5), Remote("b.csv", "captions", page="a page"))
    monkeypatch.setitem(addresses.FILES, "celeba", files)
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/a.tgz").write_bytes(DATA)
    code, told, _ = get("celeba", "--out", tmp_path / "out", "--mirror", tmp_path / "disk")
    assert code == 1
    assert "by hand: b.csv" in told
    (tmp_path / "disk/b.csv").write_bytes(b"captions")
    assert get("celeba", "--out", tmp_path / "out", "--mirror", tmp_path / "disk")[0] == 0
    assert (tmp_path / "out/a.tgz").read_bytes() == DATA
    (tmp_path / "disk/a.tgz").write_bytes(DATA[1:])
    code, _, error = get("celeba", "--out", tmp_path / "other", "--mirror", tmp_path / "disk")
    assert code == 2
    assert "what came is deleted" in error


def test_an_address_stands_in_for_another(server: Server, tmp_path: Path, get: Get) -> None:
    files = {remote.name: remote for remote in FILES["oxford102"]}
    code, _, error = get("oxford102", "--out", tmp_path, "--mirror", f"{server.address}/mirror/")
    assert code == 2
    assert f"not {files['102flowers.tgz'].md5}" in error
    assert server.asked == [("/mirror/102flowers.tgz", None)]


def test_the_table_of_addresses_is_sound() -> None:
    for data, files in FILES.items():
        assert len({remote.name for remote in files}) == len(files), data
        for remote in files:
            assert (remote.address is None) == bool(remote.page), remote.name
            assert remote.address is None or remote.address.startswith("https://")
            assert remote.md5 is None or len(remote.md5) == 32


def test_the_page_on_data_sets_agrees_with_the_table_and_the_counts() -> None:
    page = (Path(__file__).parents[2] / "docs/datasets.md").read_text(encoding="utf-8")
    for data, files in FILES.items():
        assert f"`{data}`" in page
        for remote in files:
            assert remote.name in page
            assert (remote.md5 or "") in page
    for published in (cub.PUBLISHED, oxford102.PUBLISHED, celeba.PUBLISHED, deepfashion.PUBLISHED):
        assert f"{published.train:,} / {published.test:,}" in page
    assert cub.PUBLISHED.train + cub.PUBLISHED.test == 11_788
    assert oxford102.PUBLISHED.train + oxford102.PUBLISHED.test == 8_189
