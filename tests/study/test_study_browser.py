"""The page in a real browser: a whole study by keyboard alone, and what must not happen on the way."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from study_case import NAMES, drawn_items

from browser import FLAGS, WATCH
from mimnet.study.answers import FORMAT, read_answers
from mimnet.study.key import StudyKey
from mimnet.study.page import study_page
from mimnet.study.table import study_table

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

pytestmark = pytest.mark.slow

DENY = 'Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });'


class Browser:
    """A window of Chromium, and a rater's hands on its keyboard."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver, self.folder = driver, folder

    def press(self, *keys: str) -> None:
        """Keys go to whatever has the focus at the time."""
        webdriver.ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def js(self, expression: str) -> Any:
        return self.driver.execute_script(f"return {expression}")

    def text(self, id_: str) -> str:
        return str(self.js(f'document.getElementById("{id_}").textContent'))

    def shown(self) -> str:
        return str(self.js('document.querySelector("main:not([hidden])").id'))

    def checked(self) -> list[str]:
        return list(self.js('[...document.querySelectorAll("input:checked")].map((input) => input.value)'))

    def question(self) -> int:
        """Place of the question that has the focus; 3: the button below."""
        script = '[...document.querySelectorAll("fieldset"), document.getElementById("next")]'
        return int(self.js(f"{script}.findIndex((part) => part.contains(document.activeElement))"))

    def screen(self) -> tuple[int, str]:
        """Item and model of the pictures in view, by the pictures themselves."""
        script = """(() => {
            const study = JSON.parse(document.getElementById("study").textContent);
            const source = (id) => document.getElementById(id).src;
            const item = study.items.findIndex((item) => item.picture === source("picture"));
            const model = study.models.find((model) => study.items[item].edits[model] === source("edit"));
            return [item, model, study.items[item].caption];
        })()"""
        item, model, caption = self.js(script)
        assert self.text("caption") == f"“{caption}”"
        return item, model

    def width(self, pixels: int, height: int = 740) -> None:
        size = {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def fits(self) -> bool:
        return bool(self.js("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))

    def faults(self) -> list[str]:
        return list(self.js("window.faults")) + [entry["message"] for entry in self.driver.get_log("browser")]

    def before_pages(self, script: str) -> None:
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    def downloaded(self) -> Path:
        """The one file that came down; waits for it."""
        for _ in range(100):
            files = [file for file in self.folder.iterdir() if file.suffix == ".json"]
            if files:
                return files[0]
            time.sleep(0.05)
        raise AssertionError(f"no file came down: {list(self.folder.iterdir())}")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Chromium for all tests; starting it takes seconds."""
    found = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in found:
        pytest.skip("needs chromium and chromedriver on the path")
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in (*FLAGS, "--window-size=1280,800", f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=found[1]))
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver: Any, tmp_path: Path) -> Iterator[Browser]:
    """A new window with nothing of the tests before."""
    driver.switch_to.new_window("window")
    driver.get_log("browser")
    made = Browser(driver, tmp_path / "downloads")
    made.folder.mkdir()
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(made.folder)})
    made.before_pages(WATCH)
    yield made
    driver.close()
    driver.switch_to.window(driver.window_handles[0])


@pytest.fixture
def study(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[str, StudyKey]:
    """Address and key of a study; a title of its own makes it one of its own, so that nothing is resumed."""
    page, key = study_page(drawn_items(), title=f"Discs & colours {request.node.name}", seed=0)
    file = tmp_path / "study.html"
    file.write_text(page, encoding="utf-8")
    return file.as_uri(), key


def test_a_whole_study_by_keyboard(browser: Browser, study: tuple[str, StudyKey]) -> None:
    address, key = study
    browser.driver.get(address)
    assert browser.driver.title.startswith("Discs & colours")
    assert browser.shown() == "start"
    assert not any(name in browser.driver.page_source for name in NAMES)
    assert "6 edited pictures" in browser.text("start")
    browser.press(Keys.TAB, "Ann 5", Keys.ENTER)  # digits in a name are no grades

    rng = np.random.default_rng(8)
    given: dict[tuple[int, str], list[int]] = {}
    for number in range(6):
        assert browser.shown() == "grade"
        assert browser.text("place") == f"{number + 1} of 6"
        assert browser.checked() == []
        if number == 1:  # no way on without grades; a question passed over is asked for
            browser.press(Keys.ENTER)
            assert "all three" in browser.text("missing")
            browser.press(Keys.ARROW_DOWN, "4", "4", Keys.ENTER)
            assert (browser.text("place"), browser.question()) == ("2 of 6", 0)
            assert browser.checked() == ["4", "4"]
        grades = rng.integers(1, 6, 3).tolist()
        for question, grade in enumerate(grades):
            assert browser.question() == question
            browser.press(str(grade))
        assert browser.text("missing") == ""
        assert browser.question() == 3
        given[screen := browser.screen()] = grades
        if number == 2:  # a second thought: back to the last question, and to the one before
            browser.press(Keys.BACKSPACE, Keys.BACKSPACE)
            assert browser.question() == 1
            grades[1] = grades[1] % 5 + 1
            browser.press(str(grades[1]), Keys.ENTER)
            assert browser.text("place") == "4 of 6"
            browser.press(Keys.BACKSPACE)  # from the first question to the screen before
            assert browser.text("place") == "3 of 6"
            assert browser.screen() == screen
            assert browser.checked() == [str(grade) for grade in grades]
            browser.driver.refresh()
            assert (browser.shown(), browser.text("place")) == ("grade", "3 of 6"), "a reload loses nothing"
            assert browser.screen() == screen
            assert browser.checked() == [str(grade) for grade in grades]
            assert browser.js('document.getElementById("progress").value') == 3
        browser.press(Keys.ENTER)

    assert browser.shown() == "end"
    browser.driver.refresh()
    assert browser.shown() == "end"
    browser.press(Keys.ENTER)
    file = browser.downloaded()
    assert file.name in browser.text("saved")
    told = json.loads(file.read_text(encoding="utf-8"))
    assert (told["study"], told["format"], told["name"]) == (key.study, FORMAT, "Ann 5")
    assert [(answer["item"], answer["model"]) for answer in told["answers"]] == list(given), "in the order shown"
    assert told["seconds"] == pytest.approx(sum(answer["seconds"] for answer in told["answers"]), abs=0.4)
    assert told["seconds"] > 0

    (sheet,) = read_answers([file], key)
    for (item, model), grades in given.items():
        assert sheet.grades[item, list(key.models).index(model)].tolist() == grades
    table = study_table([sheet], key)
    wanted = np.mean([grades[0] for (_, model), grades in given.items() if key.models[model] == NAMES[0]])
    assert table.all.cell(NAMES[0], "relevance").mean == pytest.approx(wanted)

    browser.press(Keys.TAB, Keys.TAB, Keys.ENTER)  # start anew; saved answers need no question
    assert browser.shown() == "start"
    browser.press(Keys.ENTER)
    assert browser.checked() == []
    assert json.loads(browser.js(f'localStorage.getItem("mimnet-study:{key.study}")'))["rater"] != told["rater"]
    assert browser.faults() == []


def test_items_stay_together_and_raters_differ(browser: Browser, study: tuple[str, StudyKey]) -> None:
    browser.driver.get(study[0])
    orders: set[tuple[tuple[int, str], ...]] = set()
    for _ in range(6):
        if len(orders) > 1:
            break
        browser.press(Keys.ENTER)
        order = []
        for _ in range(6):
            order.append(browser.screen())
            browser.press("3", "3", "3", Keys.ENTER)
        assert len(set(order)) == 6
        assert all(order[n][0] == order[n + 1][0] for n in (0, 2, 4)), "one picture's edits follow one another"
        orders.add(tuple(order))
        browser.press(Keys.TAB, Keys.TAB, Keys.ENTER)  # start anew, which asks first: nothing was saved
        browser.driver.switch_to.alert.accept()
    assert len(orders) > 1  # 48 orders: six equal ones are no chance


def test_a_narrow_window_has_no_horizontal_bar(browser: Browser, study: tuple[str, StudyKey]) -> None:
    browser.width(360)
    browser.driver.get(study[0])
    assert browser.js("innerWidth") == 360
    assert browser.fits()
    browser.press(Keys.ENTER)
    left, right = (browser.js(f'document.getElementById("{id_}").clientWidth') for id_ in ("picture", "edit"))
    assert left == right > 150, "side by side, and as large as there is room"
    for _ in range(6):
        assert browser.fits()
        browser.press("1", "2", "3", Keys.ENTER)
    assert browser.shown() == "end"
    browser.press(Keys.ENTER)
    assert browser.text("saved")
    assert browser.fits()
    browser.js('document.body.append(Object.assign(document.createElement("p"), { textContent: "x".repeat(200) }))')
    assert not browser.fits(), "the check can fail"


def test_without_local_storage_the_study_works_too(browser: Browser, study: tuple[str, StudyKey]) -> None:
    browser.before_pages(DENY)
    browser.driver.get(study[0])
    assert not browser.js('document.getElementById("unkept").hidden'), "the rater is told"
    browser.press(Keys.ENTER)
    for _ in range(6):
        browser.press("5", "4", "3", Keys.ENTER)
    browser.press(Keys.ENTER)
    (sheet,) = read_answers([browser.downloaded()], study[1])
    assert (sheet.grades == [5, 4, 3]).all()
    assert browser.faults() == []


def test_mouse_screen_reader_and_dark_mode(browser: Browser, study: tuple[str, StudyKey]) -> None:
    browser.driver.get(study[0])
    browser.driver.find_element("css selector", "#begin button").click()
    labels = browser.driver.find_elements("css selector", ".scale label")
    for label in (labels[1], labels[9], labels[12]):
        label.click()
    assert browser.checked() == ["2", "5", "3"]
    radios = browser.driver.find_elements("css selector", "input[type=radio]")
    assert [radio.accessible_name for radio in radios[:5]] == ["1, not at all", "2", "3", "4", "5, entirely"]
    groups = browser.driver.find_elements("css selector", "fieldset")
    assert [group.aria_role for group in groups] == ["group"] * 3
    assert groups[0].accessible_name == "How well does the edited picture fit the sentence?"
    assert browser.text("live").startswith("Picture 1 of 6. a disc")
    shades = []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        shades.append(browser.js("getComputedStyle(document.body).backgroundColor"))
    assert shades == ["rgb(246, 246, 244)", "rgb(23, 25, 27)"]
    assert browser.faults() == []


def test_the_policy_holds(browser: Browser, study: tuple[str, StudyKey]) -> None:
    """Scripts, pictures and requests from elsewhere are refused, and the watch on faults sees it."""
    browser.driver.get(study[0])
    assert browser.faults() == []
    browser.js('document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/x.png" }))')
    browser.js('document.body.append(Object.assign(document.createElement("script"), { text: "window.ran = 1" }))')
    browser.js('fetch("http://127.0.0.1:9/").catch(() => 0)')
    seen = " ".join(browser.faults())
    assert all(f"policy: {kind}-src" in seen for kind in ("img", "script", "connect"))
    assert browser.js("window.ran") is None
