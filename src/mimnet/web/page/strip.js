// The strip of edits below the picture: small pictures, a click goes back to one.

import { at, made } from "./at.js";

const SIDE = 160; // pixels of a small picture

/** What an entry is called. */
function titleOf({ text, strength, marks }) {
  if (text.trim() === "") return "Untouched";
  const more = [strength === 1 ? "" : `strength ${strength}`, marks === null ? "" : "painted"];
  return [text, ...more].filter(Boolean).join(", ");
}

/** Entries of the history; `thumbnails` has a canvas for some; `go(place)` is called for a click. */
export function showStrip(history, thumbnails, go) {
  const items = history.entries.map((entry, place) => {
    const button = made("button", { type: "button", title: titleOf(entry) });
    button.append(thumbnails.get(entry) ?? made("canvas"), made("span", { textContent: titleOf(entry) }));
    button.addEventListener("click", () => go(place));
    if (place === history.place) button.setAttribute("aria-current", "true");
    return made("li", {}, button);
  });
  const focused = [...at("history").children].findIndex((item) => item.contains(document.activeElement));
  at("history").replaceChildren(...items);
  if (focused >= 0) items[focused]?.firstChild.focus();
  const shown = items[history.place];
  at("history").scrollLeft = shown.offsetLeft + shown.offsetWidth - at("history").clientWidth;
  at("undo").disabled = !history.canUndo;
  at("redo").disabled = !history.canRedo;
}

/** A small copy of a canvas. */
export function thumbnail(canvas) {
  const scale = Math.min(1, SIDE / Math.min(canvas.width, canvas.height));
  const small = made("canvas", { width: Math.ceil(canvas.width * scale), height: Math.ceil(canvas.height * scale) });
  small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
  return small;
}
