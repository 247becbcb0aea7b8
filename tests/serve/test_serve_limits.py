"""The service's bounds: each is kept, and told in one line of JSON with the status that says so."""

import base64
import io
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from httpx2 import Response
from PIL import Image
from serve_case import TEXT, NumpyEngine, picture, service
from starlette.testclient import TestClient

from mimnet.errors import MimnetError
from mimnet.serve.limits import Limits
from mimnet.serve.problems import KINDS

SMALL = {"max_bytes": 20_000, "max_pixels": 5000, "max_words": 12}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(service(**SMALL).app) as client:
        yield client


def post(client: TestClient, image: bytes = b"", **fields: Any) -> Response:
    return client.post("/api/edit", files={"image": image or picture()}, data={"text": TEXT, **fields})


def refused(answer: Response, kind: str, *parts: str) -> None:
    """The answer is a problem of this kind, in one line with these parts."""
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == f"/docs#{kind}", told
    assert answer.status_code == told["status"] == KINDS[kind].status
    assert told["title"] == KINDS[kind].title
    assert told["request"] == answer.headers["x-request-id"]
    assert "\n" not in told["detail"]
    assert all(part in told["detail"] for part in parts), told["detail"]


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that would be a picture of any size: head, and a row or so of zeros."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_body_that_tells_too_many_bytes_is_refused_unread(client: TestClient) -> None:
    def body() -> Iterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    headers = {"content-length": "1000000", "content-type": "multipart/form-data; boundary=x"}
    refused(client.post("/api/edit", content=body(), headers=headers), "too-large", "84,000 bytes")


def test_a_body_without_a_length_is_cut_off_at_the_limit(client: TestClient) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(200):
            yield bytes(1000)

    answer = client.post("/api/edit", content=body(), headers={"content-type": "multipart/form-data; boundary=x"})
    refused(answer, "too-large", "84,000 bytes")


def test_a_picture_of_too_many_bytes(client: TestClient) -> None:
    refused(post(client, picture() + bytes(30_000)), "too-large", "the limit is 20,000")
    encoded = base64.b64encode(picture() + bytes(30_000)).decode()
    refused(client.post("/api/edit", json={"image": encoded, "text": TEXT}), "too-large", "the limit is 20,000")


@pytest.mark.parametrize("size", [(100, 51), (65_535, 65_535), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_refused_by_its_head(client: TestClient, size: tuple[int, int]) -> None:
    begun = time.perf_counter()
    refused(post(client, huge_png(*size)), "too-large", "the limit" if size[0] < 10**5 else "5,000 pixels")
    assert time.perf_counter() - begun < 5, "it would take minutes to decode"


def test_a_jpeg_of_very_many_scans_is_refused(client: TestClient) -> None:
    made = io.BytesIO()
    Image.open(io.BytesIO(picture())).save(made, "JPEG", progressive=True)
    data = made.getvalue()
    at = data.index(b"\xff\xda")
    end = data.index(b"\xff", at + 2)
    while data[end + 1] == 0:
        end = data.index(b"\xff", end + 1)
    refused(post(client, data[:end] + data[at:end] * 150 + data[end:]), "picture", "100 scans")
    assert post(client, data).status_code == 200


def test_too_many_words(client: TestClient) -> None:
    refused(post(client, text="red " * 13), "sentence", "13 words", "limit is 12")
    assert post(client, text="red " * 12).status_code == 200


def test_too_many_letters_parts_and_doubled_fields(client: TestClient) -> None:
    refused(post(client, text="r" * 601), "invalid", "text")
    many = {f"f{i}": "1" for i in range(30)}
    refused(post(client, **many), "bad-request", "Too many fields")
    two = [("image", picture()), ("image", picture())]
    refused(client.post("/api/edit", files=two, data={"text": TEXT}), "bad-request", "Too many files")
    refused(
        client.post("/api/edit", files={"image": picture()}, data={"text": [TEXT, TEXT]}),
        "invalid",
        "text: given twice",
    )
    refused(post(client, text="x" * 70_000), "bad-request", "Part exceeded")


def test_a_full_queue_says_when_to_come_again_and_frees_its_places() -> None:
    engine = NumpyEngine()
    asked = service(engine=engine, queue=3)
    engine.gate.clear()
    with TestClient(asked.app) as client, ThreadPoolExecutor(3) as senders:
        working = [senders.submit(post, client) for _ in range(3)]
        wait_for(lambda: asked.desk is not None and asked.desk.waiting == 3)
        answer = post(client)
        refused(answer, "busy", "3 requests")
        assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/healthz").json() == {"live": True, "ready": True, "waiting": 3}
        engine.gate.set()
        assert [one.result().status_code for one in working] == [200] * 3
        assert asked.desk is not None
        assert asked.desk.waiting == 0
        assert post(client).status_code == 200


def test_a_refused_request_frees_its_place() -> None:
    with TestClient(service(queue=1).app) as client:
        for _ in range(3):
            refused(post(client, b"no picture"), "media-type")
            refused(post(client, strength="9"), "invalid")
        assert post(client).status_code == 200


def test_work_that_takes_too_long_is_504_and_keeps_its_place_until_it_ends() -> None:
    engine = NumpyEngine()
    asked = service(engine=engine, timeout=0.2, queue=1)
    engine.gate.clear()
    with TestClient(asked.app) as client:
        refused(post(client), "timeout", "0.2 seconds")
        refused(post(client), "busy")
        engine.gate.set()
        wait_for(lambda: asked.desk is not None and asked.desk.waiting == 0)
        assert post(client).status_code == 200


def test_work_that_never_began_is_503() -> None:
    engine = NumpyEngine()
    asked = service(engine=engine, timeout=0.3, batch=1, threads=1)  # room for two pictures
    engine.gate.clear()
    with TestClient(asked.app) as client, ThreadPoolExecutor(3) as senders:
        answers = [one.result() for one in [senders.submit(post, client) for _ in range(3)]]
        assert sorted(answer.status_code for answer in answers) == [503, 504, 504]
        late = next(answer for answer in answers if answer.status_code == 503)
        refused(late, "waited", "did not begin")
        assert int(late.headers["retry-after"]) >= 1
        engine.gate.set()
    assert asked.desk is not None
    assert sum(engine.passes) == 2, "nothing was painted for the one that never began"


def test_waiting_pictures_are_painted_together() -> None:
    engine = NumpyEngine()
    asked = service(engine=engine, batch=4, threads=8)
    engine.gate.clear()
    with TestClient(asked.app) as client, ThreadPoolExecutor(9) as senders:
        first = senders.submit(post, client)
        wait_for(lambda: asked.counters.registry.get_sample_value("mimnet_batch_pictures_count") == 1)
        others = [senders.submit(post, client) for _ in range(8)]
        wait_for(lambda: asked.desk is not None and asked.desk._painter.waiting == 8)
        engine.gate.set()
        assert [one.result().status_code for one in [first, *others]] == [200] * 9
    assert engine.passes == [1, 4, 4]


def test_a_mistake_of_the_engine_is_500_for_its_request_alone() -> None:
    engine = NumpyEngine()
    paint = engine.paint
    secret = "/home/somebody/secret"

    def fail(*arguments: Any) -> Any:
        engine.paint = paint  # type: ignore[method-assign]
        raise RuntimeError(secret)

    engine.paint = fail  # type: ignore[method-assign]
    with TestClient(service(engine=engine).app) as client:
        answer = post(client)
        refused(answer, "error")
        assert secret not in answer.text
        assert post(client).status_code == 200
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("field", ["max_bytes", "queue", "timeout", "threads"])
def test_a_bound_of_nothing_is_a_mistake(field: str) -> None:
    with pytest.raises(MimnetError, match=f"--{field.replace('_', '-')} is 0"):
        Limits(**{field: 0})


def wait_for(condition: Any) -> None:
    """Until it is so, or the test fails."""
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it never came about")
