"""WebGPU in the page: it computes where it agrees, and whatever fails, WebAssembly goes on unseen."""

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from site_case import Visitor, as_bytes, chromium, documented_headers, drawn, served

from mimnet.editor import Editor
from mimnet.errors import MimnetError
from mimnet.site.runtime import WEBGPU, runtime_files
from mimnet.site.write import write_site

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.chrome.service import Service  # noqa: E402

for needed in ("torch", "onnx", "onnxruntime"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")
from graphs_case import exported  # noqa: E402

pytestmark = pytest.mark.slow

RED, BLUE, OTHER = "a flower with red petals", "blue petals", "a red flower"
LEVELS = 2  # of 255, as for WebAssembly
SOFTWARE = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")  # no GPU is needed
ADAPTER = """const [done] = arguments;
Promise.resolve(navigator.gpu?.requestAdapter()).then((found) => done(Boolean(found)), () => done(false));"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a small model, since WebGPU in software is slow, and both builds of the runtime."""
    folder = tmp_path_factory.mktemp("site") / "site"
    try:
        runtime_files(None, webgpu=True)
    except MimnetError as error:
        pytest.skip(str(error))
    write_site([str(graphs())], folder, webgpu=True)
    return folder


def graphs() -> Path:
    return exported()[0] / "graphs" / "fp16"


def apart(result: Image.Image, photo: Image.Image, sentence: str) -> int:
    """Largest difference to Python's edit, in grey levels."""
    wanted = Editor.from_pretrained(str(graphs()), engine="onnx").edit(photo, sentence).picture
    assert np.abs(np.asarray(wanted).astype(int) - np.asarray(photo)).max() > 20, "there is something to compare"
    return int(np.abs(np.asarray(result).astype(int) - np.asarray(wanted)).max())


@pytest.fixture(scope="module")
def driver(site: Path) -> Iterator[Any]:
    """A Chromium whose WebGPU computes in software."""
    driver = chromium(webdriver, Service, *SOFTWARE)
    if driver is None:
        pytest.skip("needs chromium and chromedriver on the path")
    with served(site) as (address, _):
        driver.get(address)
        driver.set_script_timeout(30)
        found = driver.execute_async_script(ADAPTER)
    if not found:
        driver.quit()
        pytest.skip("this Chromium has no adapter for WebGPU, not even in software")
    yield driver
    driver.quit()


def by(visitor: Visitor, sentence: str) -> str:
    """What the page says that it made an edit with."""
    visitor.write(sentence)
    return visitor.text("by")


def told(driver: Any) -> list[str]:
    """What the console was told of the matter since it was last asked."""
    return [entry["message"] for entry in driver.get_log("browser") if "WebGPU" in entry["message"]]


def until_told(visitor: Visitor) -> list[str]:
    for _ in range(600):
        lines = told(visitor.driver)
        if lines:
            return lines
        visitor.pause(0.1)
    raise AssertionError("the console was told nothing")


def test_webgpu_gives_the_same_edit(site: Path, driver: Any, tmp_path: Path) -> None:
    """Software is slower, so only `?gpu=any` lets it in; the policy and the headers are those of every site."""
    photo = drawn((640, 480))
    with served(site, documented_headers()) as (address, _):
        visitor = Visitor(driver, webdriver, tmp_path / "downloads")
        visitor.visit(address + "?gpu=any")
        visitor.photo(as_bytes(photo))
        assert by(visitor, RED).startswith("Computed by WASM, "), "the first edit does not wait"
        (line,) = until_told(visitor)
        assert "WebGPU computes" in line
        assert by(visitor, BLUE) == "Computed by WebGPU."
        result = Image.open(io.BytesIO(visitor.download()))
        visitor.photo(as_bytes(drawn((200, 150))))
        assert by(visitor, RED) == "Computed by WebGPU.", "another photograph too"
        assert visitor.faults() == []
    assert apart(result, photo, BLUE) <= LEVELS


def test_software_is_not_even_fetched_for(site: Path, driver: Any, tmp_path: Path) -> None:
    with served(site) as (address, asked):
        visitor = Visitor(driver, webdriver, tmp_path / "downloads")
        visitor.visit(address)
        visitor.photo(as_bytes(drawn((120, 80))))
        assert by(visitor, RED) == "Computed by WASM, 1 thread."
        (line,) = until_told(visitor)
        assert "the adapter is software" in line
        assert by(visitor, BLUE) == "Computed by WASM, 1 thread."
        assert told(driver) == [], "one line is enough"
        assert not any(name in line for name in WEBGPU for line in asked)


# A runtime in place of the second build: it makes what the first does, until it does what `kind` says.
STAND_IN = """import * as ort from "./ort.wasm.min.mjs";
const kind = KIND;
let lose;
const lost = new Promise((done) => (lose = done));
export const env = { wasm: {}, webgpu: { device: { lost } } };
let runs = 0;
export const { Tensor } = ort;
export const InferenceSession = {
  async create(data) {
    if (kind === "throws") throw new Error("no such provider");
    const session = await ort.InferenceSession.create(data, { executionProviders: ["wasm"] });
    return {
      async run(given) {
        runs += 1;
        const made = await session.run(given);
        const late = runs > 4; // the trial is over
        if (kind === "disagrees") made.stage_1?.data.fill(0.5, 7, 8);
        if (kind === "nonsense") made.stage_1?.data.fill(NaN, 7, 8);
        if (kind === "fails" && late) throw new Error("out of memory");
        if (kind === "lost" && late) {
          setTimeout(() => lose({ message: "unplugged" }));
          return new Promise(() => null);
        }
        return made;
      },
    };
  },
};
"""


def stand_in(site: Path, folder: Path, kind: str) -> Path:
    """The site with a runtime for WebGPU that goes wrong."""
    shutil.copytree(site, folder, copy_function=lambda a, b: Path(b).symlink_to(a))
    file = folder / "runtime" / WEBGPU[0]
    file.unlink()
    file.write_text(STAND_IN.replace("KIND", json.dumps(kind)))
    return folder


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("throws", "no such provider"), ("disagrees", "apart"), ("nonsense", "its pictures are NaN apart")],
)
def test_what_fails_the_trial_is_left(site: Path, driver: Any, tmp_path: Path, kind: str, reason: str) -> None:
    with served(stand_in(site, tmp_path / "site", kind)) as (address, _):
        visitor = Visitor(driver, webdriver, tmp_path / "downloads")
        visitor.visit(address + "?gpu=any")
        visitor.photo(as_bytes(drawn((120, 80))))
        visitor.write(RED)
        (line,) = until_told(visitor)
        assert "WASM computes" in line
        assert reason in line
        assert by(visitor, BLUE) == "Computed by WASM, 1 thread."
        assert visitor.faults() == []


@pytest.mark.parametrize(("kind", "reason"), [("fails", "out of memory"), ("lost", "unplugged")])
def test_what_fails_later_costs_no_edit(site: Path, driver: Any, tmp_path: Path, kind: str, reason: str) -> None:
    photo = drawn((200, 150))
    with served(stand_in(site, tmp_path / "site", kind)) as (address, _):
        visitor = Visitor(driver, webdriver, tmp_path / "downloads")
        visitor.visit(address + "?gpu=any")
        visitor.photo(as_bytes(photo))
        visitor.write(RED)
        (line,) = until_told(visitor)
        assert "WebGPU computes" in line
        assert by(visitor, OTHER) == "Computed by WASM, 1 thread."
        result = Image.open(io.BytesIO(visitor.download()))
        (line,) = until_told(visitor)
        assert reason in line
        assert by(visitor, BLUE) == "Computed by WASM, 1 thread."
        assert visitor.faults() == []
    assert apart(result, photo, OTHER) <= LEVELS


def test_a_browser_without_webgpu_computes_as_ever(site: Path, tmp_path: Path) -> None:
    driver = chromium(webdriver, Service)
    if driver is None:
        pytest.skip("needs chromium and chromedriver on the path")
    try:
        with served(site) as (address, asked):
            visitor = Visitor(driver, webdriver, tmp_path / "downloads")
            visitor.visit(address + "?gpu=any")
            visitor.photo(as_bytes(drawn((120, 80))))
            assert by(visitor, RED) == by(visitor, BLUE) == "Computed by WASM, 1 thread."
            assert visitor.faults() == []
            assert not any(name in line for name in WEBGPU for line in asked)
    finally:
        driver.quit()
