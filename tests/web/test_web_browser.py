"""The page in a real browser: a photograph is edited, painted on, saved, and agrees with Python."""

import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from site_case import SEED, SPECIES, Visitor, as_bytes, chromium, documented_headers, drawn, served, with_holes

from mimnet.checkpoint import DEFAULT
from mimnet.editor import Edited, Editor
from mimnet.errors import MimnetError
from mimnet.explain import explanation
from mimnet.graphs import find_graphs
from mimnet.recipe import read_recipe
from mimnet.site.npm import fetch_package
from mimnet.site.runtime import runtime_files
from mimnet.site.write import write_site

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytestmark = pytest.mark.slow

RED, YELLOW = "this flower has red petals", "this flower has yellow petals"
LEVELS = 2  # of 255: the largest difference to Python that rounding makes


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the package's model."""
    folder = tmp_path_factory.mktemp("site") / "site"
    try:
        find_graphs(DEFAULT)
        runtime_files(None)
    except MimnetError as error:
        pytest.skip(str(error))
    write_site([DEFAULT], folder)
    return folder


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """One Chromium for all tests; starting it takes seconds."""
    driver = chromium(webdriver, Service)
    if driver is None:
        pytest.skip("needs chromium and chromedriver on the path")
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def editor() -> Editor:
    return Editor.from_pretrained(DEFAULT, engine="onnx")


@pytest.fixture(scope="module")
def opened(site: Path, driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visitor, list[str]]]:
    """The page, loaded once for most tests, and what was asked of the server since."""
    with served(site) as (address, asked):
        visitor = Visitor(driver, webdriver, tmp_path_factory.mktemp("visitor") / "downloads")
        visitor.visit(address)
        yield visitor, asked


@pytest.fixture
def page(opened: tuple[Visitor, list[str]]) -> Iterator[Visitor]:
    """The page as a visitor finds it who has done other things before; it must not have complained after."""
    visitor, _ = opened
    visitor.window(1280, 900)
    visitor.js('document.querySelector("input[value=compare]").click()')
    visitor.js('document.getElementById("text").value = ""')
    visitor.js('document.getElementById("text").dispatchEvent(new Event("input"))')
    yield visitor
    assert visitor.faults() == []


def from_page(visitor: Visitor) -> Image.Image:
    return Image.open(io.BytesIO(visitor.download()))


def differs(result: Image.Image, wanted: Edited) -> int:
    """Largest difference in grey levels."""
    assert (result.mode, result.size) == (wanted.picture.mode, wanted.picture.size)
    return int(np.abs(np.asarray(result).astype(int) - np.asarray(wanted.picture)).max())


def test_an_edit_agrees_with_python_and_the_rest_stays(page: Visitor, editor: Editor) -> None:
    photo = drawn((640, 480))
    page.photo(as_bytes(photo))
    assert not (page.pixels("after") != page.pixels("before")).any(), "nothing is asked yet"
    page.write(RED)
    wanted = editor.edit(photo, RED)
    before, after = page.pixels("before")[..., :3], page.pixels("after")[..., :3]
    assert (before == np.asarray(photo)).all()
    outside = wanted.mask == 0
    assert outside.mean() > 0.1
    assert (after[outside] == before[outside]).mean() > 0.9999  # a rim pixel may be rounded to the other side
    assert np.abs(after.astype(int) - before)[wanted.mask == 255].mean() > 20
    file = page.download()
    assert differs(Image.open(io.BytesIO(file)), wanted) <= LEVELS
    recipe = read_recipe(file)
    assert recipe == wanted.recipe


def test_parts_that_are_told_of_are_named_with_their_words(page: Visitor) -> None:
    page.photo(as_bytes(drawn((200, 200))))
    text = "this flower has white petals and a yellow center"
    page.write(text)
    page.settled()
    parts = explanation(Editor.from_pretrained().edit(drawn((64, 64)), text))["parts"]  # what Python tells of them
    said = [f"{part['part'].split()[0].capitalize()}: “{' '.join(part['words'])}”." for part in parts]
    assert len(said) == 2
    assert page.text("parts") == " ".join(said)
    page.write("zqa zqb")
    assert page.js('document.getElementById("parts").hidden')


def test_a_photo_without_a_flower_is_left_alone_and_told_why(page: Visitor) -> None:
    page.photo(as_bytes(Image.new("RGB", (200, 160), (120, 170, 230))))
    page.write(RED)
    page.settled()
    assert "no object of the kind that it paints" in page.text("remark")
    assert (page.pixels("after") == page.pixels("before")).all()


def test_transparency_and_hidden_colours_are_kept(page: Visitor, editor: Editor) -> None:
    photo = with_holes(drawn((300, 200)))
    page.photo(as_bytes(photo))
    assert (np.asarray(from_page(page)) == np.asarray(photo)).all(), "an untouched picture comes back bit for bit"
    page.write(RED)
    result, wanted = from_page(page), editor.edit(photo, RED)
    assert differs(result, wanted) <= LEVELS
    assert (np.asarray(result)[..., 3] == np.asarray(photo)[..., 3]).all()
    untouched = wanted.mask == 0
    assert (np.asarray(result)[untouched] == np.asarray(photo)[untouched]).all()


def test_a_large_turned_jpeg_with_a_profile(page: Visitor, editor: Editor) -> None:
    from PIL import ExifTags, ImageCms

    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = as_bytes(drawn((1300, 900)), "JPEG", quality=95, exif=exif, icc_profile=profile)
    page.photo(data, "large.jpg")
    assert page.pixels("before").shape == (650, 450, 4), "whole blocks are averaged to look at"
    page.write(YELLOW)
    result = from_page(page)
    assert result.size == (900, 1300)
    assert result.info["icc_profile"] == profile
    wanted = editor.edit(Image.open(io.BytesIO(data)), YELLOW)
    apart = np.abs(np.asarray(result).astype(int) - np.asarray(wanted.picture))
    assert apart.max() <= 2 * LEVELS, "the browser's JPEG decoder and Pillow's may differ by a level or two"


def test_unknown_words_memories_and_suggestions(page: Visitor) -> None:
    page.photo(as_bytes(drawn((200, 200))))
    page.write("this zqflower has red petals")
    assert page.js('[...document.querySelectorAll("#marked .unknown")].map((x) => x.textContent)') == ["zqflower"]
    line = 'getComputedStyle(document.querySelector("#marked .unknown")).textDecorationLine'
    assert page.js(line) == "underline"
    assert "zqflower" in page.text("remark")
    page.wait('document.querySelectorAll("#read button").length === 5')
    page.js('document.querySelectorAll("#read button")[3].focus()')
    assert page.text("answer").startswith("“red”: memory ")
    told = [part.split()[-2:] for part in page.text("answer").split(",")]
    edited = Editor.from_pretrained().edit(drawn((64, 64)), "this zqflower has red petals")
    memories = explanation(edited)["words"][3]["memories"]  # what Python tells of that word
    assert len(told) > 2
    assert [int(number) for number, _ in told] == [memory["memory"] for memory in memories[: len(told)]]
    for (_, share), memory in zip(told, memories, strict=False):
        assert float(share.strip("%.")) == pytest.approx(100 * memory["weight"], abs=0.6)
    blue = '[...document.querySelectorAll("#suggestions button")].find((x) => x.textContent === "blue")'
    page.js(f"{blue}.click()")
    page.wait('document.querySelector("#history [aria-current]").title === "this zqflower has blue petals"')
    page.settled()
    page.write("zqa zqb")
    assert "none of these words" in page.text("remark")
    assert (page.pixels("after") == page.pixels("before")).all()


def test_history_undo_redo_and_settings(page: Visitor) -> None:
    page.photo(as_bytes(drawn((200, 150))))
    page.write(RED)
    red = page.pixels("after")
    page.js('document.querySelector("#suggestions button").click()')  # a word is an edit of its own
    page.wait('document.querySelectorAll("#history li").length === 3')
    page.settled()
    assert (page.pixels("after") != red).any()
    page.js("document.activeElement.blur()")
    page.hold(Keys.CONTROL, "z")
    page.settled()
    page.wait(f'document.getElementById("text").value === "{RED}"')
    page.settled()
    assert (page.pixels("after") == red).all()
    assert page.js('document.querySelectorAll("#history li").length') == 3, "redo is still there"
    strength = page.at("#strength")
    strength.send_keys(Keys.HOME)
    page.wait('document.querySelector("#history [aria-current]").title.includes("strength 0")')
    page.settled()
    assert (page.pixels("after") == page.pixels("before")).all()
    page.js('document.querySelector("#history li:nth-child(2) button").click()')
    page.wait('document.getElementById("strength").value === "1"')
    page.settled()
    assert (page.pixels("after") == red).all()
    page.js('document.getElementById("undo").click()')
    page.settled()
    assert page.js('document.getElementById("text").value') == ""
    assert page.js('document.getElementById("undo").disabled')


def test_painting_on_the_map(page: Visitor, editor: Editor) -> None:
    photo = drawn((400, 400))
    page.photo(as_bytes(photo))
    page.write(RED)
    before, edited = page.pixels("before"), page.pixels("after")
    page.js('document.querySelector("input[value=map]").click()')
    page.js('document.querySelector("input[value=remove]").click()')
    feather = page.at("#feather")
    feather.send_keys(Keys.HOME)
    canvas = page.at("#map")
    hand = webdriver.ActionChains(page.driver, duration=0)
    hand.move_to_element_with_offset(canvas, -60, 0).click_and_hold().move_by_offset(120, 0).release().perform()
    page.wait('document.querySelector("#history [aria-current]").title.includes("painted")')
    page.settled()
    after = page.pixels("after")
    assert (after[200, 180:220] == before[200, 180:220]).all(), "taken away under the stroke"
    far = np.ones((400, 400), bool)
    far[150:250, 100:300] = False
    assert (after[far] == edited[far]).all(), "and nowhere else"
    shade = page.pixels("map")[..., 3]
    assert shade[200, 200] == shade.max() > 180, "what stays is dimmed"
    assert shade[120, 120] == 0
    result = from_page(page)
    assert (np.asarray(result) == after[..., :3]).all(), "the file is what was shown"
    assert result.info.get("mimnet") is None, "no recipe makes it again"
    page.js('document.getElementById("clear").click()')
    page.wait('document.getElementById("clear").disabled')
    page.settled()
    assert (page.pixels("after") == edited).all()
    page.js('document.querySelector("input[value=add]").click()')
    page.js('document.getElementById("map").focus()')
    page.hold(Keys.SHIFT, Keys.ARROW_UP * 10 + Keys.ARROW_LEFT * 10)  # to the upper left corner
    page.press(" ")
    page.wait('!document.getElementById("clear").disabled')
    page.settled()
    assert editor.edit(photo, RED).mask[0, 0] == 0
    assert page.pixels("map")[0, 0, 3] < 20, "the model's map has nothing here, the mark has"


def test_a_phone(page: Visitor) -> None:
    fits = "document.documentElement.scrollWidth <= innerWidth"
    page.window(360, 740)
    page.photo(as_bytes(drawn((300, 400))))
    page.write(RED)
    assert page.js(fits)
    page.js('document.querySelector("input[value=map]").click()')
    page.js("document.querySelector('details').open = true")
    assert page.js(fits)
    page.js('document.querySelector("input[value=remove]").click()')
    box = page.js(
        '(({ x, y, width, height }) => [x, y, width, height])(document.getElementById("map").getBoundingClientRect())'
    )
    for kind, share in (("touchStart", 0.4), ("touchMove", 0.6), ("touchEnd", None)):  # a finger across the middle
        points = [] if share is None else [{"x": box[0] + share * box[2], "y": box[1] + box[3] / 2}]
        page.command("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    page.wait('document.querySelector("#history [aria-current]").title.includes("painted")')
    page.settled()
    assert (page.pixels("after")[200, 140:160] == page.pixels("before")[200, 140:160]).all()
    page.js('document.getElementById("text").scrollIntoView()')
    box = page.js('(({ top, bottom }) => [top, bottom])(document.getElementById("frame").getBoundingClientRect())')
    field = page.js('document.getElementById("field").getBoundingClientRect().top')
    assert -1 <= box[0] <= box[1] <= field + 1, "the picture stays in view above the sentence"
    page.js("document.querySelector('details').open = false")


def test_dropping_and_pasting(page: Visitor) -> None:
    script = """const bytes = Uint8Array.from(atob(arguments[1]), (sign) => sign.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "given.png", { type: "image/png" }));
        const [kind, key] = arguments[0] === "drop" ? [DragEvent, "dataTransfer"] : [ClipboardEvent, "clipboardData"];
        document.body.dispatchEvent(new kind(arguments[0], { [key]: data, bubbles: true, cancelable: true }));"""
    import base64

    for kind, size in (("drop", (90, 60)), ("paste", (60, 90))):
        page.driver.execute_script(script, kind, base64.b64encode(as_bytes(drawn(size))).decode())
        page.wait(f'document.getElementById("before").width === {size[0]}')
        page.settled()


def test_what_is_no_picture_is_told_in_one_line(page: Visitor) -> None:
    file = page.folder.parent / "notes.png"
    file.write_text("no picture")
    page.at("#file").send_keys(str(file))
    page.wait('!document.getElementById("error").hidden')
    assert "not a picture" in page.text("error")
    page.photo(as_bytes(drawn((80, 80))))
    assert page.js('document.getElementById("error").hidden')


def test_the_picture_stays_in_the_browser(page: Visitor, opened: tuple[Visitor, list[str]]) -> None:
    """Nothing is asked of the server any more; to others the policy, which the worker is under too, refuses."""
    asked = opened[1]
    count = len(asked)
    page.photo(as_bytes(drawn((120, 80))))
    page.write(RED)
    page.download()
    assert len(asked) == count
    assert all(line.startswith("GET ") for line in asked)
    with served(page.folder) as (elsewhere, heard):
        page.driver.set_script_timeout(10)
        script = """const [address, done] = arguments;
            const code = `fetch("${address}").then(() => postMessage("sent"), () => postMessage("refused"))`;
            const worker = new Worker(URL.createObjectURL(new Blob([code])));
            worker.onmessage = ({ data }) => done(data);"""
        assert page.driver.execute_async_script(script, elsewhere) == "refused"
        page.js("document.body.append(Object.assign(new Image(), { src: arguments[0] }))", elsewhere + "x.png")
        assert any("img-src" in fault for fault in page.faults())
        assert heard == []
    page.js("document.body.lastChild.remove()")
    page.js("(window.faults.length = 0)")


AXE = ("axe-core@4.14.1", "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==")


def test_axe_finds_nothing(page: Visitor, tmp_path: Path) -> None:
    """The rules of accessibility that a program can check, light and dark, in every view."""
    try:
        archive = fetch_package(*AXE, tmp_path)
    except MimnetError as error:
        pytest.skip(str(error))
    with tarfile.open(archive, "r:gz") as members:
        code = members.extractfile("package/axe.min.js")
        assert code is not None
        page.driver.execute_script(code.read().decode())
    page.photo(as_bytes(drawn((200, 200))))
    page.write("this zqflower has red petals")
    page.js('document.querySelector("#read button").click()')
    page.driver.set_script_timeout(30)
    script = """const [where, done] = arguments;
        axe.run(where).then(({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes[0].html])));"""
    for scheme, view in (("light", "compare"), ("dark", "map")):
        wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}  # no colour is on its way
        page.command("Emulation.setEmulatedMedia", features=[{"name": k, "value": v} for k, v in wishes.items()])
        page.js("document.querySelector(arguments[0]).click()", f"input[value={view}]")
        assert page.driver.execute_async_script(script, "html") == [], (scheme, view)
    page.js("document.body.append(document.createElement('img'))")
    assert page.driver.execute_async_script(script, "body > img") != [], "the check can fail"
    page.js("document.body.lastChild.remove()")
    page.command("Emulation.setEmulatedMedia", features=[])


def test_by_keyboard_alone_on_a_host_that_allows_threads(site: Path, driver: Any, tmp_path: Path) -> None:
    headers = documented_headers()
    assert {"Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy", "Content-Security-Policy"} == set(headers)
    with served(site, headers) as (address, _):
        visitor = Visitor(driver, webdriver, tmp_path / "downloads")
        visitor.driver.get(address)
        visitor.wait('!document.querySelector("main").hidden')  # the sample is asked for before the model is there
        assert visitor.js("crossOriginIsolated")
        by_keyboard(visitor)
        assert visitor.faults() == []


def by_keyboard(page: Visitor) -> None:
    """From the first element on: the sample picture, a sentence, the divider."""
    focused = "document.activeElement.id"
    for _ in range(8):
        page.press(Keys.TAB)
        if page.js(focused) == "sample":
            break
    assert page.js(focused) == "sample"
    page.press(Keys.ENTER)
    page.wait('document.activeElement.id === "text"')
    page.press("red petals")
    page.wait('document.querySelector("#history [aria-current]").title === "red petals"')
    page.settled()
    page.wait('document.getElementById("live").textContent.startsWith("Edited")')
    assert (page.pixels("after") != page.pixels("before")).any()
    order = []
    for _ in range(12):
        page.hold(Keys.SHIFT, Keys.TAB)
        order.append(page.js("document.activeElement.id || document.activeElement.closest('[id]').id"))
        if order[-1] == "divider":
            break
    assert order[-1] == "divider", order
    page.press(Keys.ARROW_RIGHT * 10)
    assert page.js('document.getElementById("divider").getAttribute("aria-valuetext")') == "60% before, 40% after"
    assert page.at("#divider").aria_role == "slider"
    assert page.js('document.getElementById("frame").style.getPropertyValue("--cut")') == "60%"


def test_a_damaged_model_and_a_browser_that_cannot(site: Path, driver: Any, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(site, folder, copy_function=lambda a, b: Path(b).symlink_to(a))
    graph = folder / "models" / DEFAULT / "paint.onnx"
    data = bytearray(graph.read_bytes())
    graph.unlink()
    data[len(data) // 2] ^= 1
    graph.write_bytes(data)
    visitor = Visitor(driver, webdriver, tmp_path / "downloads")
    with served(folder) as (address, _):
        driver.get(address)
        visitor.at("#file").send_keys(str(site / "models" / DEFAULT / "sample.png"))  # before the model: it waits
        visitor.wait('!document.getElementById("error").hidden')
        assert "sample.png" in visitor.text("welcome-text")
        assert "paint.onnx is damaged" in visitor.text("error")
        script = visitor.command("Page.addScriptToEvaluateOnNewDocument", source="delete window.WebAssembly;")
        driver.get(address)
        visitor.wait('!document.getElementById("error").hidden')
        assert "needs WebAssembly" in visitor.text("error")
        visitor.command("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])
    driver.get_log("browser")


def test_the_sample_is_the_drawn_picture(site: Path) -> None:
    with Image.open(site / "models" / DEFAULT / "sample.png") as sample:
        from mimnet.data.drawn import render, sample_scene

        assert (np.asarray(sample) == render(sample_scene(SEED, "flower", SPECIES), 256).image).all()
