// A model in onnxruntime-web: its three graphs, loaded once.

import * as ort from "../runtime/ort.wasm.min.mjs";
import { fetched } from "./fetched.js";
import { Gpu } from "./gpu.js";

const RUNTIME = new URL("../runtime/", import.meta.url);
const WASM = "ort-wasm-simd-threaded.wasm";
const THREADS = 4; // more do not pay for networks this small
const SLOWER = 5; // times what a run took in the trial, and a second: then WebGPU is given up
const TOLERANCE = 1 / 255; // of a picture in [-1, 1]: half a grey level may lie between WebGPU and WebAssembly

let runtime = null;

/** Fetch the WebAssembly once. `count` is told of every piece that arrives, in bytes. */
function startRuntime(count) {
  runtime ??= fetched(new URL(WASM, RUNTIME), count).then((bytes) => {
    ort.env.wasm.wasmBinary = bytes.buffer;
    ort.env.wasm.wasmPaths = RUNTIME.href;
    ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(THREADS, navigator.hardwareConcurrency || 1) : 1;
    ort.env.logLevel = "error";
  });
  return runtime;
}

export class Network {
  /**
   * Reads the model's folder. `gpu` is "none", "hardware" or, with software, "any": which WebGPU may be tried later.
   * Throws an Error of one plain line if a file is missing, damaged or of another kind.
   */
  static async load(folder, count, gpu) {
    const told = JSON.parse(new TextDecoder().decode(await fetched(new URL("manifest.json", folder), count)));
    if (told.format !== "mimnet-onnx-1") {
      throw new Error(`The page cannot read models of the kind ${told.format}; export the site again.`);
    }
    const network = new Network(told);
    const files = await Promise.all(
      ["see", "read", "paint"].map(async (part) => {
        const { file, bytes, sha256 } = told.graphs[part];
        const data = await fetched(new URL(file, folder), count);
        if (data.length !== bytes || !(await isWhole(data, sha256))) {
          throw new Error(`The model file ${file} is damaged; reload the page, or export the site again.`);
        }
        return [part, data];
      }),
    );
    await startRuntime(count);
    for (const [part, data] of files) network.sessions[part] = await session(part, data);
    const { see, paint } = Object.fromEntries(files);
    if (gpu !== "none" && navigator.gpu) network.untried = { graphs: { see, paint }, any: gpu === "any" };
    setTimeout(() => network.warm());
    return network;
  }

  constructor(manifest) {
    this.manifest = manifest;
    this.sessions = {};
    this.gpu = null; // the heavy graphs on WebGPU, once they are found to agree and to be faster
    this.untried = null; // what that takes, until it has been tried
    this.turn = Promise.resolve(); // of the run before: a session does one thing at a time
  }

  /** What computes, for people. */
  get by() {
    const { numThreads } = ort.env.wasm;
    return this.gpu ? "WebGPU" : `WASM, ${numThreads} thread${numThreads === 1 ? "" : "s"}`;
  }

  inTurn(work) {
    const made = this.turn.then(work);
    this.turn = made.catch(() => null);
    return made;
  }

  run(part, given) {
    return this.inTurn(async () => {
      if (this.gpu && this.gpu.parts.includes(part)) {
        try {
          return await this.gpu.run(part, given);
        } catch (error) {
          this.gpu.close();
          this.gpu = null;
          tellWhy(error);
        }
      }
      return this.sessions[part].run(given);
    });
  }

  /**
   * Make an edit on WebGPU and again here, once, and leave WebGPU the work if both agree and it was faster; with "any",
   * if both agree. `look` gives the picture as `see` takes it. Edits go on meanwhile; what fails leaves them here.
   */
  async tryGpu(look, sentence) {
    if (this.untried === null) return;
    const { graphs, any } = this.untried;
    this.untried = null;
    let gpu = null;
    const picture = look();
    const edit = async (run) => {
      const begun = performance.now();
      const made = await this.paint(await this.see(picture, run), sentence, run);
      return { ...made, time: performance.now() - begun };
    };
    try {
      gpu = await Gpu.start(graphs, any);
      const onGpu = (part, given) => gpu.run(part, given);
      await edit(onGpu); // the first run compiles
      const there = await edit(onGpu);
      const here = await this.inTurn(() => edit((part, given) => this.sessions[part].run(given)));
      const apart = Math.max(difference(there.last, here.last), difference(there.weightMap, here.weightMap));
      if (!(apart <= TOLERANCE)) throw new Error(`its pictures are ${apart.toFixed(4)} apart`);
      const times = `${there.time.toFixed(0)} ms, WASM ${here.time.toFixed(0)} ms`;
      if (!any && there.time >= here.time) throw new Error(`it is not faster (${times})`);
      gpu.limit = SLOWER * there.time + 1000;
      await this.inTurn(() => (this.gpu = gpu));
      console.info(`WebGPU computes: ${times}, ${apart.toExponential(1)} apart`);
    } catch (error) {
      gpu?.close();
      tellWhy(error);
    }
  }

  /** Edit nothing once: the first run of WebAssembly is several times slower, and now nobody waits for it. */
  async warm() {
    const { size, max_words } = this.manifest;
    const grey = { data: new Uint8Array(4 * size * size).fill(128), width: size, height: size };
    const ids = [1, ...Array(max_words - 1).fill(0)];
    const edit = async () => this.paint(await this.see(grey), await this.read(ids, 1));
    await edit().catch(() => null); // a real edit tells what is wrong
  }

  /** What the network keeps of a picture {data, width, height} of its own size: tensors by name. */
  async see({ data, width, height }, run = (...asked) => this.run(...asked)) {
    const plane = width * height;
    const image = new Float32Array(3 * plane);
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) image[c * plane + i] = data[4 * i + c] / 127.5 - 1;
    }
    return run("see", { image: new ort.Tensor("float32", image, [1, 3, height, width]) });
  }

  /** What it keeps of a sentence: tensors by name, `attention` among them where the model has memories. */
  async read(ids, length) {
    return this.run("read", {
      ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]),
      length: new ort.Tensor("int64", BigInt64Array.of(BigInt(length)), [1]),
    });
  }

  /** The edit: the last stage's picture as planes, and the weight map or null. */
  async paint(seen, sentence, run = (...asked) => this.run(...asked)) {
    const { inputNames } = this.sessions.paint;
    const all = { ...seen, ...sentence, ...this.noise() };
    const made = await run("paint", Object.fromEntries(inputNames.map((name) => [name, all[name]])));
    const stages = Object.keys(made).filter((name) => name.startsWith("stage_"));
    const last = stages.reduce((best, name) => (Number(name.slice(6)) > Number(best.slice(6)) ? name : best));
    return { last: planes(made[last]), weightMap: made.weight_map ? planes(made.weight_map) : null };
  }

  noise() {
    const { noise } = this.manifest;
    return noise?.length ? { noise: new ort.Tensor("float32", Float32Array.from(noise), [1, noise.length]) } : {};
  }
}

function tellWhy(error) {
  console.info(`WASM computes, not WebGPU: ${String(error?.message ?? error).split("\n")[0].slice(0, 160)}`);
}

/** Largest difference of two planes; NaN if a value is one. */
function difference(one, other) {
  if (one === null && other === null) return 0;
  return one.data.reduce((most, value, i) => Math.max(most, Math.abs(value - other.data[i])), 0);
}

/** A tensor 1,n,h,w as {data, width, height}. */
function planes({ data, dims }) {
  return { data, width: dims[3], height: dims[2] };
}

async function session(part, data) {
  try {
    return await ort.InferenceSession.create(data, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  } catch (error) {
    const reason = String(error.message ?? error).split("\n")[0].slice(0, 160);
    throw new Error(`This browser cannot run the model (${part}: ${reason}); try a current version of it.`);
  }
}

async function isWhole(data, sha256) {
  if (!self.crypto?.subtle) return true; // plain http from another machine: lengths alone are compared
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}
