"""A site on a server of this machine, Chromium to look at it with, and pictures that may be shown."""

import base64
import functools
import http.server
import io
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from browser import FLAGS, WATCH
from mimnet.data.drawn import render, sample_scene

SPECIES, SEED = 45, 1


def drawn(size: tuple[int, int]) -> Image.Image:
    """A drawn flower, enlarged or squeezed to any size."""
    return Image.fromarray(render(sample_scene(SEED, "flower", SPECIES), 256).image).resize(size)


def with_holes(picture: Image.Image) -> Image.Image:
    """RGBA whose alpha takes every value, with colours under it that no premultiplied canvas would keep."""
    width, height = picture.size
    alpha = np.tile(np.linspace(0, 255, width).round().astype(np.uint8), (height, 1))
    alpha[: height // 2] = 255
    return Image.fromarray(np.dstack([np.asarray(picture), alpha]))


def as_bytes(picture: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    """A picture file."""
    written = io.BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def documented_headers() -> dict[str, str]:
    """The headers that docs/web.md has for all files."""
    text = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")
    block = text.split("/*\n", 1)[1].split("\n/", 1)[0]
    return dict(line.strip().split(": ", 1) for line in block.splitlines())


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and remembers what it was asked for."""

    def log_message(self, format: str, *arguments: Any) -> None:
        self.server.asked.append(arguments[0])  # type: ignore[attr-defined]

    def end_headers(self) -> None:
        for name, value in self.server.headers.items():  # type: ignore[attr-defined]
            self.send_header(name, value)
        super().end_headers()


@contextmanager
def served(folder: Path, headers: dict[str, str] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Address of a folder on this machine, and the list of what is asked of it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    server.asked, server.headers = [], headers or {}  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", server.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


def chromium(webdriver: Any, service: Any, *flags: str) -> Any:
    """A driver, or None where there is no Chromium; flags are for it alone."""
    found = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in found:
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in (*FLAGS, *flags, "--window-size=1280,900", f"--user-data-dir={tempfile.mkdtemp()}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=service(executable_path=found[1]))


class Visitor:
    """A window of Chromium, and a visitor's hands."""

    def __init__(self, driver: Any, webdriver: Any, downloads: Path) -> None:
        self.driver, self.webdriver, self.folder = driver, webdriver, downloads
        downloads.mkdir(exist_ok=True)
        self.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
        self.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self.command("Emulation.setFocusEmulationEnabled", enabled=True)

    def command(self, name: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, arguments)

    def js(self, expression: str, *arguments: Any) -> Any:
        return self.driver.execute_script(f"return {expression}", *arguments)

    def wait(self, expression: str, seconds: float = 60) -> None:
        """Until it is true."""
        end = time.monotonic() + seconds
        while not self.js(expression):
            said = (self.js('document.getElementById("error")?.textContent'), self.js("window.faults"))
            assert time.monotonic() < end, f"never {expression}; the page says {said}"
            time.sleep(0.02)

    def visit(self, address: str) -> None:
        self.driver.get(address)
        self.wait('!document.getElementById("text").disabled')

    def pause(self, seconds: float) -> None:
        """Do nothing, as visitors do now and then."""
        time.sleep(seconds)

    def at(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def press(self, *keys: str) -> None:
        """Keys go to whatever has the focus at the time."""
        self.webdriver.ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def hold(self, held: str, keys: str) -> None:
        """Keys while another is held down."""
        chain = self.webdriver.ActionChains(self.driver, duration=0)
        chain.key_down(held).send_keys(keys).key_up(held).perform()

    def text(self, id_: str) -> str:
        return str(self.js("document.getElementById(arguments[0]).textContent", id_))

    def photo(self, data: bytes, name: str = "photo.png") -> None:
        """Pick a file, as the dialogue would."""
        file = self.folder.parent / name
        file.write_bytes(data)
        self.js('document.getElementById("live").textContent = ""')
        self.at("#file").send_keys(str(file))
        self.wait('document.getElementById("live").textContent.startsWith("Photo opened")')
        self.settled()

    def settled(self) -> None:
        """Until nothing is on its way."""
        self.wait('!document.getElementById("frame").hasAttribute("aria-busy")')

    def write(self, sentence: str) -> None:
        """Replace the sentence, and wait for the edit."""
        self.driver.execute_script(
            """const field = document.getElementById("text");
            field.value = arguments[0];
            field.dispatchEvent(new Event("input"));""",
            sentence,
        )
        self.wait(f'document.querySelector("#history [aria-current]").title.startsWith({sentence!r})')
        self.settled()

    def pixels(self, id_: str) -> NDArray[np.uint8]:
        """H,W,4 of a canvas."""
        script = """const canvas = document.getElementById(arguments[0]);
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let text = "";
            for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
            return [btoa(text), canvas.width, canvas.height];"""
        data, width, height = self.driver.execute_script(script, id_)
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)

    def download(self) -> bytes:
        """The file that the button gives."""
        for old in self.folder.iterdir():
            old.unlink()
        self.js('document.getElementById("download").click()')
        end = time.monotonic() + 30
        while time.monotonic() < end:
            files = [file for file in self.folder.iterdir() if file.suffix == ".png"]
            if files:
                return files[0].read_bytes()
            time.sleep(0.02)
        raise AssertionError(f"no file came down; the page says {self.text('error')!r}")

    def window(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def faults(self) -> list[str]:
        """What went wrong; advice on how to read canvases, as the tests do, is none of it."""
        logged = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        return list(self.js("window.faults")) + logged
