"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const STEP = 20; // cards made at a time, as one scrolls to them
const SPLIT = "split", BEST = "best";

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Cards in the order asked for; those without the score come last, and equal ones stay in the order of the split.
function ordered(cards, { score, model, order, high, word }) {
  const wanted = word.trim().toLowerCase();
  const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const kept = cards.filter((card) => !wanted || words(card.caption).some((w) => w.startsWith(wanted))
    || (wanted.includes(" ") && card.caption.toLowerCase().includes(wanted)));
  if (order === SPLIT) return kept;
  const value = (card) => card.edits[model].scores[score];
  const sign = (order === BEST) === high ? -1 : 1;
  return kept.slice().sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return sign * (x - y);
  });
}

function asked() {
  const score = data.scores[at("score").selectedIndex];
  return {
    score: score.key, high: score.high, model: at("model").selectedIndex, order: at("order").value, word: at("word").value,
  };
}

let list = [], made = 0, few = false;

function renew() {
  const want = asked();
  if (few) want.order = "worst";
  list = ordered(data.cards, want);
  const all = list.length;
  if (few) list = list.slice(0, 10);
  at("order").disabled = few;
  at("few").setAttribute("aria-pressed", String(few));
  const mean = () => {
    const values = list.map((card) => card.edits[want.model].scores[want.score]).filter((x) => x !== undefined);
    return values.length ? `, mean ${shownValue(values.reduce((a, b) => a + b, 0) / values.length)}` : "";
  };
  const better = want.high ? "high is good" : "low is good";
  at("count").textContent = `${list.length} of ${few ? all : data.cards.length} pairs${mean()} (${better})`;
  at("cards").replaceChildren();
  if (!list.length) at("cards").append(make("p", { className: "none", textContent: "No caption has this word." }));
  made = 0;
  grow();
}

function grow() {
  const want = asked();
  for (const card of list.slice(made, made + STEP)) at("cards").append(article(card, want));
  made = Math.min(list.length, made + STEP);
  if (made < list.length && at("more").getBoundingClientRect().top < innerHeight * 2) requestAnimationFrame(grow);
}

function article(card, want) {
  const views = viewsOf(card);
  const open = (index, map) => {
    const view = views[index];
    const image = make("img", { src: view.source, alt: "", decoding: "async" });
    sharpen(image);
    const button = make("button", { type: "button", className: map ? "open map" : "open" }, image);
    button.setAttribute("aria-label", `Enlarge: ${view.name}`);
    button.addEventListener("click", () => zoom(card, views, index));
    return button;
  };
  const items = [make("li", {}, make("span", { className: "name", textContent: "input" }), open(0, false))];
  let next = 1;
  data.models.forEach((model, number) => {
    const edit = card.edits[number];
    const item = make("li", { className: number === want.model ? "chosen" : "" });
    item.append(make("span", { className: "name", textContent: model.name }), open(next++, false));
    if (edit.map) {
      const map = open(next++, true);
      map.hidden = !at("maps").checked;
      item.append(map);
    }
    const told = make("dl", {});
    for (const score of data.scores) {
      if (edit.scores[score.key] === undefined) continue;
      const by = number === want.model && score.key === want.score ? "by" : "";
      told.append(make("dt", { className: by, textContent: short(score.label), title: score.label }));
      told.append(make("dd", { className: by, textContent: shownValue(edit.scores[score.key]) }));
    }
    item.append(told);
    items.push(item);
  });
  const kind = card.kind === null ? "" : `, class ${card.kind}`;
  const own = make("p", { className: "own", textContent: `${card.file}${kind}; its own caption: ${card.own}` });
  const element = make("article", {}, make("h2", { textContent: card.caption, dir: "auto" }), own, make("ul", {}, ...items));
  element.dataset.place = card.place;
  return element;
}

function viewsOf(card) {
  const views = [{ name: "input", source: card.picture, told: card.own }];
  data.models.forEach((model, number) => {
    const edit = card.edits[number];
    const told = data.scores.filter((s) => edit.scores[s.key] !== undefined)
      .map((s) => `${short(s.label)} ${shownValue(edit.scores[s.key])}`).join(", ");
    views.push({ name: model.name, source: edit.picture, told });
    if (edit.map) views.push({ name: `${model.name}, weight map`, source: edit.map, told: "white: the edit in full" });
  });
  return views;
}

const short = (label) => label.replace(/ \(.*\)$/, "");
const shownValue = (x) => (Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 10 ? x.toFixed(1) : x.toFixed(3));

// a small picture is shown in its own pixels
function sharpen(image) {
  image.addEventListener("load", () => image.classList.toggle("sharp", image.naturalWidth <= 64));
}

let zoomed = null;
function zoom(card, views, index) {
  zoomed = { card, views, index };
  turn(0);
  at("zoom").showModal();
}
function turn(by) {
  zoomed.index = (zoomed.index + by + zoomed.views.length) % zoomed.views.length;
  const view = zoomed.views[zoomed.index];
  at("zoomed").textContent = `${view.name}: ${zoomed.card.caption}`;
  at("large").src = view.source;
  at("large").alt = view.name;
  at("told").textContent = view.told;
}
sharpen(at("large"));
at("before").addEventListener("click", () => turn(-1));
at("after").addEventListener("click", () => turn(1));
at("close").addEventListener("click", () => at("zoom").close());
at("zoom").addEventListener("click", (event) => { if (event.target === at("zoom")) at("zoom").close(); });
at("zoom").addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) { event.preventDefault(); turn(by); }
});

at("cards").style.setProperty("--views", data.models.length + 1); // few models: several cards side by side
data.scores.forEach((score) => at("score").append(make("option", { textContent: score.label })));
data.models.forEach((model) => at("model").append(make("option", { textContent: model.name })));
for (const id of ["score", "model", "order"]) at(id).addEventListener("change", renew);
at("word").addEventListener("input", renew);
at("controls").addEventListener("submit", (event) => event.preventDefault());
at("few").addEventListener("click", () => { few = !few; renew(); });
at("maps").addEventListener("change", () => {
  for (const map of document.querySelectorAll(".map")) map.hidden = !at("maps").checked;
});
new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting) && made < list.length) grow(); },
  { rootMargin: "1200px" }).observe(at("more"));
renew();
