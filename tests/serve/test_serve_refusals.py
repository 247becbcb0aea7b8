"""What the service refuses beside its bounds: keys, origins, wrong types and fields; what no answer may tell."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serve_case import TEXT, picture, service
from starlette.testclient import TestClient
from test_serve_limits import post, refused

from mimnet.errors import MimnetError
from mimnet.serve.keys import Keys, read_keys
from mimnet.serve.logs import LOG, JSONLines

KEY = "a key of many letters"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(service().app) as client:
        yield client


@pytest.mark.parametrize(
    ("fields", "kind", "part"),
    [
        ({"text": ""}, "invalid", "text: "),
        ({"text": "?!"}, "sentence", "has no word"),
        ({"text": "quixotic"}, "sentence", "knows no word of 'quixotic'"),
        ({"strength": "2.1"}, "invalid", "strength: "),
        ({"strength": "nan"}, "invalid", "strength: "),
        ({"strength": "much"}, "invalid", "strength: "),
        ({"threshold": "1"}, "invalid", "threshold: "),
        ({"format": "tiff"}, "invalid", "format: "),
        ({"answer": "xml"}, "invalid", "answer: "),
        ({"quality": "0"}, "invalid", "quality: "),
        ({"model": "trees"}, "model", "flowers, birds"),
        ({"model": "../../etc/passwd"}, "model", "flowers, birds"),
        ({"colour": "red"}, "invalid", "colour: "),
        ({"strength": "9", "quality": "0"}, "invalid", "(and 1 more)"),
    ],
)
def test_fields_that_do_not_fit(client: TestClient, fields: dict[str, str], kind: str, part: str) -> None:
    refused(post(client, **fields), kind, part)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "bad-request"),
        ("{", "bad-request"),
        ("[" * 10_000, "bad-request"),
        ("[]", "invalid"),
        ("{}", "invalid"),
        ('{"image": "%%%", "text": "red"}', "invalid"),
        ('{"image": "é", "text": "red"}', "invalid"),
        ('{"image": "AAAA", "text": "red"}', "media-type"),
        ('{"image": "AAAA", "text": 5}', "invalid"),
        ('{"image": "AAAA", "text": "red", "strength": "1"}', "invalid"),
        ('{"image": "AAAA", "text": "red", "strength": 1e999}', "invalid"),
        ('{"image": null, "text": "red"}', "invalid"),
        ('{"image": "AAAA", "text": "\\ud800"}', "bad-request"),
    ],
)
def test_json_that_does_not_fit(client: TestClient, body: str, kind: str) -> None:
    headers = {"content-type": "application/json"}
    refused(client.post("/api/edit", content=body.encode(), headers=headers), kind)


@pytest.mark.parametrize(
    ("body", "headers", "kind"),
    [
        (b"x", {}, "media-type"),
        (b"x", {"content-type": "image/png"}, "media-type"),
        (b"x", {"content-type": "multipart/form-data"}, "bad-request"),
        (b"x", {"content-type": "multipart/form-data; boundary=x"}, "bad-request"),
        (b"--x\r\n\r\nno name\r\n--x--\r\n", {"content-type": "multipart/form-data; boundary=x"}, "bad-request"),
        (b"--x--\r\n", {"content-type": "multipart/form-data; boundary=x; charset=hex"}, "invalid"),
        (b"{}", {"content-type": "application/json", "content-encoding": "gzip"}, "media-type"),
    ],
)
def test_bodies_of_the_wrong_type(client: TestClient, body: bytes, headers: dict[str, str], kind: str) -> None:
    refused(client.post("/api/edit", content=body, headers=headers), kind)


def test_a_picture_as_text_and_a_text_as_file(client: TestClient) -> None:
    refused(client.post("/api/edit", files={"x": b""}, data={"text": TEXT, "image": "abc"}), "invalid", "as a file")
    refused(client.post("/api/edit", files={"text": b"red"}), "invalid", "text: this is no file")


def test_damaged_pictures(client: TestClient) -> None:
    refused(post(client, picture()[:-40]), "picture", "damaged or cut short")
    refused(post(client, picture(format="JPEG")[:300]), "picture")
    refused(
        post(client, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "media-type"
    )  # no such decoder is tried
    refused(post(client, b"\x00" * 100), "media-type")


def test_unknown_paths_and_methods(client: TestClient) -> None:
    refused(client.get("/nothing"), "not-found")
    refused(client.get("/api/edit/"), "not-found")
    wrong = client.get("/api/edit")
    refused(wrong, "method")
    assert wrong.headers["allow"] == "POST"


def test_a_key_is_needed_where_work_and_figures_are() -> None:
    with TestClient(service(keys=[KEY, KEY[::-1]]).app) as client:
        for wrong in ("", "Bearer", f"Basic {KEY}", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", "Bearer é"):
            headers = {"authorization": wrong.encode()}
            answer = client.post("/api/edit", files={"image": picture()}, data={"text": TEXT}, headers=headers)
            refused(answer, "no-key")
            assert answer.headers["www-authenticate"] == "Bearer"
        for path in ("/api/models", "/metrics", "/api/nothing"):
            refused(client.get(path), "no-key")
        for path in ("/healthz", "/healthz/live", "/docs", "/openapi.json", "/"):
            assert client.get(path).status_code == 200
        for key in (KEY, KEY[::-1]):
            assert client.get("/api/models", headers={"authorization": f"Bearer {key}"}).status_code == 200
        told = client.get("/openapi.json").json()
        assert told["paths"]["/api/edit"]["post"]["security"] == [{"key": []}]


def test_keys_come_from_file_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{KEY}\n\n{KEY}2\n")
    monkeypatch.setenv("MIMNET_KEY", f"{KEY}3")
    keys = read_keys(file)
    assert [keys.admit(f"Bearer {KEY}{end}") for end in ("", "2", "3", "4")] == [True, True, True, False]
    monkeypatch.delenv("MIMNET_KEY")
    assert not read_keys(None)
    for content, part in ((b"", "holds no key"), (b"short", "16 characters"), (b"\xff" * 20, "plain ASCII")):
        file.write_bytes(content)
        with pytest.raises(MimnetError, match=part):
            read_keys(file)
    with pytest.raises(MimnetError, match="cannot read"):
        read_keys(tmp_path / "nothing")


def test_a_key_is_not_kept() -> None:
    assert KEY not in repr(vars(Keys([KEY])))


def test_foreign_pages_are_kept_out_until_they_are_named() -> None:
    ours, theirs = "https://ours.example", "https://theirs.example"
    with TestClient(service().app) as client:
        for origin in (ours, "null"):
            refused(client.get("/api/models", headers={"origin": origin}), "origin")
        own = client.get("/api/models", headers={"origin": "http://testserver"})
        assert own.status_code == 200
        assert not any(name.startswith("access-control") for name in own.headers)
    with TestClient(service(origins=(ours,), keys=[KEY]).app) as client:
        asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        may = client.options("/api/edit", headers={"origin": ours, **asks})
        assert (may.status_code, may.headers["access-control-allow-origin"]) == (200, ours)
        assert client.options("/api/edit", headers={"origin": theirs, **asks}).status_code == 400
        told = client.get("/api/models", headers={"origin": ours, "authorization": f"Bearer {KEY}"})
        assert (told.status_code, told.headers["access-control-allow-origin"]) == (200, ours)
        refused(client.get("/api/models", headers={"origin": theirs, "authorization": f"Bearer {KEY}"}), "origin")
        unkeyed = client.get("/api/models", headers={"origin": ours})
        refused(unkeyed, "no-key")
        assert unkeyed.headers["access-control-allow-origin"] == ours, "the page must be able to read why"


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/api/models", "/nothing", "/healthz", "/metrics"])
def test_every_answer_has_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2_X", True), ("", False), ("a b", False), ("a" * 65, False), ("é", False), ("a;b", False)],
)
def test_request_ids_are_kept_where_sane_and_else_made(client: TestClient, given: str, kept: bool) -> None:
    id_ = client.get("/healthz", headers={"x-request-id": given.encode()}).headers["x-request-id"]
    assert (id_ == given) == kept
    assert re.fullmatch(r"[\w.-]{1,64}", id_)


def test_the_log_is_json_and_holds_neither_sentence_nor_name_of_a_file(client: TestClient) -> None:
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JSONLines().format(record))

    handler, level = Kept(), LOG.level
    LOG.addHandler(handler)
    LOG.setLevel("INFO")
    try:
        files = {"image": ("secret.png", picture())}
        headers = {"x-request-id": "one", "authorization": "Bearer secret"}
        client.post("/api/edit?secret=1", files=files, data={"text": "red secret"}, headers=headers)
        client.get("/secret", headers={"x-request-id": "two"})
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(level)
    assert "secret" not in "".join(lines)
    first, second = (json.loads(line) for line in lines)
    assert (first["request"], first["route"], first["status"], first["model"]) == ("one", "/api/edit", 200, "flowers")
    assert first["received"] > len(picture())
    assert (second["request"], second["route"], second["status"], second["problem"]) == (
        "two",
        "site",
        404,
        "not-found",
    )


def test_figures_for_prometheus(client: TestClient) -> None:
    def value(text: str, name: str) -> float:
        return float(re.findall(rf"^{re.escape(name)} (\S+)$", text, re.M)[0])

    post(client)
    before = client.get("/metrics").text
    post(client)
    post(client, b"no picture")
    after = client.get("/metrics").text
    grown: dict[str, Any] = {
        name: value(after, name) - value(before, name) if name in before else value(after, name)
        for name in (
            'mimnet_requests_total{route="/api/edit",status="200"}',
            'mimnet_edits_total{changed="true",model="flowers"}',
            'mimnet_stage_seconds_count{stage="paint"}',
        )
    }
    assert set(grown.values()) == {1.0}, grown
    assert value(after, 'mimnet_problems_total{kind="media-type"}') >= 1
    assert value(after, "mimnet_waiting") == 0
    assert value(after, "process_resident_memory_bytes") > 1e6
