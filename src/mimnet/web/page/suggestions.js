// Words that the model knows, grouped by their use, and sentences to begin with.

import { at, made } from "./at.js";

const FIRST = 2; // groups that are shown at once
const MIXED = { peach: "peachpuff", cream: "#fffdd0", lilac: "#c8a2c8", scarlet: "#ff2400" }; // unknown to style sheets

/** `groups`: name to words; `put(word, others)` is called for a click: the word takes the place of one of `others`. */
export function showSuggestions(groups, put) {
  const sections = Object.entries(groups).map(([name, words]) => {
    const colours = name === "colours"; // a sentence mostly names one: the new one takes its place
    const buttons = words.map((word) => {
      const button = made("button", { type: "button" });
      if (colours) {
        const dot = made("span", { className: "swatch" });
        dot.style.backgroundColor = MIXED[word] ?? word;
        button.append(dot);
      }
      button.append(word);
      button.addEventListener("click", () => put(word, new Set(colours ? words : [])));
      return button;
    });
    const list = made("div", { className: "chips" }, ...buttons);
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", `Words for ${name}`);
    return made("div", {}, made("h3", { textContent: name[0].toUpperCase() + name.slice(1) }), list);
  });
  at("suggestions").replaceChildren(...sections.slice(0, FIRST));
  at("more").replaceChildren(...sections.slice(FIRST));
  at("more").parentElement.hidden = sections.length <= FIRST;
}

/** Sentences; `take(sentence)` is called for a click. */
export function showExamples(sentences, take) {
  at("examples").hidden = sentences.length === 0;
  at("examples").replaceChildren(
    ...sentences.map((sentence) => {
      const button = made("button", { type: "button", textContent: sentence });
      button.addEventListener("click", () => take(sentence));
      return button;
    }),
  );
}
