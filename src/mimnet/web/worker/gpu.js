// WebGPU as the worker sees it: a second worker with the heavy graphs. Nothing is fetched for it until it is tried.

import { Tensor } from "../runtime/ort.wasm.min.mjs";
import { startWorker } from "./start.js";

const CORES = 4; // with fewer the trial would slow edits down
const LATEST = 60_000; // milliseconds after which a run of the trial is given up

export class Gpu {
  /** Take on graphs {part: bytes}. Throws an Error without an adapter or, unless `any` will do, where it is not fit. */
  static async start(graphs, any) {
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) throw new Error("there is no adapter");
    const software = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter;
    if (!any) {
      if (software) throw new Error("the adapter is software");
      if (navigator.hardwareConcurrency < CORES) throw new Error(`there are fewer than ${CORES} cores to try it on`);
      if (navigator.connection?.saveData) throw new Error("the visitor saves data");
    }
    const gpu = new Gpu(Object.keys(graphs));
    try {
      await gpu.ask({ graphs });
    } catch (error) {
      gpu.close();
      throw error;
    }
    return gpu;
  }

  limit = LATEST; // milliseconds that a run may take
  broken = null; // why nothing can be asked any more
  failed = () => null; // of the question on its way

  constructor(parts) {
    this.parts = parts;
    this.worker = startWorker(new URL("./webgpu.js", import.meta.url));
    this.worker.addEventListener("message", ({ data: { made, error, lost } }) => {
      if (lost !== undefined) this.broken = new Error(`the device was lost (${lost})`);
      if (this.broken) this.failed(this.broken);
      else if (error !== undefined) this.failed(new Error(error));
      else this.answered(made);
    });
    this.worker.addEventListener("error", () => this.failed(new Error("its worker did not start")));
  }

  /** One question at a time. */
  ask(question) {
    return new Promise((answered, failed) => {
      [this.answered, this.failed] = [answered, failed];
      if (this.broken) failed(this.broken);
      else this.worker.postMessage(question);
    });
  }

  /** Outputs of a graph by name. Throws an Error if it fails, if the device is lost, or if no answer comes. */
  async run(part, given) {
    const timer = setTimeout(() => this.failed(new Error("no answer came")), this.limit);
    const plain = Object.entries(given).map(([name, { type, data, dims }]) => [name, { type, data, dims }]);
    const made = await this.ask({ part, given: Object.fromEntries(plain) }).finally(() => clearTimeout(timer));
    return Object.fromEntries(made.map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]));
  }

  /** Free all that it holds. */
  close() {
    this.worker.terminate();
  }
}
