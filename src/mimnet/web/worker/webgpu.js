// The worker that runs graphs on WebGPU: compiling takes seconds, and here no edit waits for it.

import * as ort from "../runtime/ort.webgpu.min.mjs";
import { fetched } from "./fetched.js";

const RUNTIME = new URL("../runtime/", import.meta.url);
const WASM = "ort-wasm-simd-threaded.asyncify.wasm";

const sessions = {};

async function start(graphs) {
  ort.env.wasm.wasmBinary = (await fetched(new URL(WASM, RUNTIME), () => null)).buffer;
  ort.env.wasm.wasmPaths = RUNTIME.href;
  ort.env.wasm.numThreads = 1; // it only hands work on
  const settings = { executionProviders: ["webgpu"], graphOptimizationLevel: "all", logSeverityLevel: 3 };
  for (const [part, data] of Object.entries(graphs)) {
    sessions[part] = await ort.InferenceSession.create(data, settings);
  }
  const { lost } = await ort.env.webgpu.device;
  lost.then(({ message }) => self.postMessage({ lost: message }));
}

async function run(part, given) {
  const tensors = Object.entries(given).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]);
  const made = await sessions[part].run(Object.fromEntries(tensors));
  return Object.entries(made).map(([name, { type, data, dims }]) => [name, { type, data, dims }]);
}

self.addEventListener("message", async ({ data: { graphs, part, given } }) => {
  try {
    self.postMessage({ made: graphs ? await start(graphs) : await run(part, given) });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
});
