// The heavy graphs on WebGPU, by onnxruntime-web's other build, of which nothing is fetched until it is tried.

import { fetched } from "./fetched.js";

const RUNTIME = new URL("../runtime/", import.meta.url);
const WASM = "ort-wasm-simd-threaded.asyncify.wasm";
const LATEST = 60_000; // milliseconds after which a run of the trial is given up

let runtime = null;

function startRuntime() {
  runtime ??= load();
  return runtime;
}

async function load() {
  const ort = await import("../runtime/ort.webgpu.min.mjs");
  ort.env.wasm.wasmBinary = (await fetched(new URL(WASM, RUNTIME), () => null)).buffer;
  ort.env.wasm.wasmPaths = RUNTIME.href;
  ort.env.wasm.numThreads = 1; // it only hands work on
  ort.env.logLevel = "error";
  return ort;
}

export class Gpu {
  /** Sessions of graphs {part: bytes}. Throws an Error without an adapter, or with a software one unless `any` is. */
  static async start(graphs, any) {
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) throw new Error("there is no adapter");
    const software = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter;
    if (software && !any) throw new Error("the adapter is software");
    const ort = await startRuntime();
    const gpu = new Gpu();
    for (const [part, data] of Object.entries(graphs)) {
      gpu.sessions[part] = await ort.InferenceSession.create(data, {
        executionProviders: ["webgpu"],
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
      });
    }
    const { lost } = await ort.env.webgpu.device;
    gpu.lost = lost.then(({ message }) => Promise.reject(new Error(`the device was lost (${message})`)));
    gpu.lost.catch(() => null); // runs tell
    return gpu;
  }

  sessions = {};
  limit = LATEST; // milliseconds that a run may take

  /** Outputs of a graph by name. Throws an Error if it fails, if the device is lost, or if no answer comes. */
  async run(part, given) {
    let timer = 0;
    const late = new Promise((_, failed) => {
      timer = setTimeout(() => failed(new Error("no answer came")), this.limit);
    });
    return Promise.race([this.sessions[part].run(given), this.lost, late]).finally(() => clearTimeout(timer));
  }

  /** Free what the sessions hold, as far as a broken device lets. */
  close() {
    for (const session of Object.values(this.sessions)) session.release().catch(() => null);
  }
}
