// How photos come in: picked, taken, dropped or pasted; and how a file goes out.

import { at, made } from "./at.js";

/** `take(blob, name)` is called with every picture file. */
export function takePhotos(take) {
  for (const id of ["file", "camera"]) {
    at(id).addEventListener("change", () => {
      const [file] = at(id).files;
      at(id).value = ""; // the same file again is a change too
      if (file) take(file, file.name);
    });
  }
  at("choose").addEventListener("click", () => at("file").click());
  at("another").addEventListener("click", () => at("file").click());
  at("take").addEventListener("click", () => at("camera").click());
  addEventListener("paste", (event) => takeFrom(event.clipboardData, event));
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return; // words may be dragged about in the sentence
    event.preventDefault();
    document.body.classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && document.body.classList.remove("over"));
  addEventListener("drop", (event) => {
    document.body.classList.remove("over");
    takeFrom(event.dataTransfer, event);
  });

  function takeFrom(data, event) {
    const file = data?.files[0];
    if (!file) return;
    event.preventDefault();
    take(file, file.name);
  }
}

/** Give the visitor a file. */
export function download(data, name, type) {
  const address = URL.createObjectURL(new Blob([data], { type }));
  made("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
