"""The page of edits: complete, self-contained, sorted as asked, by keyboard alone."""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from figures_case import squares
from PIL import Image

from mimnet.errors import MimnetError
from mimnet.evaluation.pairs import Pair
from mimnet.figures.report import embedded
from mimnet.figures.scored import SCORES, read_scores

CAPTIONS = [f"a {colour} flower" for colour in ("red", "blue", "pink", "reddish", "white")] + [
    f"bird number {i} </script>" for i in range(20)
]
VALUES = [{"iou": i / 30, "lpips": (7 * i % 25) / 30} for i in range(24)] + [{}]  # the last one is not known


def embedded_data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    return json.loads(found[1])


def test_every_pair_is_there_once_with_all_edits() -> None:
    told = embedded_data(squares(CAPTIONS, VALUES).page())
    assert [card["caption"] for card in told["cards"]] == CAPTIONS
    assert [card["place"] for card in told["cards"]] == list(range(25))
    assert all(len(card["edits"]) == len(told["models"]) == 2 for card in told["cards"])
    assert [s["key"] for s in told["scores"]] == ["iou", "lpips", "diff"]
    first = told["cards"][3]["edits"][0]["scores"]
    assert first["iou"] == pytest.approx(0.1)
    assert first["diff"] == pytest.approx(20 / 255, abs=1e-5)  # computed here, for it was not given
    assert told["cards"][0]["edits"][1]["scores"] == {"diff": pytest.approx(40 / 255, abs=1e-5)}
    assert told["cards"][0]["edits"][1]["map"] is None


def test_the_page_asks_nothing_of_the_network_and_admits_only_itself() -> None:
    page = squares(CAPTIONS, VALUES).page()
    assert "://" not in page
    assert not re.findall(r"\b(?:src|href)=\"(?!data:)", page)
    bare = re.sub(r"data:image/webp;base64,[A-Za-z0-9+/=]+", "", page)
    assert re.findall(r"http[\w-]*", bare) == ["http-equiv"]
    assert "Squares &amp; &lt;more&gt;" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert "unsafe" not in policy[1]
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_pictures_are_small_and_those_of_few_pixels_are_exact(tmp_path: Path) -> None:
    def back(uri: str) -> Any:
        (tmp_path / "a.webp").write_bytes(base64.b64decode(uri.split(",")[1]))
        with Image.open(tmp_path / "a.webp") as opened:
            return np.asarray(opened.convert("RGB"))

    small = np.random.default_rng(0).integers(0, 255, (48, 48, 3), np.uint8)
    assert np.array_equal(back(embedded(small)), small)
    smooth = np.asarray(Image.fromarray(small).resize((300, 200), Image.Resampling.BICUBIC))
    assert back(embedded(smooth)).shape == (85, 128, 3)


def test_scores_are_those_of_the_very_model(tmp_path: Path) -> None:
    painters: dict[str, Any] = {
        "mine": SimpleNamespace(size=32, fingerprint="bb"),
        "new": SimpleNamespace(size=32, fingerprint="cc"),
    }
    assert "pictures.json is not in the folder" in read_scores(tmp_path, painters).remark
    pairs = [{"file": "1.png", "caption": "a red flower", "own": "x"}, {"file": "2.png", "caption": "b", "own": "y"}]
    rows = {
        "row (coarse, 16 px)": [{"diff": [9, 9]}, {"diff": [9, 9]}],
        "row": [{"diff": [1, 2]}, {"diff": [3, 4], "iou": [0.5, None], "strange": [1, 1]}],
    }
    (tmp_path / "pictures.json").write_text(json.dumps({"pairs": pairs, "rows": rows}))
    tables = [
        {"name": "row (coarse, 16 px)", "size": 16, "models": ["aa", "bb"]},
        {"name": "row", "size": 32, "models": ["aa", "bb"]},
    ]
    (tmp_path / "tables.json").write_text(json.dumps({"rows": tables}))
    found = read_scores(tmp_path, painters)
    assert found.of("mine", Pair("1.png", "", "a red flower", "", None, None)) == {"diff": 3.0, "iou": 0.5}
    assert found.of("mine", Pair("2.png", "", "b", "", None, None)) == {"diff": 4.0}
    assert found.of("new", Pair("2.png", "", "b", "", None, None)) == {}
    assert "none of new" in found.remark
    (tmp_path / "pictures.json").write_text("[]")
    with pytest.raises(MimnetError, match="mimnet evaluate"):
        read_scores(tmp_path, painters)


def test_every_score_says_which_way_is_good() -> None:
    assert not SCORES["inside"][1]
    assert SCORES["mp"][1]
    assert not SCORES["diff"][1]
    assert len({label for label, _ in SCORES.values()}) == len(SCORES)


WATCH = """
window.faults = [];
addEventListener("error", (event) => faults.push(String(event.message)), true);
addEventListener("securitypolicyviolation", (event) => faults.push(`policy: ${event.violatedDirective}`));
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.service import Service

    browser, chromedriver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if browser is None or chromedriver is None:
        pytest.skip("no Chromium with chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    for flag in [*flags, "--disable-dev-shm-usage", "--window-size=1200,900"]:
        options.add_argument(flag)
    opened = webdriver.Chrome(options=options, service=Service(chromedriver))
    opened.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    page = tmp_path_factory.mktemp("report") / "report.html"
    page.write_text(squares(CAPTIONS, VALUES).page(), encoding="utf-8")
    opened.get(page.as_uri())
    yield opened
    opened.quit()


@pytest.mark.slow
def test_the_page_sorts_filters_and_enlarges(driver: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    def js(expression: str) -> Any:
        return driver.execute_script(f"return {expression}")

    def order() -> list[int]:
        return [int(place) for place in js("list.map((card) => card.place)")]

    def choose(control: str, value: int | str) -> None:
        part = "selectedIndex" if isinstance(value, int) else "value"
        driver.execute_script(
            f"const c = document.getElementById({control!r}); c.{part} = {json.dumps(value)};"
            "c.dispatchEvent(new Event('input')); c.dispatchEvent(new Event('change'));"
        )

    assert order() == list(range(25))  # IoU: low is worst, and the pair without it comes last
    assert js("document.querySelectorAll('article').length") < 25  # more are made as one scrolls
    tops = js("[...document.querySelectorAll('article')].slice(0, 2).map((a) => a.getBoundingClientRect().top)")
    assert tops[0] == tops[1]  # cards of few models stand side by side
    driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert js("[...document.querySelectorAll('article')].map((a) => a.dataset.place).length") == 25
    choose("score", 1)  # LPIPS: high is worst
    assert order() == [*sorted(range(24), key=lambda i: -(7 * i % 25)), 24]
    choose("order", "best")
    assert order() == [*sorted(range(24), key=lambda i: 7 * i % 25), 24]
    choose("order", "split")
    assert order() == list(range(25))
    driver.find_element("id", "few").send_keys(Keys.ENTER)
    assert order() == sorted(range(24), key=lambda i: -(7 * i % 25))[:10]
    driver.find_element("id", "few").send_keys(Keys.SPACE)
    choose("word", "red")
    assert order() == [0, 3]
    assert "2 of 25 pairs" in js("document.getElementById('count').textContent")
    first = driver.find_element("css selector", "article .open")
    first.send_keys(Keys.ENTER)
    assert js("document.getElementById('zoom').open")
    assert js("document.getElementById('zoomed').textContent") == "input: a red flower"
    webdriver_actions(driver, Keys.ARROW_RIGHT)
    assert js("document.getElementById('zoomed').textContent") == "one: a red flower"
    assert js("document.getElementById('large').naturalWidth") == 32
    webdriver_actions(driver, Keys.ESCAPE)
    assert not js("document.getElementById('zoom').open")
    driver.find_element("id", "maps").send_keys(Keys.SPACE)
    assert js("[...document.querySelectorAll('.map')].every((m) => m.hidden)")
    size = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wide = "[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > 320)"
    assert js(f"{wide}.map((e) => `${{e.tagName}} ${{e.id}}`)") == []
    assert js("window.faults") == []


def webdriver_actions(driver: Any, key: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(driver, duration=0).send_keys(key).perform()
