// The words of a sentence as they were read: the memories that answered each (Eq. 2), and the parts they tell of.

import { at, made } from "./at.js";

const TOP = 4; // memories named for a word

let shown = ""; // so that the focus stays on a word while strength or map change

/**
 * `attention`: a row of weights for every word, or null; `told`: [{part, words}] by numbers. Of the model `parts`,
 * each by its words, and `through`: words given later, by those they are read by.
 */
export function showWords({ words, unknown }, attention, told, { parts, through }) {
  const all = JSON.stringify([words, attention, told]);
  if (all === shown) return;
  shown = all;
  at("words").hidden = words.length === 0 || attention === null;
  at("memories").hidden = true;
  at("parts").hidden = told.length === 0;
  at("parts").textContent = told.map(({ part, words: by }) => named(parts[part], by.map((i) => words[i]))).join(" ");
  const buttons = words.map((word, i) => {
    const known = !unknown.includes(word);
    const button = made("button", { type: "button", textContent: word, className: known ? "" : "unknown" });
    const show = () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      showMemories(word, known, attention[i], through[word]);
    };
    button.setAttribute("aria-pressed", "false");
    for (const kind of ["focus", "pointerenter", "click"]) button.addEventListener(kind, show);
    return button;
  });
  at("read").replaceChildren(...buttons.map((button) => made("li", {}, button)));
}

/** A part by the first of its words, and what is said of it. */
function named(part, by) {
  const [name] = part.split(" ");
  return `${name[0].toUpperCase()}${name.slice(1)}: ${by.length > 0 ? `“${by.join(" ")}”` : "gets a look"}.`;
}

function showMemories(word, known, weights, through) {
  at("memories").hidden = false;
  at("answer").textContent = `${beginning(word, known, through)} ${strongest(weights)}.`;
  const most = Math.max(...weights);
  const bars = at("bars");
  bars.setAttribute("viewBox", `0 0 ${weights.length} 1`);
  bars.replaceChildren(
    ...weights.map((weight, i) => {
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const height = weight / most;
      const place = { x: i + 0.1, y: 1 - height, width: 0.8, height };
      for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
      return bar;
    }),
  );
}

function beginning(word, known, through) {
  const percent = (share) => `${Math.round(share * 100)}%`;
  if (through !== undefined) {
    const by = Object.entries(through).map(([other, share]) => `${other} (${percent(share)})`);
    return `“${word}” is read through ${by.join(", ")}:`;
  }
  return known ? `“${word}”:` : `“${word}” is not known and read as any unknown word:`;
}

function strongest(weights) {
  const order = [...weights.keys()].sort((a, b) => weights[b] - weights[a]).slice(0, TOP);
  return order.map((i) => `memory ${i} ${Math.round(weights[i] * 100)}%`).join(", ");
}
