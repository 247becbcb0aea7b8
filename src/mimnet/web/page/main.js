// The page: what happens when a visitor does something.

import { at, complain, say } from "./at.js";
import { Engine } from "./engine.js";
import { Field } from "./field.js";
import { download, takePhotos } from "./files.js";
import { History } from "./history.js";
import { recipeOf } from "./recipe.js";
import { Vocabulary } from "./sentence.js";
import { Stage } from "./stage.js";
import { showStrip, thumbnail } from "./strip.js";
import { showExamples, showSuggestions } from "./suggestions.js";
import { showWords } from "./words.js";

const PAUSE = 150; // milliseconds without a key before a sentence is edited
const NEEDED = "This browser cannot run the model: it needs WebAssembly. Try a current version of any browser.";
const NOT_THERE = "The model sees no object of the kind that it paints";
const LOWER = "; a lower threshold paints where one might be";
const BROKEN = "The page's worker did not start: this browser is too old, or a file of the site is missing.";

let site = null; // models.json
let model = null; // the entry of the model in use, with its vocabulary, words given later and defaults
let waiting = null; // a photo that came before the model: [blob, name]
let photo = null; // {name, width, height, full}
let history = null; // of the photo
let thumbnails = new WeakMap(); // entry -> canvas
let arrived = 0;
let expected = 0;
let timer = 0;
let running = false; // an edit is on its way; what is asked meanwhile is asked when it is done
let again = false;

const engine = startEngine();
const stage = new Stage((marks) => change({ marks }, "marks"));
const field = new Field((text, kind) => typed(text, kind));

function startEngine() {
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") return null;
  return new Engine(
    (bytes) => progress(bytes),
    () => fatal(BROKEN),
  );
}

function fatal(text) {
  complain(text);
  at("starting").hidden = true;
}

function progress(bytes) {
  arrived += bytes;
  at("progress").hidden = false;
  at("progress").value = Math.min(1, arrived / expected);
  const [have, all] = [arrived, expected].map((bytes) => Math.round(bytes / 1e6));
  at("progress-text").textContent = `Loading the model: ${have} of ${all} MB`;
}

/* ---- models ---- */

async function start() {
  if (engine === null) {
    fatal(NEEDED);
    return;
  }
  try {
    const answer = await fetch(new URL("../models.json", import.meta.url));
    if (!answer.ok) throw new Error();
    site = await answer.json();
  } catch {
    fatal("The page's file models.json did not arrive; check the connection and reload.");
    return;
  }
  at("model").replaceChildren(...site.models.map(({ name, title }) => new Option(title, name)));
  at("models").hidden = site.models.length < 2;
  at("model").value = site.default;
  at("sample").hidden = !entryOf(site.default).sample;
  at("starting").classList.add("toast");
  at("progress-text").textContent = "Loading the model";
  document.querySelector("main").hidden = false;
  expected = site.runtime_bytes;
  if (!(await useModel(site.default))) return;
  say("The model is loaded");
  if (waiting !== null) await openPhoto(...waiting);
}

const entryOf = (name) => site.models.find((one) => one.name === name);

/** Make a model the one in use. False if it cannot be loaded; the page then says why. */
async function useModel(name) {
  const entry = entryOf(name);
  expected += entry.bytes;
  at("starting").hidden = false;
  at("model").disabled = true;
  try {
    const any = new URLSearchParams(location.search).get("gpu") === "any"; // software too, to test with
    const told = await engine.load(`../models/${name}/`, site.webgpu ? (any ? "any" : "hardware") : "none");
    model = { ...entry, ...told, folder: `../models/${name}/`, words: new Vocabulary(told.vocabulary, told.max_words) };
  } catch (error) {
    complain(error.message);
    return false;
  } finally {
    at("starting").hidden = true;
    at("model").disabled = false;
    [arrived, expected] = [0, 0];
  }
  field.know(model.words);
  showSuggestions(model.suggestions, (word, others) => field.put(word, others));
  showExamples(model.examples, (sentence) => {
    field.text = sentence;
    typed(sentence, "word");
  });
  at("sample").hidden = !model.sample;
  if (photo === null) settings(untouched());
  return true;
}

at("model").addEventListener("change", async () => {
  const before = model.name;
  complain("");
  if (await useModel(at("model").value)) change({ model: model.name }, "model");
  else at("model").value = before;
});

/* ---- photos ---- */

function untouched() {
  const { name, strength, threshold } = model;
  return { text: "", model: name, strength, threshold, marks: null };
}

async function openPhoto(blob, name) {
  if (model === null) {
    waiting = [blob, name];
    at("welcome-text").textContent = `${name} is opened as soon as the model is here.`;
    return;
  }
  complain("");
  at("starting").hidden = false;
  at("progress").hidden = true;
  at("progress-text").textContent = "Opening the photo";
  try {
    const view = await engine.open(blob, model.folder);
    photo = { name: name.replace(/\.[^.]*$/, "") || "picture", full: view.full };
    history = new History(untouched());
    thumbnails = new WeakMap();
    at("welcome").hidden = true;
    at("work").hidden = false;
    stage.show(view);
    thumbnails.set(history.current, thumbnail(stage.result));
    const { text } = field;
    settings(history.current);
    field.text = text; // a sentence typed before the photo came is asked of it
    say(`Photo opened, ${photo.full[0]} by ${photo.full[1]} pixels`);
    if (text.trim() !== "") change({ text }, "word");
    else refresh();
    at("text").focus();
  } catch (error) {
    complain(error.message);
  } finally {
    at("starting").hidden = true;
  }
}

takePhotos(openPhoto);
at("sample").addEventListener("click", async () => {
  try {
    const answer = await fetch(new URL(`../${entryOf(at("model").value).sample}`, import.meta.url));
    await openPhoto(await answer.blob(), "sample.png");
  } catch {
    complain("The sample picture did not arrive; check the connection, or choose a photo of your own.");
  }
});

/* ---- edits ---- */

function typed(text, kind) {
  clearTimeout(timer);
  remark();
  if (photo === null) return;
  timer = setTimeout(() => text !== history.current.text && change({ text }, kind), kind === "text" ? PAUSE : 0);
}

/** A new entry of the history that differs from the current one in `part`. */
function change(part, kind) {
  if (photo === null) return;
  clearTimeout(timer);
  history.add({ ...history.current, text: field.text, ...part }, kind, performance.now());
  refresh();
}

async function go(place) {
  clearTimeout(timer);
  const entry = history.go(place);
  if (entry.model !== model.name) {
    at("model").value = entry.model;
    await useModel(entry.model);
  }
  settings(entry);
  refresh();
}

/** Controls as an entry has them. */
function settings({ text, strength, threshold }) {
  field.text = text;
  for (const [id, value] of Object.entries({ strength, threshold })) {
    at(id).value = value;
    tell(id);
  }
  remark();
}

function tell(id) {
  document.querySelector(`output[for="${id}"]`).textContent = Number(at(id).value).toFixed(2);
}

for (const id of ["strength", "threshold"]) {
  at(id).addEventListener("input", () => {
    tell(id);
    if (photo !== null) run({ ...history.current, text: field.text, [id]: Number(at(id).value) }); // seen at once
  });
  at(id).addEventListener("change", () => change({ [id]: Number(at(id).value) }, id));
}

function refresh() {
  showStrip(history, thumbnails, go);
  remark();
  run(history.current);
}

let wanted = null;

/** Edit as an entry says. While one edit runs only the latest wish is kept, so that the page never lags behind. */
async function run(entry) {
  wanted = entry;
  again = running;
  if (running) return;
  running = true;
  try {
    do {
      again = false;
      await edit(wanted);
    } while (again);
  } catch (error) {
    complain(error.message);
  } finally {
    running = false;
    at("busy").hidden = true;
    at("frame").removeAttribute("aria-busy");
  }
}

async function edit(entry) {
  const { view } = stage;
  const asked = question(entry);
  if (asked.ids === null) {
    stage.update(view.data, null, entry.marks);
    showWords(asked, null, [], model);
    return;
  }
  at("frame").setAttribute("aria-busy", "true");
  const late = setTimeout(() => (at("busy").hidden = false), 150);
  const begun = performance.now();
  const { data, mask, attention, parts, there, by } = await engine.edit(asked).finally(() => clearTimeout(late));
  if (view !== stage.view) return; // another photo came meanwhile
  complain("");
  stage.update(data, mask, entry.marks);
  at("by").textContent = `Computed by ${by}.`;
  at("frame").dataset.seconds = ((performance.now() - begun) / 1000).toFixed(3);
  showWords(asked, attention, parts, model);
  if (history.current === entry) {
    thumbnails.set(entry, thumbnail(stage.result));
    showStrip(history, thumbnails, go);
    say(`Edited: ${entry.text}. ${remarkOf(asked)}`);
  }
  const empty = entry.marks === null && !mask.some((value) => value > 0);
  const absent = there === false && `${NOT_THERE}${entry.threshold > 0 ? LOWER : ""}.`;
  if (empty) at("remark").textContent = absent || "The model sees nothing to change.";
}

/** An entry as the worker is asked; `ids` is null where there is nothing to edit by. */
function question({ text, strength, threshold, marks }) {
  const { ids, words, unknown, cut } = model.words.encode(text);
  const some = words.length > unknown.length;
  const { width, height } = stage.view ?? {};
  return {
    folder: model.folder,
    ids: some ? ids : null,
    length: words.length,
    strength,
    threshold,
    marks: marks === null ? null : { data: marks, width, height },
    words,
    unknown,
    cut,
  };
}

function remarkOf({ words, unknown, cut }) {
  if (words.length > 0 && unknown.length === words.length) {
    return "The model knows none of these words; name a colour or a part.";
  }
  const parts = [];
  if (unknown.length > 0) parts.push(`Not known to this model: ${[...new Set(unknown)].join(", ")}.`);
  if (cut > 0) parts.push(`Only the first ${words.length} words are read.`);
  return parts.join(" ");
}

function remark() {
  const text = remarkOf(question({ text: field.text, strength: 1, threshold: 0, marks: null }));
  at("remark").textContent = text;
  at("remark").classList.toggle("alarm", text !== "");
}

/* ---- undo, redo, saving ---- */

at("undo").addEventListener("click", () => go(history.place - 1));
at("redo").addEventListener("click", () => go(history.place + 1));
addEventListener("keydown", (event) => {
  if (history === null || !(event.ctrlKey || event.metaKey) || event.target === at("text")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  go(history.place + (key === "y" || event.shiftKey ? 1 : -1));
});

at("download").addEventListener("click", async () => {
  const button = at("download");
  button.disabled = true;
  button.textContent = "Writing…";
  if (field.text !== history.current.text) change({}, "text"); // typed a moment ago
  try {
    const entry = history.current;
    const asked = question(entry);
    const { fingerprint } = model;
    const recipe = asked.ids === null ? null : recipeOf(entry, { fingerprint, version: site.version });
    const { data } = await engine.save({ ...asked, recipe });
    download(data, `${photo.name}.out.png`, "image/png");
    say("The picture is downloaded");
  } catch (error) {
    complain(error.message);
  } finally {
    button.disabled = false;
    button.textContent = "Download";
  }
});

await start();
