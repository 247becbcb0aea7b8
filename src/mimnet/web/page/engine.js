// The worker as the page sees it: verbs that promise an answer.

import { startWorker } from "../worker/start.js";

export class Engine {
  /** `count` is told of every piece of a file that arrives, in bytes; `broken` if the worker cannot start at all. */
  constructor(count, broken) {
    this.worker = startWorker(new URL("../worker/worker.js", import.meta.url));
    this.waiting = new Map();
    this.next = 0;
    this.worker.addEventListener("message", ({ data }) => {
      if (data.bytes !== undefined) {
        count(data.bytes);
        return;
      }
      const { answered, failed } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error === undefined) answered(data.answer);
      else failed(new Error(data.error));
    });
    this.worker.addEventListener("error", () => broken());
  }

  ask(verb, asked) {
    return new Promise((answered, failed) => {
      const id = this.next++;
      this.waiting.set(id, { answered, failed });
      this.worker.postMessage({ id, verb, asked });
    });
  }

  /** Load a model, WebGPU "none", "hardware" or "any": {vocabulary, max_words, through, parts, strength, threshold}. */
  load(folder, gpu) {
    return this.ask("load", { folder, gpu });
  }

  /** Open a picture file, for the model in a folder: {data, width, height, full}. */
  open(blob, folder) {
    return this.ask("open", { blob, folder });
  }

  /** Edit what is shown: {data, mask, attention, parts, there, by}. */
  edit(asked) {
    return this.ask("edit", asked);
  }

  /** The bytes of a PNG file of the whole picture, edited. */
  save(asked) {
    return this.ask("save", asked);
  }
}
