// Transparency as Pillow reckons with it: on white for the network, premultiplied while a picture is made smaller.

/** Whether any pixel lets something through. */
export function seesThrough({ data }) {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

/** The picture laid on white. */
export function onWhite(picture) {
  return each(picture, (value, alpha) => {
    const sum = value * alpha * 128 + 255 * (32640 - alpha * 128) + 16384;
    return (((sum >> 8) + sum) >> 8) >> 7;
  });
}

/** Colours multiplied by their alpha; alpha stays. */
export function premultiplied(picture) {
  return each(picture, (value, alpha) => {
    const product = value * alpha + 128;
    return ((product >> 8) + product) >> 8;
  });
}

/** The colours that `premultiplied` was made from, as far as they can be known. */
export function unmultiplied(picture) {
  return each(picture, (value, alpha) =>
    alpha === 0 || alpha === 255 ? value : Math.min(255, Math.trunc((255 * value) / alpha)),
  );
}

function each({ data, width, height }, change) {
  const made = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    for (let c = 0; c < 3; c++) made[i + c] = change(data[i + c], alpha);
    made[i + 3] = alpha;
  }
  return { data: made, width, height };
}
