"""POST /api/edit: every way to ask, every form of answer, and the same result as the editor's."""

import base64
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from serve_case import TEXT, NumpyEngine, picture, pixels, service
from starlette.testclient import TestClient

from mimnet.checkpoint import DEFAULT, shipped_models
from mimnet.editor import Editor
from mimnet.explain import explanation
from mimnet.graphs import BESIDE
from mimnet.images import to_rgb
from mimnet.recipe import read_recipe
from mimnet.serve.app import Service, Setting
from mimnet.serve.loaded import Loaded
from mimnet.serve.messages import PIXEL, SENTENCE, EditAnswer
from test_editor import one_thread, write_model

__all__ = ["one_thread"]  # a fixture, used by every test here

EDITOR = Editor(NumpyEngine())


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(service().app) as client:
        yield client


def test_a_form_gives_a_png_with_its_recipe_and_the_editors_pixels(client: TestClient) -> None:
    answer = client.post("/api/edit", files={"image": picture()}, data={"text": TEXT, "strength": "0.5"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    expected = EDITOR.edit(Image.open(io.BytesIO(picture())), TEXT, strength=0.5)
    assert np.array_equal(pixels(answer.content), np.asarray(expected.picture))
    assert read_recipe(answer.content) == expected.recipe
    assert answer.headers["mimnet-changed"] == "true"
    assert answer.headers["cache-control"] == "no-store"


def test_json_tells_everything(client: TestClient) -> None:
    text = "a stripy flower with red petals and more words"
    asked = {"image": base64.b64encode(picture()).decode(), "text": text, "answer": "json", "threshold": 0.3}
    answer = client.post("/api/edit", json=asked)
    assert answer.headers["content-type"] == "application/json"
    told = EditAnswer.model_validate_json(answer.content)
    expected = EDITOR.edit(Image.open(io.BytesIO(picture())), text, threshold=0.3)
    assert np.array_equal(pixels(base64.b64decode(told.picture)), np.asarray(expected.picture))
    assert np.array_equal(pixels(base64.b64decode(told.map)), expected.mask)
    assert (told.width, told.height, told.media_type) == (40, 30, "image/png")
    assert told.remarks == expected.remarks()
    assert (told.unknown, told.cut, told.changed) == (["stripy", "and", "more"], 1, True)
    assert [word.model_dump() for word in told.attention or []] == explanation(expected)["words"]
    assert (told.model, told.fingerprint, told.threshold) == ("flowers", NumpyEngine.fingerprint, 0.3)


@pytest.mark.parametrize(
    ("fields", "accept", "kind"),
    [
        ({}, "*/*", "image/png"),
        ({}, "image/webp", "image/webp"),
        ({}, "image/*;q=0.5, image/jpeg", "image/jpeg"),
        ({}, "text/html, application/json", "application/json"),
        ({"format": "jpeg"}, "image/png", "image/jpeg"),
        ({"answer": "json"}, "image/png", "application/json"),
        ({"answer": "picture"}, "application/json, image/*;q=0.1", "image/png"),
    ],
)
def test_fields_and_accept_choose_the_answer(
    client: TestClient, fields: dict[str, str], accept: str, kind: str
) -> None:
    form = {"text": TEXT, **fields}
    answer = client.post("/api/edit", files={"image": picture()}, data=form, headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    if kind.startswith("image/"):
        assert Image.open(io.BytesIO(answer.content)).format == kind.removeprefix("image/").upper()


def test_what_accept_leaves_out_is_not_made(client: TestClient) -> None:
    answer = client.post("/api/edit", files={"image": picture()}, data={"text": TEXT}, headers={"accept": "text/html"})
    assert answer.status_code == 406


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_every_type_of_picture_that_is_read(client: TestClient, format: str) -> None:
    data = picture(format=format)
    answer = client.post("/api/edit", files={"image": ("x", data, "text/plain")}, data={"text": TEXT})
    assert answer.status_code == 200
    assert np.array_equal(pixels(answer.content), np.asarray(EDITOR(Image.open(io.BytesIO(data)), TEXT)))


def test_transparency_is_kept_and_jpeg_lays_it_on_white(client: TestClient) -> None:
    data = picture(mode="RGBA")
    expected = EDITOR(Image.open(io.BytesIO(data)), TEXT)
    kept = client.post("/api/edit", files={"image": data}, data={"text": TEXT})
    assert np.array_equal(pixels(kept.content), np.asarray(expected))
    laid = client.post("/api/edit", files={"image": data}, data={"text": TEXT, "format": "jpeg", "answer": "json"})
    told = laid.json()
    assert told["remarks"] == ["JPEG holds no transparency: the picture is laid on white"]
    difference = pixels(base64.b64decode(told["picture"])).astype(int) - np.asarray(to_rgb(expected))
    assert np.abs(difference).mean() < 6


def test_a_picture_turned_by_exif_is_turned(client: TestClient) -> None:
    exif, data = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.open(io.BytesIO(picture(40, 30))).save(data, "JPEG", exif=exif)
    answer = client.post("/api/edit", files={"image": data.getvalue()}, data={"text": TEXT})
    assert pixels(answer.content).shape == (40, 30, 3)


def test_nothing_to_change_is_said_in_head_and_field(client: TestClient) -> None:
    form = {"text": "nothing unheard"}
    alone = client.post("/api/edit", files={"image": picture()}, data=form)
    assert (alone.headers["mimnet-changed"], alone.headers["mimnet-unknown-words"]) == ("false", "1")
    assert np.array_equal(pixels(alone.content), pixels(picture()))
    told = client.post("/api/edit", files={"image": picture()}, data={**form, "answer": "json"}).json()
    assert told["changed"] is False
    assert told["remarks"][-1].startswith("the model sees nothing to change")


def test_the_recipe_stays_out_when_asked(client: TestClient) -> None:
    answer = client.post("/api/edit", files={"image": picture()}, data={"text": TEXT, "metadata": "false"})
    assert read_recipe(answer.content) is None


def test_a_model_by_name(client: TestClient) -> None:
    told = client.post("/api/edit", files={"image": picture()}, data={"text": TEXT, "model": "birds", "answer": "json"})
    assert told.json()["model"] == "birds"
    names = {model["name"]: model["default"] for model in client.get("/api/models").json()["models"]}
    assert names == {"flowers": True, "birds": False}


def test_the_example_of_the_documentation_works(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/api/edit"]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    assert (example["image"], example["text"]) == (PIXEL, SENTENCE)
    assert client.post(
        "/api/edit", content=json.dumps(example), headers={"content-type": "application/json"}
    ).is_success


def test_many_at_once_by_torch_get_the_editors_very_bits(tmp_path_factory: pytest.TempPathFactory) -> None:
    editor = Editor.from_pretrained(write_model(tmp_path_factory.mktemp("model") / "model.safetensors"), engine="torch")
    wishes = [
        (picture(30 + i, 50 - i, seed=i), ["a red flower", TEXT, "blue petals"][i % 3], 0.3 + i / 20) for i in range(20)
    ]
    asked = Service(Setting({"m": Loaded("m", editor)}))

    def ask(wish: tuple[bytes, str, float]) -> bytes:
        data, text, strength = wish
        form = {"text": text, "strength": str(strength), "threshold": "0.45"}
        answer = client.post("/api/edit", files={"image": data}, data=form)
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    with TestClient(asked.app) as client, ThreadPoolExecutor(20) as senders:
        answers = list(senders.map(ask, wishes))
    changed = 0
    for (data, text, strength), answer in zip(wishes, answers, strict=True):
        edited = editor.edit(Image.open(io.BytesIO(data)), text, strength=strength, threshold=0.45)
        changed += edited.changed
        assert np.array_equal(pixels(answer), np.asarray(edited.picture))
    assert changed > 10, "the model must change pictures for this test to say anything"
    counted = asked.counters.registry.get_sample_value("mimnet_batch_pictures_sum")
    assert counted == len(wishes)


@pytest.mark.skipif(not (shipped_models()[DEFAULT].parent / BESIDE).is_dir(), reason="no graphs in the package")
def test_onnxruntime_paints_pictures_together_with_the_bits_that_each_has_alone() -> None:
    editor = Editor.from_pretrained(engine="onnx")
    asked = [
        (picture(60, 50, seed=i), ["red petals", "a flower with a long green stem", "white"][i % 3]) for i in range(6)
    ]
    opened = [(editor.open(Image.open(io.BytesIO(data))), text) for data, text in asked]
    passes: list[int] = []
    paint = editor.engine.paint
    editor.engine.paint = lambda seen, encoded: passes.append(len(seen)) or paint(seen, encoded)  # type: ignore
    together = [editor.finish(unfinished) for unfinished in editor.paint(opened)]
    assert passes == [6]
    for (one, text), edited in zip(opened, together, strict=True):
        alone = editor.edit(one, text)
        assert np.array_equal(edited.picture, alone.picture)
        assert np.array_equal(edited.attention, alone.attention)
        assert np.array_equal(edited.weight_map, alone.weight_map)
