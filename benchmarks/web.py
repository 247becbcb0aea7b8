"""What the page costs a visitor: bytes, seconds to load, seconds from a word to the edit, beside Python's own.

    python benchmarks/web.py [--model flowers] [--runtime DIR]

Chromium and Python edit the same drawn picture, 640 x 480, by the same sentences in the same run; then Chromium alone
opens, edits and saves one of 24 million pixels. Needs selenium, chromium and chromedriver.
"""

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from mimnet.editor import Editor
from mimnet.site.write import write_site

for part in ("tests", "tests/web"):
    sys.path.insert(0, str(Path(__file__).parents[1] / part))
from site_case import Visitor, as_bytes, chromium, drawn, served  # noqa: E402 - the tests' hands

PAUSE = 0.15  # seconds that the page waits for another letter
COLOURS = ("red", "yellow", "purple", "white", "blue", "orange")
# from the last letter to the picture, as the page's own clock has it, the pause after typing included
TYPED = """const [sentence, done] = arguments;
const field = document.getElementById("text");
const frame = document.getElementById("frame");
const begun = performance.now();
new MutationObserver((found, watch) => {
  if (frame.hasAttribute("aria-busy")) return;
  watch.disconnect();
  requestAnimationFrame(() => done((performance.now() - begun) / 1000));
}).observe(frame, { attributeFilter: ["aria-busy"] });
field.value = sentence;
field.dispatchEvent(new Event("input"));"""


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="flowers")
    parser.add_argument("--runtime", type=Path, default=None)
    given = parser.parse_args()
    sentences = [f"this flower has {colour} petals" for colour in COLOURS]
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        size = write_site([given.model], site, runtime=given.runtime)
        runtime = sum(file.stat().st_size for file in (site / "runtime").iterdir())
        model = sum(file.stat().st_size for file in (site / "models").rglob("*"))
        print(f"site {size / 1e6:.2f} MB: runtime {runtime / 1e6:.2f}, model {model / 1e6:.2f}")
        driver = chromium(webdriver, Service)
        driver.set_script_timeout(120)
        with served(site) as (address, _):
            visitor = Visitor(driver, webdriver, Path(folder) / "downloads")
            print(f"first load, nothing in any cache: {seconds(lambda: visitor.visit(address)):.2f} s")
            photo = drawn((640, 480))
            visitor.photo(as_bytes(photo))
            times = [driver.execute_async_script(TYPED, sentence) for sentence in sentences]
            print(f"word to edit, 640 x 480: first {times[0]:.2f} s, then {median(times[1:]):.2f} s", end="; ")
            print(f"without the pause of {PAUSE} s: {times[0] - PAUSE:.2f} s, {median(times[1:]) - PAUSE:.2f} s")
            print(f"again from the history: {driver.execute_async_script(TYPED, sentences[0]) - PAUSE:.2f} s")
            editor = Editor.from_pretrained(given.model, engine="onnx")
            opened = editor.open(photo)
            python = median(seconds(lambda s=s: editor.edit(opened, s)) for s in sentences)
            ratio = (median(times[1:]) - PAUSE) / python
            print(f"Python with onnxruntime: {python:.3f} s; Chromium takes {ratio:.1f} times that")
            result = np.asarray(Image.open(io.BytesIO(visitor.download()))).astype(int)
            wanted = editor.edit(photo, sentences[0])
            apart = np.abs(result - np.asarray(wanted.picture))
            print(f"difference to Python: {apart.max()} of 255 at most, {(apart > 0).mean():.5f} of all values differ")
            large = as_bytes(drawn((6000, 4000)), "JPEG", quality=92)
            print(f"24 million pixels: opened in {seconds(lambda: visitor.photo(large, 'large.jpg')):.1f} s", end=", ")
            print(f"edited in {driver.execute_async_script(TYPED, sentences[1]):.2f} s", end=", ")
            print(f"saved in {seconds(visitor.download):.1f} s")
        driver.quit()


if __name__ == "__main__":
    main()
