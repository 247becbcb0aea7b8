// Elements of the page by their id, and small things to make others with.

export const at = (id) => document.getElementById(id);

/** A new element with properties and children. */
export function made(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** Tell a screen reader, without showing it. */
export function say(text) {
  at("live").textContent = text;
}

/** Show an error in one line, or none. */
export function complain(text) {
  at("error").textContent = text;
  at("error").hidden = text === "";
}
