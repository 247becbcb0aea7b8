// Everything that takes long, away from the page: decoding, the network, blending, writing the PNG file.

import { applyMarks, fullMask, hideUnseen, replaced, transfer } from "../pixels/blend.js";
import { followEdges } from "../pixels/edges.js";
import { beyond, mended } from "../pixels/ground.js";
import { resizePlanes } from "../pixels/linear.js";
import { encodePng } from "../pixels/png.js";
import { Network } from "./network.js";
import { openPhoto } from "./photo.js";

const KEPT = 8; // sentences whose painting is kept, some 5 MB each

const FULL = "There is not enough memory for this picture here; make it smaller first.";

let allowed = "none"; // which WebGPU may be tried, as in Network.load
const networks = new Map(); // folder -> promise of a Network
let photo = null;
let seen = new Map(); // folder -> promise of what the network keeps of the photo
let painted = new Map(); // folder and ids -> promise of what paintAnew gives, oldest first

const verbs = {
  /** Load a model; pieces of files are told as they arrive. */
  async load({ folder, gpu }) {
    allowed = gpu;
    const { vocabulary, max_words, through, parts, strength, threshold } = (await network(folder)).manifest;
    return { vocabulary, max_words, through, parts, strength, threshold };
  },

  /** Open a picture file: what is shown of it. The model looks at it while the visitor still thinks. */
  async open({ blob, folder }) {
    const opened = await openPhoto(blob);
    photo = opened;
    seen = new Map();
    painted = new Map();
    setTimeout(() => look(folder).catch(() => null)); // the edit tells what is wrong
    const { picture, view } = photo;
    const data = new Uint8ClampedArray(view.data);
    return { data, width: view.width, height: view.height, full: [picture.width, picture.height] };
  },

  /** Edit what is shown: its pixels, the map without marks, what the model made of words and photo, who computed. */
  async edit(asked) {
    const { view } = photo; // another may come meanwhile
    const { attention, parts, there, by, ...edit } = await paint(asked);
    const { data, mask } = finish(view, edit, asked);
    return { data, mask, attention, parts, there, by };
  },

  /** Edit the picture itself: the bytes of a PNG file. */
  async save(asked) {
    const { picture, alpha, profile } = photo;
    const made = asked.ids === null ? picture : finish(picture, await paint(asked), asked);
    const texts = asked.recipe === null ? {} : { mimnet: asked.recipe };
    const data = await encodePng({ ...picture, data: made.data }, { alpha, profile, texts });
    return { data };
  },
};

function network(folder) {
  if (!networks.has(folder)) {
    const count = (bytes) => self.postMessage({ bytes });
    const loading = Network.load(new URL(folder, import.meta.url), count, allowed);
    networks.set(folder, loading);
    loading.catch(() => networks.delete(folder)); // the next call tries again
  }
  return networks.get(folder);
}

/** What the network keeps of the photo, computed once. */
function look(folder) {
  const { square } = photo;
  if (!seen.has(folder)) {
    seen.set(
      folder,
      network(folder).then((model) => model.see(square(model.manifest.size))),
    );
  }
  return seen.get(folder);
}

/** The network's edit brought to the guide's size, kept for the next time that the same sentence is asked for. */
function paint({ folder, ids, length }) {
  const key = `${folder} ${ids.join(" ")}`;
  const known = painted.get(key) ?? paintAnew(folder, ids, length);
  painted.delete(key);
  painted.set(key, known);
  known.catch(() => painted.delete(key));
  if (painted.size > KEPT) painted.delete(painted.keys().next().value);
  return known;
}

async function paintAnew(folder, ids, length) {
  const { guide, square } = photo;
  const [model, view] = await Promise.all([network(folder), look(folder)]);
  const sentence = await model.read(ids, length);
  const { last, weightMap } = await model.paint(view, sentence);
  const { by } = model;
  setTimeout(() => model.tryGpu(() => square(model.manifest.size), sentence)); // once; this edit does not wait for it
  const [, , height, width] = view.seen_image.dims;
  const saw = resizePlanes({ data: view.seen_image.data, width, height }, 3, last.width, last.height);
  const grey = saw.data.map((value) => (value + 1) * 127.5);
  const change = mended(grey, { ...last, data: last.data.map((value, i) => (value - saw.data[i]) * 127.5) });
  const attention = attentionRows(sentence.attention, length);
  const parts = partsSaid(sentence, length);
  const followed = followEdges(change, grey, guide);
  const there = view.seen_presence ? view.seen_presence.data[0] >= 0 : null; // null: this model cannot tell
  return { grey, change, followed, instead: replaced(grey, change), weightMap, attention, parts, there, by };
}

/** Which parts of the object the sentence gives a look, by number, and by which words of it: [{part, words}]. */
function partsSaid({ named, told }, length) {
  if (!named) return [];
  const likely = (logits) => Array.from(logits, (logit, i) => [logit > 0, i]).flatMap(([is, i]) => (is ? [i] : []));
  return likely(named.data).map((part) => {
    const start = told ? part * told.dims[2] : 0;
    return { part, words: told ? likely(told.data.subarray(start, start + length)) : [] };
  });
}

/** Weights of the memories for every word that was read, or null. */
function attentionRows(attention, length) {
  if (!attention) return null;
  const memories = attention.dims[2];
  return Array.from({ length }, (_, i) => Array.from(attention.data.subarray(i * memories, (i + 1) * memories)));
}

/** A picture with the edit on it, and the map before marks. */
function finish(picture, { grey, change, followed, instead, weightMap }, { strength, threshold, marks }) {
  const mask = fullMask(weightMap, picture.width, picture.height, threshold);
  const pasted = marks === null ? mask : mask.slice();
  if (marks !== null) applyMarks(pasted, picture.width, picture.height, marks);
  hideUnseen(pasted, picture);
  const beside = beyond(grey, change, fullMask(weightMap, change.width, change.height, threshold));
  return { data: transfer(picture, followed, pasted, strength, instead, beside).data, mask };
}

self.addEventListener("message", async ({ data: { id, verb, asked } }) => {
  try {
    const answer = await verbs[verb](asked);
    self.postMessage({ id, answer }, [answer.data, answer.mask].filter(Boolean).map((part) => part.buffer));
  } catch (error) {
    const full = error instanceof RangeError || /memory/i.test(error.message);
    self.postMessage({ id, error: full ? FULL : error.message });
  }
});
