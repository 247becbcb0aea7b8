// The field for the sentence: unknown words are underlined while it is typed.

import { at, made } from "./at.js";
import { wordsIn } from "./sentence.js";

export class Field {
  /** `changed` is called with the text and what was done: "text" while typing, "word" for a word put in. */
  constructor(changed) {
    this.changed = changed;
    this.vocabulary = null;
    at("text").addEventListener("input", () => {
      this.underline();
      this.changed(this.text, "text");
    });
    at("text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) event.preventDefault(); // one line of sense, wrapped
    });
  }

  get text() {
    return at("text").value;
  }

  set text(text) {
    if (text !== this.text) at("text").value = text;
    this.underline();
  }

  /** Words that are known from now on. */
  know(vocabulary) {
    this.vocabulary = vocabulary;
    at("text").disabled = false;
    this.underline();
  }

  /** Put in a word: in the place of the last of `others` in the sentence, or else where the cursor stands. */
  put(word, others) {
    const { text } = this;
    const old = wordsIn(text).findLast((found) => others.has(found.word));
    let { selectionStart: start, selectionEnd: end } = at("text");
    if (old !== undefined) [start, end] = [old.start, old.end];
    const before = text.slice(0, start);
    const after = text.slice(end);
    const space = before === "" || /\s$/.test(before) ? "" : " ";
    const gap = after === "" || /^[\s\p{P}]/u.test(after) ? "" : " ";
    this.text = before + space + word + gap + after;
    const cursor = (before + space + word).length;
    at("text").setSelectionRange(cursor, cursor);
    this.changed(this.text, "word");
  }

  /** A second copy of the text lies under the field, invisible but for its underlines. */
  underline() {
    const { text } = this;
    const parts = [];
    let place = 0;
    for (const { word, start, end } of this.vocabulary === null ? [] : wordsIn(text)) {
      if (this.vocabulary.knows(word)) continue;
      parts.push(text.slice(place, start), made("span", { className: "unknown", textContent: text.slice(start, end) }));
      place = end;
    }
    at("marked").replaceChildren(...parts, `${text.slice(place)}\n`);
  }
}
