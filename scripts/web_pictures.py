"""Write docs/images/web-*.webp: the page with its drawn sample picture, as visitors see it.

    python scripts/web_pictures.py [--model flowers] [--runtime DIR]

Needs selenium, chromium and chromedriver.
"""

import argparse
import base64
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from mimnet.files import whole_file
from mimnet.site.write import write_site

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "web")]
from site_case import Visitor, chromium, served  # noqa: E402 - the tests' hands

SENTENCE = "this flower has bright red petals"
# name: width, height, colour scheme, view
SHOTS = {
    "web-light": (1280, 860, "light", "compare"),
    "web-dark": (1280, 860, "dark", "map"),
    "web-phone": (360, 740, "light", "compare"),
}


def picture(visitor: Visitor) -> Image.Image:
    """What is in the window."""
    return Image.open(io.BytesIO(base64.b64decode(visitor.command("Page.captureScreenshot", format="png")["data"])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="flowers")
    parser.add_argument("--runtime", type=Path, default=None)
    given = parser.parse_args()
    driver = chromium(webdriver, Service)
    if driver is None:
        raise SystemExit("needs chromium and chromedriver on the path")
    with tempfile.TemporaryDirectory() as folder:
        write_site([given.model], Path(folder) / "site", runtime=given.runtime)
        with served(Path(folder) / "site") as (address, _):
            visitor = Visitor(driver, webdriver, Path(folder) / "downloads")
            for name, (width, height, scheme, view) in SHOTS.items():
                visitor.window(width, height)
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                visitor.command("Emulation.setEmulatedMedia", features=features)
                visitor.visit(address)
                visitor.js('document.getElementById("sample").click()')
                visitor.wait('document.activeElement.id === "text"')
                for sentence in ("the petals are white", "this flower is purple with a yellow center", SENTENCE):
                    visitor.write(sentence)
                    visitor.pause(2)  # a later sentence is an edit of its own
                visitor.js("document.querySelectorAll('#read button')[4].click()")
                visitor.js("document.activeElement.blur()")
                visitor.js("document.querySelector(arguments[0]).click()", f"input[value={view}]")
                visitor.pause(0.5)
                file = ROOT / "docs" / "images" / f"{name}.webp"
                with whole_file(file) as temporary:
                    picture(visitor).convert("RGB").save(temporary, quality=82, method=6)
                print(f"{file}: {file.stat().st_size / 1e3:.0f} kB")
    driver.quit()


if __name__ == "__main__":
    main()
