// Small planes of numbers brought to any size by cubic weights that average where they shrink (blend.interpolation).

/** For each output the first of its inputs, their number, and all weights in one row. */
export function interpolation(inputs, outputs) {
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  const reach = 2 * stretch;
  const room = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const weight = new Float32Array(outputs * room);
  for (let i = 0; i < outputs; i++) {
    const centre = scale * (i + 0.5);
    const from = Math.max(0, Math.trunc(centre - reach + 0.5));
    const number = Math.min(inputs, Math.trunc(centre + reach + 0.5)) - from;
    let total = 0;
    for (let k = 0; k < number; k++) total += weight[i * room + k] = cubic((from + k - centre + 0.5) / stretch);
    for (let k = 0; k < number; k++) weight[i * room + k] /= total;
    first[i] = from;
    count[i] = number;
  }
  return { first, count, weight, room };
}

/** Keys' cubic with a = -1/2. */
function cubic(x) {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** A plane h x w (a slice of `data` at `offset`) that gives any row of itself at `width` x `height`. */
export class Enlarged {
  constructor(data, offset, w, h, width, height) {
    this.width = width;
    this.rows = interpolation(h, height);
    this.wide = new Float32Array(h * width);
    this.row = new Float32Array(width);
    const { first, count, weight, room } = interpolation(w, width);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let k = 0, i = offset + y * w + first[x]; k < count[x]; k++, i++) sum += data[i] * weight[x * room + k];
        this.wide[y * width + x] = sum;
      }
    }
  }

  /** Row `y`, valid until the next is asked for. */
  at(y) {
    const { first, count, weight, room } = this.rows;
    this.row.fill(0);
    for (let k = 0; k < count[y]; k++) {
      const share = weight[y * room + k];
      const from = (first[y] + k) * this.width;
      for (let x = 0; x < this.width; x++) this.row[x] += share * this.wide[from + x];
    }
    return this.row;
  }
}
