"""The pages: documentation made from OpenAPI, the front page, a site; nothing is loaded from elsewhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_case import service
from starlette.testclient import TestClient

from mimnet.errors import MimnetError
from mimnet.serve.problems import KINDS
from mimnet.serve.server import site_folder


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(service().app) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_load_nothing_from_elsewhere_and_run_nothing(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert " style=" not in page.text
    for address in re.findall(r'(?:href|src)="([^"]*)"', page.text):
        assert "//" not in address
        assert client.get("/" + address).status_code == 200


def test_the_documentation_has_every_path_field_and_problem(client: TestClient) -> None:
    page, told = client.get("/docs").text, client.get("/openapi.json").json()
    for path, methods in told["paths"].items():
        assert all(f"{method.upper()} {path}<" in page for method in methods)
    for name in told["components"]["schemas"]["EditForm"]["properties"]:
        assert f"<code>{name}</code>" in page
    assert all(f'id="{kind}"' in page for kind in KINDS)


def test_the_document_is_whole(client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    text = json.dumps(told)
    for place in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert place in told["components"]["schemas"]
    content = told["paths"]["/api/edit"]["post"]["requestBody"]["content"]
    assert set(content) == {"multipart/form-data", "application/json"}
    answers = told["paths"]["/api/edit"]["post"]["responses"]
    assert {"200", "400", "401", "403", "406", "408", "413", "415", "422", "429", "431", "500", "503", "504"} == set(
        answers
    )


def test_a_site_is_served_with_the_types_that_browsers_insist_on(tmp_path: Path) -> None:
    site, outside = tmp_path / "site", tmp_path / "secret.txt"
    site.mkdir()
    outside.write_text("secret")
    for name in ("index.html", "a.mjs", "b.wasm", "c.onnx"):
        (site / name).write_text(name)
    (site / "link").symlink_to(outside)
    with TestClient(service(site=site).app) as client:
        types = {name: client.get(f"/{name}").headers["content-type"] for name in ("", "a.mjs", "b.wasm")}
        assert types[""].startswith("text/html")
        assert types["a.mjs"].startswith("text/javascript")
        assert types["b.wasm"] == "application/wasm"
        assert client.get("/c.onnx").content == b"c.onnx"
        assert client.get("/").headers["cross-origin-embedder-policy"] == "require-corp"
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/link", "/a%00", "/" + "x" * 5000):
            answer = client.get(path)
            assert (answer.status_code, "secret" in answer.text) == (404, False), path
            assert str(tmp_path) not in answer.text
        assert client.post("/", content=b"x").status_code == 405
        assert client.get("/docs").status_code == client.get("/api/models").status_code == 200


def test_a_folder_without_a_page_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"holds no index\.html"):
        site_folder(tmp_path)
