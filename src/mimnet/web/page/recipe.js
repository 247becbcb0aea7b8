// What makes an edit again from the same picture, as recipe.py writes it into a PNG file.

/** ASCII text, or null for an edit that was painted by hand, which no recipe makes again. */
export function recipeOf({ text, strength, threshold, marks }, { fingerprint, version }) {
  if (marks !== null) return null;
  const told = { model: fingerprint, paper: false, strength, text, threshold, version };
  const escaped = (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(told).replace(/[\u0080-\uffff]/g, escaped);
}
