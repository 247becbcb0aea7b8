// A small change enlarged along a photograph's edges (blend.follow_edges: joint bilateral up-sampling).

const ALIKE = 45; // grey levels: colours much further apart than this do not share a change
const NEAR = 0.7; // pixels of the small square: how far a change reaches
const LEAST = 1e-3; // weight of any neighbour, however unlike
const FAR = 2 * ALIKE ** 2 * 18; // beyond, the exponential is lost beside LEAST

/**
 * Change {data: Float32Array of three planes, width, height} at the guide's size. `saw` has the same planes of what the
 * network saw, in grey levels; the guide is a picture. A guide smaller than the square gives the change back as it is.
 */
export function followEdges(change, saw, guide) {
  const { width: w, height: h } = change;
  const { width, height, data: colours } = guide;
  if (height < h || width < w) return change;
  const left = neighbours(width, w);
  const top = neighbours(height, h);
  const plane = width * height;
  const cells = w * h;
  const made = new Float32Array(3 * plane);
  const table = exponentials();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const r = colours[at * 4];
      const g = colours[at * 4 + 1];
      const b = colours[at * 4 + 2];
      let red = 0;
      let green = 0;
      let blue = 0;
      let total = 0;
      for (let i = 0; i < 4; i++) {
        const row = top.index[y * 4 + i] * w;
        const nearby = top.nearness[y * 4 + i];
        for (let j = 0; j < 4; j++) {
          const cell = row + left.index[x * 4 + j];
          const dr = r - saw[cell];
          const dg = g - saw[cells + cell];
          const db = b - saw[2 * cells + cell];
          const apart = dr * dr + dg * dg + db * db;
          const alike = apart < FAR ? table[(apart * STEPS + 0.5) | 0] : LEAST;
          const weight = alike * nearby * left.nearness[x * 4 + j];
          red += weight * change.data[cell];
          green += weight * change.data[cells + cell];
          blue += weight * change.data[2 * cells + cell];
          total += weight;
        }
      }
      made[at] = red / total;
      made[plane + at] = green / total;
      made[2 * plane + at] = blue / total;
    }
  }
  return { data: made, width, height };
}

const STEPS = 2; // entries of the table per squared grey level: an error of 1/16200 of the weight at most
let known = null;

/** How alike colours are by their squared distance; asking for the exponential sixteen times a pixel is slow. */
function exponentials() {
  if (known === null) {
    known = new Float32Array(FAR * STEPS + 2);
    for (let i = 0; i < known.length; i++) known[i] = Math.exp((-0.5 * i) / STEPS / ALIKE ** 2) + LEAST;
  }
  return known;
}

/** For each output the four inputs around it along one axis, and how near each is. */
function neighbours(outputs, inputs) {
  const index = new Int32Array(outputs * 4);
  const nearness = new Float32Array(outputs * 4);
  for (let i = 0; i < outputs; i++) {
    const place = ((i + 0.5) * inputs) / outputs - 0.5;
    const first = Math.floor(place);
    for (let k = 0; k < 4; k++) {
      const step = first + k - 1;
      index[i * 4 + k] = Math.min(inputs - 1, Math.max(0, step));
      nearness[i * 4 + k] = Math.exp(-((step - place) ** 2) / (2 * NEAR ** 2));
    }
  }
  return { index, nearness };
}
