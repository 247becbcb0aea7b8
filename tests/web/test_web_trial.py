"""When WebGPU gets the work, in node with runtimes that do nothing: an adapter that is hardware is nowhere in tests."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "src" / "mimnet" / "web"
# A runtime whose runs take `wait` milliseconds and paint `value`; with `hangs` no run after the trial ends.
RUNTIME = """export class Tensor { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } }
export const env = { wasm: { numThreads: 1 }, webgpu: { device: { lost: new Promise(() => null) } } };
const { wait, value, hangs } = SETTINGS;
let runs = 0;
export const InferenceSession = {
  create: async () => ({
    inputNames: ["stage_0"],
    run: async () => {
      runs += 1;
      await new Promise((done) => setTimeout(done, hangs && runs > 4 ? 1e6 : wait));
      return { stage_0: new Tensor("float32", Float32Array.of(value), [1, 1, 1, 1]) };
    },
  }),
};
"""
SCRIPT = """globalThis.self = globalThis;
const gpu = { requestAdapter: async () => ({ info: { isFallbackAdapter: false } }) };
const connection = { saveData: SAVE };
Object.defineProperty(globalThis, "navigator", { value: { gpu, connection, hardwareConcurrency: CORES } });
const manifest = { format: "mimnet-onnx-1", size: 1, max_words: 1, graphs: {} };
for (const part of ["see", "read", "paint"]) manifest.graphs[part] = { file: part, bytes: 0, sha256: EMPTY };
let fetched = 0;
globalThis.fetch = async (address) => {
  fetched += String(address).includes("asyncify");
  return new Response(address.pathname.endsWith(".json") ? JSON.stringify(manifest) : "");
};
const lines = [];
console.info = (line) => lines.push(line);
globalThis.Worker = class extends EventTarget {
  constructor() {
    super();
    self.addEventListener = (_, listen) => (this.listen = listen);
    self.postMessage = (data) => this.dispatchEvent(Object.assign(new Event("message"), { data }));
    this.ready = import("./web/worker/webgpu.js");
  }
  postMessage(data) {
    this.ready.then(() => this.listen({ data }));
  }
  terminate() {}
};
const { Network } = await import("./web/worker/network.js");
const network = await Network.load(new URL("http://localhost/"), () => null, GPU);
await new Promise((done) => setTimeout(done, 100)); // the warm run
const grey = { data: new Uint8Array(4), width: 1, height: 1 };
await network.tryGpu(() => grey, {});
const first = network.by;
const made = await network.paint(await network.see(grey), {});
console.log(JSON.stringify([first, network.by, made.last.data[0], lines, fetched]));
process.exit();
"""
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
WASM = {"wait": 40, "value": 0.25, "hangs": False}


def trial(
    folder: Path, webgpu: dict[str, Any], *, gpu: str = "hardware", save: bool = False, cores: int = 4
) -> list[Any]:
    """What computes after the trial and after an edit, that edit, what the console was told, and fetches for it."""
    if shutil.which("node") is None:
        pytest.skip("needs node on the path")
    shutil.copytree(WEB, folder / "web")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "web" / "runtime").mkdir()
    for name, settings in (("wasm", WASM), ("webgpu", WASM | webgpu)):
        code = RUNTIME.replace("SETTINGS", json.dumps(settings))
        (folder / "web" / "runtime" / f"ort.{name}.min.mjs").write_text(code)
    script = SCRIPT.replace("EMPTY", f'"{EMPTY}"').replace("GPU", f'"{gpu}"').replace("SAVE", json.dumps(save))
    script = script.replace("CORES", str(cores))
    (folder / "script.js").write_text(script)
    done = subprocess.run(["node", "script.js"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_a_faster_webgpu_gets_the_work(tmp_path: Path) -> None:
    before, after, value, lines, fetched = trial(tmp_path, {"wait": 2, "value": 0.251})
    assert (before, after, len(lines), fetched) == ("WebGPU", "WebGPU", 1, 1)
    assert value == pytest.approx(0.251)


@pytest.mark.parametrize(
    ("webgpu", "reason"), [({"wait": 90}, "it is not faster"), ({"wait": 2, "value": 0.26}, "0.0100 apart")], ids=str
)
def test_a_slower_or_another_one_does_not(tmp_path: Path, webgpu: dict[str, Any], reason: str) -> None:
    before, after, value, lines, _ = trial(tmp_path, webgpu)
    assert (before, after, value) == ("WASM, 1 thread", "WASM, 1 thread", 0.25)
    assert len(lines) == 1
    assert reason in lines[0]


def test_one_that_hangs_later_loses_it(tmp_path: Path) -> None:
    before, after, value, lines, _ = trial(tmp_path, {"wait": 2, "hangs": True})
    assert (before, after, value) == ("WebGPU", "WASM, 1 thread", 0.25)
    assert "no answer came" in lines[1]


@pytest.mark.parametrize(
    ("unwanted", "reason"),
    [({"gpu": "none"}, []), ({"save": True}, ["the visitor saves data"]), ({"cores": 3}, ["fewer than 4 cores"])],
    ids=str,
)
def test_it_is_not_tried_where_site_visitor_or_machine_do_not_want_it(
    tmp_path: Path, unwanted: dict[str, Any], reason: list[str]
) -> None:
    before, after, _, lines, fetched = trial(tmp_path, {"wait": 2}, **unwanted)
    assert (before, after, fetched) == ("WASM, 1 thread", "WASM, 1 thread", 0)
    assert len(lines) == len(reason)
    assert all(part in line for part, line in zip(reason, lines, strict=True))
